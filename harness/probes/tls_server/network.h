/* network.h - brings exchanges to a TLS server over TCP. */
#pragma once

#include "probe/tls_dial.h"
#include "wire/starttls.h"

/* How STARTTLS ended, the best of all connections last. */
enum upgrade {
    UPGRADE_NONE,
    UPGRADE_SILENT,
    UPGRADE_CLOSED,
    UPGRADE_GARBLED,
    UPGRADE_TURNED_AWAY, /* by the greeting, before anything was asked */
    UPGRADE_REFUSED,
    UPGRADE_ACCEPTED
};

const char *tls_server_upgrade_word(enum upgrade upgrade);

/* The context of tls_server_network_dial. */
struct network {
    const char *host;
    uint16_t port;
    int64_t timeout_ms; /* of one exchange */
    int64_t deadline_ms;
    unsigned connections; /* at once, at most NETWORK_CONNECTIONS_MAX */
    struct pace pace;
    struct transcript *transcript;
    enum starttls_protocol starttls;
    const char *server_name; /* for STARTTLS in XMPP; NULL: none */

    /* What was seen of STARTTLS, and how much went out in all. */
    enum upgrade upgrade;
    char upgrade_answer[STARTTLS_ANSWER_MAX];
    bool upgrade_surplus; /* the server went on in clear after its go-ahead */
    size_t sent;
};

enum { NETWORK_CONNECTIONS_MAX = 8 };

enum status tls_server_network_dial(void *context, struct exchange *const exchanges[], size_t count,
                                    struct error *reterr) MUST_CHECK;
