/* tls_hello.h - ClientHello messages of every version from SSL 2.0 to TLS 1.3,
 * including ones that no honest client would send.
 *
 * The values that a real client would keep secret or random are the caller's: nothing
 * here is meant to complete a handshake. */
#pragma once

#include "base/bytes.h"
#include "wire/tls_names.h"

enum {
    TLS_SCSV_RENEGOTIATION = 0x00ff, /* RFC 5746 section 3.3 */
    TLS_SCSV_FALLBACK = 0x5600       /* RFC 7507 */
};

/* What to offer.  Lists are the caller's; a list of length 0 leaves its extension out.
 * SSL 3.0 hellos carry no extensions whatever is asked for. */
struct tls_hello {
    uint16_t version; /* the highest, and for TLS 1.3 the only one offered */
    const uint16_t *suites;
    size_t suite_count;
    const uint16_t *groups;
    size_t group_count;
    const uint16_t *schemes; /* signature_algorithms: TLS 1.2 and later */
    size_t scheme_count;
    const uint16_t *certificate_schemes; /* signature_algorithms_cert (RFC 8446 section 4.2.3) */
    size_t certificate_scheme_count;
    const char *const *alpn; /* each 1 to 255 bytes */
    size_t alpn_count;
    const char *server_name; /* a DNS name; NULL: none */
    uint8_t random[32];
    bool compression;     /* offer DEFLATE and LZS before null (RFC 3749, RFC 3943) */
    bool ticket;          /* an empty session_ticket */
    bool fallback;        /* add TLS_FALLBACK_SCSV */
    bool key_shares;      /* TLS 1.3: x25519 and secp256r1 points; without, the server
                             has to ask by HelloRetryRequest (RFC 8446 section 4.2.8) */
    uint16_t share_group; /* TLS 1.3: the only share, of this group (tls_share.h); 0: see above */
    bool status_request;  /* an OCSP staple (RFC 6066 section 8) */
    /* What a server must tolerate. */
    bool grease;             /* reserved values in each list, and as extensions (RFC 8701) */
    bool unknown_extension;  /* one of the range for private use, with content */
    uint16_t legacy_version; /* instead of the right one; 0: that */
    uint16_t length_least;   /* of the message's body, by padding (RFC 7685); 0: as it comes */
    bool datagram;           /* DTLS: TLS_VERSION_11 stands for DTLS 1.0, and so on */
    const uint8_t *cookie;   /* DTLS: what the server asked to be shown; NULL: none yet */
    size_t cookie_length;
    /* For clients that mean to do wrong, or to complete the handshake; to TLS 1.2. */
    bool bare;                  /* neither encrypt_then_mac nor extended_master_secret */
    bool heartbeat;             /* RFC 6520 section 2 */
    bool without_renegotiation; /* no renegotiation_info: a client before RFC 5746 */
    const uint8_t *verify_data; /* of a renegotiation (RFC 5746 section 3.5); NULL: a first hello */
    size_t verify_data_length;
    const uint8_t *session_id;  /* NULL: an empty one */
    size_t session_id_length;   /* at most 32 */
    const uint8_t *ticket_data; /* with ticket: what the server gave (RFC 5077); NULL: empty */
    size_t ticket_length;
    bool cookie_in_extension; /* as an answer to HelloRetryRequest (RFC 9147 section 5.1); else to
                                 HelloVerifyRequest (RFC 6347 section 4.2.1) */
};

enum {
    TLS_HELLO_LENGTH_MAX = 4096, /* unless length_least asks for more */
    TLS_HELLO_LONGEST = 20480
};

/* The message without any header. */
void wire_tls_hello_body(const struct tls_hello *hello, struct builder *builder);

/* The message in as many records as it needs; false when it does not fit. */
bool wire_tls_hello_build(const struct tls_hello *hello, struct builder *builder);

/* The SSL 2.0 CLIENT-HELLO (draft-hickman-netscape-ssl-00 section 2.5) with all seven
 * of its cipher kinds; challenge is 16 bytes. */
bool wire_tls_hello_build_ssl2(const uint8_t challenge[16], struct builder *builder);
