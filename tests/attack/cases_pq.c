/* The ML-DSA-65 signatures beside the ECDSA ones: cases 141 to 149.
 *
 * Where this system's OpenSSL has no ML-DSA-65, keys and signatures are octets of the right number:
 * whatever must be refused without looking into the signature is refused there too. */
#include "stamps.h"

#include "base/text.h"
#include "evidence/cosign.h"
#include "evidence/dsse.h"
#include "evidence/json_strict.h"
#include "evidence/sigstore.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Whose ML-DSA-65 keys the trust store lists; each beside the P-256 key of the same name. */
enum pq_who { PQ_VENDOR, PQ_PARTNER, PQ_LAB, PQ_EXPIRED, PQ_STRANGER, PQ_COUNT };

struct pq_world {
    bool real; /* ML-DSA-65 is here */
    struct mldsa_key keys[PQ_COUNT];
    const char *required_from; /* NULL: not at all */
    bool two_roles;
};

static void pq_open(struct pq_world *pq)
{
    struct error error = { 0 };

    *pq = (struct pq_world){ .real = mldsa_is_here() };
    for (size_t i = 0; i < PQ_COUNT; i++) {
        uint8_t octets[MLDSA_PUBLIC_SIZE];

        memset(octets, 0x21 + (int) i, sizeof octets);
        if (pq->real) {
            must(mldsa_key_from_seed(octets, &pq->keys[i], &error), &error);
        } else {
            must(mldsa_from_octets(octets, &pq->keys[i].public_half, &error), &error);
        }
    }
}

static void pq_done(struct pq_world *pq)
{
    for (size_t i = 0; i < PQ_COUNT; i++) {
        mldsa_key_done(&pq->keys[i]);
    }
}

static void add_key(json_t *payload, struct mldsa_key *key, enum trust_role role,
                    const char *organisation, const char *number, const char *not_after)
{
    struct bytes spki = { .data = key->public_half.spki,
                          .length = sizeof key->public_half.spki,
                          .limit = sizeof key->public_half.spki };
    const struct trust_member member = { .spki = &spki,
                                         .role = role,
                                         .name = "post-quantum",
                                         .organisation = organisation,
                                         .corporate_number = number,
                                         .not_before = "2026-01-01T00:00:00Z",
                                         .not_after = not_after };
    struct error error = { 0 };

    must(trust_draft_add(payload, &member, &error), &error);
}

static void add_keys(json_t *payload, void *context)
{
    struct pq_world *pq = context;
    const char *late = "2030-01-01T00:00:00Z";

    add_key(payload, &pq->keys[PQ_VENDOR], TRUST_VENDOR, "ACME", "1234567890123", late);
    add_key(payload, &pq->keys[PQ_PARTNER], TRUST_VENDOR, "Partner KK", "2234567890123", late);
    add_key(payload, &pq->keys[PQ_LAB], TRUST_EVALUATOR, "Lab KK", "3234567890123", late);
    add_key(payload, &pq->keys[PQ_EXPIRED], TRUST_VENDOR, "ACME", "1234567890123",
            "2026-02-01T00:00:00Z");
    if (pq->two_roles) {
        add_key(payload, &pq->keys[PQ_VENDOR], TRUST_EVALUATOR, "ACME", "1234567890123", late);
    }
    if (pq->required_from != NULL) {
        (void) json_object_set_new(json_object_get(payload, "policy"), "pqRequiredFrom",
                                   json_string(pq->required_from));
    }
}

static void pq_store(struct attempt *attempt, struct pq_world *pq)
{
    const struct world_store store = { .edit = add_keys, .context = pq };

    attempt_trust(attempt, &store);
}

static void payload_of(struct attempt *attempt, const char *name, struct bytes *out)
{
    const struct raw_entry *entry = raw_zip_find(&attempt->zip, name);
    DEFER(sigstore_done) struct sigstore envelope = sigstore_empty();
    struct error error = { 0 };

    must(sigstore_read(entry->data, entry->length, &envelope, &error), &error);
    must(bytes_append(out, envelope.payload.data, envelope.payload.length, &error), &error);
}

