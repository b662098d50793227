/* Recorded telnet log-ins: what is asked after each prompt, commands taken out. */
#include "wire/login_prompt.h"
#include "wire/telnet.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { ROOM = 1024 };

static size_t recorded_text(const char *file, char text[ROOM])
{
    uint8_t octets[ROOM];
    char path[512];
    struct wire_telnet telnet = { 0 };
    size_t length;
    size_t text_length = 0;
    FILE *recording;

    (void) snprintf(path, sizeof path, "%s%s", FIXTURES, file);
    recording = fopen(path, "rbe");
    cr_assert_not_null(recording, "%s", path);
    length = fread(octets, 1, sizeof octets, recording);
    (void) fclose(recording);
    wire_telnet_feed(&telnet, octets, length, text, &text_length, NULL);
    cr_assert(wire_telnet_is_certain(&telnet));
    return text_length;
}

/* What the dialogue asks once `until` has come. */
static struct wire_dialogue after(const char *text, size_t length, const char *until)
{
    const char *at = memmem(text, length, until, strlen(until));

    cr_assert_not_null(at, "no '%s'", until);
    return wire_login_read(text, (size_t) (at - text) + strlen(until));
}

Test(dialogue, a_refused_log_in_asks_again_and_says_why)
{
    char text[ROOM];
    size_t length = recorded_text("camera_refused.telnet", text);
    struct wire_dialogue end = wire_login_read(text, length);

    cr_expect_eq(after(text, length, "login: ").prompt, WIRE_PROMPT_USER);
    cr_expect_eq(after(text, length, "Password: ").prompt, WIRE_PROMPT_PASSWORD);
    cr_expect_eq(end.prompt, WIRE_PROMPT_USER);
    cr_expect(end.refused);
}

Test(dialogue, a_right_log_in_ends_at_a_command_prompt)
{
    char text[ROOM];
    size_t length = recorded_text("camera_shell.telnet", text);
    struct wire_dialogue end = wire_login_read(text, length);

    cr_expect_eq(end.prompt, WIRE_PROMPT_COMMAND);
    cr_expect_not(end.refused);
    cr_expect_not(end.locked);
}

Test(dialogue, a_recording_cut_short_asks_nothing_wrong)
{
    char text[ROOM];
    size_t length = recorded_text("camera_shell.telnet", text);

    /* "HC-100$" is the prompt already; its blank is only manners. */
    for (size_t cut = 0; cut + 1 < length; cut++) {
        cr_expect_neq(wire_login_read(text, cut).prompt, WIRE_PROMPT_COMMAND, "after %zu octets",
                      cut);
    }
}
