/* Suites in several files: what they include and what they extend. */
#include "model/plan.h"
#include "model/suite_tables.h"

#include "sample.h"

#include <criterion/criterion.h>
#include <string.h>

/* Files in memory: path as seen from the suite's folder, content. */
struct shelf {
    const char *path;
    const char *text;
};

enum { SHELF_MAX = 16 };

static enum status read_shelf(const struct suite_reading *reading, const char *path,
                              const char *entry, struct arena *arena,
                              struct source_file *ret_source, struct error *reterr)
{
    const struct shelf *shelf = reading->context;

    (void) entry;
    for (; shelf->path != NULL; shelf++) {
        if (strcmp(shelf->path, path) == 0) {
            *ret_source = sample_source(arena_text(arena, path), shelf->text);
            return STATUS_OK;
        }
    }
    return fail(reterr, STATUS_BAD_INPUT, "%s: is not there", path);
}

static enum status load(const struct shelf *shelf, struct arena *arena, struct suite **ret_suite,
                        struct error *reterr)
{
    const struct suite_reading reading = { .read = read_shelf, .context = shelf };
    const struct source_file suite = sample_source("suite.yaml", shelf[0].text);
    struct problems problems = { .path = "suite.yaml" };
    struct suite_sources sources;

    TRY(suite_sources_read(&suite, &reading, &problems, arena, &sources, reterr));
    return suite_from_sources(&sources, &sample_catalogue, arena, ret_suite, reterr);
}

static void refuse(const struct shelf *shelf, const char *message)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct suite *suite = NULL;
    struct error error = { .status = STATUS_OK };

    cr_expect_eq(load(shelf, arena, &suite, &error), STATUS_BAD_INPUT);
    cr_expect_str_eq(error.message, message, "'%s'", error.message);
}

#define HEAD(id, level)                                                                            \
    "hoshitori: suite/1\nid: " id "\nversion: 1.0\nscheme: test\nlevel: " level                    \
    "\nclauses: clauses.yaml\n"
#define PARAMETERS                                                                                 \
    "parameters:\n"                                                                                \
    "  allowed: {value: [new, newer], basis: {document: RFC 8996}}\n"                              \
    "  floor: {value: 112, unit: bits, basis: unconfirmed}\n"
#define PART "hoshitori: suite-part/1\n"
#define PART_PORTS PART "checks:\n" SAMPLE_CHECK_PORTS
#define PART_TALK PART PARAMETERS "checks:\n" SAMPLE_CHECK_TALK
#define INCLUDING HEAD("s1", "1") "include: [ports.yaml, talk.yaml]\n"

#define UPPER_CLAUSES                                                                              \
    "hoshitori: clauses/1\nscheme: test\nedition: project\nnotice: {ja: 上, en: upper}\n"         \
    "clauses:\n"
#define UPPER_CLAUSE(id)                                                                           \
    "  - {id: " id ", title: t, gist: g, basis: project, method: device, automation: automatic}\n"
#define UPPER_CHECK(id, clause)                                                                    \
    "  - id: " id "\n    clause: " clause "\n    title: {ja: 題, en: title}\n"                    \
    "    for_each: {service: {protocol: https}}\n    probe: talk\n"                                \
    "    with: {names: $param.allowed}\n"                                                          \
    "    expect:\n      - {fact: keys.bits, at_least: $param.floor, " SAMPLE_SAYS "}\n"

Test(layers, parts_are_read_in_the_order_of_include)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct shelf shelf[] = { { "suite.yaml", INCLUDING },
                                   { "clauses.yaml", sample_clauses },
                                   { "ports.yaml", PART_PORTS },
                                   { "talk.yaml", PART_TALK },
                                   { NULL, NULL } };
    static const char *const entries[] = { "run/suite.yaml", "run/clauses.yaml",
                                           "run/suite/ports.yaml", "run/suite/talk.yaml" };
    struct suite *suite = NULL;
    struct error error = { .status = STATUS_OK };

    cr_assert_eq(load(shelf, arena, &suite, &error), STATUS_OK, "%s", error.message);
    cr_assert_eq(suite->check_count, 2);
    cr_expect_str_eq(suite->checks[0].id, "T-1/ports");
    cr_expect_str_eq(suite->checks[0].path, "ports.yaml");
    cr_expect_str_eq(suite->checks[1].id, "T-2/talk");
    cr_expect_eq(suite->parameter_count, 2);
    cr_assert_eq(suite->file_count, 4);
    for (size_t i = 0; i < 4; i++) {
        cr_expect_str_eq(suite->files[i].entry, entries[i]);
    }
}

