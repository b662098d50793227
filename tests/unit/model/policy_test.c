/* Policy files as they are written. */
#include "model/policy.h"

#include "model/decode.h"
#include "sample.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static enum status decoded(const char *text, struct arena *arena, struct policy **ret_policy,
                           struct error *reterr)
{
    const struct source_file source = sample_source("policy.yaml", text);
    struct problems problems = { .path = source.path };

    return policy_decode(&source, &problems, arena, ret_policy, reterr);
}

Test(policy, is_loaded_whole)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct policy *policy = NULL;
    struct error error = { .status = STATUS_OK };

    cr_assert_eq(decoded(sample_policy, arena, &policy, &error), STATUS_OK, "%s", error.message);
    cr_expect_str_eq(policy->id, "sample");
    cr_expect_eq(policy->grade_count, 3);
    cr_expect_eq(policy_grade_find(policy, "fair"), 1);
    cr_expect_eq(policy_grade_find(policy, "best"), POLICY_UNKNOWN);
    cr_expect_eq(policy->algorithm_count, 4);
    cr_expect_eq(policy->algorithms[3].grade, POLICY_UNKNOWN);
    cr_expect_str_eq(policy->algorithms[0].basis->edition, "2");
    cr_expect_eq(policy->part_count, 3);
    cr_expect(policy_has_kind(policy, "key"));
    cr_expect_not(policy_has_kind(policy, "cipher"));
}

static struct policy_finding found(const struct policy *policy, const char *name, long long number,
                                   unsigned year, struct arena *arena)
{
    const struct policy_thing thing = {
        .kind = number < 0 ? "suite" : "key", .name = name, .number = number, .year = year
    };

    return policy_look_up(policy, &thing, arena);
}

Test(policy, the_first_rule_that_fits_speaks_for_each_part)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct policy *policy = NULL;
    struct policy_finding finding;

    cr_assert_eq(decoded(sample_policy, arena, &policy, NULL), STATUS_OK);
    finding = found(policy, "A_beta", -1, 2026, arena);
    cr_expect_eq(finding.grade, 0);
    cr_expect_null(finding.unknown);
    cr_expect_eq(found(policy, "Axxx_bxxxa", -1, 2026, arena).grade, 0);
    cr_expect_eq(found(policy, "A_fair", -1, 2026, arena).grade, 1);
    finding = found(policy, "G_beta", -1, 2026, arena);
    cr_expect_eq(finding.grade, 2);
    cr_expect_str_eq(finding.why, "GAMMA");
    finding = found(policy, "A_other", -1, 2026, arena);
    cr_expect_str_eq(finding.unknown, "hash");
    finding = found(policy, "D_beta", -1, 2026, arena);
    cr_expect_str_eq(finding.unknown, "DELTA");
    finding = found(policy, "", -1, 2026, arena);
    cr_expect_eq(finding.grade, POLICY_UNKNOWN);
    cr_expect_str_eq(finding.unknown, "cipher");
    cr_expect_not(found(policy, "none", 1, 2026, arena).graded);
}

Test(policy, strengths_hold_from_year_to_year_and_up_to_the_next_row)
{
    static const struct {
        long long bits;
        unsigned year;
        int grade;
    } rows[] = {
        { 3072, 2022, 0 },
        { 3072, 2040, 0 },
        { 3072, 2041, POLICY_UNKNOWN },
        { 3072, 2021, POLICY_UNKNOWN },
        { 2048, 2030, 1 },
        { 2048, 2031, POLICY_UNKNOWN },
        { 2047, 2022, 2 },
        { 1, 2070, 2 },
        { 1, 2071, POLICY_UNKNOWN },
    };
    DEFER(arena_done) struct arena *arena = arena_new();
    struct policy *policy = NULL;

    cr_assert_eq(decoded(sample_policy, arena, &policy, NULL), STATUS_OK);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct policy_finding finding = found(policy, "RSA", rows[i].bits, rows[i].year, arena);

        cr_expect_eq(finding.grade, rows[i].grade, "%lld in %u", rows[i].bits, rows[i].year);
        cr_expect_eq(finding.unknown != NULL, rows[i].grade == POLICY_UNKNOWN);
    }
}

struct refusal {
    const char *from;
    const char *to;
    const char *message;
};

