/* The ML-DSA-65 signatures beside the ECDSA ones.
 *
 * Such a file stands beside the statement whose name it has, with "-mldsa65" added, and carries the
 * same payload, byte for byte.  It adds to a statement that counts and never makes one count. */
#include "base/text.h"
#include "evidence/json_make.h"
#include "evidence/mldsa.h"
#include "evidence/seal.h"
#include "evidence/verify_private.h"

#include <string.h>

enum { FILE_MAX = 4 << 20, ENCODED_MAX = SIGSTORE_PAYLOAD_MAX + 256 };

struct state_facts {
    const char *word;
    struct words says;
};

static const struct state_facts states[] = {
    [COSIGNATURE_NONE] = { "unreadable", { .ja = "読めない", .en = "not readable" } },
    [COSIGNATURE_STRANGER] = { "unknown-signer",
                               { .ja = "署名者を確認できない(数えない)",
                                 .en = "by a signer you do not know (not counted)" } },
    [COSIGNATURE_REFUSED] = { "refused", { .ja = "認められない", .en = "not accepted" } },
    [COSIGNATURE_UNCHECKED] = { "unchecked",
                                { .ja = "この環境では検証できない(数えない)",
                                  .en = "not checkable here (not counted)" } },
    [COSIGNATURE_GOOD] = { "good", { .ja = "正しい", .en = "good" } },
};

bool verify_pq_is_name(const char *name)
{
    return text_ends_with(name, BUNDLE_ATT_PQ_SUFFIX);
}

static enum status read_one(struct verification *verification, const struct container_entry *entry,
                            struct cosignature *cosignature, struct error *reterr)
{
    DEFER(bytes_done) struct bytes content = bytes_bounded(FILE_MAX);

    TRY(container_read_bytes(verification->reader, entry, &content, reterr));
    TRY(digest_of(content.data, content.length, &cosignature->sha256, reterr));
    TRY(sigstore_read(content.data, content.length, &cosignature->envelope, reterr));
    if (cosignature->envelope.pq_signature.length == 0) {
        return fail(reterr, STATUS_BAD_INPUT, "statement.algorithm: no ML-DSA-65 signature in %s",
                    entry->name);
    }
    cosignature->readable = true;
    return STATUS_OK;
}

void verify_pq_read(struct verification *verification, const struct container_entry *entry)
{
    struct cosignature *cosignature =
        &verification->cosignatures[verification->cosignature_count++];
    struct error error = { 0 };
    enum status status;

    cosignature->file = entry->name;
    cosignature->envelope = sigstore_empty();
    status = read_one(verification, entry, cosignature, &error);
    (void) verify_record(verification, VERIFY_CHECK_STATEMENTS, status, &error);
}

/* NULL unless it is there, under the right name, with the same bytes. */
static struct attestation *find_beside(const struct verification *verification,
                                       const struct cosignature *cosignature)
{
    const size_t stem = strlen(cosignature->file) - (sizeof BUNDLE_ATT_PQ_SUFFIX - 1);
    const struct bytes *payload = &cosignature->envelope.payload;

    for (size_t i = 0; i < verification->attestation_count; i++) {
        struct attestation *one = &verification->attestations[i];
        const struct bytes *other = &one->envelope.payload;

        if (one->readable && strncmp(one->file, cosignature->file, stem) == 0 &&
            text_equal(one->file + stem, BUNDLE_ATT_SUFFIX) && other->length == payload->length &&
            memcmp(other->data, payload->data, payload->length) == 0) {
            return one;
        }
    }
    return NULL;
}

/* UNSUPPORTED where it cannot be known. */
static enum status check_signature(const struct cosignature *cosignature, struct error *reterr)
{
    DEFER(bytes_done) struct bytes message = bytes_bounded(ENCODED_MAX);
    const struct sigstore *envelope = &cosignature->envelope;
    enum signature_outcome outcome = SIGNATURE_BAD;
    struct mldsa_public key;

    if (cosignature->member->kind != TRUST_KEY_ML_DSA_65) {
        return fail(reterr, STATUS_BAD_INPUT, "pq.key: %s names a key of another algorithm",
                    cosignature->file);
    }
    TRY(mldsa_from_spki(cosignature->member->spki, cosignature->member->spki_length, &key, reterr));
    TRY(dsse_encode(DSSE_TYPE_STATEMENT, envelope->payload.data, envelope->payload.length, &message,
                    reterr));
    TRY(mldsa_verify(&key, message.data, message.length, envelope->pq_signature.data,
                     envelope->pq_signature.length, &outcome, reterr));
    return outcome == SIGNATURE_GOOD
               ? STATUS_OK
               : fail(reterr, STATUS_BAD_INPUT, "pq.wrong: %s", cosignature->file);
}

/* Both halves speak for one organisation in one role, or they are not one signature.  NULL when
 * all is well. */
