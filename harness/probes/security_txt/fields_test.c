#include "fields.h"

#include "support/fixture.h"

#include <criterion/criterion.h>

Test(security_txt, a_good_one)
{
    char text[4096];
    size_t length = fixture("good.txt", text, sizeof text);
    struct fields fields = fields_read(text, length);

    cr_expect_eq(json_array_size(fields.contacts), 2);
    cr_expect_str_eq(json_string_value(json_array_get(fields.contacts, 0)),
                     "mailto:security@vendor.example");
    cr_expect_eq(json_array_size(fields.policies), 1);
    cr_expect_eq(fields.expires_count, 1);
    cr_expect_str_eq(fields.expires, "2030-12-31T18:37:07+09:00");
    cr_expect_not(fields.is_signed);
    fields_done(&fields);
}

Test(security_txt, cut_short_or_nothing)
{
    static const char *const texts[] = { "",     "Contact",    "Contact:", "# Contact: x\n",
                                         ":x\n", "Contacts: x" };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct fields fields = fields_read(texts[i], strlen(texts[i]));

        cr_expect_eq(json_array_size(fields.contacts), 0, "'%s'", texts[i]);
        cr_expect_eq(fields.expires_count, 0);
        fields_done(&fields);
    }
}

Test(security_txt, times)
{
    static const struct {
        const char *text;
        long long seconds; /* 0: none */
    } times[] = {
        { "2021-12-31T18:37:07Z", 1640975827 },
        { "2021-12-31T18:37:07.125z", 1640975827 },
        { "2022-01-01T03:37:07+09:00", 1640975827 },
        { "2021-12-31T10:37:07-08:00", 1640975827 },
        { "2021-12-31", 0 },
        { "2021-13-31T18:37:07Z", 0 },
        { "2021-12-31T18:37:07", 0 },
        { "tomorrow", 0 },
        { "", 0 },
    };

    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        long long seconds = 0;

        cr_expect_eq(fields_time(times[i].text, &seconds), times[i].seconds != 0, "%s",
                     times[i].text);
        cr_expect(times[i].seconds == 0 || seconds == times[i].seconds, "%s: %lld", times[i].text,
                  seconds);
    }
}
