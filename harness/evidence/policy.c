/* Whose signatures they are, and whether they suffice for the one who asks. */
#include "base/text.h"
#include "evidence/verify_private.h"

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
    if (trust->stranger) {
        verify_say(report, VERIFY_CHECK_TRUST_ROLLBACK, FINDING_POLICY,
                   "trust.stranger: the state file knows other stores, but not '%.200s'",
                   trust->id);
    }
    if (!trust->pinned) {
        verify_note(
            report, "trust.unpinned",
            "the trust store's root key was not compared with a fingerprint from elsewhere");
    }
    if (trust->unknown != NULL) {
        verify_note(report, "trust.unknown_member",
                    arena_format(verification->arena, "%s%s", trust->unknown,
                                 trust->unknown_count > 1 ? ", and others" : ""));
    }
    if (trust->twins > 0) {
        verify_note(report, "trust.twins", "the trust store lists a key more than once");
    }
    if (trust->alike[0] != NULL) {
        verify_note(report, "trust.alike",
                    arena_format(verification->arena,
                                 "the trust store lists organisations whose names look alike: '%s' "
                                 "and '%s'; are they the ones you mean?",
                                 trust->alike[0], trust->alike[1]));
    }
}

static bool is_of_vendor(const struct manifest_dut *dut, const struct trust_key *member)
{
    return dut->vendor_number != NULL && member->corporate_number != NULL
               ? text_equal(dut->vendor_number, member->corporate_number)
               : text_equal(dut->vendor_name, member->organisation);
}

/* A key that is trusted for one vendor must not speak for another. */
static void judge_vendor(struct verification *verification, enum statement_kind kind)
{
    const struct manifest_dut *dut = &verification->manifest->dut;
    const struct trust_key *vendor = NULL;
    bool any = false;

    for (size_t i = 0; i < verification->attestation_count; i++) {
        const struct attestation *one = &verification->attestations[i];

        if (one->counted && one->member != NULL && one->statement.kind == kind) {
            any = true;
            vendor = is_of_vendor(dut, one->member) ? one->member : vendor;
        }
    }
    if (any) {
        verify_say(
            &verification->report, VERIFY_CHECK_VENDOR,
            vendor != NULL ? FINDING_OK : FINDING_POLICY, "%s",
            vendor != NULL ? "" : "signer.vendor: signed by another organisation than its vendor");
    }
    /* Its number is its own, but readers go by the name, which can be anybody's. */
    if (kind == STATEMENT_RUN && vendor != NULL &&
        !trust_same_name(dut->vendor_name, vendor->organisation)) {
        verify_note(&verification->report, "signer.vendor_name",
                    arena_format(verification->arena,
                                 "the bundle calls its vendor '%s'; under that corporate number "
                                 "your trust store knows '%s'",
                                 dut->vendor_name, vendor->organisation));
    }
}

/* Who vouches for the result: a waiver or a remark does not. */
static bool vouches(const struct attestation *one)
{
    return one->counted && one->member != NULL &&
           (attestation_is_vendors(one) || one->statement.kind == STATEMENT_EVALUATION ||
            one->statement.kind == STATEMENT_SVR);
}

