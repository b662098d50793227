/* run_private.h - a run's own state, for run.c and run_restore.c alone. */
#pragma once

#include "engine/keeper.h"
#include "engine/lanes.h"
#include "engine/packets.h"
#include "engine/papers.h"
#include "engine/run.h"
#include "engine/tally.h"

struct run {
    struct run_setup setup;
    struct arena *arena;
    struct journal *journal;
    struct outcome *outcomes;
    struct worker *workers; /* one slot per item; used while LANE_RUNNING, pid 0 once reaped */
    struct keeper *keepers; /* one slot per item; pid 0: none */
    enum lane_state *states;
    bool *owed;          /* a restoring failed, and none has succeeded since */
    unsigned *attempts;  /* begun so far, earlier sessions included */
    unsigned *spent;     /* wrong log-ins of each item, likewise */
    unsigned *unsaid;    /* those of them that the log does not have yet */
    struct tally tally;  /* the same as spent, written by the children */
    json_t *opening;     /* as logged, when reopened */
    json_t *papers_said; /* document id -> data of its event */
    struct papers papers;
    struct packets *recorder; /* NULL: none listens */
    unsigned packets_said;    /* the last session whose packets the log speaks of */
    unsigned interruptions;
};

struct run *run_new(const struct run_setup *setup);
enum status run_open_tally(struct run *run, struct error *reterr) MUST_CHECK;

/* The machine may be another one after an interruption. */
enum status run_say_host(struct run *run, struct error *reterr) MUST_CHECK;

/* A verdict of an attempt is in the log once, also when the run was interrupted after it. */
enum status run_judge(struct run *run, size_t place, struct error *reterr) MUST_CHECK;

/* What one wait has heard of wrong log-ins, as one event: --resume counts them. */
enum status run_log_attempts(struct run *run, size_t place, struct error *reterr) MUST_CHECK;

/* What the item's processes are told; probe is NULL when it is not in this build. */
struct worker_order run_order(const struct run *run, size_t place);

/* Kills and reaps the worker, if it is still there. */
void run_stop_worker(struct run *run, size_t place, char fault[256]);

/* The keeper was asked: *ret_ended once it has ended and its outcome is in the log and in
 * the item's record. */
enum status run_hear_keeper(struct run *run, size_t place, bool *ret_ended,
                            struct error *reterr) MUST_CHECK;

/* Asks the keeper (one is started if need be), waits, and logs the outcome. */
enum status run_restore_now(struct run *run, size_t place, struct error *reterr) MUST_CHECK;
