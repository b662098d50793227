/* key_public.h - the public half of a signer's key: ECDSA on P-256.
 *
 * A public key travels as SubjectPublicKeyInfo (RFC 5480) in exactly one form: named curve,
 * uncompressed point, DER.  A key has one name, its keyid: lower-case hex SHA-256 of that DER.
 * Values are plain and need no release. */
#pragma once

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    KEY_POINT_SIZE = 65, /* 0x04, X, Y */
    KEY_SPKI_SIZE = 91,
    KEY_HASH_SIZE = 32,
    KEYID_SIZE = 65,       /* with the NUL */
    KEY_PEM_SIZE = 256,    /* of a public key, with the NUL */
    KEY_SIGNATURE_MAX = 72 /* DER, RFC 3279 section 2.2.3 */
};

struct public_key {
    uint8_t spki[KEY_SPKI_SIZE];
    char keyid[KEYID_SIZE];
};

enum signature_outcome {
    SIGNATURE_GOOD,
    SIGNATURE_BAD,      /* well formed, but not by this key over these bytes */
    SIGNATURE_MALFORMED /* not DER, or r or s out of range */
};

/* point is KEY_POINT_SIZE bytes and must lie on the curve. */
enum status public_key_from_point(const uint8_t *point, struct public_key *ret_key,
                                  struct error *reterr) MUST_CHECK;

/* BAD_INPUT: malformed, another encoding of a P-256 key, or a point off the curve.
 * UNSUPPORTED: a key of another kind (RSA, P-384, Ed25519 ...). */
enum status public_key_from_spki(const void *der, size_t length, struct public_key *ret_key,
                                 struct error *reterr) MUST_CHECK;

/* One "PUBLIC KEY" block (RFC 7468) and nothing else. */
enum status public_key_from_pem(const char *pem, size_t length, struct public_key *ret_key,
                                struct error *reterr) MUST_CHECK;
enum status public_key_load(const char *path, struct public_key *ret_key,
                            struct error *reterr) MUST_CHECK;
enum status public_key_to_pem(const struct public_key *key, char room[KEY_PEM_SIZE],
                              struct error *reterr) MUST_CHECK;

/* Creates path (it must not exist), mode 0644. */
enum status public_key_save(const struct public_key *key, const char *path,
                            struct error *reterr) MUST_CHECK;

bool public_key_equal(const struct public_key *a, const struct public_key *b);

/* Lower-case hex of 32 bytes and nothing else. */
bool keyid_is_well_formed(const char *keyid);

/* signature is strict DER: minimal lengths and integers, nothing after it. */
enum signature_outcome public_key_verify(const struct public_key *key,
                                         const uint8_t hash[KEY_HASH_SIZE], const void *signature,
                                         size_t length);
