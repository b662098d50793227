#include "evidence/statement.h"

#include "base/text.h"
#include "evidence/json_strict.h"
#include "evidence/statement_private.h"

#include <string.h>

static const char *const predicate_types[STATEMENT_KIND_COUNT] = {
#define X(name, type) [STATEMENT_##name] = type,
    STATEMENT_KINDS(X)
#undef X
};

const char *statement_predicate_type(enum statement_kind kind)
{
    return predicate_types[kind];
}

void statement_done(struct statement *statement)
{
    json_decref(statement->root);
    *statement = (struct statement){ 0 };
}

enum status statement_malformed(struct error *reterr, const char *what)
{
    return fail(reterr, STATUS_BAD_INPUT, "statement.form: %s is missing or of the wrong form",
                what);
}

enum status statement_text(const json_t *object, const char *name, const char **ret_text,
                           struct error *reterr)
{
    *ret_text = json_string_value(json_object_get(object, name));
    return *ret_text == NULL || **ret_text == '\0' ? statement_malformed(reterr, name) : STATUS_OK;
}

enum status statement_time(const json_t *object, const char *name, const char **ret_text,
                           struct error *reterr)
{
    TRY(statement_text(object, name, ret_text, reterr));
    return json_strict_is_time(*ret_text) ? STATUS_OK : statement_malformed(reterr, name);
}

enum status statement_words(const json_t *object, const char *name, const char **ret_text,
                            struct error *reterr)
{
    const char *at;

    TRY(statement_text(object, name, ret_text, reterr));
    at = *ret_text;
    while (text_blank(at) > 0) {
        at += text_blank(at);
    }
    return strlen(*ret_text) > STATEMENT_TEXT_MAX || *at == '\0' ? statement_malformed(reterr, name)
                                                                 : STATUS_OK;
}

enum status statement_optional(const json_t *object, const char *name, const char **ret_text,
                               struct error *reterr)
{
    *ret_text = NULL;
    return json_object_get(object, name) == NULL ? STATUS_OK
                                                 : statement_words(object, name, ret_text, reterr);
}

enum status statement_digest_read(const json_t *set, struct digest *ret_digest,
                                  struct error *reterr)
{
    const char *sha256 = json_string_value(json_object_get(set, "sha256"));

    if (json_object_size(set) != 1 || sha256 == NULL || !digest_from_hex(sha256, ret_digest)) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "statement.digest: a digest set must hold one SHA-256 and nothing else");
    }
    return STATUS_OK;
}

enum status statement_named(const json_t *list, size_t maximum, struct arena *arena,
                            const struct statement_digest **ret_named, size_t *ret_count,
                            struct error *reterr)
{
    size_t count = json_array_size(list);
    struct statement_digest *named = arena_array(arena, count + 1, sizeof *named);

    if (count == 0 || count > maximum) {
        return fail(reterr, STATUS_BAD_INPUT, "statement.subjects: %zu of them, not 1 to %zu",
                    count, maximum);
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(list, i);

        TRY(statement_text(item, "name", &named[i].name, reterr));
        TRY(statement_digest_read(json_object_get(item, "digest"), &named[i].sha256, reterr));
    }
    *ret_named = named;
    *ret_count = count;
    return STATUS_OK;
}

enum status statement_overall(const json_t *object, enum overall *ret_overall, struct error *reterr)
{
    const char *word;

    TRY(statement_text(object, "overall", &word, reterr));
    return overall_from_word(word, ret_overall) ? STATUS_OK
                                                : statement_malformed(reterr, "overall");
}

/* Older writers leave some out. */
static enum status read_count(const json_t *object, const char *name, const json_t **ret_count,
                              struct error *reterr)
{
    const json_t *count = json_object_get(object, name);

    if (count != NULL && (!json_is_integer(count) || json_integer_value(count) < 0)) {
        return statement_malformed(reterr, name);
    }
    *ret_count = count;
    return STATUS_OK;
}

static enum status read_run(const json_t *predicate, struct arena *arena,
                            struct statement *statement, struct error *reterr)
{
    struct statement_run *run = &statement->run;
    const json_t *criteria = json_object_get(predicate, "criteria");
    const char *role;
    const char *scheme;
    struct digest digest;

    (void) arena;
    TRY(statement_text(predicate, "role", &role, reterr));
    if (!text_equal(role, "vendor")) {
        return fail(reterr, STATUS_UNSUPPORTED, "statement.role: a run by a '%.40s'", role);
    }
    TRY(statement_text(predicate, "runId", &run->run_id, reterr));
    TRY(statement_text(predicate, "bundleId", &run->bundle_id, reterr));
    TRY(statement_overall(json_object_get(predicate, "result"), &run->overall, reterr));
    run->counts = json_object_get(json_object_get(predicate, "result"), "counts");
    TRY(statement_text(criteria, "scheme", &scheme, reterr));
    TRY(statement_text(criteria, "sha256", &run->suite_sha256, reterr));
    if (!digest_from_hex(run->suite_sha256, &digest)) {
        return statement_malformed(reterr, "criteria.sha256");
    }
    TRY(read_count(json_object_get(predicate, "previousRuns"), "count", &run->previous_count,
                   reterr));
    TRY(read_count(json_object_get(predicate, "previousRuns"), "unsealed", &run->previous_unsealed,
                   reterr));
    TRY(read_count(predicate, "interruptions", &run->interruptions, reterr));
    TRY(statement_time(predicate, "startedAt", &run->started_at, reterr));
    return statement_time(predicate, "finishedAt", &run->finished_at, reterr);
}

