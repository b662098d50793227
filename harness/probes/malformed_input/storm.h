/* storm.h - sends malformed messages to one service, one at a time, and asks after each whether
 * the service still answers a well-formed question. */
#pragma once

#include "cases.h"

#include "base/arena.h"
#include "channel/heartbeat.h"
#include "channel/raw.h"

enum { STOPS_MAX = 3 };

/* After this message the service fell silent. */
struct stop {
    const struct malformed *message;
    char detail[96]; /* how the well-formed question fared */
    bool recovered;  /* it answered again within the time given */
    bool tried_again;
    bool confirmed; /* sent once more, it fell silent once more; only if tried_again */
};

struct storm_ask {
    struct heartbeat_ask heartbeat; /* host, port, protocol, server_name, seed */
    uint64_t seed;                  /* of the damage */
    unsigned damaged;               /* how many beside the ones written by hand */
    const char *only;               /* the name of a single case, or NULL */
    unsigned wait_ms;               /* for an answer to a malformed message */
    unsigned patience_ms;           /* silence that long is a stop */
    unsigned recovery_ms;           /* then this long for coming back */
    int64_t deadline_ms;
    struct transcript *transcript;
    void (*progress)(void *context, unsigned done, unsigned total); /* may be NULL */
    void *progress_context;
};

struct storm_result {
    bool answered_before;
    bool asked_after; /* there was time to */
    bool answered_after;
    unsigned planned;
    unsigned sent;
    unsigned left_out; /* damage that came out harmful */
    unsigned unsent;   /* twice no connection to send it on */
    bool complete;
    struct stop stops[STOPS_MAX];
    size_t stop_count;
};

/* Messages of the stops live in arena. */
enum status storm_run(const struct storm_ask *ask, struct arena *arena,
                      struct storm_result *ret_result, struct error *reterr) MUST_CHECK;
