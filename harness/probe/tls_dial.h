/* tls_dial.h - brings exchanges to a server and back.  The survey only knows this; how bytes are
 * moved is the probe's, so that recorded and invented servers can answer too. */
#pragma once

#include "probe/tls_exchange.h"

enum { DIAL_RIDERS_MAX = 32 };

struct dialer {
    void *context;
    /* Runs the exchanges side by side and finishes each. */
    enum status (*dial)(void *context, struct exchange *const exchanges[], size_t count,
                        struct error *reterr);
    unsigned width; /* how many it really runs at once; 0: one */
    uint64_t seed;  /* of the hellos' randoms; advances */
    unsigned handshakes;
    /* Private: exchanges that wait for an idle connection, the oldest first. */
    struct exchange *riders[DIAL_RIDERS_MAX];
    size_t rider_count;
};

/* Fills in the randoms, restarts the exchanges and runs them, and with them those that wait, as
 * far as the width goes. */
enum status tls_server_dial(struct dialer *dialer, struct exchange *const exchanges[], size_t count,
                            struct error *reterr) MUST_CHECK;

/* Leaves an exchange to be run beside others that are; it must stay where it is until then. */
void tls_server_dial_along(struct dialer *dialer, struct exchange *exchange);

/* Runs those that still wait. */
enum status tls_server_dial_rest(struct dialer *dialer, struct error *reterr) MUST_CHECK;

/* How often a handshake may begin. */
struct pace {
    unsigned per_second; /* on average; 0: unlimited */
    /* Private: for the average. */
    unsigned begun;
    int64_t started_ms;
};

/* Waits until one more keeps to the pace, at the longest until the deadline. */
void tls_server_pace(struct pace *pace, int64_t deadline_ms);