static size_t count_organisations(const struct verification *verification)
{
    size_t distinct = 0;

    for (size_t i = 0; i < verification->attestation_count; i++) {
        const struct attestation *one = &verification->attestations[i];
        bool repeated = false;

        if (!vouches(one)) {
            continue;
        }
        for (size_t j = 0; j < i && !repeated; j++) {
            const struct attestation *other = &verification->attestations[j];

            repeated = vouches(other) && trust_same_organisation(one->member, other->member);
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
    return list == NULL;
}

/* Each signature of the vendor that counts must bear a good timestamp of its own. */
static void judge_timestamps(struct verification *verification)
{
    struct verify_report *report = &verification->report;

    verify_good(report, VERIFY_CHECK_TIMESTAMP);
    for (size_t i = 0; i < verification->attestation_count; i++) {
        const struct attestation *one = &verification->attestations[i];

        if (one->counted && attestation_is_vendors(one) && !one->stamped) {
            verify_say(report, VERIFY_CHECK_TIMESTAMP, FINDING_POLICY,
                       "policy.timestamp: %s bears no timestamp that you trust", one->file);
        }
    }
}

static void judge_policy(struct verification *verification, const struct trust *trust)
{
    struct verify_report *report = &verification->report;
    const struct manifest_run *run = &verification->manifest->run;
    size_t organisations = count_organisations(verification);

    judge_vendor(verification, STATEMENT_RUN);
    judge_vendor(verification, STATEMENT_TEST_RESULT);
    verify_good(report, VERIFY_CHECK_SUITE);
    if (!digest_is_among(&run->suite.sha256, trust->suites, trust->suite_count) ||
        !digest_is_among(&run->harness.sha256, trust->harnesses, trust->harness_count)) {
        verify_say(report, VERIFY_CHECK_SUITE, FINDING_POLICY,
                   "policy.suite: the trust store does not list this suite or harness");
    }
    if (trust->policy.require_timestamp) {
        judge_timestamps(verification);
    }
    if (organisations < trust->policy.organisations) {
        verify_say(report, VERIFY_CHECK_ORGANISATIONS, FINDING_POLICY,
                   "policy.%s: %zu of %u have signed",
                   organisations == 0 ? "nobody" : "organisations", organisations,
                   trust->policy.organisations);
    } else {
        verify_good(report, VERIFY_CHECK_ORGANISATIONS);
    }
    if (trust->policy.require_evaluator) {
        verify_say(report, VERIFY_CHECK_EVALUATOR,
                   policy_has_evaluation(verification) ? FINDING_OK : FINDING_POLICY, "%s",
                   policy_has_evaluation(verification)
                       ? ""
                       : "policy.evaluator: no evaluation by an evaluator you trust");
    }
    if (trust->policy.require_all_examined) {
        verify_say(report, VERIFY_CHECK_EXAMINED,
                   policy_all_is_examined(verification) ? FINDING_OK : FINDING_POLICY, "%s",
                   policy_all_is_examined(verification)
                       ? ""
                       : "policy.examined: no evaluation that counts has seen every file");
    }
}

void policy_signers(struct verification *verification)
{
    for (size_t i = 0; i < verification->attestation_count; i++) {
        if (verification->attestations[i].readable) {
            policy_signer(verification, &verification->attestations[i]);
        }
    }
    policy_evaluations(verification);
    policy_remarks(verification);
    policy_pq(verification);
    if (verification->trust != NULL) {
        judge_policy(verification, verification->trust);
    }
    policy_conformant(verification);
    policy_superseded(verification); /* last: what it withdraws has been weighed for itself */
}

static void expect(struct verification *verification, enum verify_check check, bool met,
                   const char *what)
{
    verify_say(&verification->report, check, met ? FINDING_OK : FINDING_POLICY, "%s",
               met ? "" : what);
}

static void expect_image(struct verification *verification, const struct manifest_dut *dut,
                         const char *wanted)
{
    char sha256[DIGEST_HEX_SIZE];
    bool found = false;

    for (size_t i = 0; i < dut->firmware_count; i++) {
        digest_to_hex(&dut->firmware[i].sha256, sha256);
        found = found || text_equal(wanted, sha256);
    }
    expect(verification, VERIFY_CHECK_FIRMWARE, found,
           "expect.firmware: the bundle is about other firmware");
}

/* A version is only what the vendor calls it; two images may bear the same. */
static void expect_version(struct verification *verification, const struct manifest_dut *dut,
                           const char *version)
{
    bool found = false;

    for (size_t i = 0; i < dut->firmware_count; i++) {
        found = found || text_equal(version, dut->firmware[i].version);
    }
    expect(verification, VERIFY_CHECK_FIRMWARE, found,
           "expect.firmware_version: the bundle is about another version");
    if (found && verification->options->expect_firmware == NULL) {
        verify_note(&verification->report, "expect.by_version",
                    "the firmware was compared by the name of its version, not by the SHA-256 of "
                    "your image");
    }
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
    if (dut->firmware_count == 0 &&
        (options->expect_firmware != NULL || options->expect_firmware_version != NULL)) {
        expect(verification, VERIFY_CHECK_FIRMWARE, false,
               "expect.no_firmware: the bundle names no firmware");
    }
    if (options->expect_firmware != NULL) {
        expect_image(verification, dut, options->expect_firmware);
    }
    if (options->expect_firmware_version != NULL) {
        expect_version(verification, dut, options->expect_firmware_version);
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
