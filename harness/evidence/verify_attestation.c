/* The signed statements: what they say, of what, and whether it is so.  Whose they are is
 * policy.c's question. */
#include "base/text.h"
#include "evidence/json_strict.h"
#include "evidence/seal.h"
#include "evidence/verify_private.h"

#include <string.h>

static const char att_prefix[] = "META-INF/att/";

bool attestation_is_vendors(const struct attestation *attestation)
{
    return attestation->readable && (attestation->statement.kind == STATEMENT_RUN ||
                                     attestation->statement.kind == STATEMENT_TEST_RESULT);
}

enum status verify_attestation_read(const void *data, size_t length, struct arena *arena,
                                    struct attestation *attestation, struct error *reterr)
{
    const struct bytes *payload = &attestation->envelope.payload;

    TRY(digest_of(data, length, &attestation->sha256, reterr));
    TRY(sigstore_read(data, length, &attestation->envelope, reterr));
    if (attestation->envelope.pq_signature.length > 0) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "statement.algorithm: an ML-DSA-65 signature in a file not named for it");
    }
    TRY(digest_of(payload->data, payload->length, &attestation->payload_sha256, reterr));
    TRY(statement_read(payload->data, payload->length, arena, &attestation->statement, reterr));
    attestation->readable = true;
    return STATUS_OK;
}

void verify_attestation_done(struct attestation *attestation)
{
    statement_done(&attestation->statement);
    sigstore_done(&attestation->envelope);
}

/* All statements stay in memory to the end. */
static enum status bear(struct verification *verification, struct attestation *attestation,
                        struct error *reterr)
{
    const struct bytes *payload = &attestation->envelope.payload;
    size_t weight = 0;

    TRY(json_strict_weigh(payload->data, payload->length, &weight, reterr));
    verification->attestation_weight += weight;
    if (verification->attestation_weight > VERIFY_STATEMENTS_WEIGHT) {
        statement_done(&attestation->statement);
        attestation->statement = (struct statement){ 0 };
        attestation->readable = false;
        return fail(reterr, STATUS_LIMIT, "statement.weight: more than %d bytes in memory together",
                    VERIFY_STATEMENTS_WEIGHT);
    }
    return STATUS_OK;
}

static enum status read_one(struct verification *verification, const struct container_entry *entry,
                            struct attestation *attestation, struct error *reterr)
{
    DEFER(bytes_done) struct bytes content = bytes_bounded(STATEMENT_FILE_MAX);

    attestation->file = entry->name;
    attestation->envelope = sigstore_empty();
    TRY(container_read_bytes(verification->reader, entry, &content, reterr));
    TRY(verify_attestation_read(content.data, content.length, verification->arena, attestation,
                                reterr));
    return bear(verification, attestation, reterr);
}

static enum status names_run(const struct manifest *manifest, const char *run_id,
                             const char *bundle_id, struct error *reterr)
{
    return text_equal(run_id, manifest->run.id) && text_equal(bundle_id, manifest->bundle_id)
               ? STATUS_OK
               : fail(reterr, STATUS_BAD_INPUT,
                      "statement.run: it names another run or bundle than the manifest");
}

static bool is_configured(const struct statement_test_result *test, const struct digest *suite)
{
    for (size_t i = 0; i < test->configuration_count; i++) {
        if (digest_equal(&test->configuration[i].sha256, suite)) {
            return true;
        }
    }
    return false;
}

/* The run statement names the run, the bundle and the criteria, and the test-result the criteria;
 * so does the manifest. */
static enum status is_bound(const struct attestation *attestation, const struct manifest *manifest,
                            struct error *reterr)
{
    const struct statement_run *run = &attestation->statement.run;
    const struct statement_judgement *judgement = &attestation->statement.judgement;
    char suite[DIGEST_HEX_SIZE];

