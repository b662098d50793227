/* bench.h - the levers of a real bench, as the process of a probe has them.
 *
 * Commands and persons are the broker's (engine/broker.h), at the other end of two pipes; requests,
 * messages and sets go out from here. */
#pragma once

#include "control/control.h"

enum { BENCH_STASH_MAX = 8 };

/* What the broker said about a ticket that nobody has asked for yet. */
struct bench_answer {
    unsigned ticket; /* 0: free */
    struct lever_output output;
    bool failed; /* it never began */
};

struct bench {
    struct levers levers; /* what probe_call.levers points to */
    int ask_fd;           /* to the broker, or -1 */
    int answer_fd;
    unsigned last_ticket;
    struct bytes heard;
    struct bench_answer stash[BENCH_STASH_MAX];
};

/* Closes nothing; bench_done frees. */
struct bench bench_over(int ask_fd, int answer_fd);
void bench_done(struct bench *bench);
