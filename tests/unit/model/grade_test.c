/* Facts under a policy, through the suite's language and the judge. */
#include "model/judge.h"
#include "model/plan.h"
#include "model/policy.h"

#include "sample.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define HEAD                                                                                       \
    SAMPLE_SUITE_HEAD                                                                              \
    "checks:\n" SAMPLE_CHECK_PORTS "  - id: T-2/x\n"                                               \
    "    clause: T-2\n"                                                                            \
    "    title: {ja: 試, en: try}\n"                                                              \
    "    for_each: {service: {id: admin}}\n"                                                       \
    "    probe: talk\n"
#define EXPECT(condition) "    expect:\n      - {" condition ", " SAMPLE_SAYS "}\n"
#define GRADED(of, more) "graded: {policy: sample, of: [" of "], " more "}"
#define SUITES "{fact: suites.*, as: suite}"
#define KEYS "{fact: keys, as: key, name: name, number: bits, until: until}"
#define COUNT "{fact: count, as: key, called: RSA}"

static json_t *json_of(const char *text)
{
    json_error_t where;
    json_t *json = json_loads(text, 0, &where);

    cr_assert_not_null(json, "%s", text);
    return json;
}

static const struct plan_item *item_of(const char *condition, const char *support,
                                       struct arena *arena)
{
    const char *text =
        arena_format(arena, "%s    expect:\n      - {%s, " SAMPLE_SAYS "}\n", HEAD, condition);
    const char *product =
        arena_format(arena,
                     "hoshitori: profile/1\nproduct: {vendor: {name: Example}, model: HC-1, "
                     "type: other%s%s}\n%s",
                     support == NULL ? "" : ", support_until: ", support == NULL ? "" : support,
                     SAMPLE_REACH SAMPLE_SERVICES SAMPLE_AUTH);
    struct suite *suite = NULL;
    struct profile *profile = NULL;
    struct plan *plan = NULL;
    struct error error = { .status = STATUS_OK };

    cr_assert_eq(sample_suite(text, sample_clauses, arena, &suite, &error), STATUS_OK, "%s: %s",
                 condition, error.message);
    cr_assert_eq(sample_profile(product, arena, &profile, &error), STATUS_OK, "%s", error.message);
    cr_assert_eq(plan_build(suite, profile, NULL, arena, &plan, &error), STATUS_OK, "%s",
                 error.message);
    for (size_t i = 0; i < plan->item_count; i++) {
        if (strcmp(plan->items[i].id, "T-2/x@admin") == 0) {
            return &plan->items[i];
        }
    }
    cr_assert_fail("not planned");
    return NULL;
}

static struct judgement judged(const struct plan_item *item, const char *facts, unsigned year,
                               struct arena *arena)
{
    DEFER(check_record_done)
    struct check_record record = { .before = LIVENESS_ALIVE,
                                   .after = LIVENESS_ALIVE,
                                   .ending = ENDING_OBSERVED,
                                   .facts = json_of(facts),
                                   .attempt = 1,
                                   .year = year };

    return judge(item, &record, arena);
}

struct row {
    const char *condition;
    const char *facts;
    const char *grade;
    enum truth truth;
    enum verdict verdict;
};

#define GOOD "at_least: good"
#define FAIR "at_least: fair"
#define REVIEW ", otherwise: review"