    if (attestation->statement.kind == STATEMENT_JUDGEMENT) {
        return names_run(manifest, judgement->run_id, judgement->bundle_id, reterr);
    }
    if (attestation->statement.kind == STATEMENT_TEST_RESULT &&
        !is_configured(&attestation->statement.test_result, &manifest->run.suite.sha256)) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "statement.configuration: not the suite that the manifest names");
    }
    if (attestation->statement.kind != STATEMENT_RUN) {
        return STATUS_OK;
    }
    TRY(names_run(manifest, run->run_id, run->bundle_id, reterr));
    digest_to_hex(&manifest->run.suite.sha256, suite);
    if (!text_equal(run->suite_sha256, suite)) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "statement.criteria: not the suite that the manifest names");
    }
    return STATUS_OK;
}

static void bind_one(struct verification *verification, const struct attestation *attestation)
{
    struct error error = { 0 };
    enum status status = statement_is_about(&attestation->statement, &verification->manifest_sha,
                                            verification->manifest, &error);

    (void) verify_record(verification, VERIFY_CHECK_SUBJECT, status, &error);
    status = is_bound(attestation, verification->manifest, &error);
    (void) verify_record(verification, VERIFY_CHECK_BINDING, status, &error);
    if (verification->rolled_up) {
        status = statement_agrees(&attestation->statement, &verification->rollup, &error);
        (void) verify_record(verification, VERIFY_CHECK_ATTESTED, status, &error);
    }
}

static size_t count_files(const struct container_reader *reader, uint64_t *ret_size)
{
    size_t count = 0;

    *ret_size = 0;
    for (size_t i = 0; i < container_read_count(reader); i++) {
        const struct container_entry *entry = container_read_at(reader, i);

        if (text_starts_with(entry->name, att_prefix)) {
            *ret_size += entry->size;
            count++;
        }
    }
    return count;
}

static void check_complete(struct verification *verification)
{
    bool found[STATEMENT_KIND_COUNT] = { false };
    bool unread = false;

    for (size_t i = 0; i < verification->attestation_count; i++) {
        const struct attestation *attestation = &verification->attestations[i];

        unread = unread || !attestation->readable;
        if (attestation->readable) {
            found[attestation->statement.kind] = true;
        }
    }
    if (found[STATEMENT_RUN] && found[STATEMENT_TEST_RESULT]) {
        verify_good(&verification->report, VERIFY_CHECK_COMPLETE);
    } else if (!unread) {
        verify_say(&verification->report, VERIFY_CHECK_COMPLETE, FINDING_FAIL,
                   "statement.missing: the vendor's run or test-result statement is not there");
    }
}

void verify_attestations(struct verification *verification)
{
    const struct container_reader *reader = verification->reader;
    uint64_t size;
    size_t count = count_files(reader, &size);

    if (count > VERIFY_STATEMENTS_MAX || size > VERIFY_STATEMENTS_SIZE) {
        verify_say(&verification->report, VERIFY_CHECK_STATEMENTS, FINDING_FAIL,
                   "statement.count: %zu statements of %llu bytes are too many", count,
                   (unsigned long long) size);
        return;
    }
    verification->attestations =
        arena_array(verification->arena, count + 1, sizeof *verification->attestations);
    verification->cosignatures =
        arena_array(verification->arena, count + 1, sizeof *verification->cosignatures);
    for (size_t i = 0; i < container_read_count(reader); i++) {
        const struct container_entry *entry = container_read_at(reader, i);
        struct attestation *attestation;
        struct error error = { 0 };
        enum status status;

        if (!text_starts_with(entry->name, att_prefix)) {
            continue;
        }
        if (verify_pq_is_name(entry->name)) {
            verify_pq_read(verification, entry);
            continue;
        }
        attestation = &verification->attestations[verification->attestation_count++];
        status = read_one(verification, entry, attestation, &error);
        if (verify_record(verification, VERIFY_CHECK_STATEMENTS, status, &error)) {
            bind_one(verification, attestation);
        }
    }
    check_complete(verification);
}
