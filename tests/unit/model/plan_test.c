#include "model/plan.h"

#include "sample.h"

#include <criterion/criterion.h>
#include <stdlib.h>

struct made {
    struct suite *suite;
    struct profile *profile;
    struct plan *plan;
};

static struct made made_from(const char *suite_text, const char *profile_text,
                             const char *const *only, struct arena *arena)
{
    struct made made = { NULL, NULL, NULL };
    struct error error = { .status = STATUS_OK };

    cr_assert_eq(sample_suite(suite_text, sample_clauses, arena, &made.suite, &error), STATUS_OK,
                 "%s", error.message);
    cr_assert_eq(sample_profile(profile_text, arena, &made.profile, &error), STATUS_OK, "%s",
                 error.message);
    cr_assert_eq(plan_build(made.suite, made.profile, only, arena, &made.plan, &error), STATUS_OK,
                 "%s", error.message);
    return made;
}

static char *dumped(const struct plan *plan)
{
    json_t *json = plan_to_json(plan);
    char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);

    json_decref(json);
    return text;
}

Test(plan, lists_items_in_order_and_each_omission_with_its_reason)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct plan *plan = made_from(SAMPLE_SUITE, SAMPLE_PROFILE, NULL, arena).plan;

    cr_assert_eq(plan->item_count, 3);
    cr_expect_str_eq(plan->items[0].id, "T-1/ports@127.0.0.1");
    cr_expect_str_eq(plan->items[1].id, "T-1/ports@::1");
    cr_expect_str_eq(plan->items[2].id, "T-2/talk@admin", "the mdns service is not selected");
    cr_assert_eq(plan->omission_count, 2);
    cr_expect_str_eq(plan->omissions[0].id, "T-2/paper");
    cr_expect_str_eq(plan->omissions[1].id, "T-3");
    for (size_t i = 0; i < 2; i++) {
        cr_expect_eq(plan->omissions[i].verdict, VERDICT_NOT_TESTED);
        cr_expect(plan->omissions[i].counts);
        cr_expect(strlen(plan->omissions[i].reason.en) > 0);
    }
}

Test(plan, resolves_references_and_completes_parameters)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct plan *plan = made_from(SAMPLE_SUITE, SAMPLE_PROFILE, NULL, arena).plan;
    const struct plan_item *item = &plan->items[0];
    char *text = json_dumps(item->params, JSON_COMPACT | JSON_SORT_KEYS);
    json_t *ports = json_pack("[i]", 443);

    cr_expect_str_eq(text, "{\"ports\":\"all\",\"rate\":2000}");
    free(text);
    cr_expect(json_equal(item->expect[0].operand, ports), "UDP ports are not among them");
    json_decref(ports);
    cr_expect_eq(json_integer_value(item->controls[0].expect[0].operand), 443);
    cr_expect_null(item->controls[0].params);
    text = json_dumps(item->controls[1].params, JSON_COMPACT | JSON_SORT_KEYS);
    cr_expect_str_eq(text, "{\"mode\":\"full\",\"ports\":\"all\",\"rate\":2000}");
    free(text);
    cr_expect_eq(json_integer_value(plan->items[2].expect[0].operand), 112);
}

Test(plan, is_the_same_for_the_same_inputs)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(arena_done) struct arena *other = arena_new();
    char *first = dumped(made_from(SAMPLE_SUITE, SAMPLE_PROFILE, NULL, arena).plan);
    char *second = dumped(made_from(SAMPLE_SUITE, SAMPLE_PROFILE, NULL, other).plan);

    cr_expect_str_eq(first, second);
    cr_expect(strstr(first, "\"subject\":\"https 127.0.0.1:443 (admin)\"") != NULL);
    cr_expect(strstr(first, "{\"clause\":\"T-3\",\"counts\":true,\"id\":\"T-3\",\"reason\":{\"en\":"
                            "\"a person reads "
                            "it\",\"ja\":\"人が読む\"},\"verdict\":\"not_tested\"}") != NULL);
    free(first);
    free(second);
}

Test(plan, a_clause_that_does_not_apply_carries_the_profiles_reason)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct plan *plan =
        made_from(SAMPLE_SUITE,
                  SAMPLE_PROFILE "not_applicable: [{clause: T-1, reason: it has no ports}]\n", NULL,
                  arena)
            .plan;

    cr_expect_eq(plan->item_count, 1);
    cr_expect_str_eq(plan->omissions[0].id, "T-1");
    cr_expect_eq(plan->omissions[0].verdict, VERDICT_NA);
    cr_expect_str_eq(plan->omissions[0].reason.en, "it has no ports");
}

Test(plan, what_always_applies_cannot_be_waved_away)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct suite *suite = NULL;
    struct profile *profile = NULL;
    struct plan *plan = NULL;
    struct error error = { .status = STATUS_OK };

    cr_assert_eq(sample_suite(SAMPLE_SUITE, sample_clauses, arena, &suite, &error), STATUS_OK);
    cr_assert_eq(sample_profile(SAMPLE_PROFILE "not_applicable: [{clause: T-3, reason: no wish}]\n",
                                arena, &profile, &error),
                 STATUS_OK);
    cr_expect_eq(plan_build(suite, profile, NULL, arena, &plan, &error), STATUS_BAD_INPUT);
    cr_expect_str_eq(
        error.message,
        "profile.yaml:14:27: 'T-3' applies to every product: it cannot be declared not applicable");
}

