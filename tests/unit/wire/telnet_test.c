#include "wire/telnet.h"

#include <criterion/criterion.h>
#include <string.h>

struct heard {
    struct wire_telnet telnet;
    char text[256];
    uint8_t owed[64];
    struct builder answers;
};

static void feed(struct heard *heard, const char *bytes, size_t length)
{
    size_t text_length = 0;

    heard->answers = builder_over(heard->owed, sizeof heard->owed);
    wire_telnet_feed(&heard->telnet, bytes, length, heard->text, &text_length, &heard->answers);
    heard->text[text_length] = '\0';
}

static void expect_answer(const struct heard *heard, const char *bytes, size_t length)
{
    cr_expect_eq(heard->answers.length, length);
    cr_expect(heard->answers.length == length && memcmp(heard->owed, bytes, length) == 0);
}

Test(telnet, echo_and_go_ahead_are_accepted_and_the_rest_refused)
{
    struct heard heard = { 0 };

    feed(&heard, "\xff\xfb\x01\xff\xfb\x03\xff\xfd\x18\xff\xfd\x03\xff\xfb\x26 login: ", 23);
    expect_answer(&heard, "\xff\xfd\x01\xff\xfd\x03\xff\xfc\x18\xff\xfb\x03\xff\xfe\x26", 15);
    cr_expect_str_eq(heard.text, " login: ");
    cr_expect(heard.telnet.echoes);
    cr_expect(wire_telnet_is_certain(&heard.telnet));
    cr_expect_eq(heard.telnet.requests, 5);
}

Test(telnet, a_repeated_request_is_answered_once)
{
    struct heard heard = { 0 };

    feed(&heard, "\xff\xfb\x01", 3);
    cr_expect_eq(heard.answers.length, 3);
    for (int i = 0; i < 100; i++) {
        feed(&heard, "\xff\xfb\x01", 3);
        cr_expect_eq(heard.answers.length, 0);
    }
}

Test(telnet, withdrawing_what_was_never_granted_is_not_answered)
{
    struct heard heard = { 0 };

    feed(&heard, "\xff\xfc\x01\xff\xfe\x18", 6);
    cr_expect_eq(heard.answers.length, 0);
}

Test(telnet, commands_may_come_in_pieces)
{
    static const char bytes[] = "a\xff\xfa\x18\x01\xff\xf0"
                                "b\xff\xff"
                                "c\r\0d";
    struct heard heard = { 0 };
    char all[64] = "";

    for (size_t i = 0; i < sizeof bytes - 1; i++) {
        feed(&heard, bytes + i, 1);
        (void) memcpy(all + strlen(all), heard.text, strlen(heard.text) + 1);
    }
    cr_expect_str_eq(all, "ab\xff"
                          "c\rd");
    cr_expect_eq(heard.telnet.commands, 1);
}

Test(telnet, a_subnegotiation_without_end_is_no_text)
{
    struct heard heard = { 0 };

    feed(&heard, "\xff\xfa\x18 endless endless", 19);
    cr_expect_str_eq(heard.text, "");
    cr_expect(!wire_telnet_is_certain(&heard.telnet));
}

Test(telnet, unregistered_options_are_no_evidence)
{
    struct heard heard = { 0 };

    feed(&heard, "\xff\xfb\x90", 3);
    cr_expect(!wire_telnet_is_certain(&heard.telnet));
    expect_answer(&heard, "\xff\xfe\x90", 3);
}

Test(telnet, answers_that_do_not_fit_are_noticed)
{
    struct wire_telnet telnet = { 0 };
    uint8_t owed[4];
    struct builder answers = builder_over(owed, sizeof owed);
    char text[16];
    size_t length = 0;

    wire_telnet_feed(&telnet, "\xff\xfb\x01\xff\xfb\x03", 6, text, &length, &answers);
    cr_expect(answers.overflow);
}

Test(telnet, escape_doubles_255)
{
    uint8_t room[8];

    cr_expect_eq(wire_telnet_escape("a\xff"
                                    "b",
                                    3, room),
                 4);
    cr_expect_arr_eq(room,
                     "a\xff\xff"
                     "b",
                     4);
}
