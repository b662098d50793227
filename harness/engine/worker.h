/* worker.h - one attempt at one check, in a child process of its own.
 *
 * The child asks for liveness, runs the controls and the probe, asks again, and says
 * each thing as one JSON line through a pipe as soon as it knows it.  The parent keeps
 * the log; a child that dies has said what it knew. */
#pragma once

#include "base/bytes.h"
#include "engine/broker.h"
#include "model/judge.h"
#include "probe/probe.h"

#include <signal.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    WORKER_REPORT_MAX = 8 << 20, /* all lines of one child */
    WORKER_LIVENESS_TRIES = 3,
    WORKER_LIVENESS_WAIT_MS = 3000,
};

struct keeper;
struct tally;

struct worker {
    pid_t pid;
    struct broker broker;
    int pipe_fd;
    bool clean; /* said at its end that the device is as it was; the listener sets it */
    int64_t started_ms;
    int64_t deadline_ms;
    struct bytes report; /* what has come and is not yet a whole line */
    size_t taken;        /* bytes of it already handled */
    size_t total;
    bool asking;  /* somebody at the terminal */
    bool overdue; /* killed at the deadline */
    bool broken;  /* said something that is no report */
    bool too_large;
};

struct worker_order {
    const struct plan_item *item;
    const struct probe *probe; /* NULL: only ask whether the device is there */
    uint64_t seed;
    uint64_t run_seed;
    unsigned attempt;
    const struct answers *answers; /* of a person, or NULL */
    pid_t parent;                  /* set by worker_start */
    int broker_ask_fd;             /* likewise; -1: there is no broker */
    int broker_answer_fd;
    const struct keeper *keeper; /* started before; NULL: none */
    bool without_liveness;       /* by hand, without a verdict to follow */
    bool counts_attempts;
    unsigned attempts_left;      /* wrong log-ins that the account has left; with counts_attempts */
    const struct tally *tally;   /* where they are counted, too; or NULL */
    size_t place;                /* of the item, there */
    const struct papers *papers; /* NULL: by hand */
};

/* Forks.  The worker must be reaped with worker_reap. */
enum status worker_start(const struct worker_order *order, struct worker *ret_worker,
                         struct error *reterr) MUST_CHECK;

/* Reads what is there, without waiting; calls said() for each line that is a JSON
 * object with a "kind".  *ret_ended: the pipe is closed. */
enum status worker_listen(struct worker *worker,
                          enum status (*said)(void *context, json_t *line, struct error *reterr),
                          void *context, bool *ret_ended, struct error *reterr) MUST_CHECK;

/* Listens until the child has closed its pipe, killing it at its deadline or when
 * *interrupted (may be NULL) becomes set.  worker_reap is still to be called. */
enum status worker_attend(struct worker *worker,
                          enum status (*said)(void *context, json_t *line, struct error *reterr),
                          void *context, const volatile sig_atomic_t *interrupted,
                          struct error *reterr) MUST_CHECK;

/* At the deadline, or when the run is interrupted. */
void worker_kill(struct worker *worker, bool overdue);

/* After the pipe closed: waits for the child and says how it ended. */
enum check_ending worker_reap(struct worker *worker, char fault[256]);

/* Milliseconds that a check of this item may take in all. */
int64_t worker_budget_ms(const struct plan_item *item);
