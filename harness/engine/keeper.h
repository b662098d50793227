/* keeper.h - the process that brings the device back when a check that changes it ends
 * badly, however it ends.
 *
 * It is forked before the check's worker, into a session of its own, where signals to the
 * run's group do not reach it, and waits at the lifeline: a pipe whose other ends are held by
 * the run and by the worker.  A word from the run lets it leave, or asks for the probe's
 * restore(); the end of the pipe says that both are gone, so that it must act by itself.
 * As the worker holds the pipe too, restore() never begins while run() may still speak. */
#pragma once

#include "engine/worker.h"

enum {
    KEEPER_SETTLE_MS = 400,  /* what a killed worker had sent may still be on its way */
    KEEPER_MARGIN_MS = 3000, /* beyond the probe's restore_ms, then it is killed */
};

struct keeper {
    pid_t pid; /* 0: there is none */
    struct broker broker;
    int lifeline_fd;
    int report_fd;
    bool asked;
    int64_t deadline_ms; /* once asked */
    int64_t asked_ms;
    struct bytes report;
};

/* What became of the device. */
struct restoration {
    bool restored;
    char message[256]; /* what stands in the way; "" when restored */
    long long connections;
    long long elapsed_ms;
    json_t *levers; /* a list of events; owned, or NULL */
};

/* lock_fd: a descriptor that the keeper holds open until its end, or -1: whoever comes after
 * a killed run sees by it that the device is still being brought back. */
enum status keeper_start(const struct worker_order *order, int lock_fd, struct keeper *ret_keeper,
                         struct error *reterr) MUST_CHECK;

/* There is nothing to bring back; waits for its end. */
void keeper_release(struct keeper *keeper);

/* The worker is gone (reaped): bring the device back. */
void keeper_ask(struct keeper *keeper);

/* After keeper_ask, without waiting; *ret_ended: keeper_end may be called.  Kills it past
 * its deadline. */
void keeper_listen(struct keeper *keeper, bool *ret_ended);

/* Waits for its end.  False: it ended without saying anything. */
bool keeper_end(struct keeper *keeper, struct restoration *ret_restoration);

/* keeper_ask, and waiting until keeper_end; a keeper that was killed before it had said
 * anything is replaced once. */
enum status keeper_restore(const struct worker_order *order, int lock_fd, struct keeper *keeper,
                           struct restoration *ret_restoration, struct error *reterr) MUST_CHECK;

/* The run fails over something else: lets go of the lifeline and waits. */
void keeper_abandon(struct keeper *keeper);
