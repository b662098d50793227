#include "fields.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void value_take(const char *value, size_t length, char room[FIELDS_VALUE_SIZE])
{
    while (length > 0 && (unsigned char) *value <= ' ') {
        value++;
        length--;
    }
    while (length > 0 && (unsigned char) value[length - 1] <= ' ') {
        length--;
    }
    text_printable(value, length, room, FIELDS_VALUE_SIZE);
}

static void add(json_t *list, const char *value)
{
    if (json_array_size(list) < FIELDS_VALUES_MAX && value[0] != '\0' &&
        json_array_append_new(list, json_string(value)) != 0) {
        abort();
    }
}

static void line_read(struct fields *fields, const char *line, size_t length)
{
    static const char mark[] = "-----BEGIN PGP SIGNED MESSAGE-----";
    const char *colon = memchr(line, ':', length);
    size_t name = colon == NULL ? 0 : (size_t) (colon - line);
    char value[FIELDS_VALUE_SIZE];

    if (length >= sizeof mark - 1 && memcmp(line, mark, sizeof mark - 1) == 0) {
        fields->is_signed = true;
    }
    if (name == 0 || line[0] == '#') {
        return;
    }
    value_take(colon + 1, length - name - 1, value);
    if (name == 7 && strncasecmp(line, "contact", name) == 0) {
        add(fields->contacts, value);
    } else if (name == 6 && strncasecmp(line, "policy", name) == 0) {
        add(fields->policies, value);
    } else if (name == 7 && strncasecmp(line, "expires", name) == 0) {
        if (fields->expires_count++ == 0) {
            (void) snprintf(fields->expires, sizeof fields->expires, "%.63s", value);
        }
    }
}

struct fields fields_read(const char *text, size_t length)
{
    struct fields fields = { .contacts = json_array(), .policies = json_array() };
    const char *end = text + length;

    if (fields.contacts == NULL || fields.policies == NULL) {
        abort();
    }
    while (length > 0 && text < end) {
        const char *stop = memchr(text, '\n', (size_t) (end - text));

        stop = stop == NULL ? end : stop;
        line_read(&fields, text, (size_t) (stop - text));
        text = stop + 1;
    }
    return fields;
}

void fields_done(struct fields *fields)
{
    json_decref(fields->contacts);
    json_decref(fields->policies);
}

static bool digits(const char **at, unsigned count, long long *ret_value)
{
    *ret_value = 0;
    for (unsigned i = 0; i < count; i++) {
        if (**at < '0' || **at > '9') {
            return false;
        }
        *ret_value = *ret_value * 10 + *(*at)++ - '0';
    }
    return true;
}

static bool one_of(const char **at, const char *letters)
{
    return **at != '\0' && strchr(letters, *(*at)++) != NULL;
}

/* "Z", or "+09:00": seconds east of Greenwich. */
static bool offset_read(const char *at, long long *ret_offset)
{
    long long hours;
    long long minutes;
    bool west = *at == '-';

    *ret_offset = 0;
    if ((*at == 'Z' || *at == 'z') && at[1] == '\0') {
        return true;
    }
    if (!one_of(&at, "+-") || !digits(&at, 2, &hours) || !one_of(&at, ":") ||
        !digits(&at, 2, &minutes) || *at != '\0') {
        return false;
    }
    *ret_offset = (west ? -60 : 60) * (hours * 60 + minutes);
    return true;
}

bool fields_time(const char *text, long long *ret_seconds)
{
    const char *at = text;
    long long year;
    long long month;
    long long day;
    long long hour;
    long long minute;
    long long second;
    long long offset;

    if (!digits(&at, 4, &year) || !one_of(&at, "-") || !digits(&at, 2, &month) ||
        !one_of(&at, "-") || !digits(&at, 2, &day) || !one_of(&at, "Tt ") ||
        !digits(&at, 2, &hour) || !one_of(&at, ":") || !digits(&at, 2, &minute) ||
        !one_of(&at, ":") || !digits(&at, 2, &second)) {
        return false;
    }
    if (*at == '.') {
        at++;
        at += strspn(at, "0123456789");
    }
    if (!offset_read(at, &offset) || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 ||
        minute > 59 || second > 60) {
        return false;
    }
    year -= month <= 2 ? 1 : 0;
    month += month <= 2 ? 12 : 0;
    *ret_seconds = (365 * year + year / 4 - year / 100 + year / 400 + (153 * (month - 3) + 2) / 5 +
                    day - 719469) *
                       86400 +
                   hour * 3600 + minute * 60 + second - offset;
    return true;
}
