#include "model/judge.h"

#include "sample.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdlib.h>

/* One condition over one observation. */
struct row {
    const char *condition; /* members of a condition, YAML */
    const char *facts;     /* JSON */
    enum truth truth;
};

static const struct row table[] = {
    { "fact: count, equals: 3", "{\"count\":3}", TRUTH_TRUE },
    { "fact: count, equals: 3", "{\"count\":4}", TRUTH_FALSE },
    { "fact: count, equals: 3", "{}", TRUTH_UNKNOWN },
    { "fact: open, equals: [1, 2]", "{\"open\":[1,2]}", TRUTH_TRUE },
    { "fact: open, equals: [1, 2]", "{\"open\":[2,1]}", TRUTH_FALSE },
    { "fact: keys.name, equals: a", "{\"keys\":[{\"name\":\"a\"},{\"name\":\"a\"}]}", TRUTH_TRUE },
    { "fact: keys.name, equals: a", "{\"keys\":[{\"name\":\"a\"},{\"name\":\"b\"}]}", TRUTH_FALSE },
    { "fact: keys.name, equals: a", "{\"keys\":[{\"name\":\"a\"},{\"bits\":1}]}", TRUTH_UNKNOWN },
    { "fact: keys.name, equals: a", "{\"keys\":[{\"name\":\"b\"},{\"bits\":1}]}", TRUTH_FALSE },
    { "fact: keys.name, equals: a", "{\"keys\":[]}", TRUTH_UNKNOWN },
    { "fact: banner, in: [a, b]", "{\"banner\":\"b\"}", TRUTH_TRUE },
    { "fact: banner, in: [a, b]", "{\"banner\":\"c\"}", TRUTH_FALSE },
    { "fact: keys.name, in: [a]", "{\"keys\":[]}", TRUTH_UNKNOWN },
    { "fact: banner, not_in: [a, b]", "{\"banner\":\"c\"}", TRUTH_TRUE },
    { "fact: banner, not_in: [a, b]", "{\"banner\":\"a\"}", TRUTH_FALSE },
    { "fact: keys.bits, not_in: [5]", "{\"keys\":[]}", TRUTH_UNKNOWN },
    { "fact: open, subset_of: [1, 2]", "{\"open\":[2]}", TRUTH_TRUE },
    { "fact: open, subset_of: [1, 2]", "{\"open\":[2,3]}", TRUTH_FALSE },
    { "fact: open, subset_of: [1, 2]", "{\"open\":[]}", TRUTH_TRUE },
    { "fact: open, subset_of: [1, 2]", "{}", TRUTH_UNKNOWN },
    { "fact: suites.*, subset_of: [x, y]", "{\"suites\":{\"a\":[\"x\"],\"b\":[\"y\"]}}",
      TRUTH_TRUE },
    { "fact: suites.*, subset_of: [x]", "{\"suites\":{\"a\":[\"x\"],\"b\":[\"y\"]}}", TRUTH_FALSE },
    { "fact: suites.TLSv1.2, subset_of: [x]", "{\"suites\":{\"TLSv1.2\":[\"x\"],\"b\":[\"y\"]}}",
      TRUTH_TRUE },
    { "fact: suites.TLSv1.2, subset_of: [x]", "{\"suites\":{\"b\":[\"y\"]}}", TRUTH_UNKNOWN },
    { "fact: keys.bits, subset_of: [1]", "{\"keys\":[{\"bits\":1},{}]}", TRUTH_UNKNOWN },
    { "fact: open, contains: 1", "{\"open\":[2,1]}", TRUTH_TRUE },
    { "fact: open, contains: [1, 3]", "{\"open\":[2,1]}", TRUTH_FALSE },
    { "fact: open, contains: 1", "{\"open\":[]}", TRUTH_FALSE },
    { "fact: open, contains: 1", "{}", TRUTH_UNKNOWN },
    { "fact: keys.name, contains: a", "{\"keys\":[{},{\"name\":\"a\"}]}", TRUTH_TRUE },
    { "fact: keys.name, contains: a", "{\"keys\":[{},{\"name\":\"b\"}]}", TRUTH_UNKNOWN },
    { "fact: keys.tags, contains: a", "{\"keys\":[{\"tags\":[\"b\",\"a\"]}]}", TRUTH_TRUE },
    { "fact: open, excludes: 1", "{\"open\":[2]}", TRUTH_TRUE },
    { "fact: open, excludes: [2, 3]", "{\"open\":[2]}", TRUTH_FALSE },
    { "fact: open, excludes: 1", "{}", TRUTH_UNKNOWN },
    { "fact: count, at_least: 3", "{\"count\":3}", TRUTH_TRUE },
    { "fact: count, at_least: 3", "{\"count\":2}", TRUTH_FALSE },
    { "fact: keys.bits, at_least: 112", "{\"keys\":[{\"bits\":128},{\"bits\":112}]}", TRUTH_TRUE },
    { "fact: keys.bits, at_least: 112", "{\"keys\":[{\"bits\":128},{\"bits\":80}]}", TRUTH_FALSE },
    { "fact: keys.bits, at_least: 112", "{\"keys\":[]}", TRUTH_UNKNOWN },
    { "fact: count, at_most: 3", "{\"count\":3}", TRUTH_TRUE },
    { "fact: count, at_most: 3", "{\"count\":4}", TRUTH_FALSE },
    { "fact: banner, matches: \"^SSH\"", "{\"banner\":\"SSH-2.0\"}", TRUTH_TRUE },
    { "fact: banner, matches: \"^SSH\"", "{\"banner\":\"x\"}", TRUTH_FALSE },
    { "fact: versions, matches: \"^TLS\"", "{\"versions\":[]}", TRUTH_UNKNOWN },
    { "fact: versions, matches: \"^TLS\"", "{\"versions\":[\"TLSv1\",\"SSLv3\"]}", TRUTH_FALSE },
    { "fact: versions, matches_none: \"^SSL\"", "{\"versions\":[\"TLSv1\"]}", TRUTH_TRUE },
    { "fact: versions, matches_none: \"^SSL\"", "{\"versions\":[\"TLSv1\",\"SSLv3\"]}",
      TRUTH_FALSE },
    { "fact: versions, matches_none: \"^SSL\"", "{\"versions\":[]}", TRUTH_TRUE },
    { "fact: keys.name, matches_none: x", "{\"keys\":[]}", TRUTH_UNKNOWN },
    { "fact: suites.*, matches_none: \"NULL\"", "{\"suites\":{\"a\":[\"R\"],\"b\":[\"X_NULL\"]}}",
      TRUTH_FALSE },
    { "fact: banner, exists: true", "{\"banner\":\"\"}", TRUTH_TRUE },
    { "fact: banner, exists: true", "{}", TRUTH_FALSE },
    { "fact: banner, exists: false", "{}", TRUTH_TRUE },
    { "fact: keys.bits, exists: true", "{\"keys\":[]}", TRUTH_FALSE },
    { "fact: keys.bits, exists: true", "{\"keys\":[{\"bits\":1},{}]}", TRUTH_FALSE },
    { "fact: suites.a, exists: true", "{\"suites\":{\"b\":[]}}", TRUTH_FALSE },
    { "fact: open, empty: true", "{\"open\":[]}", TRUTH_TRUE },
    { "fact: open, empty: true", "{\"open\":[1]}", TRUTH_FALSE },
    { "fact: open, empty: false", "{\"open\":[1]}", TRUTH_TRUE },
    { "fact: open, empty: true", "{}", TRUTH_UNKNOWN },
    { "fact: banner, empty: true", "{\"banner\":\"\"}", TRUTH_TRUE },
    { "fact: keys, empty: true", "{\"keys\":[]}", TRUTH_TRUE },
    { "fact: suites, empty: false", "{\"suites\":{}}", TRUTH_FALSE },
    { "fact: suites.*, empty: true", "{\"suites\":{\"a\":[]}}", TRUTH_TRUE },
    { "not: [{fact: count, equals: 3}]", "{\"count\":3}", TRUTH_FALSE },
    { "not: [{fact: count, equals: 3}]", "{\"count\":4}", TRUTH_TRUE },
    { "not: [{fact: count, equals: 3}]", "{}", TRUTH_UNKNOWN },
    { "all: [{fact: count, equals: 3}, {fact: banner, equals: a}]", "{\"count\":4}", TRUTH_FALSE },
    { "all: [{fact: count, equals: 3}, {fact: banner, equals: a}]", "{\"count\":3}",
      TRUTH_UNKNOWN },
    { "all: [{fact: count, equals: 3}, {fact: banner, equals: a}]",
      "{\"count\":3,\"banner\":\"a\"}", TRUTH_TRUE },
    { "any: [{fact: count, equals: 3}, {fact: banner, equals: a}]", "{\"count\":3}", TRUTH_TRUE },
    { "any: [{fact: count, equals: 3}, {fact: banner, equals: a}]", "{\"count\":4}",
      TRUTH_UNKNOWN },
    { "any: [{fact: count, equals: 3}, {fact: banner, equals: a}]",
      "{\"count\":4,\"banner\":\"b\"}", TRUTH_FALSE },
};

