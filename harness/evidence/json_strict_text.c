#include "evidence/json_strict.h"

#include <string.h>

/* Exactly `width` digits at text, or -1. */
static int digits(const char *text, size_t width)
{
    int value = 0;

    for (size_t i = 0; i < width; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return -1;
        }
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

static int days_in_month(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month == 2 && leap ? 29 : days[month - 1];
}

static int64_t days_since_1970(int year, int month, int day)
{
    int64_t days = day - 1;

    for (int m = 1; m < month; m++) {
        days += days_in_month(year, m);
    }
    year--;
    /* 719162 days lie between 0001-01-01 and 1970-01-01 in the Gregorian calendar. */
    return days + (int64_t) year * 365 + year / 4 - year / 100 + year / 400 - 719162;
}

/* Compares punctuation with a pattern whose digits stand for any digit. */
static bool shaped_like(const char *text, const char *pattern)
{
    if (strlen(text) != strlen(pattern)) {
        return false;
    }
    for (size_t i = 0; pattern[i] != '\0'; i++) {
        bool wants_digit = pattern[i] == '0';
        bool is_digit = text[i] >= '0' && text[i] <= '9';

        if (wants_digit ? !is_digit : text[i] != pattern[i]) {
            return false;
        }
    }
    return true;
}

bool json_strict_time(const char *text, int64_t *ret_wall_ms)
{
    bool has_ms = shaped_like(text, "0000-00-00T00:00:00.000Z");
    int year;
    int month;
    int day;
    int64_t seconds;

    if (!has_ms && !shaped_like(text, "0000-00-00T00:00:00Z")) {
        return false;
    }
    year = digits(text, 4);
    month = digits(text + 5, 2);
    day = digits(text + 8, 2);
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) ||
        digits(text + 11, 2) > 23 || digits(text + 14, 2) > 59 || digits(text + 17, 2) > 59) {
        return false;
    }
    seconds = days_since_1970(year, month, day) * 86400 + digits(text + 11, 2) * 3600 +
              digits(text + 14, 2) * 60 + digits(text + 17, 2);
    *ret_wall_ms = seconds * 1000 + (has_ms ? digits(text + 20, 3) : 0);
    return true;
}

bool json_strict_is_time(const char *text)
{
    int64_t ignored = 0;

    return json_strict_time(text, &ignored);
}

static int base64_value(char c)
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
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Four characters; only the last group of a text may be padded. */
static bool base64_group(const char *group, bool last, uint8_t octets[3], size_t *ret_length)
{
    size_t padding = 0;
    uint32_t bits = 0;

    if (last && group[3] == '=') {
        padding = group[2] == '=' ? 2 : 1;
    }
    for (size_t i = 0; i < 4 - padding; i++) {
        int value = base64_value(group[i]);

        if (value < 0) {
            return false;
        }
        bits |= (uint32_t) value << (18 - 6 * i);
    }
    /* Bits that padding leaves over must be zero, or one value has many spellings. */
    if ((bits & ((1u << (8 * padding)) - 1)) != 0) {
        return false;
    }
    octets[0] = (uint8_t) (bits >> 16);
    octets[1] = (uint8_t) (bits >> 8);
    octets[2] = (uint8_t) bits;
    *ret_length = 3 - padding;
    return true;
}

enum status json_strict_base64(const char *text, size_t length, struct bytes *out,
                               struct error *reterr)
{
    if (length % 4 != 0) {
        return fail(reterr, STATUS_BAD_INPUT, "json.base64: the length is no multiple of four");
    }
    for (size_t i = 0; i < length; i += 4) {
        uint8_t octets[3];
        size_t count = 0;

        if (!base64_group(text + i, i + 4 == length, octets, &count)) {
            return fail(reterr, STATUS_BAD_INPUT, "json.base64: not base64 at character %zu", i);
        }
        TRY(bytes_append(out, octets, count, reterr));
    }
    return STATUS_OK;
}
