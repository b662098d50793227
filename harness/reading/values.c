#include "reading/values.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* A cursor that never leaves the text. */
struct cursor {
    const char *text;
    size_t length;
    size_t at;
};

static bool skip(struct cursor *cursor, const char *word)
{
    size_t size = strlen(word);

    if (cursor->length - cursor->at < size || memcmp(cursor->text + cursor->at, word, size) != 0) {
        return false;
    }
    cursor->at += size;
    return true;
}

static bool skip_any(struct cursor *cursor, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (skip(cursor, *words)) {
            return true;
        }
    }
    return false;
}

static void skip_blanks(struct cursor *cursor)
{
    while (cursor->at < cursor->length && cursor->text[cursor->at] == ' ') {
        cursor->at++;
    }
}

static bool at_digit(const struct cursor *cursor)
{
    return cursor->at < cursor->length && isdigit((unsigned char) cursor->text[cursor->at]);
}

/* One to four digits that are no part of a longer number. */
static bool number(struct cursor *cursor, unsigned *ret_value)
{
    unsigned value = 0;
    size_t start = cursor->at;

    while (at_digit(cursor) && cursor->at - start < 5) {
        value = value * 10 + (unsigned) (cursor->text[cursor->at++] - '0');
    }
    *ret_value = value;
    return cursor->at > start && cursor->at - start < 5;
}

static bool is_inside_word(const char *text, size_t at)
{
    return at > 0 && isalnum((unsigned char) text[at - 1]);
}

/* ---- dates ---- */

static unsigned days_of(unsigned year, unsigned month)
{
    static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month == 2 && leap ? 29 : days[month - 1];
}

/* day 0: the last of the month; month 0: the last of the year. */
static bool date_write(unsigned year, unsigned month, unsigned day, char room[VALUE_DATE_SIZE])
{
    month = month == 0 ? 12 : month;
    if (year < 1990 || year > 2199 || month > 12) {
        return false;
    }
    day = day == 0 ? days_of(year, month) : day;
    if (day > days_of(year, month)) {
        return false;
    }
    (void) snprintf(room, VALUE_DATE_SIZE, "%04u-%02u-%02u", year % 10000, month % 100, day % 100);
    return true;
}

/* After the year and 年: [N月[N日|末[日]]] or 末. */
static bool rest_of_japanese(struct cursor *cursor, unsigned year, char room[VALUE_DATE_SIZE])
{
    struct cursor month_at = *cursor;
    unsigned month = 0;
    unsigned day = 0;

    skip_blanks(&month_at);
    if (number(&month_at, &month) && skip(&month_at, "月") && month > 0) {
        struct cursor day_at = month_at;

        *cursor = month_at;
        skip_blanks(&day_at);
        if (number(&day_at, &day) && skip(&day_at, "日") && day > 0) {
            *cursor = day_at;
            return date_write(year, month, day, room);
        }
        if (skip(cursor, "末")) {
            (void) skip(cursor, "日");
        }
        return date_write(year, month, 0, room);
    }
    if (skip(cursor, "度末")) { /* a business year ends in March */
        return date_write(year + 1, 3, 31, room);
    }
    /* A year alone is when anything was: only one that ends something is its last day. */
    if (!skip(cursor, "末")) {
        struct cursor until = *cursor;

        if (!skip(&until, "まで") && !skip(&until, "中まで")) {
            return false;
        }
    }
    return date_write(year, 0, 0, room);
}

static bool date_japanese(struct cursor *cursor, char room[VALUE_DATE_SIZE])
{
    static const struct {
        const char *name;
        unsigned before_first;
    } eras[] = { { "令和", 2018 }, { "平成", 1988 } };
    unsigned year = 0;

    for (size_t i = 0; i < sizeof eras / sizeof eras[0]; i++) {
        struct cursor era = *cursor;

        if (skip(&era, eras[i].name)) {
            skip_blanks(&era);
            year = 1;
            if ((skip(&era, "元") || number(&era, &year)) && skip(&era, "年") && year > 0) {
                *cursor = era;
                return rest_of_japanese(cursor, eras[i].before_first + year, room);
            }
        }
    }
    if (number(cursor, &year)) {
        skip_blanks(cursor);
        return skip(cursor, "年") && rest_of_japanese(cursor, year, room);
    }
    return false;
}

