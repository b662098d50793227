/* Recorded answers of real servers, read as answers to a request for a protected thing. */
#include "probe/web.h"
#include "support/recorded_http.h"

#include <criterion/criterion.h>

struct recorded {
    const char *file;
    enum web_word word;
    bool login_page;
    bool redirected;
};

Test(view, recorded_answers_are_read_for_what_they_are)
{
    static const struct recorded all[] = {
        { "camera_settings_401.http", WEB_REFUSED, false, false },
        { "camera_snapshot_basic.http", WEB_REFUSED, false, false },
        { "camera_login_page.http", WEB_REFUSED, true, false },
        { "camera_redirect.http", WEB_OPEN, false, true },
        { "nginx_basic_401.http", WEB_REFUSED, false, false },
        { "nginx_open_200.http", WEB_GRANTED, false, false },
        { "nginx_404.http", WEB_OPEN, false, false },
        { "nginx_503.http", WEB_OPEN, false, false },
    };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        DEFER(http_answer_done) struct http_answer answer = { 0 };
        struct web_view view;

        recorded_http(all[i].file, &answer);
        view = web_view(&answer, "/admin", false);
        cr_expect_eq(view.word, all[i].word, "%s: %s", all[i].file, view.reason);
        cr_expect_eq(view.login_page, all[i].login_page, "%s", all[i].file);
        cr_expect_eq(view.redirected, all[i].redirected, "%s", all[i].file);
        cr_expect_neq(view.reason[0], '\0');
    }
}
