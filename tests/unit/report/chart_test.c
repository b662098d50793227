#include "report/chart.h"

#include "base/columns.h"

#include <criterion/criterion.h>
#include <string.h>

static const char result_text[] =
    "{\"scheme\":\"jc-star\",\"level\":1,\"overall\":\"nonconformant\","
    "\"product\":{\"vendor\":{\"en\":\"Example\",\"ja\":\"例示電機\"},\"model\":\"HC-100\"},"
    "\"suite\":{\"id\":\"s\",\"version\":\"1\"},\"notice\":{\"en\":\"not "
    "official\",\"ja\":\"非公式\"},"
    "\"clauses\":["
    "{\"id\":\"C-1\",\"title\":{\"en\":\"passes\",\"ja\":\"合\"},\"verdict\":\"pass\",\"checks\":["
    "{\"id\":\"a\",\"verdict\":\"pass\",\"reason\":{\"en\":\"fine\",\"ja\":\"良\"}}]},"
    "{\"id\":\"C-2\",\"title\":{\"en\":\"fails\",\"ja\":\"否\"},\"verdict\":\"fail\",\"checks\":["
    "{\"id\":\"b\",\"verdict\":\"pass\",\"reason\":{\"en\":\"fine\",\"ja\":\"良\"},\"grades\":["
    "{\"title\":{\"en\":\"the list\",\"ja\":\"表\"},\"at\":\"run\",\"of\":[\"suites.*\"],"
    "\"result\":\"fair\",\"grade\":{\"en\":\"so so\",\"ja\":\"可\"},"
    "\"because\":[\"v\",\"w\",\"x\",\"y\",\"z\"],"
    "\"basis\":{\"level\":\"secondary\",\"document\":\"D\"}},"
    "{\"title\":{\"en\":\"the years\",\"ja\":\"年\"},\"at\":\"until\",\"of\":[\"keys\"],"
    "\"result\":\"unknown\",\"because\":[],\"unknown\":[\"k\"]},"
    "{\"title\":{\"en\":\"the years\",\"ja\":\"年\"},\"at\":\"support\",\"of\":[],"
    "\"result\":\"not-declared\",\"because\":[]}]},"
    "{\"id\":\"c\",\"verdict\":\"fail\",\"reason\":{\"en\":\"why\",\"ja\":\"理\"},"
    "\"expected\":{\"en\":\"closed\",\"ja\":\"閉\"},\"observed\":\"{\\\"open\\\":[23]}\","
    "\"fix\":{\"en\":\"close it\",\"ja\":\"閉じる\"}}]},"
    "{\"id\":\"C-3\",\"title\":{\"en\":\"partly\",\"ja\":\"部\"},\"verdict\":\"not_tested\","
    "\"checks\":["
    "{\"id\":\"d\",\"verdict\":\"pass\",\"reason\":{\"en\":\"fine\",\"ja\":\"良\"}},"
    "{\"id\":\"e\",\"verdict\":\"not_tested\",\"reason\":{\"en\":\"UDP\",\"ja\":\"未\"}}]},"
    "{\"id\":\"C-4\",\"title\":{\"en\":\"untested\",\"ja\":\"無\"},\"verdict\":\"not_tested\","
    "\"checks\":[]},"
    "{\"id\":\"C-5\",\"title\":{\"en\":\"broken\",\"ja\":\"誤\"},\"verdict\":\"error\",\"checks\":["
    "{\"id\":\"f\",\"verdict\":\"error\",\"reason\":{\"en\":\"no answer\",\"ja\":\"無応答\"}}]},"
    "{\"id\":\"C-6\",\"title\":{\"en\":\"waived\",\"ja\":\"対象外\"},\"verdict\":\"na\",\"checks\":"
    "["
    "{\"id\":\"g\",\"verdict\":\"na\",\"reason\":{\"en\":\"no radio\",\"ja\":\"無線なし\"}}]}]}";

static void chart(struct chart_style style, char *room, size_t size)
{
    DEFER(bytes_done) struct bytes out = bytes_bounded(65536);
    json_t *result = json_loads(result_text, 0, NULL);

    cr_assert_not_null(result);
    cr_assert_eq(chart_put(&out, result, &style, NULL), STATUS_OK);
    cr_assert_lt(out.length, size);
    memcpy(room, out.data, out.length);
    room[out.length] = '\0';
    json_decref(result);
}

static void expect_line(const char *text, const char *part, const char *mark)
{
    const char *at = strstr(text, part);
    const char *start = at;

    cr_assert_not_null(at, "no %s in\n%s", part, text);
    while (start > text && start[-1] != '\n') {
        start--;
    }
    cr_assert_not_null(strstr(start, mark));
    cr_assert_lt(strstr(start, mark), at, "%s is not marked %s", part, mark);
}

