/* network.h - brings exchanges to a TLS server over TCP. */
#pragma once

#include "probe/tls_dial.h"

/* The context of tls_server_network_dial. */
struct network {
    const char *host;
    uint16_t port;
    int64_t timeout_ms; /* of one exchange */
    int64_t deadline_ms;
    unsigned connections; /* at once, at most NETWORK_CONNECTIONS_MAX */
    struct pace pace;
    struct transcript *transcript;
};

enum { NETWORK_CONNECTIONS_MAX = 8 };

enum status tls_server_network_dial(void *context, struct exchange *const exchanges[], size_t count,
                                    struct error *reterr) MUST_CHECK;