/* 2029-12-31, 2029/12/31, 2029.12.31 */
static bool date_digits(struct cursor *cursor, char room[VALUE_DATE_SIZE])
{
    unsigned year = 0;
    unsigned month = 0;
    unsigned day = 0;
    char between;

    if (!number(cursor, &year) || year < 1990 || cursor->at >= cursor->length) {
        return false;
    }
    between = cursor->text[cursor->at++];
    if ((between != '-' && between != '/' && between != '.') || !number(cursor, &month) ||
        cursor->at >= cursor->length || cursor->text[cursor->at++] != between ||
        !number(cursor, &day)) {
        return false;
    }
    return month > 0 && day > 0 && date_write(year, month, day, room);
}

static bool month_name(struct cursor *cursor, unsigned *ret_month)
{
    static const char *const names[] = { "january",   "february", "march",    "april",
                                         "may",       "june",     "july",     "august",
                                         "september", "october",  "november", "december" };

    for (unsigned i = 0; i < 12; i++) {
        struct cursor whole = *cursor;
        struct cursor begun = *cursor;
        char first[4] = { names[i][0], names[i][1], names[i][2], '\0' };

        if (skip(&whole, names[i])) {
            *cursor = whole;
            *ret_month = i + 1;
            return true;
        }
        if (skip(&begun, first)) {
            (void) skip(&begun, ".");
            if (begun.at < begun.length && isalpha((unsigned char) begun.text[begun.at])) {
                continue;
            }
            *cursor = begun;
            *ret_month = i + 1;
            return true;
        }
    }
    return false;
}

static void skip_ordinal(struct cursor *cursor)
{
    static const char *const ends[] = { "st", "nd", "rd", "th", NULL };

    (void) skip_any(cursor, ends);
}

/* [31[st] [of]] december [31[st]][,] 2029 */
static bool date_english(struct cursor *cursor, char room[VALUE_DATE_SIZE])
{
    unsigned year = 0;
    unsigned month = 0;
    unsigned day = 0;

    if (at_digit(cursor)) {
        if (!number(cursor, &day) || day == 0 || day > 31) {
            return false;
        }
        skip_ordinal(cursor);
        skip_blanks(cursor);
        if (skip(cursor, "of ")) {
            skip_blanks(cursor);
        }
    }
    if (!month_name(cursor, &month)) {
        return false;
    }
    skip_blanks(cursor);
    if (day == 0) {
        struct cursor day_at = *cursor;

        if (number(&day_at, &day) && day > 0 && day <= 31) {
            skip_ordinal(&day_at);
            *cursor = day_at;
        } else {
            day = 0;
        }
    }
    (void) skip(cursor, ",");
    skip_blanks(cursor);
    return number(cursor, &year) && date_write(year, month, day, room);
}

static bool date_end_of_year(struct cursor *cursor, char room[VALUE_DATE_SIZE])
{
    unsigned year = 0;

    if (!skip(cursor, "end of ")) {
        return false;
    }
    (void) skip(cursor, "the year ");
    return number(cursor, &year) && date_write(year, 0, 0, room);
}

bool value_date(const char *lower, size_t length, size_t from, struct span *ret_span,
                char ret_date[VALUE_DATE_SIZE])
{
    static bool (*const forms[])(struct cursor *, char *) = { date_digits, date_japanese,
                                                              date_english, date_end_of_year };

    for (size_t at = from; at < length; at++) {
        if (is_inside_word(lower, at)) {
            continue;
        }
        for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
            struct cursor cursor = { .text = lower, .length = length, .at = at };

            if (forms[i](&cursor, ret_date)) {
                *ret_span = (struct span){ .start = at, .end = cursor.at };
                return true;
            }
        }
    }
    return false;
}

/* ---- lengths of time ---- */