/* Adds the second signature over the payload of `of` beside the statement `beside`. */
static void pq_sign(struct attempt *attempt, struct pq_world *pq, enum pq_who who, const char *of,
                    const char *beside)
{
    DEFER(bytes_done) struct bytes payload = bytes_bounded(1 << 20);
    DEFER(bytes_done) struct bytes file = bytes_bounded(4 << 20);
    uint8_t octets[MLDSA_SIGNATURE_SIZE];
    char name[CONTAINER_NAME_MAX + 1];
    struct error error = { 0 };

    payload_of(attempt, of, &payload);
    if (pq->real) {
        must(cosign_payload(&pq->keys[who], &payload, &file, &error), &error);
    } else {
        memset(octets, 0x5a, sizeof octets);
        must(sigstore_write_signed(pq->keys[who].public_half.keyid, octets, sizeof octets,
                                   payload.data, payload.length, &file, &error),
             &error);
    }
    must(cosign_name(beside, name, &error), &error);
    (void) raw_zip_insert(&attempt->zip, attempt->zip.count, name, file.data, file.length);
    raw_zip_sort(&attempt->zip);
}

static void sign_both(struct attempt *attempt, struct pq_world *pq, enum pq_who who)
{
    pq_sign(attempt, pq, who, BUNDLE_ATT_RUN, BUNDLE_ATT_RUN);
    pq_sign(attempt, pq, who, BUNDLE_ATT_RESULT, BUNDLE_ATT_RESULT);
}

/* The whole of an ordinary case: keys in the store, both statements signed again by one of them. */
static void cosigned(struct attempt *attempt, enum pq_who who, const char *required_from)
{
    DEFER(pq_done) struct pq_world pq;

    pq_open(&pq);
    pq.required_from = required_from;
    pq_store(attempt, &pq);
    if (who != PQ_COUNT) {
        sign_both(attempt, &pq, who);
    }
}

static const char before[] = "2026-05-01T00:00:00Z";
static const char after[] = "2027-01-01T00:00:00Z";

void attack_141_pq_beside(struct attempt *attempt)
{
    cosigned(attempt, PQ_VENDOR, NULL);
}

void attack_141_pq_required(struct attempt *attempt)
{
    cosigned(attempt, PQ_VENDOR, before);
}

void attack_141_pq_required_elsewhere(struct attempt *attempt)
{
    cosigned(attempt, PQ_VENDOR, before);
}

void attack_141_pq_not_yet_required(struct attempt *attempt)
{
    cosigned(attempt, PQ_COUNT, after);
}

void attack_142_pq_missing(struct attempt *attempt)
{
    cosigned(attempt, PQ_COUNT, before);
}

void attack_142_pq_one_missing(struct attempt *attempt)
{
    DEFER(pq_done) struct pq_world pq;

    pq_open(&pq);
    pq.required_from = before;
    pq_store(attempt, &pq);
    pq_sign(attempt, &pq, PQ_VENDOR, BUNDLE_ATT_RUN, BUNDLE_ATT_RUN);
}

/* The vendor's statements have theirs, the laboratory's has none. */
void attack_142_pq_evaluation_missing(struct attempt *attempt)
{
    const struct world_evaluation how = { 0 };

    cosigned(attempt, PQ_VENDOR, before);
    world_evaluate(attempt->world, &attempt->zip, &how);
}

void attack_142_pq_evaluation_signed(struct attempt *attempt)
{
    const struct world_evaluation how = { 0 };
    DEFER(pq_done) struct pq_world pq;

    cosigned(attempt, PQ_VENDOR, before);
    world_evaluate(attempt->world, &attempt->zip, &how);
    pq_open(&pq);
    pq_sign(attempt, &pq, PQ_LAB, BUNDLE_ATT_EVALUATION, BUNDLE_ATT_EVALUATION);
}

void attack_143_pq_stranger(struct attempt *attempt)
{
    cosigned(attempt, PQ_STRANGER, NULL);
}

void attack_143_pq_stranger_required(struct attempt *attempt)
{
    cosigned(attempt, PQ_STRANGER, before);
}

void attack_144_pq_other_organisation(struct attempt *attempt)
{
    cosigned(attempt, PQ_PARTNER, NULL);
}

void attack_144_pq_laboratory(struct attempt *attempt)
{
    cosigned(attempt, PQ_LAB, NULL);
}

