/* tls13_open.h - opens what a TLS 1.3 server encrypts in its first flight (RFC 8446 sections 5.2
 * and 7), for a client that knows the shared secret without having earned it (wire/tls_share.h).
 *
 * Reads only: nothing here proves who the server is. */
#pragma once

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TLS13_PLAIN_MAX = (1 << 14) + 256 }; /* of one record */

struct tls13_key {
    uint16_t suite;
    uint8_t key[32];
    size_t key_length;
    uint8_t iv[12];
};

/* The five suites of RFC 8446 appendix B.4. */
bool tls13_suite_known(uint16_t suite);

/* The server's handshake traffic key.  hellos: the ClientHello and ServerHello messages, one after
 * the other.  CRYPTO; BAD_INPUT for a suite that is not known. */
enum status tls13_key_derive(uint16_t suite, const void *secret, size_t secret_length,
                             const void *hellos, size_t hellos_length, struct tls13_key *ret_key,
                             struct error *reterr) MUST_CHECK;

/* One record, number `sequence` of those that are encrypted.  room: TLS13_PLAIN_MAX bytes; false:
 * it is not authentic, or empty inside. */
bool tls13_open(const struct tls13_key *key, uint64_t sequence, const uint8_t header[5],
                const void *body, size_t length, uint8_t *room, uint8_t *ret_type,
                size_t *ret_length);