/* An absent list is an empty one. */
static enum status read_names(const json_t *predicate, const char *name, const json_t **ret_list,
                              struct error *reterr)
{
    const json_t *list = json_object_get(predicate, name);

    if (list != NULL && !json_is_array(list)) {
        return statement_malformed(reterr, name);
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (!json_is_string(json_array_get(list, i))) {
            return statement_malformed(reterr, name);
        }
    }
    *ret_list = list;
    return STATUS_OK;
}

static enum status read_test_result(const json_t *predicate, struct arena *arena,
                                    struct statement *statement, struct error *reterr)
{
    struct statement_test_result *test = &statement->test_result;

    TRY(statement_text(predicate, "result", &test->result, reterr));
    if (!text_equal(test->result, "PASSED") && !text_equal(test->result, "WARNED") &&
        !text_equal(test->result, "FAILED")) {
        return statement_malformed(reterr, "result");
    }
    TRY(statement_named(json_object_get(predicate, "configuration"), STATEMENT_INPUTS_MAX, arena,
                        &test->configuration, &test->configuration_count, reterr));
    TRY(read_names(predicate, "passedTests", &test->passed, reterr));
    TRY(read_names(predicate, "warnedTests", &test->warned, reterr));
    return read_names(predicate, "failedTests", &test->failed, reterr);
}

static enum status read_predicate(struct arena *arena, struct statement *statement,
                                  struct error *reterr)
{
    static statement_reader *const readers[STATEMENT_KIND_COUNT] = {
        [STATEMENT_RUN] = read_run,
        [STATEMENT_TEST_RESULT] = read_test_result,
        [STATEMENT_EVALUATION] = statement_evaluation_read,
        [STATEMENT_SVR] = statement_svr_read,
        [STATEMENT_WAIVER] = statement_waiver_read,
        [STATEMENT_ATTESTATION] = statement_attestation_read,
        [STATEMENT_REGISTRATION] = statement_registration_read,
        [STATEMENT_JUDGEMENT] = statement_judgement_read,
    };
    const json_t *predicate = json_object_get(statement->root, "predicate");
    const char *type;

    TRY(statement_text(statement->root, "predicateType", &type, reterr));
    for (size_t i = 0; i < STATEMENT_KIND_COUNT; i++) {
        if (text_equal(type, predicate_types[i])) {
            statement->kind = (enum statement_kind) i;
            if (!json_is_object(predicate)) {
                return statement_malformed(reterr, "predicate");
            }
            return readers[i](predicate, arena, statement, reterr);
        }
    }
    return fail(reterr, STATUS_UNSUPPORTED, "statement.predicate: unknown type '%.100s'", type);
}

enum status statement_read(const void *data, size_t length, struct arena *arena,
                           struct statement *ret_statement, struct error *reterr)
{
    const char *type;

    TRY(json_strict_parse(data, length, &ret_statement->root, reterr));
    type = json_string_value(json_object_get(ret_statement->root, "_type"));
    if (!text_equal(type, STATEMENT_TYPE)) {
        return fail(reterr, STATUS_BAD_INPUT, "statement.type: not an in-toto Statement v1");
    }
    TRY(statement_named(json_object_get(ret_statement->root, "subject"), STATEMENT_SUBJECTS_MAX,
                        arena, &ret_statement->subjects, &ret_statement->subject_count, reterr));
    return read_predicate(arena, ret_statement, reterr);
}

static bool is_firmware(const struct statement_digest *subject,
                        const struct manifest_firmware *firmware)
{
    return text_starts_with(subject->name, STATEMENT_FIRMWARE_PREFIX) &&
           text_equal(subject->name + strlen(STATEMENT_FIRMWARE_PREFIX), firmware->name) &&
           digest_equal(&subject->sha256, &firmware->sha256);
}

enum status statement_is_about(const struct statement *statement, const struct digest *manifest_sha,
                               const struct manifest *manifest, struct error *reterr)
{
    const struct statement_digest *subjects = statement->subjects;

    if (!text_equal(subjects[0].name, STATEMENT_MANIFEST) ||
        !digest_equal(&subjects[0].sha256, manifest_sha)) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "statement.subject: it speaks of another bundle than this one");
    }
    if (statement->subject_count != manifest->dut.firmware_count + 1) {
        return fail(reterr, STATUS_BAD_INPUT, "statement.subject: %zu subjects, %zu expected",
                    statement->subject_count, manifest->dut.firmware_count + 1);
    }
    for (size_t i = 1; i < statement->subject_count; i++) {
        if (!is_firmware(&subjects[i], &manifest->dut.firmware[i - 1])) {
            return fail(reterr, STATUS_BAD_INPUT,
                        "statement.subject: '%.60s' is not the firmware of this bundle",
                        subjects[i].name);
        }
    }
    return STATUS_OK;
}
