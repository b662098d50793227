#include "evidence/statement.h"

#include "sample.h"

/* What a test-result says it was configured with. */
#define SUITE                                                                                      \
    "\"configuration\":[{\"name\":\"suite\",\"digest\":{\"sha256\":"                               \
    "\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"}}]"

static const struct manifest_firmware firmware = { "main", "1", { { 7 } } };
static const struct digest manifest_sha = { { 9 } };

static struct manifest make_manifest(void)
{
    return (struct manifest){ .bundle_id = "b",
                              .run = { .id = "r", .suite = { "s", "1", { { 1 } } } },
                              .dut = { .firmware = &firmware, .firmware_count = 1 } };
}

typedef enum status (*writer)(const struct statement_run_inputs *, struct bytes *, struct error *);

/* What the vendor says of a run whose one mandatory check ended in `first`. */
static void write_with(writer write, const char *first, struct bytes *out, struct rollup *rollup,
                       struct arena *arena, json_t **ret_result)
{
    const struct manifest manifest = make_manifest();
    struct statement_run_inputs inputs = { .manifest = &manifest,
                                           .manifest_sha = &manifest_sha,
                                           .rollup = rollup,
                                           .started_at = "2026-01-01T00:00:00Z",
                                           .finished_at = "2026-01-01T01:00:00Z" };

    *ret_result = sample_result(first);
    inputs.result = *ret_result;
    MUST(rollup_of(*ret_result, arena, rollup, &error));
    MUST(write(&inputs, out, &error));
}

static const char *only(const json_t *list)
{
    return json_array_size(list) == 1 ? json_string_value(json_array_get(list, 0)) : NULL;
}

Test(statement, run_is_read_as_written)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(bytes_done) struct bytes out = bytes_bounded(65536);
    DEFER(statement_done) struct statement statement = { 0 };
    const struct manifest manifest = make_manifest();
    const struct digest other = { { 1 } };
    struct rollup rollup = { 0 };
    json_t *result = NULL;

    write_with(statement_run_write, "pass", &out, &rollup, arena, &result);
    MUST(statement_read(out.data, out.length, arena, &statement, &error));
    cr_assert_eq(statement.kind, STATEMENT_RUN);
    cr_assert_str_eq(statement.run.run_id, "r");
    cr_assert_eq(statement.run.overall, OVERALL_CONFORMANT);
    MUST(statement_is_about(&statement, &manifest_sha, &manifest, &error));
    cr_assert_eq(statement_is_about(&statement, &other, &manifest, NULL), STATUS_BAD_INPUT);
    MUST(statement_agrees(&statement, &rollup, &error));
    rollup.overall = OVERALL_INCONCLUSIVE;
    cr_assert_eq(statement_agrees(&statement, &rollup, NULL), STATUS_BAD_INPUT);
    json_decref(result);
}

/* A consumer who knows only passed and failed must never be told more than is so. */
Test(statement, test_result_is_passed_only_if_conformant)
{
    static const struct {
        const char *first;
        const char *result;
        const char *failed;
    } cases[] = {
        { "pass", "PASSED", NULL },
        { "fail", "FAILED", "C1" },
        { "inconc", "FAILED", "C1#inconclusive" },
        { "error", "FAILED", "C1#error" },
        { "not_tested", "FAILED", "C1#not_tested" },
        { "review", "FAILED", "C1#review" },
        { "na", "FAILED", NULL },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        DEFER(arena_done) struct arena *arena = arena_new();
        DEFER(bytes_done) struct bytes out = bytes_bounded(65536);
        DEFER(statement_done) struct statement statement = { 0 };
        struct rollup rollup = { 0 };
        json_t *result = NULL;

        write_with(statement_test_result_write, cases[i].first, &out, &rollup, arena, &result);
        MUST(statement_read(out.data, out.length, arena, &statement, &error));
        cr_assert_str_eq(statement.test_result.result, cases[i].result, "%s", cases[i].first);
        if (cases[i].failed == NULL) {
            cr_assert_eq(json_array_size(statement.test_result.failed), 0);
        } else {
            cr_assert_str_eq(only(statement.test_result.failed), cases[i].failed);
        }
        MUST(statement_agrees(&statement, &rollup, &error));
        json_decref(result);
    }
}

/* A statement with the given predicate type and predicate. */
static enum status read_predicate(const char *type, const char *predicate)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(statement_done) struct statement statement = { 0 };
    char text[4096];

    (void) snprintf(text, sizeof text,
                    "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"name\":\"m\","
                    "\"digest\":{\"sha256\":\"%064d\"}}],\"predicateType\":\"%s\","
                    "\"predicate\":%s}",
                    0, type, predicate);
    return statement_read(text, strlen(text), arena, &statement, NULL);
}

Test(statement, predicate_type_is_always_checked)
{
    const char *test = "https://in-toto.io/attestation/test-result/v0.1";
    const char *svr = "https://in-toto.io/attestation/svr/v0.2";
    const char *evaluation = "urn:hoshitori:predicate:evaluation:v1";

    cr_assert_eq(read_predicate(test, "{\"result\":\"PASSED\",\"configuration\":[]}"),
                 STATUS_BAD_INPUT);
    cr_assert_eq(read_predicate(test, "{\"result\":\"PASSED\"," SUITE "}"), STATUS_OK);
    cr_assert_eq(read_predicate(test, "{\"result\":\"passed\"," SUITE "}"), STATUS_BAD_INPUT);
    cr_assert_eq(read_predicate(test, "{\"result\":\"PASSED\"}"), STATUS_BAD_INPUT);
    cr_assert_eq(read_predicate(test, "[]"), STATUS_BAD_INPUT);
    cr_assert_eq(read_predicate("https://slsa.dev/provenance/v1", "{}"), STATUS_UNSUPPORTED);
    cr_assert_eq(read_predicate("", "{}"), STATUS_BAD_INPUT);
    cr_assert_eq(read_predicate(svr, "{\"verifier\":{\"id\":\"x\"},\"timeCreated\":"
                                     "\"2026-01-01T00:00:00Z\",\"properties\":[]}"),
                 STATUS_OK);
    cr_assert_eq(read_predicate(svr, "{\"verifier\":{\"id\":\"x\"},\"timeCreated\":"
                                     "\"yesterday\",\"properties\":[]}"),
                 STATUS_BAD_INPUT);
    cr_assert_eq(
        read_predicate(evaluation, "{\"evaluator\":{\"name\":\"L\"},\"method\":\"guess\"}"),
        STATUS_BAD_INPUT);
    cr_assert_eq(read_predicate("urn:hoshitori:predicate:run:v1", "{\"role\":\"importer\"}"),
                 STATUS_UNSUPPORTED);
}
