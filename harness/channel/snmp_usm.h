/* snmp_usm.h - the cryptography of SNMP's user-based security model: keys from a passphrase and
 * an engine (RFC 3414 section 2.6 and appendix A.2), authentication codes (RFC 3414 section 6,
 * RFC 7860), and privacy by AES-128-CFB (RFC 3826) or DES-CBC (RFC 3414 section 8). */
#pragma once

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SNMP_KEY_MAX = 64, SNMP_TAG_MAX = 48, SNMP_PASSPHRASE_MIN = 8 /* RFC 3414 section 11.2 */ };

enum snmp_hash { SNMP_SHA1, SNMP_MD5, SNMP_SHA224, SNMP_SHA256, SNMP_SHA384, SNMP_SHA512 };
enum snmp_cipher { SNMP_AES, SNMP_DES, SNMP_NO_CIPHER };

/* "sha", "md5", "sha224", ...; the first when word is NULL.  False: no such word. */
bool snmp_hash_find(const char *word, enum snmp_hash *ret_hash);
bool snmp_cipher_find(const char *word, enum snmp_cipher *ret_cipher);

/* Octets of an authentication code. */
size_t snmp_tag_length(enum snmp_hash hash);

/* The key of this passphrase at this engine. */
enum status snmp_key(enum snmp_hash hash, const char *passphrase, const void *engine,
                     size_t engine_length, uint8_t key[SNMP_KEY_MAX], size_t *ret_length,
                     struct error *reterr) MUST_CHECK;

enum status snmp_tag(enum snmp_hash hash, const uint8_t *key, size_t key_length,
                     const void *message, size_t length, uint8_t tag[SNMP_TAG_MAX],
                     struct error *reterr) MUST_CHECK;

struct snmp_privacy {
    enum snmp_cipher cipher;
    const uint8_t *key; /* of snmp_key */
    uint32_t boots;
    uint32_t time;
    const uint8_t *salt; /* 8 octets */
};

/* In place; *length grows to whole blocks for DES, for which room of 7 more is needed.
 * Deciphering rubbish gives rubbish: the caller parses the outcome. */
enum status snmp_encipher(const struct snmp_privacy *privacy, uint8_t *data, size_t *length,
                          struct error *reterr) MUST_CHECK;
enum status snmp_decipher(const struct snmp_privacy *privacy, uint8_t *data, size_t length,
                          struct error *reterr) MUST_CHECK;
