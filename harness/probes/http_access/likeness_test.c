/* What is clearly not the thing that the role got. */
#include "probe/likeness.h"

#include <criterion/criterion.h>
#include <stdio.h>

struct content {
    const char *type;
    const char *body;
};

static void answer_set(struct http_answer *answer, struct content content, int status)
{
    *answer = (struct http_answer){ .event = HTTP_ANSWERED,
                                    .status = status,
                                    .body = bytes_bounded(4096) };
    (void) snprintf(answer->content_type, sizeof answer->content_type, "%s", content.type);
    cr_assert_eq(bytes_append_text(&answer->body, content.body, NULL), STATUS_OK);
}

static const struct content json = { "application/json", "{\"a\":1}" };
static const struct content typed = { "text/html", "\n[1,2]" };
static const struct content picture = { "image/jpeg", "\xff\xd8" };
static const struct content words = { "text/plain", "name of the network" };
static const struct content first = { "text/html",
                                      "<!DOCTYPE html><html><p nonce=a1>ask at the desk" };
static const struct content later = { "text/html",
                                      "<!DOCTYPE html><html><p nonce=b2>ask at the desk" };
static const struct content marked = { "", "\xef\xbb\xbf\n<HTML>ask at the desk" };
static const struct content empty = { "text/html", "" };
static const struct content list = { "text/html", "<h2>users</h2> somebody, another and a third" };
static const struct content more = { "text/html", "<h2>users</h2> somebody, another and a fourth" };

Test(likeness, another_kind_of_content_is_not_the_thing)
{
    static const struct {
        const struct content *thing;
        const struct content *answer;
        const struct content *nothing;
        int nothing_status;
        bool disowned;
    } cases[] = {
        { &json, &first, &first, 404, true },
        { &typed, &first, &first, 404, true },
        { &picture, &first, &first, 404, true },
        { &words, &first, &first, 404, true },
        { &words, &marked, &first, 404, true },
        { &list, &json, &json, 404, true },
        { &json, &json, &json, 200, false }, /* the same for everybody, everywhere */
        { &picture, &picture, &picture, 200, false },
        { &words, &json, &first, 404, false }, /* neither is a page */
        { &list, &first, &first, 404, false }, /* this path alone has that page */
        { &list, &first, &later, 404, false },
        { &list, &first, &later, 200, true }, /* every path has it, but for a token */
        { &list, &first, &words, 200, false },
        { &list, &first, &empty, 200, false },
        { &first, &later, &first, 200, false }, /* the role gets it, too */
        { &list, &list, &list, 200, false },
        { &list, &more, &first, 200, false }, /* much of it: a person should look */
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        DEFER(http_answer_done) struct http_answer thing = { 0 };
        DEFER(http_answer_done) struct http_answer answer = { 0 };
        DEFER(http_answer_done) struct http_answer nothing = { 0 };
        const char *why;

        answer_set(&thing, *cases[i].thing, 200);
        answer_set(&answer, *cases[i].answer, 200);
        answer_set(&nothing, *cases[i].nothing, cases[i].nothing_status);
        why = likeness_disowns(&thing, &answer, &nothing);
        cr_expect_eq(why != NULL, cases[i].disowned, "case %zu: %s", i, why == NULL ? "" : why);
        nothing.event = HTTP_TIMEOUT;
        nothing.status = 0;
        cr_expect(likeness_disowns(&answer, &answer, &nothing) == NULL, "case %zu", i);
    }
}