Test(layers, a_split_suite_asks_what_the_whole_one_asks)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct shelf split[] = { { "suite.yaml", INCLUDING },
                                   { "clauses.yaml", sample_clauses },
                                   { "ports.yaml", PART_PORTS },
                                   { "talk.yaml", PART_TALK },
                                   { NULL, NULL } };
    struct suite *whole = NULL;
    struct suite *parts = NULL;
    struct profile *profile = NULL;
    struct plan *plans[2] = { NULL, NULL };
    json_t *plan[2];

    cr_assert_eq(load(split, arena, &parts, NULL), STATUS_OK);
    cr_assert_eq(sample_suite(SAMPLE_SUITE, sample_clauses, arena, &whole, NULL), STATUS_OK);
    cr_assert_eq(sample_profile(SAMPLE_PROFILE, arena, &profile, NULL), STATUS_OK);
    cr_assert_eq(plan_build(whole, profile, NULL, arena, &plans[0], NULL), STATUS_OK);
    cr_assert_eq(plan_build(parts, profile, NULL, arena, &plans[1], NULL), STATUS_OK);
    plan[0] = plan_to_json(plans[0]);
    plan[1] = plan_to_json(plans[1]);
    cr_expect(json_equal(plan[0], plan[1]));
    json_decref(plan[0]);
    json_decref(plan[1]);
    profile_done(profile);
}

Test(layers, parts_are_files_of_the_same_folder)
{
    static const char *const names[] = { "../talk.yaml",  "/etc/talk.yaml", "a/talk.yaml",
                                         ".talk.yaml",    "talk.yml",       "suite.yaml",
                                         "clauses.yaml",  "Talk.yaml",      "..",
                                         "talk.yaml.yam", ".yaml" };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        DEFER(arena_done) struct arena *arena = arena_new();
        const struct shelf shelf[] = {
            { "suite.yaml", arena_format(arena, HEAD("s1", "1") "include: [\"%s\"]\n", names[i]) },
            { "clauses.yaml", sample_clauses },
            { names[i], PART_TALK },
            { NULL, NULL },
        };

        refuse(shelf, "suite.yaml:7:11: a part is a file in this folder, such as s01.yaml: "
                      "lower-case letters, digits, '-', '_' and '.'");
    }
}

Test(layers, what_is_wrong_in_a_part_names_the_part)
{
    const struct shelf twice[] = { { "suite.yaml", HEAD("s", "1") "include: [a.yaml, a.yaml]\n" },
                                   { "clauses.yaml", sample_clauses },
                                   { "a.yaml", PART_PORTS },
                                   { NULL, NULL } };
    const struct shelf missing[] = { { "suite.yaml", HEAD("s", "1") "include: [a.yaml]\n" },
                                     { "clauses.yaml", sample_clauses },
                                     { NULL, NULL } };
    const struct shelf check[] = { { "suite.yaml", HEAD("s", "1") "include: [a.yaml, b.yaml]\n" },
                                   { "clauses.yaml", sample_clauses },
                                   { "a.yaml", PART_PORTS },
                                   { "b.yaml", PART_PORTS },
                                   { NULL, NULL } };
    const struct shelf parameter[] = {
        { "suite.yaml", HEAD("s", "1") "include: [a.yaml]\n" PARAMETERS },
        { "clauses.yaml", sample_clauses },
        { "a.yaml", PART_TALK },
        { NULL, NULL },
    };
    const struct shelf kind[] = { { "suite.yaml", HEAD("s", "1") "include: [a.yaml]\n" },
                                  { "clauses.yaml", sample_clauses },
                                  { "a.yaml", HEAD("s", "1") "checks: []\n" },
                                  { NULL, NULL } };
    const struct shelf nothing[] = { { "suite.yaml", HEAD("s", "1") },
                                     { "clauses.yaml", sample_clauses },
                                     { NULL, NULL } };

    refuse(twice, "suite.yaml:7:19: 'a.yaml' is included twice");
    refuse(missing, "a.yaml: is not there");
    refuse(check, "b.yaml:3:9: there is another check 'T-1/ports'");
    refuse(parameter, "a.yaml:3:3: there is another parameter 'allowed'");
    refuse(kind, "a.yaml:1:12: 'hoshitori' must be suite-part/1");
    refuse(nothing, "suite.yaml:1:1: a suite needs 'checks' or 'include'");
}