static const char *unfit(struct verification *verification, const struct cosignature *cosignature)
{
    const struct trust_key *member = cosignature->member;
    const struct trust_key *other = cosignature->beside->member;
    /* Tokens are over this signature, which may be years younger than the statement's. */
    struct attestation timed = { .file = cosignature->file,
                                 .envelope = cosignature->envelope,
                                 .statement = cosignature->beside->statement };

    if (other != NULL && !text_equal(trust_organisation_of(member), trust_organisation_of(other))) {
        return "of another organisation than the statement's";
    }
    if (other != NULL && member->role != other->role) {
        return "in another role than the statement's";
    }
    verify_time(verification, &timed);
    return policy_out_of_time(member, timed.timed ? timed.time_ms : verification->options->at_ms,
                              timed.timed);
}

static enum cosignature_state judge(struct verification *verification,
                                    const struct cosignature *cosignature)
{
    struct verify_report *report = &verification->report;
    struct error error = { 0 };
    const char *why;
    enum status status;

    if (cosignature->beside == NULL) {
        verify_say(report, VERIFY_CHECK_SIGNATURE_PQ, FINDING_FAIL,
                   "pq.alone: beside %s there is no statement of its name with the same payload",
                   cosignature->file);
        return COSIGNATURE_REFUSED;
    }
    if (cosignature->member == NULL) {
        verify_note(report, "pq.unknown_signer",
                    "an ML-DSA-65 signature by a signer you do not know was not counted");
        return COSIGNATURE_STRANGER;
    }
    status = check_signature(cosignature, &error);
    if (status != STATUS_OK && status != STATUS_UNSUPPORTED) {
        (void) verify_record(verification, VERIFY_CHECK_SIGNATURE_PQ, status, &error);
        return COSIGNATURE_REFUSED;
    }
    why = unfit(verification, cosignature);
    if (why != NULL) {
        verify_say(report, VERIFY_CHECK_SIGNATURE_PQ, FINDING_POLICY,
                   "pq.signer: the ML-DSA-65 key of %s is not acceptable: %s", cosignature->file,
                   why);
        return COSIGNATURE_REFUSED;
    }
    if (status == STATUS_UNSUPPORTED) {
        verify_note(report, "pq.unchecked",
                    "an ML-DSA-65 signature is not checkable here and was not counted; OpenSSL 3.5 "
                    "or later can check it (Debian 13)");
        return COSIGNATURE_UNCHECKED;
    }
    verify_good(report, VERIFY_CHECK_SIGNATURE_PQ);
    return COSIGNATURE_GOOD;
}

/* No statement that counts may lack its second signature from that time on. */
static void require_all(struct verification *verification, const struct trust_policy *policy)
{
    verify_good(&verification->report, VERIFY_CHECK_PQ);
    for (size_t i = 0; i < verification->attestation_count; i++) {
        const struct attestation *one = &verification->attestations[i];
        const int64_t when = one->timed ? one->time_ms : verification->options->at_ms;

        if (!one->counted || when < policy->pq_required_from) {
            continue;
        }
        if (one->cosigned == COSIGNATURE_UNCHECKED) {
            verify_say(&verification->report, VERIFY_CHECK_PQ, FINDING_UNSUPPORTED,
                       "pq.unchecked: the required ML-DSA-65 signature of %s is not checkable here",
                       one->file);
        } else if (one->cosigned != COSIGNATURE_GOOD) {
            verify_say(&verification->report, VERIFY_CHECK_PQ, FINDING_POLICY,
                       "pq.missing: %s has no ML-DSA-65 signature that counts, and one is required",
                       one->file);
        }
    }
}

void policy_pq(struct verification *verification)
{
    for (size_t i = 0; i < verification->cosignature_count; i++) {
        struct cosignature *one = &verification->cosignatures[i];
        struct attestation *beside;

        if (!one->readable) {
            continue;
        }
        beside = find_beside(verification, one);
        one->beside = beside;
        one->member = verification->trust == NULL
                          ? NULL
                          : trust_find(verification->trust, one->envelope.keyid);
        one->state = judge(verification, one);
        if (beside != NULL) {
            beside->cosigned = one->state;
        }
    }
    if (verification->trust != NULL && verification->trust->policy.pq_required) {
        require_all(verification, &verification->trust->policy);
    }
}

json_t *verify_pq_json(const struct verification *verification)
{
    json_t *list = json_array();

    for (size_t i = 0; i < verification->cosignature_count; i++) {
        const struct cosignature *one = &verification->cosignatures[i];
        const struct state_facts *facts = &states[one->state];
        json_t *item = json_made(
            json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:{s:s, s:s}}", "file", one->file, "beside",
                      one->beside == NULL ? "" : one->beside->file, "keyid", one->envelope.keyid,
                      "organisation", one->member == NULL ? "" : one->member->organisation,
                      "algorithm", "ML-DSA-65", "outcome", facts->word, "words", "ja",
                      facts->says.ja, "en", facts->says.en));

        (void) json_array_append_new(list, item);
    }
    return list;
}