#define TALK_HEAD                                                                                  \
    SAMPLE_SUITE_HEAD                                                                              \
    "checks:\n" SAMPLE_CHECK_PORTS "  - id: T-2/x\n"                                               \
    "    clause: T-2\n"                                                                            \
    "    title: {ja: 試, en: try}\n"                                                              \
    "    for_each: {service: {}}\n"                                                                \
    "    probe: talk\n"                                                                            \
    "    controls: [{id: c, says: {ja: 対, en: c}, expect: [{fact: count, exists: true}]}]\n"

static json_t *json_of(const char *text)
{
    json_error_t where;
    json_t *json = json_loads(text, 0, &where);

    cr_assert_not_null(json, "%s", text);
    return json;
}

Test(judge, conditions_are_three_valued)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        DEFER(arena_done) struct arena *arena = arena_new();
        const char *text = arena_format(arena, "%s    expect: [{%s, " SAMPLE_SAYS "}]\n", TALK_HEAD,
                                        table[i].condition);
        struct suite *suite = NULL;
        struct error error = { .status = STATUS_OK };
        json_t *facts = json_of(table[i].facts);

        cr_assert_eq(sample_suite(text, sample_clauses, arena, &suite, &error), STATUS_OK, "%s: %s",
                     table[i].condition, error.message);
        cr_expect_eq(expectation_holds(&suite_check(suite, "T-2/x")->expect[0], facts),
                     table[i].truth, "{%s} of %s", table[i].condition, table[i].facts);
        json_decref(facts);
    }
}