#define UPPER HEAD("s2", "2") "extends: ../one/suite.yaml\n"
#define LOWER                                                                                      \
    { "../one/suite.yaml", HEAD("s1", "1") "include: [ports.yaml, talk.yaml]\n" },                 \
        { "../one/clauses.yaml", sample_clauses }, { "../one/ports.yaml", PART_PORTS },            \
    {                                                                                              \
        "../one/talk.yaml", PART_TALK                                                              \
    }

Test(layers, a_suite_contains_what_it_extends)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct shelf shelf[] = { { "suite.yaml", UPPER "checks:\n" UPPER_CHECK("U-1/x", "U-1") },
                                   { "clauses.yaml", UPPER_CLAUSES UPPER_CLAUSE("U-1") },
                                   LOWER,
                                   { NULL, NULL } };
    static const char *const clauses[] = { "T-1", "T-2", "T-3", "U-1" };
    static const char *const entries[] = { "run/suite.yaml",           "run/clauses.yaml",
                                           "run/suite/one/suite.yaml", "run/suite/one/clauses.yaml",
                                           "run/suite/one/ports.yaml", "run/suite/one/talk.yaml" };
    struct suite *suite = NULL;
    struct error error = { .status = STATUS_OK };

    cr_assert_eq(load(shelf, arena, &suite, &error), STATUS_OK, "%s", error.message);
    cr_expect_eq(suite->level, 2);
    cr_expect_str_eq(suite->id, "s2");
    cr_expect_str_eq(suite->notice.en, "upper");
    cr_assert_eq(suite->clause_count, 4);
    for (size_t i = 0; i < 4; i++) {
        cr_expect_str_eq(suite->clauses[i].id, clauses[i]);
        cr_expect_eq(suite->clauses[i].level, i < 3 ? 1 : 2);
    }
    cr_assert_eq(suite->check_count, 3);
    cr_expect_str_eq(suite->checks[2].id, "U-1/x");
    cr_expect_eq(suite->checks[0].clause, &suite->clauses[0]);
    cr_assert_eq(suite->file_count, 6);
    for (size_t i = 0; i < 6; i++) {
        cr_expect_str_eq(suite->files[i].entry, entries[i]);
    }
}

Test(layers, extends_names_a_suite_in_a_folder_beside)
{
    static const char *const names[] = { "../one/../one/suite.yaml", "/one/suite.yaml",
                                         "../../one/suite.yaml",     "one/suite.yaml",
                                         "../one/clauses.yaml",      "../.one/suite.yaml",
                                         "..//suite.yaml",           "../suite.yaml" };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        DEFER(arena_done) struct arena *arena = arena_new();
        const struct shelf shelf[] = {
            { "suite.yaml", arena_format(arena, HEAD("s2", "2") "extends: %s\n", names[i]) },
            { "clauses.yaml", UPPER_CLAUSES UPPER_CLAUSE("U-1") },
            { NULL, NULL },
        };

        refuse(shelf, "suite.yaml:7:10: 'extends' names a suite in a folder beside this one, such "
                      "as ../star1/suite.yaml");
    }
}

