/* Newer evaluations that the reader holds beside the bundle.  A bundle from which a newer
 * evaluation was taken out is in itself sound, so only something from elsewhere can tell. */
#include "base/text.h"
#include "evidence/json_strict.h"
#include "evidence/trust_private.h"
#include "evidence/verify_private.h"

/* Does it name this bundle, as it is? */
static bool names_bundle(const struct verification *verification,
                         const struct statement_evaluation *newer)
{
    char hex[DIGEST_HEX_SIZE];

    digest_to_hex(&verification->manifest_sha, hex);
    for (size_t i = 0; i < json_array_size(newer->supersedes); i++) {
        const json_t *item = json_array_get(newer->supersedes, i);
        const json_t *manifest = json_object_get(item, "manifest");

        if (text_equal(json_string_value(json_object_get(manifest, "sha256")), hex)) {
            return true;
        }
    }
    return false;
}

/* Does it speak of this very bundle, which neither holds it nor a younger one of its evaluator? */
static bool is_missing(const struct verification *verification, const struct attestation *newer)
{
    int64_t first = 0;
    int64_t second = 0;

    if (!digest_equal(&newer->statement.subjects[0].sha256, &verification->manifest_sha)) {
        return false;
    }
    for (size_t i = 0; i < verification->attestation_count; i++) {
        const struct attestation *one = &verification->attestations[i];

        if (!one->vouched || one->statement.kind != STATEMENT_EVALUATION ||
            !policy_same_organisation(one->member, newer->member)) {
            continue;
        }
        if (digest_equal(&one->payload_sha256, &newer->payload_sha256) ||
            (json_strict_time(one->statement.evaluation.issued_at, &first) &&
             json_strict_time(newer->statement.evaluation.issued_at, &second) && first > second)) {
            return false;
        }
    }
    return true;
}

/* Does it name an evaluation inside the bundle, of the same evaluator? */
static bool replaces_one(const struct verification *verification, const struct attestation *newer)
{
    for (size_t i = 0; i < verification->attestation_count; i++) {
        const struct attestation *one = &verification->attestations[i];

        if (one->vouched && one->statement.kind == STATEMENT_EVALUATION &&
            policy_same_organisation(one->member, newer->member) &&
            policy_names_statement(&newer->statement.evaluation, one)) {
            return true;
        }
    }
    return false;
}

/* Nothing of what that laboratory says in the bundle counts any longer. */
static void withdraw(struct verification *verification, const struct attestation *newer)
{
    for (size_t i = 0; i < verification->attestation_count; i++) {
        struct attestation *one = &verification->attestations[i];

        if (one->counted && one->member != NULL &&
            (one->statement.kind == STATEMENT_EVALUATION || one->statement.kind == STATEMENT_SVR) &&
            policy_same_organisation(one->member, newer->member)) {
            one->counted = false;
            one->reason = "evaluation.superseded: you hold a newer one";
        }
    }
}

/* What is issued after the time asked about had replaced nothing then. */
static bool is_issued(const struct verification *verification, const struct attestation *newer)
{
    int64_t issued = 0;

    return json_strict_time(newer->statement.evaluation.issued_at, &issued) &&
           issued <= verification->options->at_ms;
}

/* Judged by the rules for the bundle's own signers, without a word in the bundle's report. */
static bool is_believed(const struct verification *verification, struct attestation *newer)
{
    struct verification aside = *verification;

    verify_report_open(&aside.report);
    policy_signer(&aside, newer);
    verify_report_done(&aside.report);
    return newer->counted && newer->member != NULL &&
           newer->statement.kind == STATEMENT_EVALUATION &&
           text_equal(newer->statement.evaluation.evaluator, newer->member->organisation);
}

static enum status read_newer(const char *path, struct arena *arena, struct attestation *newer,
                              struct error *reterr)
{
    DEFER(bytes_done) struct bytes content = bytes_bounded(STATEMENT_FILE_MAX);

    TRY(trust_file_read(path, &content, reterr));
    return verify_attestation_read(content.data, content.length, arena, newer, reterr);
}

static void judge_newer(struct verification *verification, const char *path)
{
    struct attestation newer = { .file = path, .envelope = sigstore_empty() };
    struct verify_report *report = &verification->report;
    struct error error = { 0 };
    enum status status = read_newer(path, verification->arena, &newer, &error);

    if (status != STATUS_OK) {
        /* The reader's own file, and not the bundle's fault: the question cannot be asked. */
        if (verification->fault.status == STATUS_OK) {
            verification->fault = error;
            verification->fault.status = STATUS_IO;
        }
    } else if (!is_believed(verification, &newer)) {
        verify_say(report, VERIFY_CHECK_CURRENT, FINDING_POLICY,
                   "evaluation.newer: the newer evaluation is not by an evaluator you know");
    } else if (!is_issued(verification, &newer)) {
        verify_good(report, VERIFY_CHECK_CURRENT);
    } else if (names_bundle(verification, &newer.statement.evaluation)) {
        verify_say(report, VERIFY_CHECK_CURRENT, FINDING_POLICY,
                   "evaluation.superseded: %s has replaced this bundle by another, on %s",
                   newer.member->organisation, newer.statement.evaluation.issued_at);
        withdraw(verification, &newer);
    } else if (is_missing(verification, &newer) || replaces_one(verification, &newer)) {
        verify_say(report, VERIFY_CHECK_CURRENT, FINDING_POLICY,
                   "evaluation.superseded: %s has issued another evaluation, on %s",
                   newer.member->organisation, newer.statement.evaluation.issued_at);
        withdraw(verification, &newer);
    } else {
        verify_good(report, VERIFY_CHECK_CURRENT);
    }
    verify_attestation_done(&newer);
}

void policy_superseded(struct verification *verification)
{
    for (size_t i = 0; i < verification->options->superseded_by_count; i++) {
        judge_newer(verification, verification->options->superseded_by[i]);
    }
}
