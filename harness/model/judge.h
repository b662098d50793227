/* judge.h - from what was observed to a verdict.  Pure: no clock, no I/O, so that
 * stored observations can be judged again under other rules.
 *
 * Nothing is a pass by default.  The order of questions: did the harness do its part
 * (else ERROR), was the device alive and itself before and after (else ERROR), did
 * every control hold (else INCONC), is each expected fact there (else INCONC), is it
 * as expected (else FAIL, or what the expectation says). */
#pragma once

#include "model/grade.h"
#include "model/plan.h"
#include "model/truth.h"

enum liveness_state {
    LIVENESS_UNKNOWN, /* never asked */
    LIVENESS_ALIVE,
    LIVENESS_SILENT, /* no answer */
    LIVENESS_OTHER   /* something answers, but not the declared device */
};

const char *liveness_word(enum liveness_state state); /* "unknown", "alive", "silent", "other" */
bool liveness_from_word(const char *word, enum liveness_state *ret_state);

enum check_ending {
    ENDING_NONE,     /* the child never reported an end */
    ENDING_OBSERVED, /* the probe ran to its end and reported facts */
    ENDING_FAULT,    /* the probe returned a status other than OK */
    ENDING_CRASHED,  /* a signal, or a broken record */
    ENDING_TIMEOUT   /* killed at the deadline */
};

const char *ending_word(enum check_ending ending);
bool ending_from_word(const char *word, enum check_ending *ret_ending);

/* Everything one attempt at a check left behind. */
struct check_record {
    enum liveness_state before;
    enum liveness_state after;
    char before_detail[160];
    char after_detail[160];
    enum check_ending ending;
    char fault[256]; /* for FAULT and CRASHED: what happened, without secrets */
    json_t *facts;   /* the observation, or NULL */
    /* One place per control of the plan item, in its order: the observation of a control
     * with parameters of its own; NULL when it has none, or when it did not end well. */
    json_t **controls;
    size_t control_count;
    unsigned attempt; /* from 1 */
    unsigned year;    /* of the observation; 0: not known */
    /* The probe wanted more wrong log-ins than the account had left; both 0: it did not. */
    unsigned logins_wanted;
    unsigned logins_granted;
};

void check_record_done(struct check_record *record);

struct judgement {
    enum verdict verdict;
    struct words reason;      /* one line each; in the arena */
    struct words expected;    /* of the expectation that decided, or of all */
    const char *observed;     /* {"path": value} of what decided, as JSON text; "{}" when nothing */
    struct words fix;         /* when something is to be mended */
    const char *control;      /* "held", "not held: <id>", "none declared", "not asked" */
    const char *const *notes; /* unmet advisory expectations, English */
    size_t note_count;
    const struct grade_result *grades; /* of every graded expectation, once they were judged */
    size_t grade_count;
};

struct judgement judge(const struct plan_item *item, const struct check_record *record,
                       struct arena *arena);

/* Of any condition but a graded one, which grade_facts decides. */
enum truth expectation_holds(const struct expectation *expectation, const json_t *facts);
