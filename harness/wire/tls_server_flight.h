/* tls_server_flight.h - the messages of a server up to TLS 1.2 (RFC 5246 section 7.4, RFC 4346,
 * RFC 2246), one record each, for versions and suites and staples that no library at hand
 * speaks.  By themselves they show whether a client goes on; channel/tls_agreement.h helps
 * to complete one kind. */
#pragma once

#include "base/bytes.h"
#include "wire/tls_names.h"

enum { TLS_FLIGHT_LENGTH_MAX = 16384 };

struct tls_server_choice {
    uint16_t version;
    uint16_t suite;
    uint8_t random[32];
    bool renegotiation_info; /* the client has asked for it (RFC 5746 section 3.6) */
    bool staple;             /* a CertificateStatus follows (RFC 6066 section 8) */
};

void wire_tls_server_hello_build(const struct tls_server_choice *choice, struct builder *builder);

/* ders: count certificates one behind the other, leaf first. */
void wire_tls_certificate_build(uint16_t version, const uint8_t *ders, const size_t *lengths,
                                size_t count, struct builder *builder);

/* CertificateStatus with an OCSP response; behind Certificate. */
void wire_tls_certificate_status_build(uint16_t version, const uint8_t *response, size_t length,
                                       struct builder *builder);

/* params: as they are signed; scheme: TLS 1.2 alone writes it; no signature: anonymous. */
void wire_tls_key_exchange_build(uint16_t version, const uint8_t *params, size_t params_length,
                                 uint16_t scheme, const uint8_t *signature, size_t signature_length,
                                 struct builder *builder);
void wire_tls_server_done_build(uint16_t version, struct builder *builder);

/* ServerECDHParams with the generator of secp256r1 for a point (RFC 8422 section 5.4). */
void wire_tls_ecdh_params_build(struct builder *builder);

/* Whether a client gave its part of the key exchange, so found nothing to object to. */
bool wire_tls_is_key_exchange(const void *stream, size_t length);