static const struct row rows[] = {
    { GRADED(SUITES, GOOD), "{\"suites\":{\"a\":[\"A_beta\"]}}", "good", TRUTH_TRUE, VERDICT_PASS },
    { GRADED(SUITES, GOOD), "{\"suites\":{\"a\":[\"A_bare\"]}}", "good", TRUTH_TRUE, VERDICT_PASS },
    { GRADED(SUITES, GOOD), "{\"suites\":{\"a\":[\"A_beta\"],\"b\":[\"A_fair\"]}}", "fair",
      TRUTH_FALSE, VERDICT_FAIL },
    { GRADED(SUITES, FAIR), "{\"suites\":{\"a\":[\"A_beta\"],\"b\":[\"A_fair\"]}}", "fair",
      TRUTH_TRUE, VERDICT_PASS },
    { GRADED(SUITES, FAIR) REVIEW, "{\"suites\":{\"a\":[\"G_beta\"]}}", "poor", TRUTH_FALSE,
      VERDICT_REVIEW },
    /* What the policy does not know is not good, whichever part it is. */
    { GRADED(SUITES, FAIR), "{\"suites\":{\"a\":[\"A_beta\",\"Z_beta\"]}}", "unknown",
      TRUTH_UNKNOWN, VERDICT_INCONC },
    { GRADED(SUITES, FAIR), "{\"suites\":{\"a\":[\"A_gamma\"]}}", "unknown", TRUTH_UNKNOWN,
      VERDICT_INCONC },
    { GRADED(SUITES, FAIR), "{\"suites\":{\"a\":[\"D_beta\"]}}", "unknown", TRUTH_UNKNOWN,
      VERDICT_INCONC },
    { GRADED(SUITES, FAIR) REVIEW, "{\"suites\":{\"a\":[\"Z_beta\"]}}", "unknown", TRUTH_UNKNOWN,
      VERDICT_REVIEW },
    /* One witness refutes, whatever else is not known. */
    { GRADED(SUITES, FAIR), "{\"suites\":{\"a\":[\"Z_beta\",\"G_beta\"]}}", "poor", TRUTH_FALSE,
      VERDICT_FAIL },
    { GRADED(SUITES ", {fact: versions, as: suite}", FAIR), "{\"versions\":[\"G_beta\"]}", "poor",
      TRUTH_FALSE, VERDICT_FAIL },
    { GRADED(SUITES ", {fact: versions, as: suite}", FAIR), "{\"versions\":[\"A_beta\"]}",
      "not-observed", TRUTH_UNKNOWN, VERDICT_INCONC },
    { GRADED(SUITES ", {fact: versions, as: suite}", FAIR) REVIEW, "{\"versions\":[\"A_beta\"]}",
      "not-observed", TRUTH_UNKNOWN, VERDICT_INCONC },
    { GRADED(SUITES ", {fact: versions, as: suite, when_observed: true}", FAIR),
      "{\"suites\":{\"a\":[\"A_beta\"]}}", "good", TRUTH_TRUE, VERDICT_PASS },
    /* Nothing to grade earns nothing. */
    { GRADED(SUITES, FAIR), "{\"suites\":{}}", "not-observed", TRUTH_UNKNOWN, VERDICT_INCONC },
    { GRADED("{fact: banner, as: key}", FAIR), "{\"banner\":\"none\"}", "not-observed",
      TRUTH_UNKNOWN, VERDICT_INCONC },
    { GRADED(SUITES, FAIR), "{}", "not-observed", TRUTH_UNKNOWN, VERDICT_INCONC },
    { GRADED("{fact: banner, as: suite}", FAIR), "{\"banner\":\"A_beta\"}", "good", TRUTH_TRUE,
      VERDICT_PASS },
    /* Numbers. */
    { GRADED(COUNT, GOOD), "{\"count\":3072}", "good", TRUTH_TRUE, VERDICT_PASS },
    { GRADED(COUNT, FAIR), "{\"count\":3071}", "fair", TRUTH_TRUE, VERDICT_PASS },
    { GRADED(COUNT, FAIR), "{\"count\":2048}", "fair", TRUTH_TRUE, VERDICT_PASS },
    { GRADED(COUNT, FAIR), "{\"count\":2047}", "poor", TRUTH_FALSE, VERDICT_FAIL },
    { GRADED(COUNT, FAIR), "{\"count\":0}", "unknown", TRUTH_UNKNOWN, VERDICT_INCONC },
    { GRADED(KEYS, FAIR), "{\"keys\":[{\"name\":\"RSA\",\"bits\":4096}]}", "good", TRUTH_TRUE,
      VERDICT_PASS },
    { GRADED(KEYS, FAIR), "{\"keys\":[{\"name\":\"RSA\",\"bits\":4096},{\"name\":\"RSA\"}]}",
      "not-observed", TRUTH_UNKNOWN, VERDICT_INCONC },
    { GRADED(KEYS, FAIR), "{\"keys\":[{\"bits\":4096}]}", "not-observed", TRUTH_UNKNOWN,
      VERDICT_INCONC },
    { GRADED(KEYS, FAIR), "{\"keys\":[{\"name\":\"XYZ\",\"bits\":4096}]}", "unknown", TRUTH_UNKNOWN,
      VERDICT_INCONC },
    /* The years of the rows. */
    { GRADED(KEYS, FAIR ", at: until"),
      "{\"keys\":[{\"name\":\"RSA\",\"bits\":2048,\"until\":\"2030-12-31T23:59:59Z\"}]}", "fair",
      TRUTH_TRUE, VERDICT_PASS },
    { GRADED(KEYS, FAIR ", at: until"),
      "{\"keys\":[{\"name\":\"RSA\",\"bits\":2048,\"until\":\"2031-01-01T00:00:00Z\"}]}", "unknown",
      TRUTH_UNKNOWN, VERDICT_INCONC },
    { GRADED(KEYS, FAIR ", at: until"),
      "{\"keys\":[{\"name\":\"RSA\",\"bits\":2048,\"until\":\"2010-01-01T00:00:00Z\"}]}", "fair",
      TRUTH_TRUE, VERDICT_PASS },
    { GRADED(KEYS, FAIR ", at: until"),
      "{\"keys\":[{\"name\":\"RSA\",\"bits\":2048,\"until\":\"soon\"}]}", "unknown", TRUTH_UNKNOWN,
      VERDICT_INCONC },
    { GRADED(KEYS, FAIR ", at: until"), "{\"keys\":[{\"name\":\"RSA\",\"bits\":2048}]}", "unknown",
      TRUTH_UNKNOWN, VERDICT_INCONC },
    /* A use that no row speaks of. */
    { GRADED(COUNT, FAIR ", use: verify"), "{\"count\":3072}", "unknown", TRUTH_UNKNOWN,
      VERDICT_INCONC },
};

