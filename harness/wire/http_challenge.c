#include "wire/http_challenge.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* RFC 9110 section 5.6.2 */
static bool is_token(unsigned char octet)
{
    return isalnum(octet) || (octet != '\0' && strchr("!#$%&'*+-.^_`|~", octet) != NULL);
}

static void scheme_add(struct wire_http_challenge *challenge, const unsigned char *name,
                       size_t length)
{
    char lower[WIRE_HTTP_SCHEME_SIZE];

    if (length == 0 || length >= sizeof lower || challenge->count == WIRE_HTTP_SCHEMES_MAX) {
        return;
    }
    for (size_t i = 0; i < length; i++) {
        lower[i] = (char) tolower(name[i]);
    }
    lower[length] = '\0';
    for (size_t i = 0; i < challenge->count; i++) {
        if (strcmp(challenge->schemes[i], lower) == 0) {
            return;
        }
    }
    memcpy(challenge->schemes[challenge->count++], lower, length + 1);
}

/* The end of an element: the next comma that is not within a quoted string. */
static const unsigned char *element_end(const unsigned char *at, const unsigned char *end)
{
    bool quoted = false;

    for (; at < end && (quoted || *at != ','); at++) {
        if (*at == '"') {
            quoted = !quoted;
        } else if (*at == '\\' && quoted && at + 1 < end) {
            at++;
        }
    }
    return at;
}

void wire_http_challenge_read(const void *value, size_t length,
                              struct wire_http_challenge *challenge)
{
    const unsigned char *at = value;
    const unsigned char *end = length > 0 ? at + length : at;

    while (at < end) {
        const unsigned char *start;
        const unsigned char *after;

        while (at < end && (*at == ' ' || *at == '\t' || *at == ',')) {
            at++;
        }
        start = at;
        while (at < end && is_token(*at)) {
            at++;
        }
        after = at;
        while (after < end && (*after == ' ' || *after == '\t')) {
            after++;
        }
        /* "name=" is a parameter of the scheme before it, anything else a scheme. */
        if (at > start && (after == end || *after != '=')) {
            scheme_add(challenge, start, (size_t) (at - start));
        }
        at = element_end(at, end);
    }
}
