/* liveness.h - is the declared device there, and is it the declared one?
 *
 * Asked before and after every check.  Without a yes on both sides nothing that a
 * probe saw, or did not see, says anything about the device. */
#pragma once

#include "channel/transcript.h"
#include "model/judge.h"

struct liveness_answer {
    enum liveness_state state;
    char detail[160];
    unsigned tries; /* a device may miss one beat; each try is counted */
};

/* Asks the profile's liveness service at its first address, or that of the associated service
 * to which `about` (may be NULL) belongs, up to `tries` times, each for at most wait_ms.  A
 * status is a fault of ours. */
enum status liveness_ask(const struct profile *profile, const struct service *about, unsigned tries,
                         unsigned wait_ms, struct transcript *transcript,
                         struct liveness_answer *ret_answer, struct error *reterr) MUST_CHECK;
