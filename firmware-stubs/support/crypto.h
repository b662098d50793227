/* crypto.h - the device's small cryptographic needs, over OpenSSL's libcrypto.
 *
 * Aborts when the random generator or a digest fails: a stub without them would be a wrong device
 * in a way nobody named. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SEED_LENGTH = 32, TOKEN_TEXT = 33, MD5_TEXT = 33, SHA256_TEXT = 65 };

/* What makes a unit this unit: serial number, MAC address and label passwords follow from it. */
struct seed {
    uint8_t bytes[SEED_LENGTH];
};

struct seed seed_random(void);
struct seed seed_of_number(uint64_t number);

/* `length` bytes that depend on the seed and the purpose only. */
void seed_derive(const struct seed *seed, const char *purpose, uint8_t *ret_bytes, size_t length);

/* `length` characters of an alphabet without look-alikes, and a final NUL. */
void seed_password(const struct seed *seed, const char *purpose, char *ret_text, size_t length);

/* 128 random bits in hexadecimal. */
void token_random(char ret_text[TOKEN_TEXT]);

/* For two texts of token length; takes the same time wherever they differ. */
bool token_equal(const char *left, const char *right);

/* MD5 of the parts joined with ':' (RFC 2617 section 3.2.2). */
void md5_joined(char ret_text[MD5_TEXT], const char *const *parts, size_t count);

/* In hexadecimal. */
void sha256_text(const void *data, size_t length, char ret_text[SHA256_TEXT]);

/* Takes the same time wherever the texts differ; `size` bounds both. */
bool text_equal_secretly(const char *left, const char *right, size_t size);

/* RFC 4648 section 4; false for anything malformed.  NUL-terminated. */
bool base64_decode(const char *text, char *ret_text, size_t size);