Test(layers, suites_do_not_turn_in_circles)
{
    const struct shelf circle[] = { { "suite.yaml", UPPER },
                                    { "clauses.yaml", UPPER_CLAUSES UPPER_CLAUSE("U-1") },
                                    { "../one/suite.yaml",
                                      HEAD("s1", "1") "extends: ../two/suite.yaml\n" },
                                    { "../one/clauses.yaml", sample_clauses },
                                    { "../two/suite.yaml", UPPER },
                                    { NULL, NULL } };
    const struct shelf deep[] = {
        { "suite.yaml", HEAD("s", "4") "extends: ../a/suite.yaml\n" },
        { "clauses.yaml", sample_clauses },
        { "../a/suite.yaml", HEAD("a", "3") "extends: ../b/suite.yaml\n" },
        { "../a/clauses.yaml", sample_clauses },
        { "../b/suite.yaml", HEAD("b", "2") "extends: ../c/suite.yaml\n" },
        { "../b/clauses.yaml", sample_clauses },
        { "../c/suite.yaml", HEAD("c", "1") "extends: ../d/suite.yaml\n" },
        { "../c/clauses.yaml", sample_clauses },
        { NULL, NULL },
    };
    const struct shelf flat[] = {
        { "suite.yaml",
          HEAD("s2", "1") "extends: ../one/suite.yaml\nchecks:\n" UPPER_CHECK("U-1/x", "U-1") },
        { "clauses.yaml", UPPER_CLAUSES UPPER_CLAUSE("U-1") },
        LOWER,
        { NULL, NULL },
    };

    refuse(circle, "../two/suite.yaml:2:5: 's2' extends itself");
    refuse(deep, "../c/suite.yaml:7:10: more than 4 suites extend each other");
    refuse(flat, "../one/suite.yaml:1:1: a suite of level 1 cannot be part of one of level 1");
}

Test(layers, what_a_lower_level_asks_stays_as_it_is)
{
    const struct shelf added[] = { { "suite.yaml", UPPER "checks:\n" UPPER_CHECK("T-1/x", "T-1") },
                                   { "clauses.yaml", UPPER_CLAUSES UPPER_CLAUSE("U-1") },
                                   LOWER,
                                   { NULL, NULL } };
    const struct shelf again[] = { { "suite.yaml", UPPER "checks:\n" UPPER_CHECK("U-1/x", "U-1") },
                                   { "clauses.yaml", UPPER_CLAUSES UPPER_CLAUSE("T-1") },
                                   LOWER,
                                   { NULL, NULL } };
    const struct shelf changed[] = {
        { "suite.yaml",
          UPPER "parameters: {floor: {value: 1, basis: project}}\nchecks:\n" UPPER_CHECK("U-1/x",
                                                                                         "U-1") },
        { "clauses.yaml", UPPER_CLAUSES UPPER_CLAUSE("U-1") },
        LOWER,
        { NULL, NULL },
    };

    refuse(added, "suite.yaml:10:13: 'T-1' is a clause of level 1: what a lower level asks does "
                  "not change here");
    refuse(again, "clauses.yaml:6:10: there is another clause 'T-1'");
    refuse(changed, "suite.yaml:8:14: there is another parameter 'floor'");
}

/* ---- what a profile decides ---- */

static struct plan *planned(const char *suite_text, const char *clauses_text,
                            const char *profile_text, struct arena *arena)
{
    struct suite *suite = NULL;
    struct profile *profile = NULL;
    struct plan *plan = NULL;
    struct error error = { .status = STATUS_OK };

    cr_assert_eq(sample_suite(suite_text, clauses_text, arena, &suite, &error), STATUS_OK, "%s",
                 error.message);
    cr_assert_eq(sample_profile(profile_text, arena, &profile, &error), STATUS_OK, "%s",
                 error.message);
    cr_assert_eq(plan_build(suite, profile, NULL, arena, &plan, &error), STATUS_OK, "%s",
                 error.message);
    return plan;
}

static const struct plan_omission *omitted(const struct plan *plan, const char *id)
{
    for (size_t i = 0; i < plan->omission_count; i++) {
        if (strcmp(plan->omissions[i].id, id) == 0) {
            return &plan->omissions[i];
        }
    }
    return NULL;
}

#define ONE_CLAUSE(more)                                                                           \
    UPPER_CLAUSES "  - {id: U-1, title: t, gist: g, basis: project, method: device, automation: "  \
                  "automatic" more "}\n"
