/* Times that somebody else vouches for: RFC 3161 tokens over signatures. */
#include "base/text.h"
#include "evidence/json_strict.h"
#include "evidence/verify_private.h"

#include <string.h>

static const char val_prefix[] = "META-INF/val/";

enum status verify_file(const struct verification *verification, const char *path,
                        struct bytes *out, struct error *reterr)
{
    const struct container_entry *entry = container_read_find(verification->reader, path);

    return entry == NULL ? fail(reterr, STATUS_BAD_INPUT, "entry.missing: there is no %s", path)
                         : container_read_bytes(verification->reader, entry, out, reterr);
}

/* ---- META-INF/val ---- */

/* The bytes of a file, in the arena, as long as all together are not too many. */
static enum status keep_file(struct verification *verification, const char *name,
                             struct tst_blob *ret_blob, struct error *reterr)
{
    struct material *material = &verification->material;
    const size_t left = VERIFY_MATERIAL_SIZE - material->size;
    DEFER(bytes_done) struct bytes content = bytes_bounded(left + 1);
    uint8_t *kept;

    TRY(verify_file(verification, name, &content, reterr));
    if (content.length > left) {
        return fail(reterr, STATUS_LIMIT, "timestamp.material: more than %d bytes together",
                    VERIFY_MATERIAL_SIZE);
    }
    material->size += content.length;
    kept = arena_alloc(verification->arena, content.length + 1);
    if (content.length > 0) {
        memcpy(kept, content.data, content.length);
    }
    *ret_blob = (struct tst_blob){ kept, content.length };
    return STATUS_OK;
}

/* A file there is named by its own digest. */
static enum status take_material(struct verification *verification, const char *name,
                                 struct error *reterr)
{
    struct material *material = &verification->material;
    const bool is_list = text_ends_with(name, ".crl");
    size_t *count = is_list ? &material->list_count : &material->certificate_count;
    char hex[DIGEST_HEX_SIZE];
    struct tst_blob blob = { 0 };
    struct digest digest;

    if (*count == VERIFY_MATERIAL_MAX) {
        return fail(reterr, STATUS_LIMIT, "timestamp.material: more than %d files",
                    VERIFY_MATERIAL_MAX);
    }
    TRY(keep_file(verification, name, &blob, reterr));
    TRY(digest_of(blob.data, blob.length, &digest, reterr));
    digest_to_hex(&digest, hex);
    if (strncmp(name + strlen(val_prefix), hex, strlen(hex)) != 0) {
        return fail(reterr, STATUS_BAD_INPUT, "timestamp.material: %s is not named by its digest",
                    name);
    }
    (is_list ? material->lists : material->certificates)[(*count)++] = blob;
    return STATUS_OK;
}

void verify_material(struct verification *verification)
{
    for (size_t i = 0; i < container_read_count(verification->reader); i++) {
        const char *name = container_read_at(verification->reader, i)->name;
        struct error error = { 0 };
        enum status status;

        if (!text_starts_with(name, val_prefix)) {
            continue;
        }
        if (text_ends_with(name, ".ocsp")) {
            verify_note(&verification->report, "timestamp.ocsp",
                        "an OCSP answer lies in the bundle, which this version does not read");
            continue;
        }
        status = take_material(verification, name, &error);
        if (status != STATUS_OK) {
            (void) verify_record(verification, VERIFY_CHECK_TIME, status, &error);
        }
    }
}

/* ---- one token ---- */

int64_t verify_token_latest(const struct tst *tst)
{
    return tst->time_ms + tst->accuracy_ms;
}

static bool names_authorities(const struct verification *verification)
{
    return verification->trust != NULL && verification->trust->timestamp_authority_count > 0;
}

/* Nobody to ask about whose token it is; that it is about these bytes can still be said. */
static void note_unjudged(struct verification *verification)
{
    for (size_t i = 0; i < json_array_size(verification->report.notes); i++) {
        const json_t *note = json_array_get(verification->report.notes, i);

        if (text_equal(json_string_value(json_object_get(note, "code")), "timestamp.unjudged")) {
            return;
        }
    }
    verify_note(&verification->report, "timestamp.unjudged",
                "you name no time-stamping authority, so the timestamps prove no time to you");
}

