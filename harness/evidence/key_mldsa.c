#include "evidence/key_mldsa.h"

#include "evidence/key_file.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

enum { HEAD_SIZE = 22, PKCS8_SIZE = HEAD_SIZE + MLDSA_SEED_SIZE, PATH_ROOM = 4096 };

static const char algorithm[] = "ML-DSA-65";

/* OpenSSL 3.5's names; the headers of 3.0 do not have them. */
static const char param_seed[] = "seed";
static const char param_deterministic[] = "deterministic";

/* PrivateKeyInfo { 0, { id-ml-dsa-65 }, OCTET STRING { [0] seed } }: RFC 9881 section 6. */
static const uint8_t pkcs8_head[HEAD_SIZE] = { 0x30, 0x34, 0x02, 0x01, 0x00, 0x30, 0x0b, 0x06,
                                               0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
                                               0x03, 0x12, 0x04, 0x22, 0x80, 0x20 };

void mldsa_key_done(struct mldsa_key *key)
{
    secret_done(&key->seed);
    *key = (struct mldsa_key){ 0 };
}

static enum status must_be_here(struct error *reterr)
{
    return mldsa_is_here() ? STATUS_OK : fail(reterr, STATUS_UNSUPPORTED, "%s", mldsa_absence());
}

/* NULL when OpenSSL refuses. */
static EVP_PKEY *pair_of(const void *seed)
{
    OSSL_PARAM params[] = { OSSL_PARAM_construct_octet_string(param_seed, (void *) (uintptr_t) seed,
                                                              MLDSA_SEED_SIZE),
                            OSSL_PARAM_construct_end() };
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, algorithm, NULL);
    EVP_PKEY *pair = NULL;

    if (context == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &pair, EVP_PKEY_KEYPAIR, params) != 1) {
        EVP_PKEY_free(pair);
        pair = NULL;
    }
    EVP_PKEY_CTX_free(context);
    ERR_clear_error();
    return pair;
}

enum status mldsa_key_from_seed(const uint8_t seed[MLDSA_SEED_SIZE], struct mldsa_key *ret_key,
                                struct error *reterr)
{
    uint8_t octets[MLDSA_PUBLIC_SIZE];
    size_t length = sizeof octets;
    EVP_PKEY *pair;
    bool good;

    TRY(must_be_here(reterr));
    pair = pair_of(seed);
    good = pair != NULL && EVP_PKEY_get_raw_public_key(pair, octets, &length) == 1 &&
           length == sizeof octets;
    EVP_PKEY_free(pair);
    if (!good) {
        return fail(reterr, STATUS_CRYPTO, "OpenSSL could not make an ML-DSA-65 key");
    }
    TRY(mldsa_from_octets(octets, &ret_key->public_half, reterr));
    return secret_set(&ret_key->seed, seed, MLDSA_SEED_SIZE, SECRET_PARENT_ONLY, reterr);
}

enum status mldsa_key_new(struct mldsa_key *ret_key, struct error *reterr)
{
    uint8_t seed[MLDSA_SEED_SIZE];
    enum status status;

    if (key_random(NULL, seed, sizeof seed) != 0) {
        return fail(reterr, STATUS_CRYPTO, "no random numbers");
    }
    status = mldsa_key_from_seed(seed, ret_key, reterr);
    secret_wipe(seed, sizeof seed);
    return status;
}

enum status mldsa_key_save(const struct mldsa_key *key, const char *path,
                           const struct secret *passphrase, struct error *reterr)
{
    uint8_t plain[PKCS8_SIZE];
    char public_path[PATH_ROOM];
    int named = snprintf(public_path, sizeof public_path, "%s.pub", path);
    enum status status;

    if (named < 0 || (size_t) named >= sizeof public_path) {
        return fail(reterr, STATUS_LIMIT, "the path is too long");
    }
    memcpy(plain, pkcs8_head, HEAD_SIZE);
    memcpy(plain + HEAD_SIZE, secret_reveal(&key->seed), MLDSA_SEED_SIZE);
    status = key_file_private_write(path, plain, sizeof plain, passphrase, reterr);
    secret_wipe(plain, sizeof plain);
    TRY(status);
    return mldsa_save(&key->public_half, public_path, reterr);
}

static enum status seed_of(const char *path, const struct secret *pkcs8,
                           uint8_t room[MLDSA_SEED_SIZE], struct error *reterr)
{
    const unsigned char *at = (const unsigned char *) secret_reveal(pkcs8);
    const unsigned char *end = at + pkcs8->length;
    EVP_PKEY *pair = d2i_AutoPrivateKey_ex(NULL, &at, (long) pkcs8->length, NULL, NULL);
    size_t length = 0;
    enum status status = STATUS_OK;

    if (pair == NULL || at != end || EVP_PKEY_is_a(pair, algorithm) != 1) {
        status = fail(reterr, STATUS_BAD_INPUT, "%s: not a private key of ML-DSA-65", path);
    } else if (EVP_PKEY_get_octet_string_param(pair, param_seed, room, MLDSA_SEED_SIZE, &length) !=
                   1 ||
               length != MLDSA_SEED_SIZE) {
        status =
            fail(reterr, STATUS_BAD_INPUT,
                 "%s: the key is there without its seed; only keys with their seed are used", path);
    }
    EVP_PKEY_free(pair);
    ERR_clear_error();
    return status;
}

enum status mldsa_key_load(const char *path, const struct secret *passphrase,
                           struct mldsa_key *ret_key, struct error *reterr)
{
    DEFER(secret_done) struct secret pkcs8 = { 0 };
    uint8_t seed[MLDSA_SEED_SIZE] = { 0 };
    enum status status;

    TRY(must_be_here(reterr));
    TRY(key_file_private_read(path, passphrase, &pkcs8, reterr));
    status = seed_of(path, &pkcs8, seed, reterr);
    if (status == STATUS_OK) {
        status = mldsa_key_from_seed(seed, ret_key, reterr);
    }
    secret_wipe(seed, sizeof seed);
    return status;
}

static bool sign_with(EVP_PKEY *pair, const void *message, size_t length, uint8_t *room)
{
    int yes = 1;
    const OSSL_PARAM params[] = { OSSL_PARAM_construct_int(param_deterministic, &yes),
                                  OSSL_PARAM_construct_end() };
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t used = MLDSA_SIGNATURE_SIZE;
    bool good = context != NULL &&
                EVP_DigestSignInit_ex(context, NULL, NULL, NULL, NULL, pair, params) == 1 &&
                EVP_DigestSign(context, room, &used, message, length) == 1 &&
                used == MLDSA_SIGNATURE_SIZE;

    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return good;
}

enum status mldsa_key_sign(const struct mldsa_key *key, const void *message, size_t length,
                           uint8_t room[MLDSA_SIGNATURE_SIZE], struct error *reterr)
{
    enum signature_outcome outcome = SIGNATURE_BAD;
    EVP_PKEY *pair;
    bool good;

    if (key->seed.length != MLDSA_SEED_SIZE) {
        return fail(reterr, STATUS_INTERNAL, "no key to sign with");
    }
    TRY(must_be_here(reterr));
    pair = pair_of(secret_reveal(&key->seed));
    good = pair != NULL && sign_with(pair, message, length, room);
    EVP_PKEY_free(pair);
    if (good) {
        TRY(mldsa_verify(&key->public_half, message, length, room, MLDSA_SIGNATURE_SIZE, &outcome,
                         reterr));
    }
    return outcome == SIGNATURE_GOOD ? STATUS_OK : fail(reterr, STATUS_CRYPTO, "signing failed");
}