static bool count_word(struct cursor *cursor, unsigned *ret_value)
{
    static const struct {
        const char *word;
        unsigned value;
    } words[] = { { "one", 1 },     { "two", 2 },    { "three", 3 },     { "four", 4 },
                  { "five", 5 },    { "six", 6 },    { "seven", 7 },     { "eight", 8 },
                  { "nine", 9 },    { "ten", 10 },   { "fourteen", 14 }, { "fifteen", 15 },
                  { "thirty", 30 }, { "sixty", 60 }, { "ninety", 90 },   { "一", 1 },
                  { "二", 2 },      { "三", 3 },     { "四", 4 },        { "五", 5 },
                  { "六", 6 },      { "七", 7 },     { "八", 8 },        { "九", 9 },
                  { "十", 10 } };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        struct cursor after = *cursor;

        if (skip(&after, words[i].word) &&
            (after.at >= after.length || (unsigned char) words[i].word[0] >= 0x80 ||
             !isalpha((unsigned char) after.text[after.at]))) {
            *cursor = after;
            *ret_value = words[i].value;
            return true;
        }
    }
    return false;
}

static unsigned days_of_unit(unsigned count, unsigned per, unsigned each)
{
    return (count * per + each - 1) / each;
}

/* A day of the month is no length of time: only what says so is one. */
static bool says_length(struct cursor *cursor)
{
    static const char *const after[] = { "以内",  "間",     "ごと",     "毎",     "おき",
                                         "後",    "程度",   "まで",     "を目安", "を目途",
                                         "に1回", "に一回", "を超えな", NULL };
    struct cursor look = *cursor;

    skip_blanks(&look);
    if (skip_any(&look, after)) {
        *cursor = look;
        return true;
    }
    return false;
}

static bool unit_japanese(struct cursor *cursor, unsigned count, unsigned *ret_days)
{
    static const char *const working[] = { "営業日", "稼働日", "平日", NULL };
    static const char *const months[] = { "か月", "ヶ月", "カ月", "ヵ月", "ケ月", "箇月", NULL };

    if (skip_any(cursor, working)) {
        *ret_days = days_of_unit(count, 7, 5);
        (void) says_length(cursor);
        return true;
    }
    if (skip(cursor, "週間")) {
        *ret_days = count * 7;
        (void) says_length(cursor);
        return true;
    }
    if (skip_any(cursor, months)) {
        *ret_days = count * 30;
        (void) says_length(cursor);
        return true;
    }
    if (skip(cursor, "時間")) {
        *ret_days = days_of_unit(count, 1, 24);
        (void) says_length(cursor);
        return true;
    }
    if (skip(cursor, "日")) {
        *ret_days = count;
        return says_length(cursor);
    }
    if (skip(cursor, "年")) {
        *ret_days = count * 365;
        return count < 100 && says_length(cursor);
    }
    return false;
}

static bool unit_english(struct cursor *cursor, unsigned count, unsigned *ret_days)
{
    static const char *const kinds[] = { "calendar ", "consecutive ", "full ", NULL };
    static const char *const working[] = { "business ", "working ", "work ", NULL };
    static const struct {
        const char *word;
        unsigned per;
        unsigned each;
    } units[] = {
        { "hour", 1, 24 }, { "day", 1, 1 }, { "week", 7, 1 }, { "month", 30, 1 }, { "year", 365, 1 }
    };
    bool at_work = skip_any(cursor, working);

    if (!at_work) {
        (void) skip_any(cursor, kinds);
    }
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (skip(cursor, units[i].word)) {
            (void) skip(cursor, "s");
            if (cursor->at < cursor->length && isalpha((unsigned char) cursor->text[cursor->at])) {
                return false;
            }
            *ret_days = at_work ? days_of_unit(count * units[i].per, 7, 5 * units[i].each)
                                : days_of_unit(count, units[i].per, units[i].each);
            return true;
        }
    }
    return false;
}

/* [about] 5 (five)? [business] days */
static bool days_counted(struct cursor *cursor, unsigned *ret_days)
{
    unsigned count = 0;
    struct cursor after;

    if (!number(cursor, &count) && !count_word(cursor, &count)) {
        return false;
    }
    skip_blanks(cursor);
    after = *cursor;
    if (skip(&after, "(")) { /* "5 (five) days", "five (5) days" */
        unsigned again;

        if ((number(&after, &again) || count_word(&after, &again)) && skip(&after, ")")) {
            skip_blanks(&after);
            *cursor = after;
        }
    }
    (void) skip(cursor, "-");
    return count > 0 && count < 4000 &&
           (unit_japanese(cursor, count, ret_days) || unit_english(cursor, count, ret_days));
}

