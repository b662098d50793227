/* Whose key made a signature, and could it be used so at that time? */
#include "base/text.h"
#include "evidence/verify_private.h"

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

/* Does somebody whom the reader knows make a statement of that kind? */
static bool has_known_signer(const struct verification *verification, enum statement_kind kind)
{
    for (size_t i = 0; i < verification->attestation_count; i++) {
        struct attestation *one = &verification->attestations[i];

        if (one->readable && one->statement.kind == kind && key_of(verification, one) != NULL) {
            return true;
        }
    }
    return false;
}

/* Nobody vouches for this signer.  That leaves a vendor's statement without an author, unless
 * somebody known makes one beside it; a laboratory's is merely not counted.  Else anyone could
 * spoil a bundle by adding one. */
static void say_unknown(struct verification *verification, const struct attestation *attestation)
{
    struct verify_report *report = &verification->report;

    if (!attestation_is_vendors(attestation)) {
        verify_note(report, "evaluation.unknown_signer",
                    "an evaluation or remark by a signer you do not know was not counted");
        return;
    }
    if (has_known_signer(verification, attestation->statement.kind)) {
        verify_note(report, "signer.unknown_beside",
                    "a vendor's statement by a signer you do not know was not counted");
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

bool policy_may_say(enum statement_kind kind, enum trust_role role)
{
    static const bool allowed[STATEMENT_KIND_COUNT][TRUST_ROLE_COUNT] = {
        [STATEMENT_RUN] = { [TRUST_VENDOR] = true },
        [STATEMENT_TEST_RESULT] = { [TRUST_VENDOR] = true },
        [STATEMENT_EVALUATION] = { [TRUST_EVALUATOR] = true },
        [STATEMENT_SVR] = { [TRUST_EVALUATOR] = true },
        [STATEMENT_WAIVER] = { [TRUST_EVALUATOR] = true, [TRUST_AUTHORITY] = true },
        [STATEMENT_ATTESTATION] = { [TRUST_VENDOR] = true, [TRUST_EVALUATOR] = true },
        [STATEMENT_REGISTRATION] = { [TRUST_AUTHORITY] = true },
        [STATEMENT_JUDGEMENT] = { [TRUST_VENDOR] = true, [TRUST_EVALUATOR] = true },
    };

    return allowed[kind][role];
}

static bool check_role(struct verification *verification, const struct attestation *attestation)
{
    enum trust_role role = attestation->member == NULL ? TRUST_VENDOR : attestation->member->role;

    if (!policy_may_say(attestation->statement.kind, role)) {
        verify_say(&verification->report, VERIFY_CHECK_ROLE, FINDING_POLICY,
                   "signer.role: the key of %s has the role %s", attestation->file,
                   trust_role_word(role));
        return false;
    }
    verify_good(&verification->report, VERIFY_CHECK_ROLE);
    return true;
}

const char *policy_out_of_time(const struct trust_key *member, int64_t at_ms, bool trusted)
{
    if (member->revoked && member->compromised && (!trusted || at_ms >= member->revoked_at)) {
        return "compromised";
    }
    if (member->revoked && at_ms >= member->revoked_at) {
        return "revoked";
    }
    if (at_ms < member->not_before) {
        return "early";
    }
    return at_ms >= member->not_after ? "expired" : NULL;
}

static bool check_window(struct verification *verification, const struct attestation *attestation)
{
    const struct trust_key *member = attestation->member;
    const int64_t when = attestation->timed ? attestation->time_ms : verification->options->at_ms;
    const char *why = member == NULL ? NULL : policy_out_of_time(member, when, attestation->timed);

    if (why != NULL) {
        verify_say(&verification->report, VERIFY_CHECK_WINDOW, FINDING_POLICY,
                   "signer.%s: the key of %s%s", why, attestation->file,
                   attestation->timed ? ", at the trusted time of signing"
                                      : ", and no trusted time of signing");
        return false;
    }
    verify_good(&verification->report, VERIFY_CHECK_WINDOW);
    return true;
}

void policy_signer(struct verification *verification, struct attestation *attestation)
{
    const struct public_key *key = key_of(verification, attestation);
    bool in_role;
    bool in_time;

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
    verify_time(verification, attestation);
    in_role = check_role(verification, attestation);
    in_time = check_window(verification, attestation);
    attestation->counted = in_role && in_time;
}
