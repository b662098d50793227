/* tls_client.h - a well-behaved TLS 1.2 and 1.3 client (Mbed TLS) that completes one
 * handshake, looks at what the server showed, and leaves.
 *
 * It may wait for a session ticket and come back with it (RFC 5077, RFC 8446 section 4.6.1).
 * Certificates are not judged here.  The transcript keeps the bytes as they went over
 * the wire, so from TLS 1.3 on mostly encrypted ones. */
#pragma once

#include "base/bytes.h"
#include "channel/tcp.h"
#include "wire/starttls.h"

#include <stdbool.h>
#include <stdint.h>

enum { TLS_CLIENT_CHAIN_MAX = 10, TLS_CLIENT_DER_MAX = 1 << 16 };

/* What a visit took along and the next one may show; owned by the caller. */
struct tls_client_session;
void tls_client_session_free(struct tls_client_session *session);

struct tls_client_ask {
    const char *host; /* numeric */
    uint16_t port;
    const char *server_name; /* SNI; NULL: none */
    const char **alpn;       /* NULL-ended; NULL: not offered */
    bool only_13;
    bool only_12;
    enum starttls_protocol starttls;
    bool keep;                                /* take a session along, as answer.session */
    const struct tls_client_session *resumed; /* to come back with; NULL: none */
    int64_t deadline_ms;
};

enum tls_client_event {
    TLS_CLIENT_DONE,          /* the handshake completed */
    TLS_CLIENT_NO_CONNECTION, /* no TCP connection */
    TLS_CLIENT_REFUSED,       /* the server ended the handshake */
    TLS_CLIENT_TIMEOUT,
    TLS_CLIENT_FAILED /* no common ground, or the server's messages were not acceptable */
};

/* Owned by the caller; tls_client_answer_done. */
struct tls_client_answer {
    enum tls_client_event event;
    uint16_t version; /* 0x0303, 0x0304 */
    uint16_t suite;
    char alpn[256];   /* "" when none was chosen */
    struct bytes der; /* the chain, leaf first, one certificate after another */
    size_t lengths[TLS_CLIENT_CHAIN_MAX];
    size_t count;
    bool resumed;                       /* no certificate was needed */
    struct tls_client_session *session; /* NULL: none could be taken along */
    bool ticket;                        /* it holds one */
    bool ticket_awaited;        /* one would have been seen: the server closed in good order */
    uint32_t ticket_lifetime_s; /* 0: the server gives no hint */
    int alert;                  /* the fatal alert that the server sent; -1: none */
    char detail[160];
};

/* What the device does is in *answer; CRYPTO and the like are our own faults. */
enum status tls_client_visit(const struct tls_client_ask *ask, struct transcript *transcript,
                             struct tls_client_answer *answer, struct error *reterr) MUST_CHECK;
void tls_client_answer_done(struct tls_client_answer *answer);