/* The first item of the sample plan: T-1/ports, with a control of its own observation
 * and one with other parameters. */
static const struct plan_item *ports_item(struct arena *arena)
{
    struct suite *suite = NULL;
    struct profile *profile = NULL;
    struct plan *plan = NULL;
    struct error error = { .status = STATUS_OK };

    cr_assert_eq(sample_suite(SAMPLE_SUITE, sample_clauses, arena, &suite, &error), STATUS_OK, "%s",
                 error.message);
    cr_assert_eq(sample_profile(SAMPLE_PROFILE, arena, &profile, &error), STATUS_OK, "%s",
                 error.message);
    cr_assert_eq(plan_build(suite, profile, NULL, arena, &plan, &error), STATUS_OK, "%s",
                 error.message);
    return &plan->items[0];
}

static struct check_record record_of(const char *facts, const char *control)
{
    struct check_record record = { .before = LIVENESS_ALIVE,
                                   .after = LIVENESS_ALIVE,
                                   .ending = ENDING_OBSERVED,
                                   .controls = calloc(2, sizeof(json_t *)),
                                   .control_count = 2,
                                   .attempt = 1 };

    record.facts = facts == NULL ? NULL : json_of(facts);
    record.controls[1] = control == NULL ? NULL : json_of(control);
    return record;
}

#define GOOD "{\"open\":[443],\"complete\":true,\"count\":3}"
#define GOOD_CONTROL "{\"complete\":true}"

static struct judgement judged(const char *facts, const char *control, struct arena *arena)
{
    DEFER(check_record_done) struct check_record record = record_of(facts, control);

    return judge(ports_item(arena), &record, arena);
}

static void check_words(const struct judgement *judgement)
{
    cr_expect(judgement->reason.ja != NULL && judgement->reason.ja[0] != '\0');
    cr_expect(judgement->reason.en != NULL && judgement->reason.en[0] != '\0');
    cr_expect_null(strchr(judgement->reason.en, '\n'));
    cr_expect_null(strchr(judgement->reason.ja, '\n'));
    cr_expect_not_null(judgement->observed);
    cr_expect_not_null(judgement->control);
}

