/* tls_keys.h - the cryptography of TLS 1.0 to 1.2 in single steps, each of which may be done wrong:
 * key derivation, key exchange, and the protection of records (RFC 2246, RFC 4346, RFC 5246,
 * RFC 5288, RFC 6655, RFC 7905, RFC 8422).
 *
 * A TLS library would refuse to misbehave.  Nothing here is secret: the "random" numbers are the
 * caller's and can be repeated, so it is of no use to a client that has something to hide. */
#pragma once

#include "base/bytes.h"
#include "wire/tls_misuse.h"

enum { TLS_MASTER_LENGTH = 48, TLS_VERIFY_LENGTH = 12 };

enum tls_mode {
    TLS_MODE_CBC,
    TLS_MODE_GCM,   /* RFC 5288 */
    TLS_MODE_CCM,   /* RFC 6655 */
    TLS_MODE_CCM_8, /* with a tag of 8 bytes */
    TLS_MODE_CHACHA /* ChaCha20-Poly1305 (RFC 7905) */
};

/* A suite that handshakes can be completed with: AES or ChaCha20, with key exchange by RSA or
 * ECDHE. */
struct tls_cipher {
    uint16_t suite;
    enum tls_mode mode;
    bool rsa;      /* static RSA; else ECDHE */
    bool only_12;  /* TLS 1.2 alone */
    bool hash_384; /* of the key derivation in TLS 1.2; SHA-256 otherwise */
    uint8_t key;   /* length */
    uint8_t mac;   /* length of the HMAC: 20, 32, 48; 0 unless CBC */
};

extern const struct tls_cipher tls_ciphers[];
extern const size_t tls_ciphers_count;
const struct tls_cipher *tls_ciphers_find(uint16_t suite); /* NULL when unknown */

/* The pseudo-random function (RFC 5246 section 5, RFC 2246 section 5). */
enum status tls_keys_derive(uint16_t version, bool hash_384, const void *secret,
                            size_t secret_length, const char *label, const void *seed,
                            size_t seed_length, uint8_t *ret_out, size_t length,
                            struct error *reterr) MUST_CHECK;

/* What a Finished message carries; messages: all handshake messages so far. */
enum status tls_keys_verify(uint16_t version, const struct tls_cipher *cipher,
                            const uint8_t master[TLS_MASTER_LENGTH], bool client,
                            const void *messages, size_t length, uint8_t verify[TLS_VERIFY_LENGTH],
                            struct error *reterr) MUST_CHECK;

/* Block to the power of the exponent; both are as long as the modulus.  False: the numbers do not
 * fit together, such as a block that is not below the modulus. */
bool tls_keys_rsa(const struct tls_rsa_key *key, const uint8_t *block, uint8_t *ret_out);

/* Takes the server's ECDHE parameters (RFC 8422 section 5.4), and writes our point with its length
 * octet and the shared secret.  seed: of our key.  False: they are of no use. */
enum { TLS_POINT_MAX = 160, TLS_SHARED_MAX = 80 };
bool tls_keys_agree(const void *parameters, size_t length, uint64_t *seed,
                    uint8_t point[TLS_POINT_MAX], size_t *ret_point_length,
                    uint8_t shared[TLS_SHARED_MAX], size_t *ret_shared_length);

/* One direction of a protected connection. */
struct tls_direction {
    const struct tls_cipher *cipher;
    uint16_t version;
    uint8_t key[32];
    uint8_t mac_key[48];
    uint8_t iv[16]; /* TLS 1.0: of the next record; else what is fixed of the nonce */
    uint64_t sequence;
};

/* Both directions from the key block (RFC 5246 section 6.3).  master_length 0: the empty secret of
 * which a server makes its keys when it takes a ChangeCipherSpec too early. */
enum status tls_keys_expand(uint16_t version, const struct tls_cipher *cipher, const void *master,
                            size_t master_length, const uint8_t client_random[32],
                            const uint8_t server_random[32], struct tls_direction *ret_client,
                            struct tls_direction *ret_server, struct error *reterr) MUST_CHECK;

/* How a record is wrong; those but RIGHT are for CBC. */
enum tls_record_flaw {
    TLS_RECORD_RIGHT,
    TLS_RECORD_PADDING, /* every byte of the padding but its length, in a record of right MAC */
    TLS_RECORD_MAC,     /* the MAC, in a record of right padding */
    TLS_RECORD_PADDING_LONG, /* the padding says to be longer than the record */
    TLS_RECORD_FLAW_COUNT
};

const char *tls_record_flaw_word(enum tls_record_flaw flaw); /* static */

enum { TLS_PLAIN_MAX = 1024 };

/* One protected record; length: at most TLS_PLAIN_MAX.  seed: of the explicit IV. */
enum status tls_direction_seal(struct tls_direction *direction, enum tls_record_flaw flaw,
                               uint8_t type, const void *plain, size_t length, uint64_t *seed,
                               struct builder *builder, struct error *reterr) MUST_CHECK;

/* Opens in place what the server sent: *ret_plain lies in content.  False: the record is not
 * what its keys would make. */
bool tls_direction_open(struct tls_direction *direction, uint8_t type, uint8_t *content,
                        size_t length, const uint8_t **ret_plain, size_t *ret_length);

/* The next number of a sequence that its seed fixes (SplitMix64: Steele, Lea, Flood 2014). */
uint64_t tls_keys_number(uint64_t *seed);
void tls_keys_numbers(uint64_t *seed, uint8_t *out, size_t length);
