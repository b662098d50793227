#include "wire/set_cookie.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static void lower_copy(const char *from, size_t length, char *room, size_t size)
{
    size_t kept = length < size - 1 ? length : size - 1;

    for (size_t i = 0; i < kept; i++) {
        room[i] = (char) tolower((unsigned char) from[i]);
    }
    room[kept] = '\0';
}

static void trim(const char **at, size_t *length)
{
    while (*length > 0 && isspace((unsigned char) **at)) {
        (*at)++;
        (*length)--;
    }
    while (*length > 0 && isspace((unsigned char) (*at)[*length - 1])) {
        (*length)--;
    }
}

static bool is(const char *at, size_t length, const char *word)
{
    return length == strlen(word) && strncasecmp(at, word, length) == 0;
}

static void attribute_take(const char *at, size_t length, struct wire_set_cookie *cookie)
{
    const char *equals = length == 0 ? NULL : memchr(at, '=', length);
    const char *value = equals == NULL ? at + length : equals + 1;
    size_t value_length = length - (size_t) (value - at);
    size_t name_length = equals == NULL ? length : (size_t) (equals - at);

    trim(&at, &name_length);
    trim(&value, &value_length);
    if (is(at, name_length, "secure")) {
        cookie->secure = true;
    } else if (is(at, name_length, "httponly")) {
        cookie->http_only = true;
    } else if (is(at, name_length, "samesite")) {
        lower_copy(value, value_length, cookie->same_site, sizeof cookie->same_site);
    } else if (is(at, name_length, "max-age")) {
        cookie->ends = value_length > 0 && (value[0] == '-' || is(value, value_length, "0"));
    }
}

bool wire_set_cookie_read(const char *header, size_t length, struct wire_set_cookie *ret_cookie)
{
    const char *end = header + length;
    const char *semicolon = length == 0 ? NULL : memchr(header, ';', length);
    size_t pair = semicolon == NULL ? length : (size_t) (semicolon - header);
    const char *equals = pair == 0 ? NULL : memchr(header, '=', pair);
    size_t name = equals == NULL ? 0 : (size_t) (equals - header);

    *ret_cookie = (struct wire_set_cookie){ .secure = false };
    trim(&header, &name);
    if (name == 0 || name >= sizeof ret_cookie->name) {
        return false;
    }
    for (size_t i = 0; i < name; i++) { /* a token (RFC 6265 section 4.1.1) has none of these */
        if (header[i] <= ' ' || header[i] == 0x7f) {
            return false;
        }
    }
    memcpy(ret_cookie->name, header, name);
    ret_cookie->name[name] = '\0';
    while (semicolon != NULL) {
        const char *at = semicolon + 1;
        const char *next = at < end ? memchr(at, ';', (size_t) (end - at)) : NULL;

        attribute_take(at, (size_t) ((next == NULL ? end : next) - at), ret_cookie);
        semicolon = next;
    }
    return true;
}
