/* network.h - brings exchanges to a DTLS server over UDP, one after another: many such servers talk
 * to one client at a time. */
#pragma once

#include "probe/tls_dial.h"

/* The context of dtls_server_network_dial. */
struct network {
    const char *host;
    uint16_t port;
    int64_t timeout_ms; /* of one exchange, after the last datagram that took it further */
    int64_t repeat_ms;  /* until an unanswered hello is sent again; doubled each time */
    int64_t deadline_ms;
    struct pace pace;
    struct transcript *transcript;

    /* What went out, without what was only repeated. */
    unsigned datagrams;
    size_t bytes;
};

enum status dtls_server_network_dial(void *context, struct exchange *const exchanges[],
                                     size_t count, struct error *reterr) MUST_CHECK;
