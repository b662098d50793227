#include "model/suite.h"

#include "model/lint.h"
#include "sample.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

static struct suite *loaded(const char *text, struct arena *arena)
{
    struct suite *suite = NULL;
    struct error error = { .status = STATUS_OK };

    cr_assert_eq(sample_suite(text, sample_clauses, arena, &suite, &error), STATUS_OK, "%s",
                 error.message);
    return suite;
}

Test(suite, is_loaded_whole)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct suite *suite = loaded(SAMPLE_SUITE, arena);
    const struct check *check = suite_check(suite, "T-1/ports");

    cr_expect_str_eq(suite->version, "1.0", "kept as written");
    cr_expect_eq(suite->clause_count, 3);
    cr_expect_eq(suite->check_count, 2);
    cr_expect_str_eq(suite->edition.level, "project");
    cr_assert_not_null(check);
    cr_expect_eq(check->clause, suite_clause(suite, "T-1"));
    cr_expect_eq(check->probe, &sample_scan);
    cr_expect_eq(check->control_count, 2);
    cr_expect_null(check->controls[0].with);
    cr_expect_not_null(check->controls[1].with);
    cr_expect_eq(check->expect[0].op, EXPECT_SUBSET_OF);
    cr_expect_str_eq(check->expect[1].otherwise, "inconc");
    cr_expect(check->expect[2].advisory);
    cr_expect_str_eq(suite_parameter(suite, "floor")->unit, "bits");
    cr_expect_str_eq(suite_parameter(suite, "allowed")->basis.document, "RFC 8996");
    cr_expect(suite_clause(suite, "T-1")->mandatory);
}

struct refusal {
    const char *check; /* its "expect" and what comes before, after a fixed head */
    const char *message;
};

#define HEAD                                                                                       \
    SAMPLE_SUITE_HEAD "checks:\n" SAMPLE_CHECK_TALK "  - id: T-1/x\n"                              \
                      "    clause: T-1\n"                                                          \
                      "    title: {ja: 試, en: try}\n"
#define SCAN "    for_each: {address: {}}\n    probe: scan\n"
#define EXPECT(condition) "    expect:\n      - {" condition ", " SAMPLE_SAYS "}\n"
#define CONTROLLED                                                                                 \
    "    controls: [{id: c, says: {ja: 対, en: c}, expect: [{fact: complete, equals: true}]}]\n"

