/* Whose signatures they are, and whether they suffice for the one who asks. */
#include "base/text.h"
#include "evidence/json_strict.h"
#include "evidence/seal.h"
#include "evidence/verify_private.h"

#include <string.h>

void policy_trust(struct verification *verification)
{
    const struct verify_options *options = verification->options;
    const struct trust_options how = { .state_path = options->trust_state_path,
                                       .root_keyid = options->trust_root,
                                       .at_ms = options->at_ms };
    struct verify_report *report = &verification->report;
    struct error error = { 0 };
    const struct trust *trust = NULL;
    enum status status;

    if (options->trust_path == NULL) {
        return;
    }
    status = trust_load(options->trust_path, &how, verification->arena, &trust, &error);
    if (!verify_record(verification, VERIFY_CHECK_TRUST, status, &error)) {
        return;
    }
    verification->trust = trust;
    verify_good(report, VERIFY_CHECK_TRUST_TIME);
    if (trust->stale) {
        verify_say(report, VERIFY_CHECK_TRUST_TIME, FINDING_POLICY,
                   "trust.stale: the trust store expired at %s", trust->expires);
    }
    if (options->trust_state_path != NULL) {
        verify_good(report, VERIFY_CHECK_TRUST_ROLLBACK);
    }
    if (trust->rollback) {
        verify_say(report, VERIFY_CHECK_TRUST_ROLLBACK, FINDING_POLICY,
                   "trust.rollback: version %llu is older than the one seen before",
                   (unsigned long long) trust->version);
    }
    if (!trust->pinned) {
        verify_note(
            report, "trust.unpinned",
            "the trust store's root key was not compared with a fingerprint from elsewhere");
    }
    if (trust->twins > 0) {
        verify_note(report, "trust.twins", "the trust store lists a key more than once");
    }
}

/* The key that the statement names, if the reader believes in one of that name. */
static const struct public_key *key_of(const struct verification *verification,
                                       struct attestation *attestation)
{
    const struct public_key *pinned = verification->options->signer;
    const char *keyid = attestation->envelope.keyid;

    if (verification->trust != NULL) {
        attestation->member = trust_find(verification->trust, keyid);
        return attestation->member == NULL ? NULL : &attestation->member->key;
    }
    return pinned != NULL && text_equal(pinned->keyid, keyid) ? pinned : NULL;
}

/* Nobody vouches for this signer.  That leaves a vendor's statement without an author; a
 * laboratory's is merely not counted, else anyone could spoil a bundle by adding one. */
static void say_unknown(struct verification *verification, const struct attestation *attestation)
{
    struct verify_report *report = &verification->report;

    if (!attestation_is_vendors(attestation)) {
        verify_note(report, "evaluation.unknown_signer",
                    "an evaluation by a signer you do not know was not counted");
        return;
    }
    if (attestation->envelope.carries_certificate) {
        verify_say(report, VERIFY_CHECK_SIGNER, FINDING_POLICY,
                   "signer.certificate: %s carries a certificate, which proves nothing here",
                   attestation->file);
        return;
    }
    verify_say(report, VERIFY_CHECK_SIGNER, FINDING_POLICY,
               "signer.unknown: the form is authentic, but key %s is not known to you",
               attestation->envelope.keyid);
}

static bool check_signature(struct verification *verification, const struct public_key *key,
                            const struct attestation *attestation)
{
    const struct bytes *payload = &attestation->envelope.payload;
    enum signature_outcome outcome = SIGNATURE_BAD;
    struct error error = { 0 };
    enum status status = dsse_verify(key, DSSE_TYPE_STATEMENT, payload->data, payload->length,
                                     &attestation->envelope.signature, &outcome, &error);

    if (status == STATUS_OK && outcome != SIGNATURE_GOOD) {
        status = fail(&error, STATUS_BAD_INPUT, "signature.%s: %s",
                      outcome == SIGNATURE_BAD ? "wrong" : "malformed", attestation->file);
    }
    return verify_record(verification, VERIFY_CHECK_SIGNATURE, status, &error);
}

