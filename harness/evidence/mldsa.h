/* mldsa.h - ML-DSA-65 (FIPS 204), the public half: signatures that a quantum computer does not
 * forge.  Pure ML-DSA with the empty context over the message itself.
 *
 * A public key travels as SubjectPublicKeyInfo in the one form of RFC 9881 section 4; its keyid is
 * made as that of a P-256 key.  Reading and writing keys needs nothing; checking a signature needs
 * an OpenSSL that has ML-DSA-65 when the program runs (3.5 or later, unless its configuration
 * takes it away): ask mldsa_is_here. */
#pragma once

#include "evidence/key_public.h"

enum {
    MLDSA_PUBLIC_SIZE = 1952, /* FIPS 204 table 2 */
    MLDSA_SIGNATURE_SIZE = 3309,
    MLDSA_SPKI_SIZE = 1974,
    MLDSA_PEM_SIZE = 3072
};

struct mldsa_public {
    uint8_t spki[MLDSA_SPKI_SIZE];
    char keyid[KEYID_SIZE];
};

bool mldsa_is_here(void);

/* What to say where it is not; static, English. */
const char *mldsa_absence(void);

/* Any MLDSA_PUBLIC_SIZE octets are a public key (FIPS 204 section 5.2: both parts are bit-packed
 * without a gap). */
enum status mldsa_from_octets(const uint8_t *octets, struct mldsa_public *ret_key,
                              struct error *reterr) MUST_CHECK;

/* Does it name ML-DSA-65 near its beginning, well formed or not? */
bool mldsa_is_spki(const void *der, size_t length);

/* BAD_INPUT: another length or another kind of key. */
enum status mldsa_from_spki(const void *der, size_t length, struct mldsa_public *ret_key,
                            struct error *reterr) MUST_CHECK;
enum status mldsa_load(const char *path, struct mldsa_public *ret_key,
                       struct error *reterr) MUST_CHECK;

/* Creates path (it must not exist), mode 0644. */
enum status mldsa_save(const struct mldsa_public *key, const char *path,
                       struct error *reterr) MUST_CHECK;

/* UNSUPPORTED where ML-DSA-65 is not here; then *ret_outcome is left alone. */
enum status mldsa_verify(const struct mldsa_public *key, const void *message, size_t length,
                         const void *signature, size_t signature_length,
                         enum signature_outcome *ret_outcome, struct error *reterr) MUST_CHECK;
