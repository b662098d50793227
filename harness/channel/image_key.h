/* image_key.h - signatures over firmware images by a key that nobody trusts (Mbed TLS).
 *
 * The key is made here, each time anew, and ends with image_key_done. */
#pragma once

#include "base/bytes.h"

#include <stdbool.h>

enum image_key_kind {
    IMAGE_KEY_P256,  /* ECDSA (FIPS 186-5) with SHA-256 */
    IMAGE_KEY_P384,  /* with SHA-384 */
    IMAGE_KEY_PKCS1, /* RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2) with SHA-256 */
    IMAGE_KEY_PSS    /* RSASSA-PSS (section 8.1) with SHA-256, a salt as long as the digest */
};

enum { IMAGE_SIGNATURE_MAX = 1024 };

struct image_key;

/* bits: of an RSA key, 2048 to 4096; it may take a second. */
enum status image_key_new(enum image_key_kind kind, unsigned bits, struct image_key **ret_key,
                          struct error *reterr) MUST_CHECK;
void image_key_done(struct image_key **key); /* for DEFER */

/* der: of ECDSA, SEQUENCE { r, s }; else r and s, each as long as the curve's order. */
enum status image_key_sign(struct image_key *key, bool der, const void *data, size_t length,
                           unsigned char room[IMAGE_SIGNATURE_MAX], size_t *ret_length,
                           struct error *reterr) MUST_CHECK;

/* The key's own verification, for tests: true when it accepts. */
bool image_key_verifies(struct image_key *key, bool der, const void *data, size_t length,
                        const void *signature, size_t signature_length);

enum { IMAGE_DIGEST_MAX = 64 };

/* "sha256", "sha384" or "sha512". */
enum status image_digest(const char *algorithm, const void *data, size_t length,
                         unsigned char room[IMAGE_DIGEST_MAX], size_t *ret_length,
                         struct error *reterr) MUST_CHECK;
