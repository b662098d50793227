/* What a test left behind is known by what stands there. */
#include "probe/marked_value.h"

#include "probe/place.h"
#include "support/recorded_http.h"

#include <criterion/criterion.h>

Test(marked, a_recorded_setting_tells_what_stood_there_before)
{
    const struct http_place place = { .json = "/name" };
    DEFER(http_answer_done) struct http_answer answer = { 0 };
    DEFER(secret_done) struct secret value = { 0 };
    size_t length = 0;

    recorded_http("camera_marked.http", &answer);
    cr_assert_eq(place_find(&place, &answer, NULL, &value, NULL), STATUS_OK);
    cr_assert(marked_value_is_marked(&value, &length));
    cr_expect_eq(length, strlen("Hall"));
}

Test(marked, what_nobody_marked_is_left_alone)
{
    static const struct {
        const char *text;
        bool marked;
        size_t length;
    } all[] = {
        { "Hall", false, 0 },
        { "", false, 0 },
        { "hoshitori-k3v9x0q2mz", false, 0 },
        { "-hoshitori-k3v9x0q2mz", false, 0 }, /* nothing stood before it: nothing to put back */
        { "a-hoshitori-k3v9x0q2mz", true, 1 },
        { "a-hoshitori-K3V9X0Q2MZ", false, 0 },
        { "a-hoshitori-k3v9", true, 1 }, /* a device without room for more */
        { "a-hoshi", true, 1 },
        { "a-hosh", false, 0 },
    };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        DEFER(secret_done) struct secret value = { 0 };
        size_t length = 0;

        cr_assert_eq(
            secret_set(&value, all[i].text, strlen(all[i].text), SECRET_FOR_CHILDREN, NULL),
            STATUS_OK);
        cr_expect_eq(marked_value_is_marked(&value, &length), all[i].marked, "%s", all[i].text);
        cr_expect_eq(length, all[i].length, "%s", all[i].text);
    }
}
