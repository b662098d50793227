#include "channel/veil_undo.h"

#include <ctype.h>
#include <string.h>

/* The text that is left. */
struct rest {
    const char *at;
    size_t length;
};

static int digit_of(char character)
{
    return isdigit((unsigned char) character)    ? character - '0'
           : isxdigit((unsigned char) character) ? tolower((unsigned char) character) - 'a' + 10
                                                 : -1;
}

/* Exactly `count` hexadecimal digits behind the first `skip` bytes that name one octet. */
static size_t by_digits(const struct rest *rest, size_t skip, size_t count, char *ret_octet)
{
    unsigned value = 0;

    if (rest->length < skip + count) {
        return 0;
    }
    for (size_t i = skip; i < skip + count; i++) {
        int digit = digit_of(rest->at[i]);

        if (digit < 0) {
            return 0;
        }
        value = value << 4 | (unsigned) digit;
    }
    *ret_octet = (char) value;
    return value < 256 ? skip + count : 0;
}

static size_t by_backslash(const struct rest *rest, char *ret_octet)
{
    if (rest->length < 2) {
        return 0;
    }
    if (rest->at[1] == 'u') {
        return by_digits(rest, 2, 4, ret_octet);
    }
    if (rest->at[1] == 'x') {
        return by_digits(rest, 2, 2, ret_octet);
    }
    *ret_octet = rest->at[1];
    return strchr("/\"'\\", rest->at[1]) != NULL && rest->at[1] != '\0' ? 2 : 0;
}

static size_t by_number(const struct rest *rest, char *ret_octet)
{
    const bool hexadecimal = rest->length > 2 && (rest->at[2] == 'x' || rest->at[2] == 'X');
    size_t at = hexadecimal ? 3 : 2;
    unsigned value = 0;

    for (; at < rest->length && at < 10 && rest->at[at] != ';'; at++) {
        int digit = digit_of(rest->at[at]);

        if (digit < 0 || (!hexadecimal && digit > 9)) {
            return 0;
        }
        value = value * (hexadecimal ? 16 : 10) + (unsigned) digit;
    }
    *ret_octet = (char) value;
    return at < rest->length && rest->at[at] == ';' && value < 256 ? at + 1 : 0;
}

static size_t by_name(const struct rest *rest, char *ret_octet)
{
    static const struct {
        const char *name;
        char octet;
    } names[] = {
        { "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' }, { "&quot;", '"' }, { "&apos;", '\'' },
    };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t length = strlen(names[i].name);

        if (rest->length >= length && memcmp(rest->at, names[i].name, length) == 0) {
            *ret_octet = names[i].octet;
            return length;
        }
    }
    return 0;
}

/* How many bytes stand for one octet; 0: the first stands for itself. */
static size_t escape_at(const struct rest *rest, char *ret_octet)
{
    switch (rest->at[0]) {
    case '%':
        return by_digits(rest, 1, 2, ret_octet);
    case '\\':
        return by_backslash(rest, ret_octet);
    case '&':
        return rest->length > 1 && rest->at[1] == '#' ? by_number(rest, ret_octet)
                                                      : by_name(rest, ret_octet);
    default:
        return 0;
    }
}

bool veil_undo(const char *data, size_t length, char *room, size_t *ret_length)
{
    size_t used = 0;
    bool undone = false;

    for (size_t i = 0; i < length;) {
        const struct rest rest = { data + i, length - i };
        char octet = data[i];
        size_t taken = escape_at(&rest, &octet);

        undone = undone || taken > 0;
        room[used++] = taken > 0 ? octet : data[i];
        i += taken > 0 ? taken : 1;
    }
    *ret_length = used;
    return undone;
}
