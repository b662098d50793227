#include "base/text.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

const char *words_in(const struct words *words, enum language language)
{
    const char *first = language == LANGUAGE_JA ? words->ja : words->en;
    const char *second = language == LANGUAGE_JA ? words->en : words->ja;

    if (first != NULL) {
        return first;
    }
    return second != NULL ? second : "";
}

bool text_equal(const char *a, const char *b)
{
    if (a == NULL || b == NULL) {
        return a == b;
    }
    return strcmp(a, b) == 0;
}

bool text_equal_nocase(const char *a, const char *b)
{
    if (a == NULL || b == NULL) {
        return a == b;
    }
    return strcasecmp(a, b) == 0;
}

bool text_starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool text_ends_with(const char *text, const char *suffix)
{
    size_t length = strlen(text);
    size_t wanted = strlen(suffix);

    return length >= wanted && memcmp(text + length - wanted, suffix, wanted) == 0;
}

/* The length of the well-formed sequence at `at`, or 0. */
static size_t utf8_sequence(const uint8_t *at, size_t left)
{
    uint8_t low = 0x80;
    uint8_t high = 0xbf;
    size_t length;

    if (at[0] < 0x80) {
        return 1;
    }
    if (at[0] < 0xc2 || at[0] > 0xf4) {
        return 0;
    }
    length = at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
    if (length > left) {
        return 0;
    }
    if (at[0] == 0xe0) {
        low = 0xa0;
    } else if (at[0] == 0xed) {
        high = 0x9f;
    } else if (at[0] == 0xf0) {
        low = 0x90;
    } else if (at[0] == 0xf4) {
        high = 0x8f;
    }
    if (at[1] < low || at[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return length;
}

bool text_is_utf8(const void *data, size_t length)
{
    const uint8_t *at = data;

    while (length > 0) {
        size_t step = utf8_sequence(at, length);

        if (step == 0) {
            return false;
        }
        at += step;
        length -= step;
    }
    return true;
}

void text_hex(const void *data, size_t length, char *room)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *octets = data;

    for (size_t i = 0; i < length; i++) {
        room[2 * i] = digits[octets[i] >> 4];
        room[2 * i + 1] = digits[octets[i] & 15];
    }
    room[2 * length] = '\0';
}

enum status text_to_unsigned(const char *text, unsigned long long maximum,
                             unsigned long long *ret_value)
{
    unsigned long long value = 0;

    if (*text == '\0') {
        return STATUS_BAD_INPUT;
    }
    for (const char *at = text; *at != '\0'; at++) {
        unsigned digit = (unsigned) (unsigned char) *at - '0';

        if (digit > 9 || digit > maximum || value > (maximum - digit) / 10) {
            return STATUS_BAD_INPUT;
        }
        value = value * 10 + digit;
    }
    *ret_value = value;
    return STATUS_OK;
}

size_t text_blank(const char *text)
{
    static const char *const blanks[] = { " ",
                                          "\t",
                                          "\r",
                                          "\n",
                                          "\xc2\xa0",
                                          "\xc2\xad",
                                          "\xe2\x80\xa8",
                                          "\xe2\x80\xa9",
                                          "\xe2\x80\xaf",
                                          "\xe2\x81\x9f",
                                          "\xe2\x81\xa0",
                                          "\xe3\x80\x80",
                                          "\xef\xbb\xbf" };
    const unsigned char *at = (const unsigned char *) text;

    if (at[0] == 0xe2 && at[1] == 0x80 && at[2] >= 0x80 && at[2] <= 0x8f) {
        return 3;
    }
    for (size_t i = 0; i < sizeof blanks / sizeof blanks[0]; i++) {
        if (text_starts_with(text, blanks[i])) {
            return strlen(blanks[i]);
        }
    }
    return 0;
}

size_t text_deceives(const char *text)
{
    const unsigned char *at = (const unsigned char *) text;

    if (at[0] != '\0' && (at[0] < 0x20 || at[0] == 0x7f)) {
        return 1;
    }
    if ((at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0) || (at[0] == 0xd8 && at[1] == 0x9c)) {
        return 2;
    }
    if ((at[0] == 0xe2 && at[1] == 0x80 &&
         ((at[2] >= 0x8b && at[2] <= 0x8f) || (at[2] >= 0xa8 && at[2] <= 0xae))) ||
        (at[0] == 0xe2 && at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9) ||
        (at[0] == 0xef && at[1] == 0xbb && at[2] == 0xbf)) {
        return 3;
    }
    return 0;
}

void text_printable(const void *data, size_t length, char *room, size_t size)
{
    const uint8_t *octets = data;
    size_t used = 0;

    for (size_t i = 0; i < length; i++) {
        bool plain = octets[i] >= 0x20 && octets[i] < 0x7f && octets[i] != '\\';
        size_t needed = plain ? 1 : 4;

        if (used + needed >= size) {
            break;
        }
        if (plain) {
            room[used] = (char) octets[i];
        } else {
            (void) snprintf(room + used, size - used, "\\x%02x", octets[i]);
        }
        used += needed;
    }
    room[used] = '\0';
}

void text_base64(const void *data, size_t length, char *room)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *at = data;

    for (; length > 0; at += 3) {
        size_t taken = length < 3 ? length : 3;
        uint32_t group = (uint32_t) at[0] << 16 | (uint32_t) (taken > 1 ? at[1] : 0) << 8 |
                         (uint32_t) (taken > 2 ? at[2] : 0);

        *room++ = alphabet[group >> 18 & 63];
        *room++ = alphabet[group >> 12 & 63];
        *room++ = taken > 1 ? alphabet[group >> 6 & 63] : '=';
        *room++ = taken > 2 ? alphabet[group & 63] : '=';
        length -= taken;
    }
    *room = '\0';
}

int text_base64_digit(uint8_t c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

bool text_base64_take(struct text_base64_undo *undo, uint8_t c, uint8_t *ret_octet)
{
    int digit = text_base64_digit(c);

    if (digit < 0) {
        return false;
    }
    undo->bits = undo->bits << 6 | (uint32_t) digit;
    undo->held += 6;
    if (undo->held < 8) {
        return false;
    }
    undo->held -= 8;
    *ret_octet = (uint8_t) (undo->bits >> undo->held);
    return true;
}