static const struct refusal refusals[] = {
    { SCAN EXPECT("fact: opne, empty: false"),
      "suite.yaml:26:16: the probe declares no fact 'opne'" },
    { SCAN EXPECT("fact: keys.bit, at_least: 1"),
      "suite.yaml:26:16: the table 'keys' has no column 'bit'" },
    { SCAN EXPECT("fact: count.x, equals: 1"), "suite.yaml:26:16: 'count' has no parts" },
    { SCAN EXPECT("fact: count, equals: \"1\""),
      "suite.yaml:26:31: the operand of 'equals' for 'count' must be a whole number" },
    { SCAN EXPECT("fact: open, contains: ssh"), "suite.yaml:26:32: the operand of 'contains' for "
                                                "'open' must be a whole number or a list of them" },
    { SCAN EXPECT("fact: open, at_least: 1"),
      "suite.yaml:26:22: 'at_least' does not apply to 'open'" },
    { SCAN EXPECT("fact: keys, contains: 1"),
      "suite.yaml:26:22: 'contains' does not apply to 'keys'" },
    { SCAN EXPECT("fact: count, equals: 1, at_least: 1"),
      "suite.yaml:26:34: one operator a condition: 'equals' and 'at_least'" },
    { SCAN EXPECT("fact: count"), "suite.yaml:26:9: a condition needs an operator" },
    { SCAN EXPECT("equals: 1"), "suite.yaml:26:9: 'fact' is missing" },
    { SCAN EXPECT("fact: count, equals: $param.flor"),
      "suite.yaml:26:31: there is no reference '$param.flor'" },
    { SCAN EXPECT("fact: count, equals: $service.port"),
      "suite.yaml:26:31: '$service.port' has no meaning for this for_each" },
    { SCAN EXPECT("fact: count, equals: $param.allowed"),
      "suite.yaml:26:31: the operand of 'equals' for 'count' must be a whole number" },
    { SCAN EXPECT("fact: versions, contains: [a, $param.allowed]"),
      "suite.yaml:26:36: a reference stands alone, not in a list" },
    { SCAN "    with: {names: [$param.allowed]}\n" EXPECT("fact: count, equals: 1"),
      "suite.yaml:25:19: a reference stands alone, not in a list" },
    { SCAN EXPECT("fact: banner, matches: \"(\""),
      "suite.yaml:26:33: a pattern is an extended regular expression of at most 256 characters, "
      "without braces and "
      "backslashes" },
    { SCAN EXPECT("fact: banner, matches: \"a{9}\""),
      "suite.yaml:26:33: a pattern is an extended regular expression of at most 256 characters, "
      "without braces and "
      "backslashes" },
    { SCAN EXPECT("not: [{fact: count, equals: 1}, {fact: count, equals: 2}]"),
      "suite.yaml:26:15: 'not' takes exactly one condition" },
    { SCAN EXPECT("any: []"), "suite.yaml:26:15: conditions are a list, not empty" },
    { SCAN EXPECT("fact: count, equals: 1, otherwise: pass"),
      "suite.yaml:26:45: 'otherwise' must be fail, review or inconc" },
    /* A silence is no answer: each way to claim an absence. */
    { SCAN EXPECT("fact: open, empty: true"),
      "suite.yaml:26:9: a claim of absence needs a control" },
    { SCAN EXPECT("fact: open, excludes: 23"),
      "suite.yaml:26:9: a claim of absence needs a control" },
    { SCAN EXPECT("fact: open, subset_of: [23]"),
      "suite.yaml:26:9: a claim of absence needs a control" },
    { SCAN EXPECT("fact: count, not_in: [1]"),
      "suite.yaml:26:9: a claim of absence needs a control" },
    { SCAN EXPECT("fact: complete, equals: false"),
      "suite.yaml:26:9: a claim of absence needs a control" },
    { SCAN EXPECT("fact: banner, exists: false"),
      "suite.yaml:26:9: a claim of absence needs a control" },
    { SCAN EXPECT("fact: banner, matches_none: x"),
      "suite.yaml:26:9: a claim of absence needs a control" },
    { SCAN EXPECT("not: [{fact: count, equals: 1}]"),
      "suite.yaml:26:9: a claim of absence needs a control" },
    { SCAN EXPECT("any: [{fact: count, equals: 1}, {fact: open, empty: true}]"),
      "suite.yaml:26:9: a claim of absence needs a control" },
    { SCAN EXPECT("fact: count, equals: 1, advisory: true"),
      "suite.yaml:20:5: a check needs a condition that is not advisory" },
    { SCAN "    expect: [{fact: count, equals: 1, expected: {en: x}, fix: {ja: x, en: x}}]\n",
      "suite.yaml:25:14: 'expected' and 'fix' are needed in ja and en" },
    { SCAN "    with: {prots: all}\n" EXPECT("fact: count, equals: 1"),
      "suite.yaml:25:12: 'scan' has no parameter 'prots'" },
    { SCAN "    with: {rate: 0}\n" EXPECT("fact: count, equals: 1"),
      "suite.yaml:25:18: 'rate' must be from 1 to 5000" },
    { SCAN "    with: {rate: fast}\n" EXPECT("fact: count, equals: 1"),
      "suite.yaml:25:18: 'rate' must be given as: whole number" },
    { SCAN "    with: {mode: slow}\n" EXPECT("fact: count, equals: 1"),
      "suite.yaml:25:18: 'mode' may not be 'slow'" },
    { SCAN "    with: {rate: $param.allowed}\n" EXPECT("fact: count, equals: 1"),
      "suite.yaml:25:18: 'rate' must be given as: whole number" },
    { "    for_each: {address: {}}\n    probe: scann\n" EXPECT("fact: count, equals: 1"),
      "suite.yaml:24:12: there is no probe 'scann'" },
    { "    for_each: {address: {}}\n    probe: talk\n" EXPECT("fact: count, equals: 1"),
      "suite.yaml:24:12: 'talk' needs more than 'for_each: address' gives" },
    { "    for_each: {service: {}}\n    probe: log_in\n" EXPECT("fact: count, equals: 1"),
      "suite.yaml:24:12: 'log_in' needs more than 'for_each: service' gives" },
    { "    for_each: {auth: {}}\n    probe: log_in\n" EXPECT("fact: count, equals: 1"),
      "suite.yaml:20:5: 'with' lacks 'as', which 'log_in' requires" },
    { "    for_each: {service: {protocol: {not: []}}}\n    probe: talk\n" EXPECT(
          "fact: count, equals: 1"),
      "suite.yaml:23:36: an empty list selects nothing" },
    { "    for_each: {service: {protocol: {nor: http}}}\n    probe: talk\n" EXPECT(
          "fact: count, equals: 1"),
      "suite.yaml:23:36: 'protocol' is compared with a text" },
    { "    for_each: {port: {}}\n    probe: scan\n" EXPECT("fact: count, equals: 1"),
      "suite.yaml:23:16: 'for_each' needs a kind of thing, such as service, with a mapping of "
      "selectors" },
    { "    for_each: {service: {colour: red}}\n    probe: talk\n" EXPECT("fact: count, equals: 1"),
      "suite.yaml:23:26: 'service' cannot be chosen by 'colour'" },
    { "    for_each: {service: {carries_assets: maybe}}\n    probe: talk\n" EXPECT(
          "fact: count, equals: 1"),
      "suite.yaml:23:42: 'carries_assets' is compared with a true or false" },
    { SCAN CONTROLLED "    control: []\n" EXPECT("fact: count, equals: 1"),
      "suite.yaml:26:5: unknown key 'control'; did you mean 'controls'?" },
};

