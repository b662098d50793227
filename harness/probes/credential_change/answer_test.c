/* Recorded answers to a request to change a password. */
#include "answer.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void replay(const char *file, struct http_answer *answer)
{
    char path[512];
    char text[8192] = "";
    const char *body;
    const char *type;
    FILE *recording;

    (void) snprintf(path, sizeof path, "%s%s", FIXTURES, file);
    recording = fopen(path, "rbe");
    cr_assert_not_null(recording, "%s", path);
    cr_assert_gt(fread(text, 1, sizeof text - 1, recording), 12);
    (void) fclose(recording);
    body = strstr(text, "\r\n\r\n");
    cr_assert_not_null(body);
    *answer = (struct http_answer){ .event = HTTP_ANSWERED,
                                    .status = (int) strtol(text + strlen("HTTP/1.1 "), NULL, 10),
                                    .body = bytes_bounded(8192),
                                    .headers = json_object() };
    cr_assert_eq(bytes_append_text(&answer->body, body + 4, NULL), STATUS_OK);
    type = strcasestr(text, "Content-Type: ");
    if (type != NULL) {
        type += strlen("Content-Type: ");
        (void) snprintf(answer->content_type, sizeof answer->content_type, "%.*s",
                        (int) strcspn(type, "\r\n"), type);
    }
}

Test(answer, recorded_answers_are_read_for_what_they_are)
{
    static const struct {
        const char *file;
        unsigned success_status;
        enum change_word word;
    } all[] = {
        { "camera_changed_204.http", 0, CHANGE_ACCEPTED },
        { "camera_changed_204.http", 204, CHANGE_ACCEPTED },
        { "camera_changed_204.http", 200, CHANGE_UNCLEAR },
        { "camera_wrong_old_403.http", 0, CHANGE_REFUSED },
        { "camera_rules_422.http", 0, CHANGE_REFUSED },
        { "camera_no_session_401.http", 0, CHANGE_REFUSED },
        { "camera_login_page_200.http", 0, CHANGE_REFUSED },
    };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        DEFER(http_answer_done) struct http_answer answer = { 0 };

        replay(all[i].file, &answer);
        cr_expect_eq(change_answer(&answer, all[i].success_status), all[i].word, "%s: %s",
                     all[i].file, change_word_text(change_answer(&answer, all[i].success_status)));
    }
}

Test(answer, a_success_that_says_error_says_nothing)
{
    static const struct {
        const char *body;
        enum change_word word;
    } all[] = {
        { "{\"error\":17}", CHANGE_UNCLEAR },
        { "{\"code\":-3,\"data\":null}", CHANGE_UNCLEAR },
        { "{\"success\":false}", CHANGE_UNCLEAR },
        { "{\"Error\":{\"message\":\"too short\"}}", CHANGE_UNCLEAR },
        { "{\"error\":0,\"ok\":true,\"code\":200}", CHANGE_ACCEPTED },
        { "{\"error\":\"\"}", CHANGE_ACCEPTED },
        { "[17]", CHANGE_ACCEPTED },
    };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        DEFER(http_answer_done)
        struct http_answer answer = { .event = HTTP_ANSWERED,
                                      .status = 200,
                                      .content_type = "application/json",
                                      .body = bytes_bounded(256) };

        cr_assert_eq(bytes_append_text(&answer.body, all[i].body, NULL), STATUS_OK);
        cr_expect_eq(change_answer(&answer, 0), all[i].word, "%s", all[i].body);
    }
}

Test(answer, silence_says_nothing)
{
    const struct http_answer answer = { .event = HTTP_TIMEOUT };

    cr_expect_eq(change_answer(&answer, 0), CHANGE_UNCLEAR);
}
