/* run.h - walks a plan: a child process per check, side by side up to a limit, every
 * event in the journal, every verdict by the judge.
 *
 * The engine prints nothing; a watcher is told what happens. */
#pragma once

#include "engine/journal.h"
#include "engine/outcome.h"
#include "model/plan.h"

#include <signal.h>
#include <stdint.h>

enum run_event_kind {
    RUN_CHECK_STARTED,
    RUN_CHECK_PROGRESS, /* done of total, as the probe counts */
    RUN_CHECK_JUDGED,
    RUN_ASKING, /* a person, at the terminal: nobody else draws there until ... */
    RUN_ASKED,
};

struct run_event {
    enum run_event_kind kind;
    const struct plan_item *item;
    const struct outcome *outcome;
    unsigned done; /* of the check, for PROGRESS */
    unsigned total;
    unsigned waiting_s; /* above 0: it waits so long, for a lock-out to end */
    size_t judged;      /* checks of the plan that have a verdict */
    size_t planned;
    unsigned running;
};

struct run_setup {
    const struct plan *plan;
    unsigned jobs; /* 0: the profile's limit */
    uint64_t seed;
    const struct answers *answers;                               /* of a person; may be NULL */
    bool packets;                                                /* are to be kept (packets.h) */
    const volatile sig_atomic_t *interrupted;                    /* may be NULL */
    void (*watch)(void *context, const struct run_event *event); /* may be NULL */
    void *watch_context;
};

struct run;
struct papers;

/* A new run; `opening` (borrowed) becomes the log's first event, "run-opened". */
enum status run_open(const struct run_setup *setup, const char *folder, const json_t *opening,
                     struct run **ret_run, struct error *reterr) MUST_CHECK;

/* Goes on with an interrupted one.  BAD_INPUT when the log's opening does not have the
 * same "identity" member as `opening`: another plan would be another run. */
enum status run_reopen(const struct run_setup *setup, const char *folder, const json_t *opening,
                       struct run **ret_run, struct error *reterr) MUST_CHECK;

/* The same to bring the device back and for nothing else, whatever else has changed. */
enum status run_reopen_to_restore(const struct run_setup *setup, const char *folder,
                                  struct run **ret_run, struct error *reterr) MUST_CHECK;

/* After either: brings the device back for every check that the log shows begun and not
 * ended, and for those whose restoring failed.  *ret_tried (may be NULL): how many those
 * were.  UNREACHABLE names what could not be brought back; the rest was tried too. */
enum status run_restore(struct run *run, size_t *ret_tried, struct error *reterr) MUST_CHECK;

/* Is the device, by what this run knows, not as it was before? */
bool run_owes(const struct run *run);

/* The opening of an interrupted run, to know what it was; new reference. */
enum status run_read_opening(const char *folder, json_t **ret_opening,
                             struct error *reterr) MUST_CHECK;

/* Until every check has a verdict.  INTERRUPTED leaves a journal that run_reopen takes. */
enum status run_drive(struct run *run, struct error *reterr) MUST_CHECK;

/* One per plan item, in plan order; judgements live in the run's arena. */
const struct outcome *run_outcomes(const struct run *run);
struct outcome *run_outcomes_for_sealing(struct run *run);
const struct papers *run_papers(const struct run *run); /* after run_drive */
struct journal *run_journal(struct run *run);
unsigned run_interruptions(const struct run *run);

/* Forgets the run and removes the journal's folder. */
enum status run_discard(struct run **run, struct error *reterr) MUST_CHECK;
void run_done(struct run **run); /* for DEFER; the journal's folder stays */
