/* Dates, lengths of time and addresses, as they are written in Japanese and English. */
#include "base/text.h"
#include "reading/values.h"

#include <criterion/criterion.h>
#include <string.h>

Test(values, dates)
{
    static const struct {
        const char *text;
        const char *date; /* NULL: none */
    } cases[] = {
        { "提供終了日: 2031-03-31", "2031-03-31" },
        { "2029/12/31 まで", "2029-12-31" },
        { "2029年12月31日まで", "2029-12-31" },
        { "2029年 12月 31日", "2029-12-31" },
        { "2028年2月末まで", "2028-02-29" },
        { "2029年12月", "2029-12-31" },
        { "2029年末", "2029-12-31" },
        { "2029年度末", "2030-03-31" },
        { "令和11年12月31日", "2029-12-31" },
        { "令和元年5月1日", "2019-05-01" },
        { "until 31 december 2029", "2029-12-31" },
        { "december 31st, 2029", "2029-12-31" },
        { "31st of dec 2029", "2029-12-31" },
        { "until june 2030", "2030-06-30" },
        { "until the end of 2029", "2029-12-31" },
        { "2029年まで", "2029-12-31" },
        { "2029年に発売", NULL },
        { "2024年", NULL },
        { "2029-02-30", NULL },
        { "2029-13-01", NULL },
        { "version 1.4.2", NULL },
        { "0120-111-222", NULL },
        { "in march we may meet", NULL },
        { "令和0年", NULL },
        { "", NULL },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct span span;
        char date[VALUE_DATE_SIZE] = "";
        bool found = value_date(cases[i].text, strlen(cases[i].text), 0, &span, date);

        cr_expect_eq(found, cases[i].date != NULL, "'%s': %s", cases[i].text, date);
        cr_expect(!found || text_equal(date, cases[i].date), "'%s': %s", cases[i].text, date);
    }
}

Test(values, lengths_of_time)
{
    static const struct {
        const char *text;
        unsigned days; /* 0: none */
    } cases[] = {
        { "5営業日以内", 7 },
        { "受領後3営業日", 5 },
        { "30日以内に", 30 },
        { "90日ごと", 90 },
        { "2週間以内", 14 },
        { "3か月以内", 90 },
        { "72時間以内", 3 },
        { "25時間以内", 2 },
        { "毎月", 30 },
        { "within 5 business days", 7 },
        { "within five (5) working days", 7 },
        { "every 30 days", 30 },
        { "within 48 hours", 2 },
        { "a 90-day deadline", 90 },
        { "updated weekly", 7 },
        { "2029年12月31日まで", 0 },
        { "12月31日に", 0 },
        { "31 december 2029", 0 },
        { "毎年1日の点検", 0 },
        { "one dayflower", 0 },
        { "", 0 },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct span span;
        unsigned days = 0;
        bool found = value_days(cases[i].text, strlen(cases[i].text), 0, &span, &days);

        cr_expect_eq(found, cases[i].days > 0, "'%s': %u", cases[i].text, days);
        cr_expect(!found || days == cases[i].days, "'%s': %u", cases[i].text, days);
    }
}

Test(values, addresses)
{
    static const char text[] = "窓口 (psirt@vendor.example) https://vendor.example/x, 03-1234-5678";
    struct span span;

    cr_assert(value_email(text, strlen(text), 0, &span));
    cr_expect_eq(memcmp(text + span.start, "psirt@vendor.example", span.end - span.start), 0);
    cr_assert(value_url(text, strlen(text), 0, &span));
    cr_expect_eq(memcmp(text + span.start, "https://vendor.example/x", 24), 0);
    cr_assert(value_phone(text, strlen(text), 0, &span));
    cr_expect_eq(text[span.start], '0');
    cr_expect_not(value_email("a@b", 3, 0, &span), "no dot");
    cr_expect_not(value_email("@vendor.example", 15, 0, &span));
    cr_expect_not(value_url("https://", 8, 0, &span));
    cr_expect_not(value_phone("2029-12-31", 10, 0, &span), "a date");
    cr_expect_not(value_phone("0000000000000", 13, 0, &span), "a number");
}
