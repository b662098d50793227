/* candidates.h - which log-ins are worth trying, in which order.
 *
 * Labels name a candidate in records without its password: "common:#12 (user admin)". */
#pragma once

#include "base/arena.h"
#include "model/profile.h"
#include "probe/mechanism.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct candidates {
    struct candidate *items;
    size_t count;
    bool guesses; /* holds something else than the declared credentials */
};

struct candidate_wish {
    const json_t *kinds;           /* texts as in the probe's parameter */
    const struct profile *profile; /* NULL by hand */
    const struct auth *auth;       /* NULL by hand */
    const char *user;              /* by hand, or NULL */
    uint64_t seed;
};

/* The words that `kinds` may hold; NULL-ended. */
extern const char *const candidate_kinds[];

/* Distinct pairs: the empty and the anonymous ones first (they are always among them
 * when list:common is wished for), then the list, those of declared users before the
 * others, with what is derived from the device mixed in: one after every two. */
enum status candidates_gather(const struct candidate_wish *wish, struct arena *arena,
                              struct candidates *ret_candidates, struct error *reterr) MUST_CHECK;
