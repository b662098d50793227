/* tls_agreement.h - a server's side of a key exchange by ECDHE on secp256r1 up to TLS 1.2 (RFC 8422
 * sections 5.4 and 5.7), for handshakes that are made by hand.  Its key is random: what the client
 * says then stays between the two. */
#pragma once

#include "channel/tls_keys.h"

struct tls_agreement;

/* params: ServerECDHParams, to be signed and sent. */
enum status tls_agreement_new(struct tls_agreement **ret_agreement, uint8_t params[TLS_POINT_MAX],
                              size_t *ret_length, struct error *reterr) MUST_CHECK;
void tls_agreement_done(struct tls_agreement **agreement);

/* The master secret, from the body of a ClientKeyExchange.  False: it is of no use. */
bool tls_agreement_master(struct tls_agreement *agreement, const struct tls_cipher *cipher,
                          const void *exchange, size_t length, const uint8_t client_random[32],
                          const uint8_t server_random[32], uint8_t master[TLS_MASTER_LENGTH]);

/* Random, unlike what tls_keys.h has. */
enum status tls_agreement_random(void *room, size_t length, struct error *reterr) MUST_CHECK;