static bool check_role(struct verification *verification, const struct attestation *attestation)
{
    enum trust_role wanted = attestation_is_vendors(attestation) ? TRUST_VENDOR : TRUST_EVALUATOR;
    enum trust_role role = attestation->member == NULL ? TRUST_VENDOR : attestation->member->role;

    if (role != wanted) {
        verify_say(&verification->report, VERIFY_CHECK_ROLE, FINDING_POLICY,
                   "signer.role: the key of %s has the role %s", attestation->file,
                   trust_role_word(role));
        return false;
    }
    verify_good(&verification->report, VERIFY_CHECK_ROLE);
    return true;
}

/* No trusted timestamp is examined, so the only time there is to judge a key at is the reader's:
 * a signature may be as young as that. */
static bool check_window(struct verification *verification, const struct attestation *attestation)
{
    const struct trust_key *member = attestation->member;
    const int64_t at = verification->options->at_ms;
    const char *why = NULL;

    if (member != NULL && member->revoked && member->compromised) {
        why = "compromised";
    } else if (member != NULL && member->revoked && at >= member->revoked_at) {
        why = "revoked";
    } else if (member != NULL && at < member->not_before) {
        why = "early";
    } else if (member != NULL && at >= member->not_after) {
        why = "expired";
    }
    if (why != NULL) {
        verify_say(&verification->report, VERIFY_CHECK_WINDOW, FINDING_POLICY,
                   "signer.%s: the key of %s, and no trusted time of signing", why,
                   attestation->file);
        return false;
    }
    verify_good(&verification->report, VERIFY_CHECK_WINDOW);
    return true;
}

static void judge_signer(struct verification *verification, struct attestation *attestation)
{
    const struct public_key *key = key_of(verification, attestation);
    bool in_role;
    bool in_time;

    if (attestation->envelope.timestamps > 0) {
        verify_note(&verification->report, "timestamp.unexamined",
                    "a statement carries timestamps, which this version does not examine");
    }
    if (key == NULL) {
        say_unknown(verification, attestation);
        return;
    }
    if (attestation->member != NULL && !attestation->member->supported) {
        verify_say(&verification->report, VERIFY_CHECK_SIGNER, FINDING_POLICY,
                   "signer.algorithm: the key of %s is not ECDSA P-256", attestation->file);
        return;
    }
    verify_good(&verification->report, VERIFY_CHECK_SIGNER);
    attestation->standing = SIGNER_KNOWN;
    if (!check_signature(verification, key, attestation)) {
        return;
    }
    in_role = check_role(verification, attestation);
    in_time = check_window(verification, attestation);
    attestation->counted = in_role && in_time;
}

/* Does the laboratory's statement name this bundle's own statements, as they are? */
static enum status check_inputs(const struct verification *verification,
                                const struct statement_evaluation *evaluation, struct error *reterr)
{
    bool names_run = false;

    for (size_t i = 0; i < evaluation->input_count; i++) {
        const struct attestation *found = NULL;

        for (size_t j = 0; j < verification->attestation_count && found == NULL; j++) {
            const struct attestation *candidate = &verification->attestations[j];

            if (text_equal(candidate->file, evaluation->inputs[i].name) &&
                digest_equal(&candidate->sha256, &evaluation->inputs[i].sha256)) {
                found = candidate;
            }
        }
        if (found == NULL) {
            return fail(reterr, STATUS_BAD_INPUT,
                        "evaluation.input: '%.100s' is not a statement of this bundle",
                        evaluation->inputs[i].name);
        }
        names_run = names_run || (found->readable && found->statement.kind == STATEMENT_RUN);
    }
    return names_run ? STATUS_OK
                     : fail(reterr, STATUS_BAD_INPUT,
                            "evaluation.input: it does not name the vendor's run");
}

static bool is_same_organisation(const struct verification *verification,
                                 const struct trust_key *evaluator)
{
    for (size_t i = 0; i < verification->attestation_count; i++) {
        const struct attestation *other = &verification->attestations[i];

        if (attestation_is_vendors(other) && other->member != NULL &&
            (text_equal(trust_organisation_of(other->member), trust_organisation_of(evaluator)) ||
             text_equal(other->member->organisation, evaluator->organisation))) {
            return true;
        }
    }
    return false;
}