#define ONE_SUITE                                                                                  \
    "hoshitori: suite/1\nid: s\nversion: 1.0\nscheme: test\nlevel: 1\nclauses: "                   \
    "clauses.yaml\n" PARAMETERS "checks:\n"

Test(layers, a_gap_with_a_condition_counts_when_it_is_declared)
{
    static const struct {
        const char *when;
        bool counts;
    } cases[] = {
        { "{service: {protocol: https}}", true },
        { "{service: {protocol: [ftp, telnet]}}", false },
        { "{service: {}}", true },
        { "{auth: {scheme: bearer}}", true },
        { "{auth: {scheme: digest}}", false },
        { "{client: {}}", false },
        { "{service: {protocol: https, carries_assets: false}}", false },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        DEFER(arena_done) struct arena *arena = arena_new();
        const char *clauses = arena_format(
            arena, ONE_CLAUSE(", gaps: [{id: U-1/g, reason: r, when: %s}]"), cases[i].when);
        const struct plan *plan =
            planned(ONE_SUITE UPPER_CHECK("U-1/x", "U-1"), clauses, SAMPLE_PROFILE, arena);

        cr_assert_not_null(omitted(plan, "U-1/g"));
        cr_expect_eq(omitted(plan, "U-1/g")->counts, cases[i].counts, "%s", cases[i].when);
    }
}

Test(layers, a_condition_is_checked_as_a_selector_is)
{
    static const struct {
        const char *when;
        const char *message;
    } wrong[] = {
        { "{moon: {}}", "clauses.yaml:6:126: 'when' needs a kind of thing, such as service, with a "
                        "mapping of selectors" },
        { "{service: {colour: red}}",
          "clauses.yaml:6:136: 'service' cannot be chosen by 'colour'" },
        { "service", "clauses.yaml:6:125: 'when' has one key, the kind of thing that is meant" },
    };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        DEFER(arena_done) struct arena *arena = arena_new();
        struct suite *suite = NULL;
        struct error error = { .status = STATUS_OK };
        const char *clauses = arena_format(
            arena, ONE_CLAUSE(", gaps: [{id: U-1/g, reason: r, when: %s}]"), wrong[i].when);

        cr_expect_eq(
            sample_suite(ONE_SUITE UPPER_CHECK("U-1/x", "U-1"), clauses, arena, &suite, &error),
            STATUS_BAD_INPUT);
        cr_expect_str_eq(error.message, wrong[i].message, "'%s'", error.message);
    }
}

Test(layers, a_check_without_its_lever_is_not_tested)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct plan *plan = planned(ONE_SUITE UPPER_CHECK("U-1/x", "U-1") "    needs: [power]\n",
                                      UPPER_CLAUSES UPPER_CLAUSE("U-1"), SAMPLE_PROFILE, arena);
    const struct plan_omission *omission = omitted(plan, "U-1/x@admin");

    cr_expect_eq(plan->item_count, 0);
    cr_assert_not_null(omission);
    cr_expect_eq(omission->verdict, VERDICT_NOT_TESTED);
    cr_expect(omission->counts);
    cr_expect_str_eq(omission->reason.en, "the profile declares no lever power");
}

Test(layers, a_lever_has_a_known_word)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct suite *suite = NULL;
    struct error error = { .status = STATUS_OK };

    cr_expect_eq(sample_suite(ONE_SUITE UPPER_CHECK("U-1/x", "U-1") "    needs: [magic]\n",
                              UPPER_CLAUSES UPPER_CLAUSE("U-1"), arena, &suite, &error),
                 STATUS_BAD_INPUT);
    cr_expect_str_eq(error.message, "suite.yaml:11:5: there is no lever 'magic'", "'%s'",
                     error.message);
}

#define PROFILE_OF(type)                                                                           \
    "hoshitori: profile/1\nproduct: {vendor: {name: Example}, model: HC-1, type: " type            \
    "}\n" SAMPLE_REACH SAMPLE_SERVICES SAMPLE_AUTH
