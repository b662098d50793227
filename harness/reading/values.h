/* values.h - what a text says in numbers, in Japanese and English: days of the calendar, lengths
 * of time, and addresses.  Pure; accepts any text (folded and in lower case: reading.h). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Where it stands. */
struct span {
    size_t start;
    size_t end;
};

enum { VALUE_DATE_SIZE = sizeof "YYYY-MM-DD" };

/* The first date at or after from.  A month stands for its last day, a year for its 31 December,
 * since both are said of what lasts until then: 2029年12月31日, 令和11年12月末, 2029/12/31,
 * 31 december 2029, december 31, 2029, end of 2029. */
bool value_date(const char *lower, size_t length, size_t from, struct span *ret_span,
                char ret_date[VALUE_DATE_SIZE]);

/* The first length of time at or after from, in calendar days, rounded up; seven for each five
 * working days, 30 for a month: 90日以内, 5営業日, 30日ごと, 2週間, 毎月, within 5 business days,
 * every 30 days, weekly. */
bool value_days(const char *lower, size_t length, size_t from, struct span *ret_span,
                unsigned *ret_days);

/* The first at or after from. */
bool value_email(const char *lower, size_t length, size_t from, struct span *ret_span);
bool value_url(const char *lower, size_t length, size_t from, struct span *ret_span);
bool value_phone(const char *lower, size_t length, size_t from, struct span *ret_span);
