/* tls_misuse.h - the pieces of which a client is made that breaks the rules of TLS 1.0 to 1.2 one
 * at a time: records, heartbeats, and RSA key exchanges that are wrong on purpose.  Pure, and
 * nothing here encrypts. */
#pragma once

#include "base/bytes.h"
#include "wire/tls_record.h"

enum { TLS_CONTENT_HEARTBEAT = 24 }; /* RFC 6520 section 3 */

enum { TLS_HANDSHAKE_HELLO_REQUEST = 0, TLS_HANDSHAKE_CLIENT_KEY_EXCHANGE = 16 };

enum {
    TLS_ALERT_UNEXPECTED_MESSAGE = 10,
    TLS_ALERT_BAD_RECORD_MAC = 20,
    TLS_ALERT_DECRYPTION_FAILED = 21,
    TLS_ALERT_NO_RENEGOTIATION = 100
};

/* One record of a stream; content points into it. */
struct tls_piece {
    uint8_t type;
    uint16_t version;
    const uint8_t *content;
    size_t length;
};

enum tls_piece_state { TLS_PIECE_WHOLE, TLS_PIECE_SHORT, TLS_PIECE_NOT_TLS };

/* The next record of any type; SHORT: more bytes are needed, and nothing was taken. */
enum tls_piece_state wire_tls_piece_next(struct reader *stream, struct tls_piece *ret_piece);

/* One record of at most 2^14 bytes. */
void wire_tls_piece_put(struct builder *builder, uint8_t type, uint16_t version,
                        const void *content, size_t length);

/* A heartbeat request that says to carry `claimed` bytes and carries none (CVE-2014-0160). */
void wire_tls_heartbeat_put(struct builder *builder, uint16_t version, uint16_t claimed);

/* Is it a heartbeat response? */
bool wire_tls_heartbeat_answers(const struct tls_piece *piece);

/* What is encrypted to the server's RSA key, from right to wrong: PKCS #1 v1.5 (RFC 8017 section
 * 7.2.1), and the four ways to be wrong of Boeck, Somorovsky and Young, "Return Of
 * Bleichenbacher's Oracle Threat" (2018), section 3. */
enum tls_block {
    TLS_BLOCK_RIGHT,         /* 00 02, padding, 00, the version, 46 random bytes */
    TLS_BLOCK_WRONG_START,   /* 41 17 instead of 00 02 */
    TLS_BLOCK_WRONG_ZERO,    /* the zero in a place that makes the secret a single byte */
    TLS_BLOCK_WITHOUT_ZERO,  /* no zero that would end the padding */
    TLS_BLOCK_WRONG_VERSION, /* as right, and another version in the secret */
    TLS_BLOCK_COUNT
};

const char *wire_tls_block_word(enum tls_block kind); /* static; "right" ... */

enum { TLS_PREMASTER_LENGTH = 48, TLS_BLOCK_LENGTH_MIN = 64, TLS_BLOCK_LENGTH_MAX = 1024 };

/* Fills the block, as long as the modulus; random: as many bytes.  version: that of the hello.
 * premaster: what a right block carries. */
void wire_tls_block_fill(enum tls_block kind, uint16_t version, const uint8_t *random,
                         uint8_t *block, size_t length, uint8_t premaster[TLS_PREMASTER_LENGTH]);

/* An RSA public key as big-endian numbers without leading zeros; they point into the DER. */
struct tls_rsa_key {
    const uint8_t *modulus;
    size_t modulus_length;
    const uint8_t *exponent;
    size_t exponent_length;
};

/* Of a certificate (RFC 5280 section 4.1, RFC 3279 section 2.3.1); false: there is none that
 * could be used. */
bool wire_tls_rsa_key_read(const void *der, size_t length, struct tls_rsa_key *ret_key);