Test(chart, every_verdict_has_its_mark_and_its_reason)
{
    char text[65536];

    chart((struct chart_style){ .language = LANGUAGE_EN, .width = 120 }, text, sizeof text);
    expect_line(text, "1 of 1 checks as expected", "○");
    expect_line(text, "not so: closed; observed {\"open\":[23]}", "×");
    expect_line(text, "1 as expected; not tested: UDP", "△");
    expect_line(text, "C-4", "－");
    expect_line(text, "no answer", "△");
    expect_line(text, "no radio", "－");
    cr_assert_not_null(strstr(text, "nonconformant: At least one mandatory clause is not met."));
    cr_assert_not_null(strstr(text, "not official"));
    cr_assert_null(strstr(text, "\x1b["), "no colour unless asked for");
}

Test(chart, details_say_what_was_expected_seen_and_how_to_mend_it)
{
    char text[65536];

    chart((struct chart_style){ .language = LANGUAGE_JA, .width = 100, .details = true }, text,
          sizeof text);
    cr_assert_not_null(strstr(text, "期待       閉"));
    cr_assert_not_null(strstr(text, "観測       {\"open\":[23]}"));
    cr_assert_not_null(strstr(text, "対策       閉じる"));
    cr_assert_not_null(strstr(text, "例示電機 HC-100"));
}

Test(chart, no_clause_line_is_wider_than_the_terminal)
{
    char text[65536];
    char *rest = text;
    char *line;

    chart((struct chart_style){ .language = LANGUAGE_JA, .width = 64 }, text, sizeof text);
    while ((line = strsep(&rest, "\n")) != NULL) {
        if (strstr(line, "C-") != NULL) {
            cr_assert_leq(columns_of(line), 64, "%s", line);
        }
    }
}

Test(chart, colour_when_asked_for)
{
    char text[65536];

    chart((struct chart_style){ .language = LANGUAGE_EN, .width = 120, .colour = true }, text,
          sizeof text);
    cr_assert_not_null(strstr(text, "\x1b[1;31m×"));
}

Test(chart, details_show_each_grade_with_what_decided_it)
{
    char text[65536];

    chart((struct chart_style){ .language = LANGUAGE_EN, .width = 200, .details = true }, text,
          sizeof text);
    cr_expect_not_null(
        strstr(text, "the list, suites.* = fair (so so): v, w, x, y (+1) [secondary, D]"), "%s",
        text);
    cr_expect_not_null(strstr(text, "the years at the end of validity, keys = unknown: k\n"));
    cr_expect_not_null(strstr(text, "the years at the end of support = not-declared\n"));
    chart((struct chart_style){ .language = LANGUAGE_JA, .width = 200, .details = true }, text,
          sizeof text);
    cr_expect_not_null(strstr(text, "表, suites.* = fair (可): v, w, x, y (+1)"));
    cr_expect_not_null(strstr(text, "年（サポート終了の年） = not-declared"));
}

Test(chart, what_this_project_asks_itself_earns_no_star)
{
    static const char text[] =
        "{\"scheme\":\"jc-star\",\"level\":2,\"provisional\":true,\"overall\":\"conformant\","
        "\"product\":{\"vendor\":{\"en\":\"Example\",\"ja\":\"例示\"},\"model\":\"HC\"},"
        "\"suite\":{\"id\":\"s\",\"version\":\"1\"},\"notice\":{\"en\":\"n\",\"ja\":\"n\"},"
        "\"clauses\":[{\"id\":\"S1.1-01\",\"title\":{\"en\":\"a\",\"ja\":\"a\"},\"verdict\":"
        "\"pass\",\"checks\":[{\"id\":\"S1.1-01/a\",\"verdict\":\"pass\"}]},"
        "{\"id\":\"P2-01\",\"provisional\":true,\"title\":{\"en\":\"b\",\"ja\":\"b\"},\"verdict\":"
        "\"pass\",\"checks\":[{\"id\":\"P2-01/b\",\"verdict\":\"pass\"}]}]}";
    static const char *const words[] = {
        [LANGUAGE_EN] = "provisional, not IPA's criteria", [LANGUAGE_JA] = "暫定・IPAの基準ではない"
    };
    json_t *result = json_loads(text, 0, NULL);

    cr_assert_not_null(result);
    for (int language = LANGUAGE_EN; language <= LANGUAGE_JA; language++) {
        DEFER(bytes_done) struct bytes out = bytes_bounded(65536);
        struct chart_style style = { .language = (enum language) language, .width = 120 };
        const char *first;

        cr_assert_eq(chart_put(&out, result, &style, NULL), STATUS_OK);
        cr_assert_eq(bytes_append(&out, "", 1, NULL), STATUS_OK);
        cr_expect_null(strstr((const char *) out.data, "★"));
        first = strstr((const char *) out.data, words[language]);
        cr_assert_not_null(first);
        cr_expect_lt(first, strchr((const char *) out.data, '\n'), "the heading says so");
        first = strstr(first + 1, words[language]);
        cr_assert_not_null(first);
        cr_expect_gt(first, strstr((const char *) out.data, "P2-01"));
        cr_expect_null(strstr(first + 1, words[language]), "beside provisional clauses alone");
    }
    json_decref(result);
}
