/* tls_answer.h - what a server says in clear: ServerHello, Certificate (to TLS 1.2),
 * ServerKeyExchange, and the SERVER-HELLO of SSL 2.0.  Any bytes are accepted as input;
 * false means that they are not such a message.  Results point into the input. */
#pragma once

#include "base/bytes.h"
#include "wire/tls_names.h"
#include "wire/tls_record.h"
#include "wire/tls_suites.h"

struct tls_server_hello {
    uint16_t legacy_version;
    const uint8_t *random; /* 32 bytes */
    const uint8_t *session_id;
    size_t session_id_length;
    uint16_t version;   /* what was negotiated: supported_versions if it is there */
    bool retry_request; /* HelloRetryRequest, by its random (RFC 8446 section 4.1.3) */
    uint16_t suite;
    uint8_t compression;
    uint16_t group;       /* of key_share; 0: none */
    const uint8_t *share; /* NULL: none, as in a HelloRetryRequest */
    size_t share_length;
    bool renegotiation_info;
    bool extended_master_secret;
    bool encrypt_then_mac;
    bool ticket;
    bool heartbeat;        /* RFC 6520 */
    bool connection_id;    /* RFC 9146 */
    const uint8_t *cookie; /* of a HelloRetryRequest; NULL: none */
    size_t cookie_length;
    const uint8_t *alpn; /* NULL: none */
    size_t alpn_length;
};

bool wire_tls_server_hello_read(const struct tls_message *message,
                                struct tls_server_hello *ret_hello);

/* The same of DTLS; both versions are given as those of TLS (wire_dtls_version). */
bool wire_dtls_server_hello_read(const struct tls_message *message,
                                 struct tls_server_hello *ret_hello);

/* HelloVerifyRequest (RFC 6347 section 4.2.1), of any version. */
bool wire_dtls_cookie_read(const struct tls_message *message, const uint8_t **ret_cookie,
                           size_t *ret_length);

/* The certificates of a Certificate message of TLS 1.2 and before: false when it is
 * malformed, an empty list included.  Then next() yields each, leaf first. */
bool wire_tls_certificates_read(const struct tls_message *message, struct reader *ret_list);
bool wire_tls_certificates_next(struct reader *list, const uint8_t **ret_der, size_t *ret_length);

/* What TLS 1.3 says behind its ServerHello, once it is opened (RFC 8446 sections 4.3.1, 4.4.2 and
 * 4.4.3).  EncryptedExtensions: only ALPN is taken note of. */
bool wire_tls13_extensions_read(const struct tls_message *message, struct tls_server_hello *hello);
bool wire_tls13_certificates_read(const struct tls_message *message, struct reader *ret_list);

/* ret_staple: the OCSP response that came with it; NULL: none. */
bool wire_tls13_certificates_next(struct reader *list, const uint8_t **ret_der, size_t *ret_length,
                                  const uint8_t **ret_staple, size_t *ret_staple_length);
bool wire_tls13_verify_read(const struct tls_message *message, uint16_t *ret_scheme);

/* The OCSP response of a CertificateStatus (RFC 6066 section 8). */
bool wire_tls_status_read(const struct tls_message *message, const uint8_t **ret_staple,
                          size_t *ret_length);

struct tls_key_exchange {
    uint16_t group;       /* ECDHE; 0 otherwise */
    unsigned dh_bits;     /* DHE: length of the prime; 0 otherwise */
    const uint8_t *prime; /* without leading zeros */
    size_t prime_length;
    uint16_t scheme;         /* of the signature, TLS 1.2; 0: none */
    size_t signature_length; /* 0: none */
    const uint8_t *hint;     /* PSK identity hint; NULL: none, or an empty one */
    size_t hint_length;
};

/* The suite says how to read it (RFC 5246 section 7.4.3, RFC 8422 section 5.4, RFC 4279
 * section 3, RFC 5489 section 2). */
bool wire_tls_key_exchange_read(const struct tls_message *message, const struct tls_suite *suite,
                                uint16_t version, struct tls_key_exchange *ret_exchange);

struct tls_ssl2_hello {
    const uint8_t *certificate; /* NULL: none */
    size_t certificate_length;
    const uint8_t *kinds; /* three bytes each */
    size_t kind_count;
};

/* stream: the bytes as they came; false: not (yet) a whole SERVER-HELLO. */
bool wire_tls_ssl2_hello_read(const void *stream, size_t length, struct tls_ssl2_hello *ret_hello);

/* "SSL2_RC4_128_WITH_MD5" ...; NULL when unknown.  kind: three bytes. */
const char *wire_tls_ssl2_kind_name(const uint8_t *kind);
