/* key_file.h - how keys of any algorithm lie on disk; knows their wrapping, not their content.
 *
 * Private: PKCS#8 in PEM (RFC 5958, RFC 7468), mode 0600; with a passphrase, encrypted by PBES2
 * (RFC 8018): PBKDF2-HMAC-SHA-256 and AES-256-CBC.  Public: one "PUBLIC KEY" block, mode 0644.
 * Nothing is ever written over an existing file.  BAD_INPUT for content, IO for the file. */
#pragma once

#include "base/bytes.h"
#include "base/secret.h"

enum { KEY_FILE_MAX = 16 * 1024, KEY_FILE_PKCS8_MAX = 256 /* of those written here */ };

/* passphrase may be NULL or empty: then the file's mode is all that guards it. */
enum status key_file_private_write(const char *path, const uint8_t *pkcs8, size_t length,
                                   const struct secret *passphrase,
                                   struct error *reterr) MUST_CHECK;

/* The PrivateKeyInfo itself; a file that others may open is refused. */
enum status key_file_private_read(const char *path, const struct secret *passphrase,
                                  struct secret *ret_pkcs8, struct error *reterr) MUST_CHECK;

/* Appends the DER of exactly one "PUBLIC KEY" block. */
enum status key_file_public_parse(const char *pem, size_t length, struct bytes *out,
                                  struct error *reterr) MUST_CHECK;
enum status key_file_public_read(const char *path, struct bytes *out,
                                 struct error *reterr) MUST_CHECK;
enum status key_file_public_write(const char *path, const char *pem,
                                  struct error *reterr) MUST_CHECK;

/* The block's text, with a NUL. */
enum status key_file_public_pem(const uint8_t *der, size_t length, char *room, size_t size,
                                struct error *reterr) MUST_CHECK;

/* Kernel randomness in the shape that Mbed TLS asks for; 0 when all is well. */
int key_random(void *unused, unsigned char *room, size_t length);