Test(plan, what_is_not_chosen_is_not_tested)
{
    static const char *const by_clause[] = { "T-2", NULL };
    static const char *const by_item[] = { "T-1/ports@::1", NULL };
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct plan *plan = made_from(SAMPLE_SUITE, SAMPLE_PROFILE, by_clause, arena).plan;

    cr_expect_eq(plan->item_count, 1);
    cr_expect_str_eq(plan->items[0].id, "T-2/talk@admin");
    cr_assert_eq(plan->omission_count, 3);
    cr_expect_str_eq(plan->omissions[2].id, "T-1/ports");
    cr_expect_eq(plan->omissions[2].verdict, VERDICT_NOT_TESTED);
    cr_expect(plan->omissions[2].counts, "a partial run cannot conform");

    plan = made_from(SAMPLE_SUITE, SAMPLE_PROFILE, by_item, arena).plan;
    cr_expect_eq(plan->item_count, 1);
    cr_expect_str_eq(plan->items[0].id, "T-1/ports@::1");
    cr_assert_eq(plan->omission_count, 4);
    cr_expect_str_eq(plan->omissions[2].id, "T-1/ports@127.0.0.1");
    cr_expect_str_eq(plan->omissions[3].id, "T-2/talk");
}

Test(plan, a_name_that_chooses_nothing_is_an_error)
{
    static const char *const wrong[] = { "T-9", NULL };
    DEFER(arena_done) struct arena *arena = arena_new();
    struct made made = made_from(SAMPLE_SUITE, SAMPLE_PROFILE, NULL, arena);
    struct error error = { .status = STATUS_OK };

    cr_expect_eq(plan_build(made.suite, made.profile, wrong, arena, &made.plan, &error),
                 STATUS_BAD_INPUT);
    cr_expect_str_eq(error.message, "the suite 'test-suite' has no check or clause 'T-9'");
}

#define EMPTY_CHECK(more)                                                                          \
    "  - id: T-2/none\n"                                                                           \
    "    clause: T-2\n"                                                                            \
    "    title: {ja: 無, en: none}\n"                                                             \
    "    for_each: {service: {protocol: [ftp]}}\n"                                                 \
    "    probe: talk\n" more "    expect: [{fact: count, equals: 1, " SAMPLE_SAYS "}]\n"

Test(plan, a_check_of_nothing_is_recorded_and_counts_unless_it_says_otherwise)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct plan *plan =
        made_from(SAMPLE_SUITE EMPTY_CHECK(""), SAMPLE_PROFILE, NULL, arena).plan;
    const struct plan_omission *last = &plan->omissions[plan->omission_count - 1];

    cr_expect_str_eq(last->id, "T-2/none");
    cr_expect_eq(last->verdict, VERDICT_NOT_TESTED);
    cr_expect_str_eq(last->reason.en, "the profile declares no service of this kind");
    cr_expect(last->counts);

    plan = made_from(SAMPLE_SUITE EMPTY_CHECK("    skip_when_none: true\n"), SAMPLE_PROFILE, NULL,
                     arena)
               .plan;
    last = &plan->omissions[plan->omission_count - 1];
    cr_expect_str_eq(last->id, "T-2/none");
    cr_expect_not(last->counts);
}

#define LOCKOUT_CHECK                                                                              \
    "  - id: T-2/lock\n"                                                                           \
    "    clause: T-2\n"                                                                            \
    "    title: {ja: 錠, en: lock}\n"                                                             \
    "    for_each: {auth: {}}\n"                                                                   \
    "    probe: log_in\n"                                                                          \
    "    with: {as: nobody}\n"                                                                     \
    "    expect: [{fact: count, at_most: $auth.lockout.after, " SAMPLE_SAYS "}]\n"

Test(plan, what_the_profile_leaves_open_is_not_tested)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct plan *plan =
        made_from(SAMPLE_SUITE LOCKOUT_CHECK, SAMPLE_PROFILE, NULL, arena).plan;
    const struct plan_omission *last = &plan->omissions[plan->omission_count - 1];

    cr_expect_str_eq(plan->items[plan->item_count - 1].id, "T-2/lock@page");
    cr_expect_eq(json_integer_value(plan->items[plan->item_count - 1].expect[0].operand), 5);
    cr_expect_str_eq(last->id, "T-2/lock@token");
    cr_expect_str_eq(last->reason.en, "the profile does not declare auth.lockout.after");
}

Test(plan, every_clause_leaves_a_trace)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct made made = made_from(SAMPLE_SUITE, SAMPLE_PROFILE, NULL, arena);

    for (size_t i = 0; i < made.suite->clause_count; i++) {
        const struct clause *clause = &made.suite->clauses[i];
        size_t traces = 0;

        for (size_t j = 0; j < made.plan->item_count; j++) {
            traces += made.plan->items[j].check->clause == clause;
        }
        for (size_t j = 0; j < made.plan->omission_count; j++) {
            traces += made.plan->omissions[j].clause == clause;
        }
        cr_expect(traces > 0, "%s", clause->id);
    }
}

Test(plan, subjects_are_named_for_people)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct service service = { .id = "admin", .protocol = "https", .port = 8443 };
    struct auth auth = { .id = "page" };
    struct subject subject = { .address = "::1" };

    cr_expect_str_eq(subject_text(&subject, arena), "::1");
    subject.service = &service;
    cr_expect_str_eq(subject_text(&subject, arena), "https [::1]:8443 (admin)");
    subject.auth = &auth;
    subject.address = "10.0.0.1";
    cr_expect_str_eq(subject_text(&subject, arena), "https 10.0.0.1:8443 (page)");
}
