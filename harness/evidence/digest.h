/* digest.h - SHA-256 and HMAC-SHA-256 (FIPS 180-4, RFC 2104), at once or piece by piece.
 *
 * The block function is libcrypto's, which uses the processor's own instructions for it.
 * A stream remembers its first failure, so only digest_close is checked. */
#pragma once

#include "base/status.h"

#include <openssl/sha.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DIGEST_SIZE = 32, DIGEST_HEX_SIZE = 2 * DIGEST_SIZE + 1 };

struct digest {
    uint8_t octets[DIGEST_SIZE];
};

/* Closed or abandoned exactly once after an open; digest_close abandons as well. */
struct digest_stream {
    SHA256_CTX sha;
    uint8_t outer[SHA256_CBLOCK]; /* the key, padded for the second pass; only when keyed */
    bool keyed;
    bool failed;
};

void digest_open(struct digest_stream *stream);
void digest_open_hmac(struct digest_stream *stream, const void *key, size_t length);
void digest_update(struct digest_stream *stream, const void *data, size_t length);
enum status digest_close(struct digest_stream *stream, struct digest *ret_digest,
                         struct error *reterr) MUST_CHECK;

/* For DEFER; does nothing after digest_close. */
void digest_abandon(struct digest_stream *stream);

enum status digest_of(const void *data, size_t length, struct digest *ret_digest,
                      struct error *reterr) MUST_CHECK;

/* A regular file, streamed; *ret_size (may be NULL) is its length in bytes. */
enum status digest_of_file(const char *path, struct digest *ret_digest, uint64_t *ret_size,
                           struct error *reterr) MUST_CHECK;

void digest_to_hex(const struct digest *digest, char room[DIGEST_HEX_SIZE]);

/* Exactly 64 lower-case hex digits; anything else is false. */
bool digest_from_hex(const char *text, struct digest *ret_digest);

/* In constant time. */
bool digest_equal(const struct digest *a, const struct digest *b);
bool digest_is_zero(const struct digest *digest);
