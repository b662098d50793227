/* Recorded answers of real servers, read as answers to a request for a protected thing. */
#include "probe/web.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct recorded {
    const char *file;
    enum web_word word;
    bool login_page;
    bool redirected;
};

/* "Name: value" of the head, or "". */
static void head_value(const char *head, const char *name, char *room, size_t size)
{
    const char *at = strcasestr(head, name);

    room[0] = '\0';
    if (at != NULL) {
        at += strlen(name) + 2;
        (void) snprintf(room, size, "%.*s", (int) strcspn(at, "\r\n"), at);
    }
}

static void replay(const char *file, struct http_answer *answer)
{
    char path[512];
    char text[4096] = "";
    const char *body;
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
                                    .body = bytes_bounded(4096),
                                    .headers = json_object() };
    cr_assert_eq(bytes_append_text(&answer->body, body + 4, NULL), STATUS_OK);
    head_value(text, "Location", answer->location, sizeof answer->location);
    head_value(text, "Content-Type", answer->content_type, sizeof answer->content_type);
}

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

        replay(all[i].file, &answer);
        view = web_view(&answer, "/admin", false);
        cr_expect_eq(view.word, all[i].word, "%s: %s", all[i].file, view.reason);
        cr_expect_eq(view.login_page, all[i].login_page, "%s", all[i].file);
        cr_expect_eq(view.redirected, all[i].redirected, "%s", all[i].file);
        cr_expect_neq(view.reason[0], '\0');
    }
}
