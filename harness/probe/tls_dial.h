/* tls_dial.h - brings exchanges to a server and back.  The survey only knows this; how bytes are
 * moved is the probe's, so that recorded and invented servers can answer too. */
#pragma once

#include "probe/tls_exchange.h"

struct dialer {
    void *context;
    /* Runs the exchanges side by side and finishes each. */
    enum status (*dial)(void *context, struct exchange *const exchanges[], size_t count,
                        struct error *reterr);
    unsigned width; /* how many it really runs at once; 0: one */
    uint64_t seed;  /* of the hellos' randoms; advances */
    unsigned handshakes;
};

/* Fills in the randoms, restarts the exchanges and runs them. */
enum status tls_server_dial(struct dialer *dialer, struct exchange *const exchanges[], size_t count,
                            struct error *reterr) MUST_CHECK;

/* How often a handshake may begin. */
struct pace {
    unsigned per_second; /* on average; 0: unlimited */
    /* Private: for the average. */
    unsigned begun;
    int64_t started_ms;
};

/* Waits until one more keeps to the pace, at the longest until the deadline. */
void tls_server_pace(struct pace *pace, int64_t deadline_ms);