Test(judge, all_as_expected_is_a_pass)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct judgement judgement = judged(GOOD, GOOD_CONTROL, arena);

    check_words(&judgement);
    cr_expect_eq(judgement.verdict, VERDICT_PASS);
    cr_expect_str_eq(judgement.control, "held");
    cr_expect_str_eq(judgement.observed, "{\"complete\":true,\"count\":3,\"open\":[443]}");
    cr_expect_str_eq(judgement.expected.en, "as it should be; as it should be");
    cr_expect_eq(judgement.note_count, 0);
}

Test(judge, what_contradicts_an_expectation_is_a_failure_with_its_fix)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct judgement judgement =
        judged("{\"open\":[443,23],\"complete\":true,\"count\":3}", GOOD_CONTROL, arena);

    check_words(&judgement);
    cr_expect_eq(judgement.verdict, VERDICT_FAIL);
    cr_expect_str_eq(judgement.observed, "{\"open\":[443,23]}");
    cr_expect_str_eq(judgement.reason.en,
                     "not met: open subset_of [443]; observed {\"open\":[443,23]}");
    cr_expect_str_eq(judgement.fix.en, "mend it");
}

Test(judge, a_proven_failure_outweighs_what_is_open)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct judgement judgement =
        judged("{\"open\":[443,23],\"complete\":false}", GOOD_CONTROL, arena);

    cr_expect_eq(judgement.verdict, VERDICT_FAIL);
}

Test(judge, otherwise_says_what_an_unmet_condition_means)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct judgement judgement =
        judged("{\"open\":[443],\"complete\":false,\"count\":3}", GOOD_CONTROL, arena);

    check_words(&judgement);
    cr_expect_eq(judgement.verdict, VERDICT_INCONC);
}

Test(judge, an_advisory_condition_is_noted_and_decides_nothing)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct judgement judgement =
        judged("{\"open\":[443],\"complete\":true,\"count\":2}", GOOD_CONTROL, arena);

    cr_expect_eq(judgement.verdict, VERDICT_PASS);
    cr_assert_eq(judgement.note_count, 1);
    cr_expect_str_eq(judgement.notes[0],
                     "advisory, not met: count at_least 3; observed {\"count\":2}");
}

Test(judge, a_missing_fact_is_no_answer)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct judgement judgement = judged("{\"open\":[443]}", GOOD_CONTROL, arena);

    check_words(&judgement);
    cr_expect_eq(judgement.verdict, VERDICT_INCONC);
    cr_expect_str_eq(
        judgement.reason.en,
        "what is needed to decide was not observed: complete equals true; observed {}");
}

static struct judgement judged_short(const char *facts, struct arena *arena)
{
    DEFER(check_record_done) struct check_record record = record_of(facts, GOOD_CONTROL);

    record.logins_wanted = 40;
    record.logins_granted = 3;
    return judge(ports_item(arena), &record, arena);
}

Test(judge, what_is_open_for_want_of_log_ins_names_the_limit)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct judgement judgement =
        judged_short("{\"open\":[443],\"complete\":false,\"count\":3}", arena);

    check_words(&judgement);
    cr_expect_eq(judgement.verdict, VERDICT_INCONC);
    cr_expect_not_null(strstr(judgement.reason.en, "limits.login_attempts (120) had 3 "));
    cr_expect_not_null(strstr(judgement.reason.ja, "limits.login_attempts"));
    cr_expect_not_null(strstr(judgement.fix.en, "Raise limits.login_attempts"));
}

Test(judge, what_a_few_log_ins_have_proven_stands)
{
    DEFER(arena_done) struct arena *arena = arena_new();

    cr_expect_eq(judged_short(GOOD, arena).verdict, VERDICT_PASS);
    cr_expect_eq(judged_short("{\"open\":[443,23],\"complete\":true,\"count\":3}", arena).verdict,
                 VERDICT_FAIL);
}

/* A port scan that produced nothing, taken by another harness for a device that has
 * no open port. */
