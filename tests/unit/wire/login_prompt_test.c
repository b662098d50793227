#include "wire/login_prompt.h"

#include <criterion/criterion.h>
#include <string.h>

struct prompt_case {
    const char *text;
    enum wire_prompt prompt;
    bool refused;
    bool locked;
};

static void check(const struct prompt_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct wire_dialogue dialogue = wire_login_read(cases[i].text, strlen(cases[i].text));

        cr_expect_eq(dialogue.prompt, cases[i].prompt, "'%s': prompt %d", cases[i].text,
                     (int) dialogue.prompt);
        cr_expect_eq(dialogue.refused, cases[i].refused, "'%s'", cases[i].text);
        cr_expect_eq(dialogue.locked, cases[i].locked, "'%s'", cases[i].text);
    }
}

Test(login_prompt, what_is_asked)
{
    static const struct prompt_case cases[] = {
        { "\r\nhc100 login: ", WIRE_PROMPT_USER, false, false },
        { "Username:", WIRE_PROMPT_USER, false, false },
        { "User Name : ", WIRE_PROMPT_USER, false, false },
        { "user name>", WIRE_PROMPT_USER, false, false },
        { "Login as: ", WIRE_PROMPT_USER, false, false },
        { "ユーザ名: ", WIRE_PROMPT_USER, false, false },
        { "admin\r\nPassword: ", WIRE_PROMPT_PASSWORD, false, false },
        { "passwd:", WIRE_PROMPT_PASSWORD, false, false },
        { "Enter password for admin: ", WIRE_PROMPT_PASSWORD, false, false },
        { "パスワード: ", WIRE_PROMPT_PASSWORD, false, false },
        { "You must change it.\r\nNew password: ", WIRE_PROMPT_NEW_PASSWORD, false, false },
        { "(current) UNIX password: ", WIRE_PROMPT_NEW_PASSWORD, false, false },
        { "\r\n\x1b[1mhc100\x1b[0m:~# ", WIRE_PROMPT_COMMAND, false, false },
        { "$ ", WIRE_PROMPT_COMMAND, false, false },
        { "user@router> ", WIRE_PROMPT_COMMAND, false, false },
        { "HC-100>", WIRE_PROMPT_COMMAND, false, false },
        { "Welcome to the camera\r\n", WIRE_PROMPT_NONE, false, false },
        { "########\r\n", WIRE_PROMPT_NONE, false, false },
        { "", WIRE_PROMPT_NONE, false, false },
    };

    check(cases, sizeof cases / sizeof cases[0]);
}

Test(login_prompt, what_was_said)
{
    static const struct prompt_case cases[] = {
        { "\r\nLogin incorrect\r\nhc100 login: ", WIRE_PROMPT_USER, true, false },
        { "\r\nLogin incorrect\r\n", WIRE_PROMPT_NONE, true, false },
        { "% Authentication failed\r\n\r\nPassword: ", WIRE_PROMPT_PASSWORD, true, false },
        { "Too many failures, connection closed\r\n", WIRE_PROMPT_NONE, true, true },
        { "Account locked\r\nlogin: ", WIRE_PROMPT_USER, false, true },
        { "Last login: Sat Nov 21", WIRE_PROMPT_NONE, false, false },
        { "Last login:", WIRE_PROMPT_NONE, false, false },
        { "Last login: Sat on pts/0\r\n# ", WIRE_PROMPT_COMMAND, false, false },
        { "2 failed logins since the last.\r\n$ ", WIRE_PROMPT_COMMAND, true, false },
    };

    check(cases, sizeof cases / sizeof cases[0]);
}

Test(login_prompt, only_the_end_of_a_long_story_counts)
{
    char text[9000];
    struct wire_dialogue dialogue;

    memset(text, 'x', sizeof text);
    memcpy(text, "incorrect\n", 10);
    memcpy(text + sizeof text - 9, "\r\nlogin: ", 9);
    dialogue = wire_login_read(text, sizeof text);
    cr_expect_eq(dialogue.prompt, WIRE_PROMPT_USER);
    cr_expect_not(dialogue.refused);
}
