#include "evidence/rollup.h"

#include "sample.h"

static json_t *parse(const char *text)
{
    json_t *json = NULL;

    MUST(json_strict_parse(text, strlen(text), &json, &error));
    return json;
}

Test(rollup, clauses_and_overall_follow_from_the_checks)
{
    static const struct {
        const char *first;
        const char *clause;
        const char *overall;
    } cases[] = {
        { "pass", "pass", "conformant" },
        { "fail", "fail", "nonconformant" },
        { "inconc", "inconc", "inconclusive" },
        { "error", "error", "inconclusive" },
        { "na", "na", "inconclusive" },
        { "review", "review", "inconclusive" },
        { "not_tested", "not_tested", "inconclusive" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_t *result = sample_result(cases[i].first);
        const json_t *clause = json_array_get(json_object_get(result, "clauses"), 0);

        cr_assert_str_eq(json_string_value(json_object_get(clause, "verdict")), cases[i].clause);
        cr_assert_str_eq(json_string_value(json_object_get(result, "overall")), cases[i].overall);
        json_decref(result);
    }
}

Test(rollup, stated_sums_are_compared)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    json_t *result = sample_result("pass");
    struct rollup rollup = { 0 };

    MUST(rollup_of(result, arena, &rollup, &error));
    MUST(rollup_matches(&rollup, result, &error));
    (void) json_object_set_new(json_object_get(result, "counts"), "pass", json_integer(2));
    cr_assert_eq(rollup_matches(&rollup, result, NULL), STATUS_BAD_INPUT);
    (void) json_object_set_new(json_object_get(result, "counts"), "pass", json_integer(1));
    (void) json_object_set_new(json_object_get(result, "counts"), "perfect", json_integer(1));
    cr_assert_eq(rollup_matches(&rollup, result, NULL), STATUS_BAD_INPUT);
    (void) json_object_del(json_object_get(result, "counts"), "perfect");
    (void) json_object_del(json_object_get(result, "counts"), "fail"); /* none: may be left out */
    MUST(rollup_matches(&rollup, result, &error));
    (void) json_object_del(result, "overall");
    cr_assert_eq(rollup_matches(&rollup, result, NULL), STATUS_BAD_INPUT);
    json_decref(result);
}

Test(rollup, malformed_results_are_refused)
{
    static const char *const broken[] = {
        "{}",
        "{\"scheme\":\"s\",\"level\":1}",
        "{\"scheme\":\"s\",\"level\":1,\"clauses\":{}}",
        "{\"scheme\":\"s\",\"level\":1,\"clauses\":[1]}",
        "{\"scheme\":\"s\",\"level\":1,\"clauses\":[{\"id\":\"a\",\"mandatory\":1,\"checks\":[]}]}",
        "{\"scheme\":\"s\",\"level\":1,\"clauses\":[{\"id\":\"a\",\"mandatory\":true}]}",
        "{\"scheme\":\"s\",\"level\":1,\"clauses\":[{\"id\":\"a\",\"mandatory\":true,"
        "\"checks\":[{\"id\":\"x\",\"verdict\":\"Pass\"}]}]}",
        "{\"scheme\":\"s\",\"level\":1,\"clauses\":[{\"id\":\"a\",\"mandatory\":true,\"checks\":[]}"
        ","
        "{\"id\":\"a\",\"mandatory\":true,\"checks\":[]}]}",
    };
    DEFER(arena_done) struct arena *arena = arena_new();

    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        json_t *result = parse(broken[i]);
        struct rollup rollup = { 0 };

        cr_assert_eq(rollup_of(result, arena, &rollup, NULL), STATUS_BAD_INPUT, "%s", broken[i]);
        json_decref(result);
    }
}

static enum status covers(const char *text)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    json_t *result = sample_result("pass");
    json_t *plan = parse(text);
    struct rollup rollup = { 0 };
    enum status status;

    MUST(rollup_of(result, arena, &rollup, &error));
    status = rollup_covers(&rollup, plan, NULL);
    json_decref(plan);
    json_decref(result);
    return status;
}

Test(rollup, plan_is_covered_exactly)
{
    cr_assert_eq(covers(sample_plan), STATUS_OK);
    cr_assert_eq(covers("{}"), STATUS_BAD_INPUT);
    cr_assert_eq(covers("{\"checks\":[]}"), STATUS_BAD_INPUT);
    cr_assert_eq(covers("{\"checks\":[{\"clause\":\"C1\",\"id\":\"C1/a\"}]}"), STATUS_BAD_INPUT);
    cr_assert_eq(covers("{\"checks\":[{\"clause\":\"C1\",\"id\":\"C1/a\"},"
                        "{\"clause\":\"C1\",\"id\":\"C2/a\"}]}"),
                 STATUS_BAD_INPUT, "a check moved to another clause");
    cr_assert_eq(covers("{\"checks\":[{\"clause\":\"C1\",\"id\":\"C1/a\"},"
                        "{\"clause\":\"C1\",\"id\":\"C1/a\"}]}"),
                 STATUS_BAD_INPUT, "one twice stood for both");
}