Test(grade, follows_from_the_worst_of_what_is_known)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        DEFER(arena_done) struct arena *arena = arena_new();
        const struct plan_item *item = item_of(rows[i].condition, NULL, arena);
        struct judgement judgement = judged(item, rows[i].facts, 2026, arena);

        cr_assert_eq(judgement.grade_count, 1);
        cr_expect_str_eq(grade_word(&judgement.grades[0]), rows[i].grade, "%zu: %s of %s is %s", i,
                         rows[i].condition, rows[i].facts, grade_word(&judgement.grades[0]));
        cr_expect_eq(judgement.grades[0].truth, rows[i].truth, "%zu: %s of %s", i,
                     rows[i].condition, rows[i].facts);
        cr_expect_eq(judgement.verdict, rows[i].verdict, "%zu: %s of %s is %s", i,
                     rows[i].condition, rows[i].facts, verdict_word(judgement.verdict));
        cr_expect_not_null(judgement.reason.en);
        cr_expect_not_null(judgement.reason.ja);
    }
}

Test(grade, names_what_decided_and_on_what_basis)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct plan_item *item = item_of(GRADED(SUITES, GOOD), NULL, arena);
    struct judgement judgement =
        judged(item, "{\"suites\":{\"a\":[\"G_beta\",\"A_beta\",\"G_beta\"]}}", 2026, arena);
    const struct grade_result *grade = &judgement.grades[0];

    cr_assert_eq(json_array_size(grade->because), 1);
    cr_expect_str_eq(json_string_value(json_array_get(grade->because, 0)), "G_beta (GAMMA)");
    cr_expect_str_eq(grade->basis->level, "project");
    cr_expect_eq(grade->year, 2026);
    cr_expect_str_eq(judgement.observed,
                     "{\"sample of suites.*\":{\"because\":[\"G_beta (GAMMA)\"],"
                     "\"result\":\"poor\"}}");
    cr_expect_str_eq(judgement.reason.en,
                     "not met: sample of suites.* at_least \"good\"; observed {\"sample of "
                     "suites.*\":{\"because\":[\"G_beta (GAMMA)\"],\"result\":\"poor\"}}");
}

Test(grade, speaks_of_unknown_names_as_such)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct plan_item *item = item_of(GRADED(SUITES, GOOD) REVIEW, NULL, arena);
    struct judgement judgement = judged(item, "{\"suites\":{\"a\":[\"Z_beta\"]}}", 2026, arena);

    cr_expect(text_starts_with(judgement.reason.en, "the policy does not know what would decide"));
    cr_expect_not_null(strstr(judgement.observed, "Z_beta (cipher)"));
}

static enum verdict at_support(const char *support, unsigned year, const char **ret_word)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct plan_item *item = item_of("fact: complete, equals: true, " SAMPLE_SAYS
                                           "}\n      - {" GRADED(COUNT, FAIR ", at: support"),
                                           support, arena);
    struct judgement judgement = judged(item, "{\"count\":2048,\"complete\":true}", year, arena);
    static char word[32];

    (void) snprintf(word, sizeof word, "%s", grade_word(&judgement.grades[0]));
    *ret_word = word;
    return judgement.verdict;
}

Test(grade, can_speak_of_the_end_of_declared_support)
{
    const char *word = NULL;

    cr_expect_eq(at_support(NULL, 2026, &word), VERDICT_PASS, "undeclared: nothing is decided");
    cr_expect_str_eq(word, "not-declared");
    cr_expect_eq(at_support("\"2030-12-31\"", 2026, &word), VERDICT_PASS);
    cr_expect_str_eq(word, "fair");
    cr_expect_eq(at_support("\"2031-01-01\"", 2026, &word), VERDICT_INCONC);
    cr_expect_str_eq(word, "unknown");
    cr_expect_eq(at_support("\"2029-01-01\"", 2031, &word), VERDICT_INCONC,
                 "support that is over is judged as of now");
}

