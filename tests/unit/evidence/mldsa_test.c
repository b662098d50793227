#include "evidence/key_mldsa.h"

#include "evidence/cosign.h"
#include "evidence/digest.h"
#include "evidence/dsse.h"
#include "evidence/sigstore.h"
#include "sample.h"

#include <sys/stat.h>

/* The key of RFC 9881 appendix C.1: seed 00 01 .. 1f.  Its SubjectPublicKeyInfo there has this
 * SHA-256, and another implementation (noble, in JavaScript) makes the same key of that seed. */
static const char rfc_keyid[] = "b8b62131bfbe84433efb2273d7f5b87f7a22854a2cfd366fc2aead86d837c52d";

/* SHA-256 of that implementation's deterministic signature over `message`. */
static const char message[] = "DSSEv1 28 application/vnd.in-toto+json 2 {}";
static const char signature_sha[] =
    "39dd707f087ce6303b9472278fd07c052bee2bb0543f18964203a5d16c42e99d";

static void rfc_seed(uint8_t seed[MLDSA_SEED_SIZE])
{
    for (size_t i = 0; i < MLDSA_SEED_SIZE; i++) {
        seed[i] = (uint8_t) i;
    }
}

static void need_mldsa(void)
{
    if (!mldsa_is_here()) {
        cr_skip_test("this OpenSSL has no ML-DSA-65");
    }
}

static void rfc_key(struct mldsa_key *key)
{
    uint8_t seed[MLDSA_SEED_SIZE];

    rfc_seed(seed);
    MUST(mldsa_key_from_seed(seed, key, &error));
}

static size_t fixture(const char *name, uint8_t *room, size_t size)
{
    char path[512];
    FILE *file;
    size_t length;

    (void) snprintf(path, sizeof path, "%s%s", FIXTURES, name);
    file = fopen(path, "rbe");
    cr_assert_not_null(file);
    length = fread(room, 1, size, file);
    (void) fclose(file);
    return length;
}

static enum signature_outcome judge(const struct mldsa_public *key, const char *text,
                                    const uint8_t *signature, size_t length)
{
    enum signature_outcome outcome = SIGNATURE_MALFORMED;

    MUST(mldsa_verify(key, text, strlen(text), signature, length, &outcome, &error));
    return outcome;
}

/* Everything that can be done with a key without the algorithm. */
Test(mldsa, public_key_has_one_form)
{
    struct sample sample = sample_open();
    const char *path = sample_path(&sample, "some.pub");
    uint8_t octets[MLDSA_PUBLIC_SIZE];
    struct mldsa_public key = { 0 };
    struct mldsa_public again = { 0 };
    struct public_key other = { 0 };

    memset(octets, 0x5a, sizeof octets);
    MUST(mldsa_from_octets(octets, &key, &error));
    MUST(mldsa_save(&key, path, &error));
    MUST(mldsa_load(path, &again, &error));
    cr_assert(memcmp(&key, &again, sizeof key) == 0);
    cr_assert(keyid_is_well_formed(key.keyid));
    cr_assert_eq(mldsa_from_spki(key.spki, sizeof key.spki - 1, &again, NULL), STATUS_BAD_INPUT);
    key.spki[16] = 0x11; /* id-ml-dsa-44 */
    cr_assert_eq(mldsa_from_spki(key.spki, sizeof key.spki, &again, NULL), STATUS_BAD_INPUT);
    cr_assert_not(mldsa_is_spki(key.spki, sizeof key.spki));
    cr_assert_eq(public_key_load(path, &other, NULL), STATUS_UNSUPPORTED);
    sample_done(&sample);
}

