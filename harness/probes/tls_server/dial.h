/* dial.h - brings exchanges to a server and back.  The survey only knows this. */
#pragma once

#include "exchange.h"

struct dialer {
    void *context;
    /* Runs the exchanges side by side and finishes each. */
    enum status (*dial)(void *context, struct exchange *const exchanges[], size_t count,
                        struct error *reterr);
    uint64_t seed; /* of the hellos' randoms; advances */
    unsigned handshakes;
};

/* The network: context is a struct network. */
struct network {
    const char *host;
    uint16_t port;
    int64_t timeout_ms; /* of one exchange */
    int64_t deadline_ms;
    unsigned connections; /* at once, at most NETWORK_CONNECTIONS_MAX */
    unsigned per_second;  /* connections begun, on average; 0: unlimited */
    struct transcript *transcript;
    /* Private: for the average. */
    unsigned begun;
    int64_t started_ms;
};

enum { NETWORK_CONNECTIONS_MAX = 8 };

enum status tls_server_network_dial(void *context, struct exchange *const exchanges[], size_t count,
                                    struct error *reterr) MUST_CHECK;

/* Fills in the randoms, restarts the exchanges and runs them. */
enum status tls_server_dial(struct dialer *dialer, struct exchange *const exchanges[], size_t count,
                            struct error *reterr) MUST_CHECK;