Test(grade, any_tells_and_decides_nothing)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct plan_item *item = item_of(GRADED(SUITES, "at_least: any"), NULL, arena);
    struct judgement alone = judged(item, "{\"suites\":{\"a\":[\"G_beta\"]}}", 2026, arena);

    cr_expect_str_eq(grade_word(&alone.grades[0]), "poor");
    cr_expect_not(alone.grades[0].decides);
    cr_expect_eq(alone.verdict, VERDICT_INCONC, "never a pass by itself");
    cr_expect_eq(alone.note_count, 0);
}

Test(grade, an_advisory_grade_is_noted)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct plan_item *item = item_of("fact: complete, equals: true, " SAMPLE_SAYS
                                           "}\n      - {advisory: true, " GRADED(SUITES, GOOD),
                                           NULL, arena);
    struct judgement judgement =
        judged(item, "{\"suites\":{\"a\":[\"A_fair\"]},\"complete\":true}", 2026, arena);

    cr_expect_eq(judgement.verdict, VERDICT_PASS);
    cr_assert_eq(judgement.note_count, 1);
    cr_expect(text_starts_with(judgement.notes[0],
                               "advisory, not met: sample of suites.* at_least \"good\""));
}

Test(grade, of_an_unknown_year_is_unknown)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct plan_item *item = item_of(GRADED(COUNT, FAIR), NULL, arena);

    cr_expect_eq(judged(item, "{\"count\":3072}", 0, arena).verdict, VERDICT_INCONC);
    cr_expect_eq(judged(item, "{\"count\":3072}", 2040, arena).verdict, VERDICT_PASS);
    cr_expect_eq(judged(item, "{\"count\":3072}", 2041, arena).verdict, VERDICT_INCONC);
    cr_expect_eq(judged(item, "{\"count\":2047}", 2070, arena).verdict, VERDICT_FAIL);
}

struct refusal {
    const char *condition;
    const char *message;
};

static const struct refusal refusals[] = {
    { EXPECT(GRADED(SUITES, "at_least: best")), "the policy 'sample' has no such grade" },
    { EXPECT(GRADED(SUITES, "at_least: $param.floor")), "'at_least' must be a text" },
    { EXPECT(GRADED(SUITES, "at_least: $param.flor")), "there is no reference '$param.flor'" },
    { EXPECT("graded: {policy: simple, of: [" SUITES "], at_least: good}"),
      "the suite has no policy 'simple'" },
    { EXPECT(GRADED("{fact: suites.*, as: suit}", GOOD)),
      "the policy 'sample' has no names of kind 'suit'" },
    { EXPECT(GRADED("{fact: suits.*, as: suite}", GOOD)), "the probe declares no fact 'suits'" },
    { EXPECT(GRADED("{fact: suites, as: suite}", GOOD)),
      "a text, a number, a list or a table can be graded" },
    { EXPECT(GRADED("{fact: complete, as: suite}", GOOD)),
      "a text, a number, a list or a table can be graded" },
    { EXPECT(GRADED("{fact: count, as: key}", GOOD)),
      "'called' goes with numbers, and only with them" },
    { EXPECT(GRADED("{fact: suites.*, as: suite, called: x}", GOOD)),
      "'called' goes with numbers, and only with them" },
    { EXPECT(GRADED("{fact: suites.*, as: suite, until: until}", GOOD)),
      "'suites.*' has no columns" },
    { EXPECT(GRADED("{fact: keys, as: key}", GOOD)), "a table needs one of 'name' and 'called'" },
    { EXPECT(GRADED("{fact: keys, as: key, name: nam}", GOOD)),
      "the table 'keys' has no column 'nam'" },
    { EXPECT(GRADED("{fact: keys, as: key, name: bits}", GOOD)),
      "the column 'bits' must be a text" },
    { EXPECT(GRADED("{fact: keys, as: key, name: name, number: tags}", GOOD)),
      "the column 'tags' must be a whole number" },
    { EXPECT(GRADED(SUITES, GOOD ", at: until")), "'at: until' needs the column 'until'" },
    { EXPECT(GRADED(SUITES, GOOD ", at: noon")), "'at' must be run, until or support" },
    { EXPECT("any: [{" GRADED(SUITES, GOOD) "}]"),
      "'graded' stands at the top of a check's 'expect' only" },
    { EXPECT("fact: open, " GRADED(SUITES, GOOD)), "'graded' names its facts itself, under 'of'" },
    { EXPECT("graded: 1"), "graded must be a mapping" },
    { EXPECT(GRADED("", GOOD)), "nothing is graded" },
};

