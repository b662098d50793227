#include "wire/dns_message.h"

#include <criterion/criterion.h>
#include <string.h>

/* As dig asks, without its EDNS record. */
static const uint8_t asked[] = { 0x12, 0x34, 1,   0,   0,   1,   0,   0,   0,   0,   0,   0,
                                 5,    'C',  'l', 'o', 'u', 'd', 7,   'e', 'x', 'a', 'm', 'p',
                                 'l',  'e',  4,   't', 'e', 's', 't', 0,   0,   1,   0,   1 };

Test(dns_message, a_question_is_read)
{
    struct dns_question question;

    cr_assert(wire_dns_question_read(asked, sizeof asked, &question));
    cr_expect_str_eq(question.name, "cloud.example.test");
    cr_expect_eq(question.id, 0x1234);
    cr_expect_eq(question.type, DNS_TYPE_A);
    cr_expect(question.internet && question.recursion_desired);
    cr_expect_eq(question.raw_length, sizeof asked - 12);
}

Test(dns_message, what_is_cut_short_or_no_question_is_not)
{
    uint8_t other[sizeof asked];
    struct dns_question question;

    for (size_t length = 0; length < sizeof asked; length++) {
        cr_expect_not(wire_dns_question_read(asked, length, &question), "%zu", length);
    }
    memcpy(other, asked, sizeof other);
    other[2] |= 0x80; /* an answer */
    cr_expect_not(wire_dns_question_read(other, sizeof other, &question));
    memcpy(other, asked, sizeof other);
    other[12] = 0xc0; /* a pointer */
    cr_expect_not(wire_dns_question_read(other, sizeof other, &question));
}

Test(dns_message, a_dot_inside_a_label_makes_another_name)
{
    uint8_t other[sizeof asked];
    struct dns_question question;

    memcpy(other, asked, sizeof other);
    other[15] = '.';
    cr_assert(wire_dns_question_read(other, sizeof other, &question));
    cr_expect_str_eq(question.name, "cl?ud.example.test");
}

Test(dns_message, answers_repeat_the_question_and_last_no_time)
{
    static const uint8_t address[] = { 192, 0, 2, 7 };
    static const uint8_t record[] = { 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 192, 0, 2, 7 };
    uint8_t room[DNS_MESSAGE_MAX];
    struct builder builder = builder_over(room, sizeof room);
    struct dns_question question;

    cr_assert(wire_dns_question_read(asked, sizeof asked, &question));
    cr_assert(wire_dns_reply_build(&question, DNS_REPLY_ADDRESS, address, 4, &builder));
    cr_assert_eq(builder.length, sizeof asked + sizeof record);
    cr_expect_arr_eq(room + 12, asked + 12, sizeof asked - 12);
    cr_expect_arr_eq(room + sizeof asked, record, sizeof record);
    builder = builder_over(room, sizeof room);
    cr_assert(wire_dns_reply_build(&question, DNS_REPLY_NO_NAME, NULL, 0, &builder));
    cr_expect_eq(room[3] & 0x0f, 3);
    cr_expect_eq(builder.length, sizeof asked);
}
