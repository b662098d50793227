/* refusal.h - the wrong images that were offered in one run, and what came of them. */
#pragma once

#include "control/update_trial.h"

struct round {
    enum firmware_kind kind;
    size_t length;
    struct trial_offer offer;
    const char *login; /* "accepted", ...; NULL: not tried */
};

struct refusal {
    struct trial trial;
    size_t huge_bytes;
    int64_t watch_ms;
    int64_t wait_ms;
    bool good_installed;
    int64_t good_took_ms;
    int64_t last_ms;      /* when the last wrong image was begun */
    size_t settled_count; /* rounds that the device was started or brought back after */
    bool restarted;       /* the last start was seen to be one */
    size_t later_from;    /* of these rounds one was installed later */
    size_t later_count;
    bool seen[FIRMWARE_KIND_COUNT];
    struct round rounds[FIRMWARE_KIND_COUNT];
    size_t round_count;
    json_t *left_out;
};

extern const struct fact refusal_columns[];
extern const struct fact refusal_left_out_columns[];

struct refusal *refusal_new(struct probe_call *call);
void refusal_free(struct refusal *refusal);

void refusal_leave_out(struct refusal *refusal, enum firmware_kind kind, const char *why);

enum outcome {
    OUTCOME_REFUSED,
    OUTCOME_IGNORED,
    OUTCOME_BROKEN_OFF,
    OUTCOME_INSTALLED,
    OUTCOME_SILENCED
};

/* What an answer and a version mean together: a changed version outweighs any answer, and
 * silence any version that was not seen. */
enum outcome refusal_outcome(enum lever_word word, bool version_known, bool changed);

const char *refusal_outcome_word(enum outcome outcome);

void refusal_report(struct refusal *refusal);
