#include "evidence/statement.h"

#include "base/text.h"
#include "evidence/json_strict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_ROOM = 512 };

static json_t *object_of(json_t *made)
{
    if (made == NULL) {
        abort();
    }
    return made;
}

static void put(json_t *object, const char *name, json_t *value)
{
    if (json_object_set_new(object, name, object_of(value)) != 0) {
        abort();
    }
}

static void add(json_t *list, json_t *value)
{
    if (json_array_append_new(list, object_of(value)) != 0) {
        abort();
    }
}

static json_t *named_digest(const char *name, const struct digest *digest)
{
    char hex[DIGEST_HEX_SIZE];

    digest_to_hex(digest, hex);
    return object_of(json_pack("{s:s, s:{s:s}}", "name", name, "digest", "sha256", hex));
}

static json_t *subjects_of(const struct manifest *manifest, const struct digest *manifest_sha)
{
    json_t *subjects = json_array();
    char name[NAME_ROOM];

    add(subjects, named_digest(STATEMENT_MANIFEST, manifest_sha));
    for (size_t i = 0; i < manifest->dut.firmware_count; i++) {
        const struct manifest_firmware *firmware = &manifest->dut.firmware[i];

        (void) snprintf(name, sizeof name, "%s%s", STATEMENT_FIRMWARE_PREFIX, firmware->name);
        add(subjects, named_digest(name, &firmware->sha256));
    }
    return subjects;
}

/* Takes the predicate over. */
static enum status statement_write(enum statement_kind kind, json_t *subjects, json_t *predicate,
                                   struct bytes *out, struct error *reterr)
{
    DEFER(json_strict_done)
    json_t *root =
        json_pack("{s:s, s:o, s:s, s:o}", "_type", STATEMENT_TYPE, "subject", subjects,
                  "predicateType", statement_predicate_type(kind), "predicate", predicate);

    return json_strict_write(object_of(root), out, reterr);
}

static json_t *suite_criteria(const struct statement_run_inputs *inputs)
{
    json_t *criteria = json_object();
    char hex[DIGEST_HEX_SIZE];

    digest_to_hex(&inputs->manifest->run.suite.sha256, hex);
    put(criteria, "sha256", json_string(hex));
    put(criteria, "scheme", json_incref(json_object_get(inputs->result, "scheme")));
    put(criteria, "level", json_incref(json_object_get(inputs->result, "level")));
    if (inputs->criteria_edition != NULL) {
        put(criteria, "edition", json_string(inputs->criteria_edition));
    }
    return criteria;
}

/* What no signature over a test can say; codes, so that readers translate. */
static json_t *not_proven(void)
{
    return object_of(
        json_pack("[s, s, s]", "device-existed", "operator-honest", "other-units-behave-alike"));
}

enum status statement_run_write(const struct statement_run_inputs *inputs, struct bytes *out,
                                struct error *reterr)
{
    const struct manifest *manifest = inputs->manifest;
    json_t *predicate = json_object();
    json_t *previous = json_object();
    char hex[DIGEST_HEX_SIZE];

    put(predicate, "runId", json_string(manifest->run.id));
    put(predicate, "bundleId", json_string(manifest->bundle_id));
    put(predicate, "role", json_string("vendor"));
    put(predicate, "result",
        json_pack("{s:s, s:o}", "overall", overall_word(inputs->rollup->overall), "counts",
                  rollup_counts(inputs->rollup)));
    put(predicate, "criteria", suite_criteria(inputs));
    put(predicate, "startedAt", json_string(inputs->started_at));
    put(predicate, "finishedAt", json_string(inputs->finished_at));
    put(predicate, "environment",
        inputs->environment == NULL ? json_object() : json_deep_copy(inputs->environment));
    put(previous, "count", json_integer((json_int_t) inputs->previous_runs));
    put(previous, "unsealed", json_integer((json_int_t) inputs->previous_unsealed));
    if (inputs->previous_head != NULL) {
        digest_to_hex(inputs->previous_head, hex);
        put(previous, "head", json_string(hex));
    }
    put(predicate, "previousRuns", previous);
    put(predicate, "interruptions", json_integer((json_int_t) inputs->interruptions));
    put(predicate, "notProven", not_proven());
    return statement_write(STATEMENT_RUN, subjects_of(manifest, inputs->manifest_sha), predicate,
                           out, reterr);
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

        add(good                ? lists.passed
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

    add(configuration, named_digest(suite->id, &suite->sha256));
    put(predicate, "result", json_string(test_word(inputs->rollup)));
    put(predicate, "configuration", configuration);
    put(predicate, "passedTests", lists.passed);
    put(predicate, "warnedTests", lists.warned);
    put(predicate, "failedTests", lists.failed);
    return statement_write(STATEMENT_TEST_RESULT,
                           subjects_of(inputs->manifest, inputs->manifest_sha), predicate, out,
                           reterr);
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

enum status statement_evaluation_write(const struct statement_evaluation_inputs *inputs,
                                       struct bytes *out, struct error *reterr)
{
    const struct statement_evaluation *evaluation = &inputs->evaluation;
    json_t *predicate = json_object();
    json_t *evaluator = json_object();
    json_t *attestations = json_array();

    put(evaluator, "name", json_string(evaluation->evaluator));
    if (evaluation->corporate_number != NULL) {
        put(evaluator, "corporateNumber", json_string(evaluation->corporate_number));
    }
    for (size_t i = 0; i < evaluation->input_count; i++) {
        add(attestations, named_digest(evaluation->inputs[i].name, &evaluation->inputs[i].sha256));
    }
    put(predicate, "evaluator", evaluator);
    put(predicate, "method", json_string(evaluation->method));
    put(predicate, "inputAttestations", attestations);
    put(predicate, "examined",
        json_pack("{s:b, s:b}", "all", (int) evaluation->examined_all, "withheldSeen",
                  (int) evaluation->withheld_seen));
    put(predicate, "result", json_pack("{s:s}", "overall", overall_word(evaluation->overall)));
    put(predicate, "issuedAt", json_string(evaluation->issued_at));
    if (evaluation->not_after != NULL) {
        put(predicate, "validity", json_pack("{s:s}", "notAfter", evaluation->not_after));
    }
    if (evaluation->claims_label) {
        put(predicate, "label", json_pack("{s:s}", "state", "granted"));
    }
    return statement_write(STATEMENT_EVALUATION,
                           subjects_of(inputs->manifest, inputs->manifest_sha), predicate, out,
                           reterr);
}