#define TYPED_CLAUSES                                                                              \
    UPPER_CLAUSES UPPER_CLAUSE("U-1")                                                              \
        UPPER_CLAUSE("U-2, product_types: [network-camera, smart-home]")
#define TYPED_SUITE                                                                                \
    ONE_SUITE UPPER_CHECK("U-1/x", "U-1") UPPER_CHECK(                                             \
        "U-1/y", "U-1") "    product_types: [smart-home]\n" UPPER_CHECK("U-2/z", "U-2")

Test(layers, clauses_and_checks_of_other_products_are_not_asked)
{
    static const struct {
        const char *profile;
        size_t clauses;
        size_t items;
    } cases[] = { { PROFILE_OF("other"), 1, 1 },
                  { PROFILE_OF("communication-equipment"), 1, 1 },
                  { PROFILE_OF("network-camera"), 2, 2 },
                  { PROFILE_OF("smart-home"), 2, 3 } };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        DEFER(arena_done) struct arena *arena = arena_new();
        const struct plan *plan = planned(TYPED_SUITE, TYPED_CLAUSES, cases[i].profile, arena);

        cr_expect_eq(plan->suite->clause_count, cases[i].clauses, "case %zu", i);
        cr_expect_eq(plan->item_count, cases[i].items, "case %zu", i);
        cr_expect_eq(plan->omission_count, 0, "case %zu", i);
        for (size_t j = 0; j < plan->item_count; j++) {
            const struct clause *clause = plan->items[j].check->clause;

            cr_expect(clause >= plan->suite->clauses &&
                      clause < plan->suite->clauses + plan->suite->clause_count);
        }
    }
}

static void refuse_suite(const char *suite_text, const char *clauses_text, const char *message)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct suite *suite = NULL;
    struct error error = { .status = STATUS_OK };

    cr_expect_eq(sample_suite(suite_text, clauses_text, arena, &suite, &error), STATUS_BAD_INPUT);
    cr_expect_str_eq(error.message, message, "'%s'", error.message);
}

Test(layers, every_type_that_is_asked_has_something_to_answer)
{
    refuse_suite(ONE_SUITE UPPER_CHECK("U-1/x", "U-1") "    product_types: [smart-home]\n",
                 UPPER_CLAUSES UPPER_CLAUSE("U-1"),
                 "clauses.yaml:6:5: 'U-1' has no check, no gap and no exception for "
                 "communication-equipment");
    refuse_suite(ONE_SUITE UPPER_CHECK("U-1/x", "U-1"),
                 UPPER_CLAUSES UPPER_CLAUSE("U-1, product_types: [toaster]"),
                 "clauses.yaml:6:5: there is no product type 'toaster'");
}

Test(layers, a_provisional_id_claims_no_other_basis)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct suite *suite = NULL;
    const struct shelf shelf[] = { { "suite.yaml",
                                     UPPER "checks:\n" UPPER_CHECK("P2-01/x", "P2-01") },
                                   { "clauses.yaml", UPPER_CLAUSES UPPER_CLAUSE("P2-01") },
                                   LOWER,
                                   { NULL, NULL } };
    const struct shelf claims[] = {
        shelf[0],
        { "clauses.yaml", UPPER_CLAUSES "  - {id: P2-01, title: t, gist: g, basis: secondary, "
                                        "method: device, automation: automatic}\n" },
        LOWER,
        { NULL, NULL },
    };
    const struct shelf strays[] = {
        { "suite.yaml", UPPER "checks:\n" UPPER_CHECK("P3-01/x", "P3-01") },
        { "clauses.yaml", UPPER_CLAUSES UPPER_CLAUSE("P3-01") },
        LOWER,
        { NULL, NULL },
    };

    cr_assert_eq(load(shelf, arena, &suite, NULL), STATUS_OK);
    cr_expect(suite_is_provisional(suite));
    cr_expect(!suite->clauses[0].provisional);
    cr_expect(suite->clauses[3].provisional);
    refuse(claims, "clauses.yaml:6:10: 'P2-01' is an id of this project: its basis must be of "
                   "level project");
    refuse(strays, "clauses.yaml:6:10: 'P3-01' is an id of level 3, the suite's is 2");
}
