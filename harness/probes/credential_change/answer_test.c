/* Recorded answers to a request to change a password. */
#include "probe/change_answer.h"
#include "support/recorded_http.h"

#include <criterion/criterion.h>

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

        recorded_http(all[i].file, &answer);
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