/* NULL when the evaluation is one that counts; else the reason. */
static const char *unfit(const struct verification *verification,
                         const struct attestation *attestation)
{
    const struct statement_evaluation *evaluation = &attestation->statement.evaluation;
    const struct trust_key *member = attestation->member;
    const int64_t at = verification->options->at_ms;
    int64_t when = 0;

    if (member == NULL || is_same_organisation(verification, member)) {
        return "evaluation.independence: the vendor evaluates itself";
    }
    if (!text_equal(evaluation->evaluator, member->organisation) ||
        (member->corporate_number != NULL && evaluation->corporate_number != NULL &&
         !text_equal(evaluation->corporate_number, member->corporate_number))) {
        return "evaluation.evaluator: not the organisation that the key belongs to";
    }
    if (evaluation->claims_label) {
        return "evaluation.label: an evaluator cannot grant the label; only IPA can";
    }
    if (!json_strict_time(evaluation->issued_at, &when) || when > at) {
        return "evaluation.time: issued after the time asked about";
    }
    if (evaluation->not_after != NULL &&
        (!json_strict_time(evaluation->not_after, &when) || at >= when)) {
        return "evaluation.validity: it is over";
    }
    if (verification->rolled_up && evaluation->overall != verification->rollup.overall) {
        return "evaluation.result: the laboratory comes to another result";
    }
    return NULL;
}

static void judge_evaluation(struct verification *verification, struct attestation *attestation)
{
    struct error error = { 0 };
    enum status status = check_inputs(verification, &attestation->statement.evaluation, &error);
    const char *reason = unfit(verification, attestation);

    attestation->counted =
        verify_record(verification, VERIFY_CHECK_EVALUATION, status, &error) && reason == NULL;
    verify_say(&verification->report, VERIFY_CHECK_EVALUATION_FIT,
               reason == NULL ? FINDING_OK : FINDING_POLICY, "%s", reason == NULL ? "" : reason);
}

/* An svr only repeats an evaluation that found conformance. */
static void judge_svr(struct verification *verification, struct attestation *attestation)
{
    const struct attestation *evaluation = NULL;

    for (size_t i = 0; i < verification->attestation_count; i++) {
        const struct attestation *other = &verification->attestations[i];

        if (other->readable && other->counted && other->statement.kind == STATEMENT_EVALUATION &&
            text_equal(other->envelope.keyid, attestation->envelope.keyid)) {
            evaluation = other;
        }
    }
    if (evaluation == NULL) {
        attestation->counted = false;
        verify_say(&verification->report, VERIFY_CHECK_EVALUATION_FIT, FINDING_POLICY,
                   "evaluation.svr: a summary without its evaluation");
    } else if (evaluation->statement.evaluation.overall != OVERALL_CONFORMANT) {
        verify_say(&verification->report, VERIFY_CHECK_EVALUATION, FINDING_FAIL,
                   "evaluation.svr: a summary of conformance over an evaluation that found none");
    }
}

/* A key that is trusted for one vendor must not speak for another. */
static void judge_vendor(struct verification *verification)
{
    const struct manifest_dut *dut = &verification->manifest->dut;
    bool vouched = false;
    bool any = false;

    for (size_t i = 0; i < verification->attestation_count; i++) {
        const struct attestation *one = &verification->attestations[i];
        const struct trust_key *member = one->member;

        if (!one->counted || member == NULL || one->statement.kind != STATEMENT_RUN) {
            continue;
        }
        any = true;
        if (dut->vendor_number != NULL && member->corporate_number != NULL) {
            vouched = vouched || text_equal(dut->vendor_number, member->corporate_number);
        } else {
            vouched = vouched || text_equal(dut->vendor_name, member->organisation);
        }
    }
    if (any) {
        verify_say(&verification->report, VERIFY_CHECK_VENDOR,
                   vouched ? FINDING_OK : FINDING_POLICY, "%s",
                   vouched ? "" : "signer.vendor: signed by another organisation than its vendor");
    }
}

static size_t count_organisations(const struct verification *verification)
{
    size_t distinct = 0;

    for (size_t i = 0; i < verification->attestation_count; i++) {
        const struct attestation *one = &verification->attestations[i];
        bool repeated = false;

        if (!one->counted || one->member == NULL) {
            continue;
        }
        for (size_t j = 0; j < i && !repeated; j++) {
            const struct attestation *other = &verification->attestations[j];

            repeated = other->counted && other->member != NULL &&
                       text_equal(trust_organisation_of(one->member),
                                  trust_organisation_of(other->member));
        }
        distinct += !repeated;
    }
    return distinct;
}

