#include "evidence/statement.h"

#include "base/text.h"
#include "evidence/json_strict.h"
#include "evidence/statement_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_ROOM = 512 };

json_t *statement_named_json(const char *name, const struct digest *digest)
{
    return json_made(
        json_pack("{s:s, s:{s:o}}", "name", name, "digest", "sha256", json_digest(digest)));
}

json_t *statement_subjects_json(const struct manifest *manifest, const struct digest *manifest_sha)
{
    json_t *subjects = json_array();
    char name[NAME_ROOM];

    json_append(subjects, statement_named_json(STATEMENT_MANIFEST, manifest_sha));
    for (size_t i = 0; i < manifest->dut.firmware_count; i++) {
        const struct manifest_firmware *firmware = &manifest->dut.firmware[i];

        (void) snprintf(name, sizeof name, "%s%s", STATEMENT_FIRMWARE_PREFIX, firmware->name);
        json_append(subjects, statement_named_json(name, &firmware->sha256));
    }
    return subjects;
}

enum status statement_put(enum statement_kind kind, json_t *subjects, json_t *predicate,
                          struct bytes *out, struct error *reterr)
{
    DEFER(json_strict_done)
    json_t *root = json_made(json_pack("{s:s, s:o, s:s, s:o}", "_type", STATEMENT_TYPE, "subject",
                                       subjects, "predicateType", statement_predicate_type(kind),
                                       "predicate", predicate));

    return json_strict_write(root, out, reterr);
}

static json_t *suite_criteria(const struct statement_run_inputs *inputs)
{
    json_t *criteria = json_object();

    json_put(criteria, "sha256", json_digest(&inputs->manifest->run.suite.sha256));
    json_put(criteria, "scheme", json_incref(json_object_get(inputs->result, "scheme")));
    json_put(criteria, "level", json_incref(json_object_get(inputs->result, "level")));
    if (inputs->criteria_edition != NULL) {
        json_put(criteria, "edition", json_string(inputs->criteria_edition));
    }
    return criteria;
}

/* What no signature over a test can say; codes, so that readers translate. */
static json_t *not_proven(void)
{
    return json_made(
        json_pack("[s, s, s]", "device-existed", "operator-honest", "other-units-behave-alike"));
}

enum status statement_run_write(const struct statement_run_inputs *inputs, struct bytes *out,
                                struct error *reterr)
{
    const struct manifest *manifest = inputs->manifest;
    json_t *predicate = json_object();
    json_t *previous = json_object();

    json_put(predicate, "runId", json_string(manifest->run.id));
    json_put(predicate, "bundleId", json_string(manifest->bundle_id));
    json_put(predicate, "role", json_string("vendor"));
    json_put(predicate, "result",
             json_pack("{s:s, s:o}", "overall", overall_word(inputs->rollup->overall), "counts",
                       rollup_counts(inputs->rollup)));
    json_put(predicate, "criteria", suite_criteria(inputs));
    json_put(predicate, "startedAt", json_string(inputs->started_at));
    json_put(predicate, "finishedAt", json_string(inputs->finished_at));
    json_put(predicate, "environment",
             inputs->environment == NULL ? json_object() : json_deep_copy(inputs->environment));
    json_put(previous, "count", json_integer((json_int_t) inputs->previous_runs));
    json_put(previous, "unsealed", json_integer((json_int_t) inputs->previous_unsealed));
    if (inputs->previous_head != NULL) {
        json_put(previous, "head", json_digest(inputs->previous_head));
    }
    json_put(predicate, "previousRuns", previous);
    json_put(predicate, "interruptions", json_integer((json_int_t) inputs->interruptions));
    json_put(predicate, "notProven", not_proven());
    return statement_put(STATEMENT_RUN, statement_subjects_json(manifest, inputs->manifest_sha),
                         predicate, out, reterr);
}

/* How a clause that settles nothing is told to a consumer who knows only passed and failed. */
static const char *suffix_of(enum verdict verdict)
{
    static const char *const suffixes[VERDICT_COUNT] = {
        [VERDICT_NA] = "#na",
        [VERDICT_PASS] = "",
        [VERDICT_NOT_TESTED] = "#not_tested",
        [VERDICT_REVIEW] = "#review",
        [VERDICT_INCONC] = "#inconclusive",
        [VERDICT_ERROR] = "#error",
        [VERDICT_FAIL] = "",
    };

    return suffixes[verdict];
}

struct test_lists {
    json_t *passed;
    json_t *warned;
    json_t *failed;
};

/* Clauses: mandatory ones that are not pass or na count as failed, the others only warn. */
static struct test_lists lists_of(const struct rollup *rollup)
{
    struct test_lists lists = { json_array(), json_array(), json_array() };

    for (size_t i = 0; i < rollup->clause_count; i++) {
        const struct rollup_clause *clause = &rollup->clauses[i];
        bool good = clause->verdict == VERDICT_PASS || clause->verdict == VERDICT_NA;

        json_append(good                ? lists.passed
                    : clause->mandatory ? lists.failed
                                        : lists.warned,
                    json_sprintf("%s%s", clause->id, suffix_of(clause->verdict)));
    }
    return lists;
}

/* Too strict rather than too kind: no mandatory pass at all is no PASSED either. */
static const char *test_word(const struct rollup *rollup)
{
    return rollup->overall == OVERALL_CONFORMANT ? "PASSED" : "FAILED";
}

enum status statement_test_result_write(const struct statement_run_inputs *inputs,
                                        struct bytes *out, struct error *reterr)
{
    const struct manifest_suite *suite = &inputs->manifest->run.suite;
    struct test_lists lists = lists_of(inputs->rollup);
    json_t *predicate = json_object();
    json_t *configuration = json_array();

    json_append(configuration, statement_named_json(suite->id, &suite->sha256));
    json_put(predicate, "result", json_string(test_word(inputs->rollup)));
    json_put(predicate, "configuration", configuration);
    json_put(predicate, "passedTests", lists.passed);
    json_put(predicate, "warnedTests", lists.warned);
    json_put(predicate, "failedTests", lists.failed);
    return statement_put(STATEMENT_TEST_RESULT,
                         statement_subjects_json(inputs->manifest, inputs->manifest_sha), predicate,
                         out, reterr);
}

/* An absent list is an empty one. */
static bool lists_equal(const json_t *stated, const json_t *computed)
{
    return stated == NULL ? json_array_size(computed) == 0 : json_equal(stated, computed) == 1;
}

static bool test_result_agrees(const struct statement_test_result *test,
                               const struct rollup *rollup)
{
    struct test_lists lists = lists_of(rollup);
    bool agrees =
        text_equal(test->result, test_word(rollup)) && lists_equal(test->passed, lists.passed) &&
        lists_equal(test->warned, lists.warned) && lists_equal(test->failed, lists.failed);

    json_decref(lists.passed);
    json_decref(lists.warned);
    json_decref(lists.failed);
    return agrees;
}

enum status statement_agrees(const struct statement *statement, const struct rollup *rollup,
                             struct error *reterr)
{
    bool agrees = true;

    if (statement->kind == STATEMENT_RUN) {
        agrees = statement->run.overall == rollup->overall &&
                 rollup_counts_match(rollup, statement->run.counts);
    } else if (statement->kind == STATEMENT_TEST_RESULT) {
        agrees = test_result_agrees(&statement->test_result, rollup);
    }
    if (!agrees) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "statement.result: the signed result is not what the checks add up to (%s)",
                    overall_word(rollup->overall));
    }
    return STATUS_OK;
}