/* Where it is missing, everything says so, and nothing is good. */
Test(mldsa, absence_is_said)
{
    uint8_t seed[MLDSA_SEED_SIZE] = { 0 };
    uint8_t signature[MLDSA_SIGNATURE_SIZE] = { 0 };
    enum signature_outcome outcome = SIGNATURE_MALFORMED;
    struct mldsa_public public = { 0 };
    struct mldsa_key key = { 0 };
    struct error error = { 0 };

    if (mldsa_is_here()) {
        cr_skip_test("this OpenSSL has ML-DSA-65");
    }
    cr_assert_eq(mldsa_key_new(&key, &error), STATUS_UNSUPPORTED);
    cr_assert_str_eq(error.message, mldsa_absence());
    cr_assert_eq(mldsa_key_from_seed(seed, &key, NULL), STATUS_UNSUPPORTED);
    cr_assert_eq(mldsa_key_load("nowhere", NULL, &key, NULL), STATUS_UNSUPPORTED);
    cr_assert_eq(mldsa_verify(&public, "", 0, signature, sizeof signature, &outcome, NULL),
                 STATUS_UNSUPPORTED);
    cr_assert_eq(outcome, SIGNATURE_MALFORMED);
}

Test(mldsa, key_and_signature_are_the_known_ones)
{
    struct mldsa_key key = { 0 };
    uint8_t signature[MLDSA_SIGNATURE_SIZE];
    struct digest digest;
    char hex[DIGEST_HEX_SIZE];

    need_mldsa();
    rfc_key(&key);
    cr_assert_str_eq(key.public_half.keyid, rfc_keyid);
    MUST(mldsa_key_sign(&key, message, strlen(message), signature, &error));
    MUST(digest_of(signature, sizeof signature, &digest, &error));
    digest_to_hex(&digest, hex);
    cr_assert_str_eq(hex, signature_sha);
    mldsa_key_done(&key);
}

Test(mldsa, accepts_the_other_implementations_and_nothing_else)
{
    struct mldsa_key key = { 0 };
    uint8_t signature[MLDSA_SIGNATURE_SIZE + 1];
    size_t length;

    need_mldsa();
    rfc_key(&key);
    length = fixture("mldsa65_hedged.sig", signature, sizeof signature);
    cr_assert_eq(length, MLDSA_SIGNATURE_SIZE);
    cr_assert_eq(judge(&key.public_half, message, signature, length), SIGNATURE_GOOD);
    cr_assert_eq(judge(&key.public_half, "another", signature, length), SIGNATURE_BAD);
    cr_assert_eq(judge(&key.public_half, message, signature, length - 1), SIGNATURE_MALFORMED);
    /* One bit of the commitment, of the response and of the hint. */
    for (size_t at = 0; at < length; at += length / 2) {
        signature[at] ^= 1;
        cr_assert_eq(judge(&key.public_half, message, signature, length), SIGNATURE_BAD);
        signature[at] ^= 1;
    }
    key.public_half.spki[100] ^= 1;
    cr_assert_eq(judge(&key.public_half, message, signature, length), SIGNATURE_BAD);
    key.public_half.spki[100] ^= 1;
    /* The same message under the context "x": not what is signed here. */
    length = fixture("mldsa65_context.sig", signature, sizeof signature);
    cr_assert_eq(judge(&key.public_half, message, signature, length), SIGNATURE_BAD);
    mldsa_key_done(&key);
}

static void keep_and_load(struct sample *sample, const struct mldsa_key *key, const char *name,
                          const char *words)
{
    DEFER(secret_done) struct secret passphrase = { 0 };
    DEFER(mldsa_key_done) struct mldsa_key again = { 0 };
    const char *path = sample_path(sample, name);
    struct stat facts;

    MUST(secret_set(&passphrase, words, strlen(words), SECRET_PARENT_ONLY, &error));
    MUST(mldsa_key_save(key, path, &passphrase, &error));
    cr_assert(stat(path, &facts) == 0 && (facts.st_mode & 0777) == 0600);
    cr_assert_eq(mldsa_key_save(key, path, &passphrase, NULL), STATUS_IO);
    MUST(mldsa_key_load(path, &passphrase, &again, &error));
    cr_assert_str_eq(again.public_half.keyid, key->public_half.keyid);
    if (*words != '\0') {
        mldsa_key_done(&again);
        cr_assert_eq(mldsa_key_load(path, NULL, &again, NULL), STATUS_BAD_INPUT);
        MUST(secret_set(&passphrase, "wrong", 5, SECRET_PARENT_ONLY, &error));
        cr_assert_eq(mldsa_key_load(path, &passphrase, &again, NULL), STATUS_BAD_INPUT);
    }
}