void attack_144_pq_expired(struct attempt *attempt)
{
    cosigned(attempt, PQ_EXPIRED, NULL);
}

void attack_144_pq_two_roles(struct attempt *attempt)
{
    DEFER(pq_done) struct pq_world pq;

    pq_open(&pq);
    pq.two_roles = true;
    pq_store(attempt, &pq);
}

void attack_145_pq_other_payload(struct attempt *attempt)
{
    DEFER(pq_done) struct pq_world pq;

    pq_open(&pq);
    pq_store(attempt, &pq);
    pq_sign(attempt, &pq, PQ_VENDOR, BUNDLE_ATT_RUN, BUNDLE_ATT_RESULT);
}

/* Nobody signed it with ECDSA: the second signature does not stand for the first. */
void attack_146_pq_alone(struct attempt *attempt)
{
    cosigned(attempt, PQ_VENDOR, before);
    raw_zip_remove(&attempt->zip, BUNDLE_ATT_RUN);
}

void attack_146_pq_instead(struct attempt *attempt)
{
    cosigned(attempt, PQ_VENDOR, NULL);
    raw_zip_remove(&attempt->zip, BUNDLE_ATT_RUN);
    raw_zip_remove(&attempt->zip, BUNDLE_ATT_RESULT);
}

/* A good ML-DSA-65 signature does not heal a broken ECDSA one. */
void attack_146_pq_over_a_broken_one(struct attempt *attempt)
{
    DEFER(bytes_done) struct bytes payload = bytes_bounded(1 << 20);
    DEFER(bytes_done) struct bytes file = bytes_bounded(4 << 20);
    struct dsse_signature signature = { 0 };
    struct error error = { 0 };

    cosigned(attempt, PQ_VENDOR, before);
    payload_of(attempt, BUNDLE_ATT_RUN, &payload);
    must(dsse_sign(attempt_key(attempt, WORLD_VENDOR), DSSE_TYPE_STATEMENT, "other", 5, &signature,
                   &error),
         &error);
    must(sigstore_write_signed(attempt_key(attempt, WORLD_VENDOR)->public_half.keyid, signature.der,
                               signature.length, payload.data, payload.length, &file, &error),
         &error);
    raw_entry_set(raw_zip_find(&attempt->zip, BUNDLE_ATT_RUN), file.data, file.length);
}

/* ---- the two algorithms confused ---- */

static const char pq_run[] = "META-INF/att/01-vendor-run-mldsa65.sigstore.json";

void attack_147_pq_name_on_ecdsa(struct attempt *attempt)
{
    const struct raw_entry *run = raw_zip_find(&attempt->zip, BUNDLE_ATT_RUN);
    DEFER(bytes_done) struct bytes copy = bytes_bounded(4 << 20);
    struct error error = { 0 };

    must(bytes_append(&copy, run->data, run->length, &error), &error);
    (void) raw_zip_insert(&attempt->zip, attempt->zip.count, pq_run, copy.data, copy.length);
    raw_zip_sort(&attempt->zip);
}

void attack_147_pq_without_its_name(struct attempt *attempt)
{
    const struct raw_entry *file;
    DEFER(bytes_done) struct bytes copy = bytes_bounded(4 << 20);
    struct error error = { 0 };

    cosigned(attempt, PQ_VENDOR, NULL);
    file = raw_zip_find(&attempt->zip, pq_run);
    must(bytes_append(&copy, file->data, file->length, &error), &error);
    (void) raw_zip_insert(&attempt->zip, attempt->zip.count,
                          "META-INF/att/03-vendor-run.sigstore.json", copy.data, copy.length);
    raw_zip_sort(&attempt->zip);
}

static void name_p256_key(json_t *json, void *context)
{
    const struct key *key = context;
    json_t *material = json_object_get(json, "verificationMaterial");
    json_t *signatures = json_object_get(json_object_get(json, "dsseEnvelope"), "signatures");

    (void) json_object_set_new(json_object_get(material, "publicKey"), "hint",
                               json_string(key->public_half.keyid));
    (void) json_object_set_new(json_array_get(signatures, 0), "keyid",
                               json_string(key->public_half.keyid));
}