Test(grade, refuses_what_could_never_be_decided)
{
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        DEFER(arena_done) struct arena *arena = arena_new();
        struct suite *suite = NULL;
        struct error error = { .status = STATUS_OK };
        const char *text = arena_format(arena, "%s%s", HEAD, refusals[i].condition);

        cr_expect_eq(sample_suite(text, sample_clauses, arena, &suite, &error), STATUS_BAD_INPUT,
                     "case %zu", i);
        cr_expect(text_starts_with(error.message, "suite.yaml:") &&
                      strstr(error.message, refusals[i].message) != NULL,
                  "case %zu: '%s'", i, error.message);
    }
}

/* A lab's parameter may name a grade that there is not. */
Test(grade, a_replaced_demand_is_checked_before_the_run)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const char *text =
        arena_format(arena, "%s%s",
                     SAMPLE_SUITE_HEAD "  wanted: {value: good, basis: project}\n"
                                       "checks:\n" SAMPLE_CHECK_PORTS "  - id: T-2/x\n"
                                       "    clause: T-2\n"
                                       "    title: {ja: 試, en: try}\n"
                                       "    for_each: {service: {id: admin}}\n"
                                       "    probe: talk\n",
                     EXPECT(GRADED(SUITES, "at_least: $param.wanted")));
    const struct source_file params =
        sample_source("params.yaml",
                      "hoshitori: params/1\nparameters: {wanted: {value: best, basis: project}}\n");
    struct suite *suite = NULL;
    struct profile *profile = NULL;
    struct plan *plan = NULL;
    struct error error = { .status = STATUS_OK };

    cr_assert_eq(sample_suite(text, sample_clauses, arena, &suite, &error), STATUS_OK, "%s",
                 error.message);
    cr_assert_eq(sample_profile(SAMPLE_PROFILE, arena, &profile, &error), STATUS_OK);
    cr_expect_eq(plan_build(suite, profile, NULL, arena, &plan, &error), STATUS_OK, "%s",
                 error.message);
    cr_assert_eq(suite_override_source(suite, &params, arena, &error), STATUS_OK, "%s",
                 error.message);
    cr_expect_eq(plan_build(suite, profile, NULL, arena, &plan, &error), STATUS_BAD_INPUT);
    cr_expect_not_null(strstr(error.message, "the policy 'sample' has no grade 'best'"), "%s",
                       error.message);
}

Test(grade, the_plan_says_what_is_graded)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct plan_item *item = item_of(GRADED(SUITES, FAIR ", at: run"), NULL, arena);
    json_t *written = grading_to_json(&item->expect[0]);
    char *text = json_dumps(written, JSON_COMPACT | JSON_SORT_KEYS);

    cr_expect_str_eq(text, "{\"at\":\"run\",\"at_least\":\"fair\",\"of\":[{\"as\":\"suite\","
                           "\"fact\":\"suites.*\"}],\"policy\":\"sample\"}");
    free(text);
    json_decref(written);
}

static enum verdict with_policy(const char *policy, struct arena *arena)
{
    const char *text = arena_format(arena, "%s%s", HEAD, EXPECT(GRADED(SUITES, GOOD)));
    struct suite *suite = NULL;
    struct profile *profile = NULL;
    struct plan *plan = NULL;
    struct error error = { .status = STATUS_OK };

    cr_assert_eq(sample_suite_graded(text, sample_clauses, policy, arena, &suite, &error),
                 STATUS_OK, "%s", error.message);
    cr_assert_eq(sample_profile(SAMPLE_PROFILE, arena, &profile, &error), STATUS_OK);
    cr_assert_eq(plan_build(suite, profile, NULL, arena, &plan, &error), STATUS_OK);
    return judged(&plan->items[plan->item_count - 1], "{\"suites\":{\"a\":[\"A_beta\"]}}", 2026,
                  arena)
        .verdict;
}

Test(grade, a_replaced_policy_changes_the_outcome)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    char other[sizeof sample_policy];
    char *place;

    memcpy(other, sample_policy, sizeof other);
    place = strstr(other, "[ALPHA, BETA], grade: good");
    cr_assert_not_null(place);
    memcpy(place + sizeof "[ALPHA, BETA], grade: " - 1, "poor", 4);
    cr_expect_eq(with_policy(sample_policy, arena), VERDICT_PASS);
    cr_expect_eq(with_policy(other, arena), VERDICT_FAIL);
}