Test(mldsa, key_files_are_kept_and_read)
{
    DEFER(mldsa_key_done) struct mldsa_key key = { 0 };
    struct sample sample;
    struct mldsa_key other = { 0 };
    struct key classic = { 0 };
    const char *path;

    need_mldsa();
    sample = sample_open();
    MUST(mldsa_key_new(&key, &error));
    keep_and_load(&sample, &key, "plain.key", "");
    keep_and_load(&sample, &key, "sealed.key", "correct horse");
    path = sample_path(&sample, "classic.key");
    MUST(key_new(&classic, &error));
    MUST(key_save(&classic, path, NULL, &error));
    cr_assert_eq(mldsa_key_load(path, NULL, &other, NULL), STATUS_BAD_INPUT);
    key_done(&classic);
    sample_done(&sample);
}

Test(mldsa, file_beside_is_a_sigstore_bundle)
{
    DEFER(bytes_done) struct bytes payload = bytes_bounded(16);
    DEFER(bytes_done) struct bytes file = bytes_bounded(1 << 20);
    DEFER(sigstore_done) struct sigstore envelope = sigstore_empty();
    DEFER(mldsa_key_done) struct mldsa_key key = { 0 };
    char name[CONTAINER_NAME_MAX + 1];

    MUST(cosign_name(BUNDLE_ATT_RUN, name, &error));
    cr_assert_str_eq(name, "META-INF/att/01-vendor-run-mldsa65.sigstore.json");
    cr_assert(manifest_is_unlisted_name(name));
    need_mldsa();
    rfc_key(&key);
    MUST(bytes_append_text(&payload, "{}", &error));
    MUST(cosign_payload(&key, &payload, &file, &error));
    MUST(sigstore_read(file.data, file.length, &envelope, &error));
    cr_assert_str_eq(envelope.keyid, rfc_keyid);
    cr_assert_eq(envelope.signature.length, 0);
    /* `message` is the encoding of that payload. */
    cr_assert_eq(
        judge(&key.public_half, message, envelope.pq_signature.data, envelope.pq_signature.length),
        SIGNATURE_GOOD);
}

/* The bundle is OK by its ECDSA key alone, and bears the second signatures too. */
Test(mldsa, a_run_is_sealed_with_both)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(mldsa_key_done) struct mldsa_key pq_key = { 0 };
    struct key key = { 0 };
    const struct verify_options options = { .signer = &key.public_half, .at_ms = SAMPLE_AT };
    struct sample_seal how = { .key = &key, .pq_key = &pq_key };
    enum verify_exit answer;
    struct sample sample;
    json_t *report = NULL;
    const json_t *list;
    json_t *result;

    need_mldsa();
    sample = sample_open();
    result = sample_result("pass");
    how.result = result;
    how.log = sample_path(&sample, "log");
    how.out = sample_path(&sample, "1.hoshi");
    MUST(key_new(&key, &error));
    rfc_key(&pq_key);
    sample_log(how.log, "pass");
    MUST(sample_seal(&how, &error));
    answer = bundle_verify(how.out, &options, arena, NULL, &report, NULL);
    cr_assert_eq(answer, VERIFY_OK);
    list = json_object_get(report, "post_quantum");
    cr_assert_eq(json_array_size(list), 2);
    cr_assert_str_eq(json_string_value(json_object_get(json_array_get(list, 0), "keyid")),
                     rfc_keyid);
    json_decref(report);
    json_decref(result);
    key_done(&key);
    sample_done(&sample);
}