void attack_147_pq_names_ecdsa_key(struct attempt *attempt)
{
    cosigned(attempt, PQ_VENDOR, NULL);
    attempt_edit(attempt, pq_run, name_p256_key, &attempt->world->keys[WORLD_VENDOR]);
}

/* ---- how long they last ---- */

/* Signed by both keys in 2026 and read in 2031, when both have expired. */
static void outlived(struct attempt *attempt, bool all)
{
    DEFER(tsa_done) struct tsa tsa = tsa_open(&(const struct tsa_how){ 0 });
    const struct tsa_stamp how = { .time = second_april };
    DEFER(pq_done) struct pq_world pq;
    const struct world_store store = { .expires = "2040-01-01T00:00:00Z",
                                       .edit = add_keys,
                                       .context = &pq };
    const struct tsa *only = &tsa;

    pq_open(&pq);
    trust_authorities(attempt, &only, 1, store, NULL);
    sign_both(attempt, &pq, PQ_VENDOR);
    if (all) {
        stamp_as_planned(attempt, &tsa, &how);
    } else {
        stamp_all(attempt, &tsa, &how);
    }
    attempt->at = "2031-01-01T00:00:00Z";
}

void attack_149_pq_expired_since(struct attempt *attempt)
{
    outlived(attempt, false);
}

void attack_149_pq_expired_since_and_stamped(struct attempt *attempt)
{
    outlived(attempt, true);
}

/* A token over the statement's own signature says nothing of the second one. */
void attack_149_pq_stamped_beside(struct attempt *attempt)
{
    DEFER(tsa_done) struct tsa tsa = tsa_open(&(const struct tsa_how){ 0 });
    const struct tsa_stamp how = { .time = second_april };
    DEFER(pq_done) struct pq_world pq;
    const struct world_store store = { .edit = add_keys, .context = &pq };
    const struct tsa *only = &tsa;

    pq_open(&pq);
    trust_authorities(attempt, &only, 1, store, NULL);
    sign_both(attempt, &pq, PQ_VENDOR);
    stamp_into(attempt, &tsa, &how, BUNDLE_ATT_RUN, pq_run);
}

/* ---- what only those see who can check ---- */

static void flip_signature(json_t *json, void *context)
{
    json_t *only =
        json_array_get(json_object_get(json_object_get(json, "dsseEnvelope"), "signatures"), 0);
    char *text = strdup(json_string_value(json_object_get(only, "sig")));

    (void) context;
    if (text == NULL) {
        abort();
    }
    text[strlen(text) / 2] = text[strlen(text) / 2] == 'A' ? 'B' : 'A';
    (void) json_object_set_new(only, "sig", json_string(text));
    free(text);
}

void attack_148_pq_flipped(struct attempt *attempt)
{
    cosigned(attempt, PQ_VENDOR, NULL);
    attempt_edit(attempt, pq_run, flip_signature, NULL);
}

void attack_148_pq_flipped_elsewhere(struct attempt *attempt)
{
    cosigned(attempt, PQ_VENDOR, before);
    attempt_edit(attempt, pq_run, flip_signature, NULL);
}

/* Signed by the right key, but not over what DSSE says is signed. */
void attack_148_pq_without_pae(struct attempt *attempt)
{
    DEFER(bytes_done) struct bytes payload = bytes_bounded(1 << 20);
    DEFER(bytes_done) struct bytes file = bytes_bounded(4 << 20);
    DEFER(pq_done) struct pq_world pq;
    uint8_t signature[MLDSA_SIGNATURE_SIZE];
    struct error error = { 0 };

    pq_open(&pq);
    pq_store(attempt, &pq);
    payload_of(attempt, BUNDLE_ATT_RUN, &payload);
    must(mldsa_key_sign(&pq.keys[PQ_VENDOR], payload.data, payload.length, signature, &error),
         &error);
    must(sigstore_write_signed(pq.keys[PQ_VENDOR].public_half.keyid, signature, sizeof signature,
                               payload.data, payload.length, &file, &error),
         &error);
    (void) raw_zip_insert(&attempt->zip, attempt->zip.count, pq_run, file.data, file.length);
    raw_zip_sort(&attempt->zip);
}
