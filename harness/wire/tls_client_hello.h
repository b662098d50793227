/* tls_client_hello.h - what a client offers, as a server reads it (RFC 8446 section 4.1.2, RFC
 * 5246 section 7.4.1.2; over datagrams RFC 6347 section 4.2.1).  Any bytes are accepted; lists
 * longer than the room are cut, and say so.
 */
#pragma once

#include "base/bytes.h"
#include "wire/tls_record.h"

enum {
    TLS_CLIENT_SUITES_MAX = 512,
    TLS_CLIENT_GROUPS_MAX = 64,
    TLS_CLIENT_VERSIONS_MAX = 16,
    TLS_CLIENT_ALPN_MAX = 16,
    TLS_CLIENT_NAME_SIZE = 256
};

struct tls_client_hello {
    uint16_t legacy_version; /* as it is written: of DTLS, its complement */
    uint8_t random[32];
    const uint8_t *session_id; /* inside the input */
    size_t session_id_length;
    uint16_t suites[TLS_CLIENT_SUITES_MAX]; /* without GREASE (RFC 8701) */
    size_t suite_count;
    uint16_t groups[TLS_CLIENT_GROUPS_MAX];
    size_t group_count;
    uint16_t versions[TLS_CLIENT_VERSIONS_MAX]; /* of supported_versions; none: not sent */
    size_t version_count;
    char server_name[TLS_CLIENT_NAME_SIZE]; /* printable; "": none */
    char alpn[TLS_CLIENT_ALPN_MAX][TLS_CLIENT_NAME_SIZE];
    size_t alpn_count;
    bool compression; /* something beside null */
    bool renegotiation_info;
    bool extended_master_secret;
    bool status_request; /* asks for a stapled OCSP answer (RFC 6066 section 8) */
    bool cut;
};

/* False: not a ClientHello. */
bool wire_tls_client_hello_read(const struct tls_message *message,
                                struct tls_client_hello *ret_hello);

bool wire_tls_client_hello_offers(const struct tls_client_hello *hello, uint16_t suite);