Test(judge, an_empty_scan_is_never_a_pass)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct judgement judgement =
        judged("{\"open\":[],\"complete\":true,\"count\":3}", GOOD_CONTROL, arena);

    check_words(&judgement);
    cr_expect_eq(judgement.verdict, VERDICT_INCONC);
    cr_expect_str_eq(judgement.control, "not held: seen");
    judgement = judged("{}", GOOD_CONTROL, arena);
    cr_expect_eq(judgement.verdict, VERDICT_INCONC);
}

Test(judge, a_control_with_parameters_of_its_own_must_hold)
{
    static const char *const controls[] = { NULL, "{}", "{\"complete\":false}" };

    for (size_t i = 0; i < sizeof controls / sizeof controls[0]; i++) {
        DEFER(arena_done) struct arena *arena = arena_new();
        struct judgement judgement = judged(GOOD, controls[i], arena);

        check_words(&judgement);
        cr_expect_eq(judgement.verdict, VERDICT_INCONC, "case %zu", i);
        cr_expect_str_eq(judgement.control, "not held: other");
    }
}

Test(judge, a_control_also_outranks_a_failure)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct judgement judgement = judged("{\"open\":[443,23],\"complete\":true}", NULL, arena);

    cr_expect_eq(judgement.verdict, VERDICT_INCONC);
}

/* Twenty-eight passes with the cable out, elsewhere. */
Test(judge, without_a_living_device_there_is_no_verdict_about_it)
{
    static const enum liveness_state states[] = { LIVENESS_UNKNOWN, LIVENESS_SILENT,
                                                  LIVENESS_OTHER };

    for (size_t i = 0; i < 2 * sizeof states / sizeof states[0]; i++) {
        DEFER(arena_done) struct arena *arena = arena_new();
        DEFER(check_record_done) struct check_record record = record_of(GOOD, GOOD_CONTROL);
        struct judgement judgement;

        *(i % 2 == 0 ? &record.before : &record.after) = states[i / 2];
        judgement = judge(ports_item(arena), &record, arena);
        check_words(&judgement);
        cr_expect_eq(judgement.verdict, VERDICT_ERROR);
        cr_expect_str_eq(judgement.control, "not asked");
    }
}

Test(judge, a_fault_of_ours_is_never_the_devices)
{
    static const enum check_ending endings[] = { ENDING_NONE, ENDING_FAULT, ENDING_CRASHED,
                                                 ENDING_TIMEOUT };

    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        DEFER(arena_done) struct arena *arena = arena_new();
        DEFER(check_record_done)
        struct check_record record = record_of("{\"open\":[23]}", GOOD_CONTROL);
        struct judgement judgement;

        record.ending = endings[i];
        (void) snprintf(record.fault, sizeof record.fault, "%s", "first line\nsecond line");
        judgement = judge(ports_item(arena), &record, arena);
        check_words(&judgement);
        cr_expect_eq(judgement.verdict, VERDICT_ERROR);
        cr_expect_eq(judgement.note_count, 0);
    }
}

Test(judge, an_observation_that_was_never_declared_is_our_fault)
{
    static const char *const odd[] = { NULL,
                                       "{\"opne\":[1]}",
                                       "{\"open\":[\"1\"]}",
                                       "{\"open\":[1.5]}",
                                       "{\"open\":null}",
                                       "{\"keys\":[{\"other\":1}]}" };

    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        DEFER(arena_done) struct arena *arena = arena_new();
        struct judgement judgement = judged(odd[i], GOOD_CONTROL, arena);

        check_words(&judgement);
        cr_expect_eq(judgement.verdict, VERDICT_ERROR, "case %zu", i);
    }
}

Test(judge, the_same_record_gives_the_same_judgement)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct judgement a = judged("{\"open\":[443,23],\"complete\":true}", GOOD_CONTROL, arena);
    struct judgement b = judged("{\"open\":[443,23],\"complete\":true}", GOOD_CONTROL, arena);

    cr_expect_eq(a.verdict, b.verdict);
    cr_expect_str_eq(a.reason.en, b.reason.en);
    cr_expect_str_eq(a.reason.ja, b.reason.ja);
    cr_expect_str_eq(a.observed, b.observed);
}

