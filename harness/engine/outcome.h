/* outcome.h - what is known of one planned check: the record gathered event by event,
 * live or from the log of an interrupted run, and the judgement over it. */
#pragma once

#include "model/judge.h"

#include <stdint.h>

struct outcome {
    struct check_record record;
    struct judgement judgement;
    bool ended;  /* the attempt is over, however */
    bool judged; /* judgement is set */
    bool verdict_logged;
    int64_t started_wall_ms;
    int64_t elapsed_ms;
    char wire_name[200]; /* "wire/0001-....jsonl", or "" */
    char wire_sha256[65];
    char wire_entry[8];     /* its id in the bundle, once that is known */
    json_int_t connections; /* as its transcript counts; likewise the bytes */
    json_int_t sent;
    json_int_t received;
    bool cut; /* the transcript does not hold them all */

    /* Attempts before this one, each cut short with the run: array of {"attempt", "ending":
     * "interrupted", "started", "fault", "liveness", "facts"?, "wire"?, "sha256"?}, or NULL. */
    json_t *earlier;
};

void outcome_done(struct outcome *outcome);

/* Puts the attempt so far, if there was one, to the earlier ones and begins the next. */
void outcome_restart(struct outcome *outcome, size_t control_count, unsigned attempt,
                     int64_t started_wall_ms);

/* One event of the kinds liveness, control, observation, fault, attempts-short, transcript,
 * ended, verdict; others are ignored.  False when the data is not of that kind's shape. */
bool outcome_apply(struct outcome *outcome, const char *kind, const json_t *data);