Test(suite, refuses_in_exact_words)
{
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        DEFER(arena_done) struct arena *arena = arena_new();
        struct suite *suite = NULL;
        struct error error = { .status = STATUS_OK };
        const char *text = arena_format(arena, "%s%s", HEAD, refusals[i].check);

        cr_expect_eq(sample_suite(text, sample_clauses, arena, &suite, &error), STATUS_BAD_INPUT,
                     "case %zu", i);
        cr_expect_str_eq(error.message, refusals[i].message, "case %zu: '%s'", i, error.message);
        cr_expect_null(suite);
    }
}

Test(suite, a_control_makes_a_claim_of_absence_sound)
{
    DEFER(arena_done) struct arena *arena = arena_new();

    (void) loaded(HEAD SCAN CONTROLLED EXPECT("fact: open, empty: true"), arena);
}

static void refuse_clauses(const char *suite_text, const char *clauses, const char *message)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct suite *suite = NULL;
    struct error error = { .status = STATUS_OK };

    cr_expect_eq(sample_suite(suite_text, clauses, arena, &suite, &error), STATUS_BAD_INPUT);
    cr_expect_str_eq(error.message, message, "'%s'", error.message);
}

#define CLAUSES_HEAD                                                                               \
    "hoshitori: clauses/1\nscheme: test\nedition: project\nnotice: for tests\nclauses:\n"
#define CLAUSE(id, more)                                                                           \
    "  - {id: " id ", title: t, gist: g, basis: project, method: both, automation: automatic" more \
    "}\n"

Test(suite, every_clause_is_accounted_for)
{
    refuse_clauses(SAMPLE_SUITE, CLAUSES_HEAD CLAUSE("T-1", "") CLAUSE("T-2", "") CLAUSE("T-3", ""),
                   "clauses.yaml:8:5: 'T-3' has no check, no gap and no exception");
    refuse_clauses(
        SAMPLE_SUITE, CLAUSES_HEAD CLAUSE("T-1", ", exception: why") CLAUSE("T-2", ""),
        "clauses.yaml:6:5: 'T-1' has checks: what they leave open is a gap, not an exception");
    refuse_clauses(SAMPLE_SUITE, CLAUSES_HEAD CLAUSE("T-2", ""),
                   "suite.yaml:12:13: there is no clause 'T-1'");
    refuse_clauses(SAMPLE_SUITE, CLAUSES_HEAD CLAUSE("T-1", "") CLAUSE("T-1", ""),
                   "clauses.yaml:7:10: there is another clause 'T-1'");
    refuse_clauses(SAMPLE_SUITE,
                   CLAUSES_HEAD CLAUSE("T-1", ", gaps: [{id: T-2/x, reason: r}]") CLAUSE("T-2", ""),
                   "clauses.yaml:6:5: the gap id 'T-2/x' must begin with 'T-1/'");
    refuse_clauses(
        SAMPLE_SUITE,
        "hoshitori: clauses/1\nscheme: other\nedition: project\nnotice: n\nclauses: []\n",
        "clauses.yaml:2:9: the suite's scheme is 'test', this is 'other'");
}

static enum status override(struct suite *suite, const char *text, struct arena *arena,
                            struct error *reterr)
{
    const struct source_file params = sample_source("lab/params.yaml", text);

    return suite_override_source(suite, &params, arena, reterr);
}

#define PARAMS "hoshitori: params/1\nparameters:\n"

Test(suite, parameters_can_be_replaced)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct suite *suite = loaded(SAMPLE_SUITE, arena);
    struct error error = { .status = STATUS_OK };

    cr_assert_eq(override(suite,
                          PARAMS "  floor: {value: 128, basis: {level: official, document: D}}\n",
                          arena, &error),
                 STATUS_OK, "%s", error.message);
    cr_expect_eq(json_integer_value(suite_parameter(suite, "floor")->value), 128);
    cr_expect_str_eq(suite_parameter(suite, "floor")->basis.level, "official");
    cr_expect_str_eq(suite_parameter(suite, "floor")->origin, "params.yaml");
    cr_expect_str_eq(suite_parameter(suite, "allowed")->origin, "suite");
}