static bool digest_is_among(const struct digest *wanted, const struct digest *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (digest_equal(wanted, &list[i])) {
            return true;
        }
    }
    return count == 0;
}

static bool has_evaluation(const struct verification *verification)
{
    for (size_t i = 0; i < verification->attestation_count; i++) {
        const struct attestation *one = &verification->attestations[i];

        if (one->counted && one->statement.kind == STATEMENT_EVALUATION) {
            return true;
        }
    }
    return false;
}

static void judge_policy(struct verification *verification, const struct trust *trust)
{
    struct verify_report *report = &verification->report;
    const struct manifest_run *run = &verification->manifest->run;
    size_t organisations = count_organisations(verification);

    judge_vendor(verification);
    verify_good(report, VERIFY_CHECK_SUITE);
    if (!digest_is_among(&run->suite.sha256, trust->suites, trust->suite_count) ||
        !digest_is_among(&run->harness.sha256, trust->harnesses, trust->harness_count)) {
        verify_say(report, VERIFY_CHECK_SUITE, FINDING_POLICY,
                   "policy.suite: the trust store does not list this suite or harness");
    }
    if (trust->policy.require_timestamp) {
        verify_say(report, VERIFY_CHECK_TIMESTAMP, FINDING_POLICY,
                   "policy.timestamp: no trusted time of signing (this version examines none)");
    }
    if (organisations < trust->policy.organisations) {
        verify_say(report, VERIFY_CHECK_ORGANISATIONS, FINDING_POLICY,
                   "policy.organisations: %zu of %u have signed", organisations,
                   trust->policy.organisations);
    } else {
        verify_good(report, VERIFY_CHECK_ORGANISATIONS);
    }
    if (trust->policy.require_evaluator) {
        verify_say(report, VERIFY_CHECK_EVALUATOR,
                   has_evaluation(verification) ? FINDING_OK : FINDING_POLICY, "%s",
                   has_evaluation(verification)
                       ? ""
                       : "policy.evaluator: no evaluation by an evaluator you trust");
    }
}

void policy_signers(struct verification *verification)
{
    for (size_t i = 0; i < verification->attestation_count; i++) {
        if (verification->attestations[i].readable) {
            judge_signer(verification, &verification->attestations[i]);
        }
    }
    for (size_t i = 0; i < verification->attestation_count; i++) {
        struct attestation *one = &verification->attestations[i];

        if (one->counted && one->statement.kind == STATEMENT_EVALUATION) {
            judge_evaluation(verification, one);
        }
    }
    for (size_t i = 0; i < verification->attestation_count; i++) {
        struct attestation *one = &verification->attestations[i];

        if (one->counted && one->statement.kind == STATEMENT_SVR) {
            judge_svr(verification, one);
        }
    }
    if (verification->trust != NULL) {
        judge_policy(verification, verification->trust);
    }
}

static void expect(struct verification *verification, enum verify_check check, bool met,
                   const char *what)
{
    verify_say(&verification->report, check, met ? FINDING_OK : FINDING_POLICY, "%s",
               met ? "" : what);
}

void policy_expectations(struct verification *verification)
{
    const struct verify_options *options = verification->options;
    const struct manifest_dut *dut = &verification->manifest->dut;
    char sha256[DIGEST_HEX_SIZE];

    if (options->expect_model != NULL) {
        expect(verification, VERIFY_CHECK_MODEL, text_equal(options->expect_model, dut->model),
               "expect.model: the bundle is about another model");
    }
    if (options->expect_firmware != NULL) {
        bool found = false;

        for (size_t i = 0; i < dut->firmware_count; i++) {
            digest_to_hex(&dut->firmware[i].sha256, sha256);
            found = found || text_equal(options->expect_firmware, sha256);
        }
        expect(verification, VERIFY_CHECK_FIRMWARE, found,
               "expect.firmware: the bundle is about other firmware");
    }
    if (options->expect_qr != NULL) {
        digest_to_hex(&verification->manifest_sha, sha256);
        expect(
            verification, VERIFY_CHECK_QR,
            text_equal(options->expect_qr, arena_format(verification->arena, "hoshitori:1:%s:%s",
                                                        verification->manifest->bundle_id, sha256)),
            "expect.qr: the label's code names another bundle");
    }
}