Test(judge, long_observations_are_cut_in_reasons_between_characters)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    json_t *facts = json_of("{\"complete\":true,\"count\":3}");
    json_t *open = json_array();
    DEFER(check_record_done) struct check_record record = record_of(NULL, GOOD_CONTROL);
    struct judgement judgement;

    for (int port = 400; port < 1400; port++) {
        (void) json_array_append_new(open, json_integer(port));
    }
    (void) json_object_set_new(facts, "open", open);
    record.facts = facts;
    judgement = judge(ports_item(arena), &record, arena);
    cr_expect_eq(judgement.verdict, VERDICT_FAIL);
    cr_expect(strlen(judgement.reason.en) < 400);
    cr_expect(strlen(judgement.observed) > 4000, "the record keeps it whole");
}

Test(judge, words_come_back_as_what_they_were)
{
    for (int i = LIVENESS_UNKNOWN; i <= LIVENESS_OTHER; i++) {
        enum liveness_state state = LIVENESS_UNKNOWN;

        cr_expect(liveness_from_word(liveness_word((enum liveness_state) i), &state));
        cr_expect_eq((int) state, i);
    }
    for (int i = ENDING_NONE; i <= ENDING_TIMEOUT; i++) {
        enum check_ending ending = ENDING_NONE;

        cr_expect(ending_from_word(ending_word((enum check_ending) i), &ending));
        cr_expect_eq((int) ending, i);
    }
}

/* Every required test an error, overall compliant, elsewhere. */
Test(roll_up, only_passes_make_a_level)
{
    static const struct {
        enum verdict checks[3];
        enum verdict clause;
        enum overall overall;
    } rows[] = {
        { { VERDICT_PASS, VERDICT_PASS, VERDICT_PASS }, VERDICT_PASS, OVERALL_CONFORMANT },
        { { VERDICT_PASS, VERDICT_PASS, VERDICT_NA }, VERDICT_PASS, OVERALL_CONFORMANT },
        { { VERDICT_NA, VERDICT_NA, VERDICT_NA }, VERDICT_NA, OVERALL_INCONCLUSIVE },
        { { VERDICT_ERROR, VERDICT_ERROR, VERDICT_ERROR }, VERDICT_ERROR, OVERALL_INCONCLUSIVE },
        { { VERDICT_PASS, VERDICT_PASS, VERDICT_INCONC }, VERDICT_INCONC, OVERALL_INCONCLUSIVE },
        { { VERDICT_PASS, VERDICT_PASS, VERDICT_NOT_TESTED },
          VERDICT_NOT_TESTED,
          OVERALL_INCONCLUSIVE },
        { { VERDICT_PASS, VERDICT_REVIEW, VERDICT_PASS }, VERDICT_REVIEW, OVERALL_INCONCLUSIVE },
        { { VERDICT_PASS, VERDICT_FAIL, VERDICT_ERROR }, VERDICT_FAIL, OVERALL_NONCONFORMANT },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct clause_outcome clauses[2] = { { verdict_of_clause(rows[i].checks, 3), true },
                                             { VERDICT_NA, true } };

        cr_expect_eq(clauses[0].verdict, rows[i].clause, "row %zu", i);
        cr_expect_eq(overall_of_level(clauses, 2), rows[i].overall, "row %zu", i);
    }
    cr_expect_eq(verdict_of_clause(NULL, 0), VERDICT_NOT_TESTED);
    cr_expect_eq(overall_of_level(NULL, 0), OVERALL_INCONCLUSIVE);
}

/* A check that looks for a device falling silent has found it: no error of ours, and no pass. */
Test(judge, a_silence_that_the_check_may_bring_about_is_judged_and_never_passes)
{
    static const struct {
        const char *facts;
        enum verdict wanted;
    } cases[] = { { "{\"open\":[443,23],\"complete\":true}", VERDICT_FAIL },
                  { GOOD, VERDICT_ERROR } };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        DEFER(arena_done) struct arena *arena = arena_new();
        DEFER(check_record_done)
        struct check_record record = record_of(cases[i].facts, GOOD_CONTROL);
        const struct plan_item *declared = ports_item(arena);
        struct check check = *declared->check;
        struct plan_item item = *declared;
        struct judgement judgement;

        check.may_silence = true;
        item.check = &check;
        record.after = LIVENESS_SILENT;
        judgement = judge(&item, &record, arena);
        cr_expect_eq(judgement.verdict, cases[i].wanted);
        record.after = LIVENESS_OTHER;
        judgement = judge(&item, &record, arena);
        cr_expect_eq(judgement.verdict, VERDICT_ERROR);
    }
}
