/* sha256.h - SHA-256 (FIPS 180-4) of something a device sent, and HMAC over it. */
#pragma once

#include "base/status.h"

#include <stddef.h>

enum { SHA256_SIZE = 32, SHA256_TEXT_SIZE = 2 * SHA256_SIZE + 1 };

enum status sha256_digest(const void *data, size_t length, unsigned char digest[32],
                          struct error *reterr) MUST_CHECK;

/* Lower-case hex. */
enum status sha256_text(const void *data, size_t length, char room[SHA256_TEXT_SIZE],
                        struct error *reterr) MUST_CHECK;

/* RFC 2104. */
enum status sha256_hmac(const void *key, size_t key_length, const void *data, size_t length,
                        unsigned char room[SHA256_SIZE], struct error *reterr) MUST_CHECK;