static bool days_repeated(struct cursor *cursor, unsigned *ret_days)
{
    static const struct {
        const char *word;
        unsigned days;
    } words[] = { { "毎日", 1 },       { "毎週", 7 },         { "毎月", 30 },
                  { "四半期", 92 },    { "daily", 1 },        { "weekly", 7 },
                  { "monthly", 30 },   { "quarterly", 92 },   { "every day", 1 },
                  { "every week", 7 }, { "every month", 30 }, { "every quarter", 92 },
                  { "翌営業日", 1 },   { "即日", 1 },         { "one week", 7 } };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (skip(cursor, words[i].word)) {
            *ret_days = words[i].days;
            return true;
        }
    }
    return false;
}

bool value_days(const char *lower, size_t length, size_t from, struct span *ret_span,
                unsigned *ret_days)
{
    for (size_t at = from; at < length; at++) {
        struct cursor cursor = { .text = lower, .length = length, .at = at };
        char date[VALUE_DATE_SIZE];

        if (is_inside_word(lower, at)) {
            continue;
        }
        /* "2029年12月31日まで" is a day, not 31 of them. */
        if ((date_japanese(&cursor, date) || (cursor.at = at, date_english(&cursor, date)))) {
            at = cursor.at > at ? cursor.at - 1 : at;
            continue;
        }
        cursor.at = at;
        if (days_counted(&cursor, ret_days) || (cursor.at = at, days_repeated(&cursor, ret_days))) {
            *ret_span = (struct span){ .start = at, .end = cursor.at };
            return true;
        }
    }
    return false;
}

/* ---- addresses ---- */

static bool in_local_part(char c)
{
    return isalnum((unsigned char) c) || (c != '\0' && strchr(".!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

static bool in_host(char c)
{
    return isalnum((unsigned char) c) || c == '-' || c == '.';
}

bool value_email(const char *lower, size_t length, size_t from, struct span *ret_span)
{
    for (size_t at = from; at < length; at++) {
        size_t start = at;
        size_t end = at + 1;
        size_t dots = 0;

        if (lower[at] != '@') {
            continue;
        }
        while (start > from && in_local_part(lower[start - 1])) {
            start--;
        }
        while (end < length && in_host(lower[end])) {
            dots += lower[end] == '.' && end > at + 1 && end + 1 < length &&
                            isalnum((unsigned char) lower[end + 1])
                        ? 1
                        : 0;
            end++;
        }
        if (start < at && dots > 0) {
            *ret_span = (struct span){ .start = start, .end = end };
            return true;
        }
    }
    return false;
}

bool value_url(const char *lower, size_t length, size_t from, struct span *ret_span)
{
    for (size_t at = from; at < length; at++) {
        struct cursor cursor = { .text = lower, .length = length, .at = at };

        if ((skip(&cursor, "https://") || skip(&cursor, "http://")) && cursor.at < length &&
            isalnum((unsigned char) lower[cursor.at])) {
            while (cursor.at < length && (unsigned char) lower[cursor.at] > ' ' &&
                   (unsigned char) lower[cursor.at] < 0x7f &&
                   strchr("<>\"'()", lower[cursor.at]) == NULL) {
                cursor.at++;
            }
            *ret_span = (struct span){ .start = at, .end = cursor.at };
            return true;
        }
    }
    return false;
}

/* Ten digits or more with what is written between them; a date has eight. */
bool value_phone(const char *lower, size_t length, size_t from, struct span *ret_span)
{
    for (size_t at = from; at < length; at++) {
        size_t end = at;
        size_t digits = 0;
        size_t between = 0;

        if (is_inside_word(lower, at) ||
            (!isdigit((unsigned char) lower[at]) && lower[at] != '+' && lower[at] != '(')) {
            continue;
        }
        while (end < length && (isdigit((unsigned char) lower[end]) ||
                                (lower[end] != '\0' && strchr("+-() ", lower[end]) != NULL))) {
            digits += isdigit((unsigned char) lower[end]) ? 1 : 0;
            between += lower[end] == '-' || lower[end] == ')' ? 1 : 0;
            end++;
        }
        if (digits >= 10 && digits <= 15 && between > 0) {
            *ret_span = (struct span){ .start = at, .end = end };
            return true;
        }
        at = end > at ? end - 1 : at;
    }
    return false;
}
