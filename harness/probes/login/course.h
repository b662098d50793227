/* course.h - which candidates are tried when, within a budget, and what became of each.
 *
 * "Rejected" is worth something only while the device looks at passwords at all.  Where
 * the right credentials are known, they are tried before, now and then in between
 * (every few guesses, which also keeps most counters of failures low) and at the end; a
 * stretch of guesses after which they fail counts as not tried.  Guesses of one stretch may
 * go over several connections at once (lanes.h); right log-ins never do. */
#pragma once

#include "candidates.h"
#include "probe/mechanism.h"

#include <stdbool.h>
#include <stdint.h>

enum course_result {
    COURSE_UNTRIED,
    COURSE_ACCEPTED,
    COURSE_REJECTED,
    COURSE_UNCLEAR,
    COURSE_DEFERRED /* unclear beside others; it is to be tried alone */
};

struct course {
    /* Given. */
    const struct probe_call *call;
    const struct mechanism *mechanism;
    const struct mechanism_setting *setting;
    void *state;
    const struct candidates *candidates;
    const struct candidate *right; /* the declared log-in, or NULL */
    unsigned budget;               /* log-ins with candidates */
    unsigned stop_after;           /* accepted ones */
    unsigned check_every;          /* guesses between two right log-ins */
    unsigned lanes;                /* connections at once */
    unsigned pause_ms;
    unsigned lock_wait_s; /* first wait when the device does not say how long */
    unsigned lock_max_s;  /* in all */

    /* Found. */
    enum course_result *results; /* one per candidate; the arena's */
    const char **proofs;
    unsigned attempts; /* log-ins with candidates, repetitions included */
    unsigned accepted;
    bool locked;
    bool stopped; /* by a lock, silence or the deadline: what is left was not tried */
    bool budget_exhausted;
    bool right_before_known;
    bool right_before;
    bool right_after_known;
    bool right_after;
    const char *right_proof;
    unsigned waited_s;
    char detail[192]; /* of the last attempt that was not clear */
};

enum status course_run(struct course *course, struct arena *arena, struct error *reterr) MUST_CHECK;

/* Every candidate within the budget was tried and got a clear answer, at a time when
 * the right credentials (where they are known) were accepted. */
bool course_is_complete(const struct course *course);