static const struct refusal refusals[] = {
    { "policy/1", "policy/2", "'hoshitori' must be policy/1" },
    { "id: sample", "id: Sample", "policy.yaml:2:5: an id has lower-case letters" },
    { "id: sample", "id: -x", "policy.yaml:2:5: an id has lower-case letters" },
    { "title: {ja: 試験用, en: for tests}", "title: for tests", "'title' and 'notice' are needed" },
    { "{id: own, basis: project}", "{id: read, basis: project}", "there is another basis 'read'" },
    { "{id: own, basis: project}", "{id: mine, basis: project}", "there is no basis 'own'" },
    { "{id: fair, title", "{id: good, title", "'good' cannot name another grade" },
    { "{id: fair, title", "{id: any, title", "'any' cannot name another grade" },
    { "{id: fair, title", "{id: unknown, title", "'unknown' cannot name another grade" },
    { "{id: fair, title: {ja: 可, en: fair}}", "{id: fair, title: fair}", "'title' is needed" },
    { "until: 2030, grade: fair", "until: 2030, grade: fine", "there is no grade 'fine'" },
    { "until: 2030, grade: fair", "until: 2030, grade: unknown", "there is no grade 'unknown'" },
    { "from: 2022, until: 2030", "from: 2031, until: 2030", "'until' is before 'from'" },
    { "bits: 112, use: create", "bits: 128, use: create", "another row speaks about the same" },
    { "use: create, from: 2022, until: 2030", "use: both, from: 2022, until: 2030",
      "'use' must be create or verify" },
    { "names: [ALPHA, BETA]", "names: [ALPHA, ALPHA]", "there is another algorithm 'ALPHA'" },
    { "algorithms: [DELTA]", "algorithms: [EPSILON]", "there is no algorithm 'EPSILON'" },
    { "grade: fair, basis: own}\n      - {names: [\"A*\"]", "basis: own}\n      - {names: [\"A*\"]",
      "a rule says exactly one of" },
    { "nothing: true, basis: own}\n      - {names: [\"*_b*a\"",
      "nothing: true, grade: good, basis: own}\n      - {names: [\"*_b*a\"",
      "a rule says exactly one of" },
    { "names: [RSA], from: 1, bits: 0", "names: [RSA], from: 1, bits: -1",
      "'bits' must be a number" },
    { "names: [RSA], from: 1, bits: 0", "names: [], from: 1, bits: 0", "a rule without names" },
    { "names: [RSA], from: 1, bits: 0", "names: [RSA], from: 1, bits: 0, basis: own",
      "'basis' is given twice" },
    { "names: [RSA], from: 1, bits: 0, basis: own", "names: [RSA], from: 1, bits: 0",
      "'basis' is missing" },
    { "    part: hash", "    part: cipher", "there is another part 'cipher' of 'suite'" },
    { "  - kind: key", "  - sort: key", "unknown key 'sort'" },
};

static char *replaced(const char *text, const char *from, const char *to, struct arena *arena)
{
    const char *place = strstr(text, from);

    cr_assert_not_null(place, "%s", from);
    return arena_format(arena, "%.*s%s%s", (int) (place - text), text, to, place + strlen(from));
}

Test(policy, refuses_with_the_place_and_the_reason)
{
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        DEFER(arena_done) struct arena *arena = arena_new();
        struct policy *policy = NULL;
        struct error error = { .status = STATUS_OK };
        const char *text = replaced(sample_policy, refusals[i].from, refusals[i].to, arena);

        cr_expect_eq(decoded(text, arena, &policy, &error), STATUS_BAD_INPUT, "case %zu", i);
        cr_expect(text_starts_with(error.message, "policy.yaml:") &&
                      strstr(error.message, refusals[i].message) != NULL,
                  "case %zu: '%s'", i, error.message);
        cr_expect_null(policy);
    }
}

Test(policy, a_problem_is_told_in_its_own_file_when_a_suite_is_loaded)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const char *text = replaced(sample_policy, "id: sample", "id: Sample", arena);
    struct suite *suite = NULL;
    struct error error = { .status = STATUS_OK };

    cr_expect_eq(sample_suite_graded(SAMPLE_SUITE, sample_clauses, text, arena, &suite, &error),
                 STATUS_BAD_INPUT);
    cr_expect(text_starts_with(error.message, "policy.yaml:2:5: an id has"), "%s", error.message);
}

Test(policy, a_suite_has_each_policy_once)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct source_file twice[] = { sample_source("a.yaml", sample_policy),
                                         sample_source("b.yaml", sample_policy) };
    const struct suite_layer layer = { .suite = sample_source("suite.yaml", SAMPLE_SUITE),
                                       .clauses = sample_source("clauses.yaml", sample_clauses) };
    const struct suite_sources sources = {
        .layers = &layer, .layer_count = 1, .policies = twice, .policy_count = 2
    };
    struct suite *suite = NULL;
    struct error error = { .status = STATUS_OK };

    cr_expect_eq(suite_from_sources(&sources, &sample_catalogue, arena, &suite, &error),
                 STATUS_BAD_INPUT);
    cr_expect_str_eq(error.message, "b.yaml:1:1: there is another policy 'sample'");
}