bool verify_token(struct verification *verification, enum verify_check check,
                  const struct tst_blob *token, const struct tst_blob *stamped, int64_t as_of_ms,
                  struct tst *ret_tst)
{
    const bool judged = names_authorities(verification);
    const struct tst_context context = {
        .authorities = judged ? verification->trust->timestamp_authorities : NULL,
        .authority_count = judged ? verification->trust->timestamp_authority_count : 0,
        .certificates = verification->material.certificates,
        .certificate_count = verification->material.certificate_count,
        .lists = verification->material.lists,
        .list_count = verification->material.list_count,
        .at_ms = verification->options->at_ms,
        .as_of_ms = as_of_ms,
    };
    struct tst_verdict verdict = { 0 };
    struct error error = { 0 };
    enum status status = tst_read(token->data, token->length, ret_tst, &error);

    if (status == STATUS_OK) {
        status = (judged ? tst_judge : tst_examine)(ret_tst, stamped->data, stamped->length,
                                                    &context, &verdict, &error);
    }
    if (status == STATUS_OK && verdict.outcome == TST_WRONG) {
        status = fail(&error, STATUS_BAD_INPUT, "%s", verdict.detail);
    }
    if (status != STATUS_OK) {
        (void) verify_record(verification, check, status, &error);
        return false;
    }
    if (!judged) {
        note_unjudged(verification);
        return false;
    }
    if (verdict.outcome == TST_POLICY) {
        verify_say(&verification->report, check, FINDING_POLICY, "%s", verdict.detail);
        return false;
    }
    verify_good(&verification->report, check);
    return true;
}

/* ---- the tokens of a statement ---- */

/* A statement cannot be older than what it speaks of. */
static int64_t earliest(const struct verification *verification,
                        const struct attestation *attestation)
{
    const struct statement *statement = &attestation->statement;
    const char *spoken = statement->kind == STATEMENT_RUN ? statement->run.finished_at
                         : statement->kind == STATEMENT_EVALUATION
                             ? statement->evaluation.issued_at
                             : verification->manifest->created;
    int64_t earliest_ms = INT64_MIN;
    int64_t other_ms = INT64_MIN;

    (void) json_strict_time(verification->manifest->created, &earliest_ms);
    (void) json_strict_time(spoken, &other_ms);
    return other_ms > earliest_ms ? other_ms : earliest_ms;
}

static void note_time(struct attestation *attestation, int64_t time_ms)
{
    if (!attestation->timed || time_ms < attestation->time_ms) {
        attestation->time_ms = time_ms;
    }
    attestation->timed = true;
}

static bool in_order(struct verification *verification, const struct attestation *attestation,
                     const struct tst *tst, int64_t renewed_ms)
{
    const char *why = NULL;

    if (verify_token_latest(tst) + TST_SLACK_MS < earliest(verification, attestation)) {
        why = "is older than what the statement speaks of";
    } else if (tst->time_ms - TST_SLACK_MS > renewed_ms) {
        why = "is younger than its renewal";
    }
    if (why != NULL) {
        verify_say(&verification->report, VERIFY_CHECK_TIME, FINDING_FAIL,
                   "timestamp.order: a timestamp of %s %s", attestation->file, why);
    }
    return why == NULL;
}

void verify_time(struct verification *verification, struct attestation *attestation)
{
    const struct sigstore *envelope = &attestation->envelope;
    const struct bytes *pq = &envelope->pq_signature;
    const struct tst_blob stamped = {
        pq->length > 0 ? pq->data : envelope->signature.der,
        pq->length > 0 ? pq->length : envelope->signature.length,
    };
    int64_t as_of_ms = verification->options->at_ms;
    int64_t renewed_ms = INT64_MAX;

    for (size_t i = 0; i < verification->renewal_count; i++) { /* the oldest comes last */
        const struct renewal *renewal = &verification->renewals[i];

        if (renewal_covers(renewal, attestation->file)) {
            renewed_ms = renewal->time_ms;
            as_of_ms = renewal->time_ms < as_of_ms ? renewal->time_ms : as_of_ms;
            note_time(attestation, renewal->time_ms);
        }
    }
    for (size_t i = 0; i < envelope->timestamps; i++) {
        const size_t start = envelope->token_at[i];
        const struct tst_blob token = { envelope->tokens.data + start,
                                        envelope->token_at[i + 1] - start };
        struct tst tst;

        if (verify_token(verification, VERIFY_CHECK_TIME, &token, &stamped, as_of_ms, &tst) &&
            in_order(verification, attestation, &tst, renewed_ms)) {
            attestation->stamped = true;
            note_time(attestation, verify_token_latest(&tst));
        }
    }
}