Test(suite, parameters_keep_name_type_and_unit)
{
    static const struct refusal wrong[] = {
        { PARAMS "  flor: {value: 1, basis: project}\n",
          "lab/params.yaml:3:3: the suite has no parameter 'flor'" },
        { PARAMS "  floor: {value: \"1\", basis: project}\n",
          "lab/params.yaml:3:18: 'floor' must stay a whole number" },
        { PARAMS "  floor: {value: true, basis: project}\n",
          "lab/params.yaml:3:18: a parameter is a whole number, a text, or a list of either" },
        { PARAMS "  floor: {value: 1, unit: bytes, basis: project}\n",
          "lab/params.yaml:3:10: 'floor' is counted in 'bits'" },
        { PARAMS "  floor: {value: 1}\n",
          "lab/params.yaml:3:10: 'basis' is missing in a parameter" },
        { "hoshitori: params/1\nsuite: other\nparameters: {}\n",
          "lab/params.yaml:2:8: these are for the suite 'other'" },
    };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        DEFER(arena_done) struct arena *arena = arena_new();
        struct suite *suite = loaded(SAMPLE_SUITE, arena);
        struct error error = { .status = STATUS_OK };

        cr_expect_eq(override(suite, wrong[i].check, arena, &error), STATUS_BAD_INPUT);
        cr_expect_str_eq(error.message, wrong[i].message, "'%s'", error.message);
    }
}

struct heard {
    size_t count;
    char lines[8][480];
};

static void hear(void *context, const char *message)
{
    struct heard *heard = context;

    if (heard->count < 8) {
        (void) snprintf(heard->lines[heard->count], sizeof heard->lines[0], "%s", message);
    }
    heard->count++;
}

static void lint_text(const char *text, struct heard *heard, size_t *ret_problems)
{
    char path[] = "/tmp/hoshitori-lint-XXXXXX";
    int fd = mkstemp(path);
    struct error error = { .status = STATUS_OK };

    cr_assert(fd >= 0);
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t) strlen(text));
    (void) close(fd);
    cr_expect_eq(lint_file(path, &sample_catalogue, hear, heard, ret_problems, &error), STATUS_OK,
                 "%s", error.message);
    (void) unlink(path);
}

Test(lint, names_every_problem_of_a_file)
{
    struct heard heard = { .count = 0 };
    size_t problems = 0;

    lint_text(SAMPLE_PROFILE "colour: red\nlimits: {fragile: 1, concurrency: 0}\n", &heard,
              &problems);
    cr_expect_eq(problems, 3);
    cr_expect_eq(heard.count, 3);
    cr_expect(strstr(heard.lines[0], ":14:1: unknown key 'colour'") != NULL, "%s", heard.lines[0]);
    cr_expect(strstr(heard.lines[1], ":15:19: 'fragile'") != NULL, "%s", heard.lines[1]);
    cr_expect(strstr(heard.lines[2], ":15:35: 'concurrency'") != NULL, "%s", heard.lines[2]);
}

Test(lint, says_nothing_about_a_good_file)
{
    struct heard heard = { .count = 0 };
    size_t problems = 1;

    lint_text(SAMPLE_PROFILE, &heard, &problems);
    cr_expect_eq(problems, 0);
    cr_expect_eq(heard.count, 0);
}

Test(lint, knows_a_file_by_its_first_key)
{
    struct heard heard = { .count = 0 };
    size_t problems = 0;

    lint_text("hoshitori: poem/1\n", &heard, &problems);
    cr_expect_eq(problems, 1);
    cr_expect(strstr(heard.lines[0], ":1:12: 'hoshitori' must say profile/1") != NULL, "%s",
              heard.lines[0]);
    lint_text("a: [\n", &heard, &problems);
    cr_expect_eq(problems, 1, "what is not YAML is one problem, too");
}

Test(lint, at_most_fifty_lines_of_a_file)
{
    struct heard heard = { .count = 0 };
    size_t problems = 0;
    char text[4096] = SAMPLE_PRODUCT;

    for (size_t i = 0; i < 100; i++) {
        size_t used = strlen(text);

        (void) snprintf(text + used, sizeof text - used, "unknown%zu: 1\n", i);
    }
    lint_text(text, &heard, &problems);
    cr_expect_eq(heard.count, 50);
}
