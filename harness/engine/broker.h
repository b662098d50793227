/* broker.h - the process that starts the bench's commands for a probe.
 *
 * A probe's own process reads a stranger's bytes and may start nothing (engine/sandbox.h).  Its
 * broker is forked before it, keeps no descriptor but two pipes to it (and the keeper's lifeline),
 * and starts nothing but the commands that the profile declares for the levers that the probe says
 * it moves, each in a session of its own, within its time.  When the pipes end, whatever still runs
 * is killed, and it ends too. */
#pragma once

#include "base/status.h"
#include "probe/probe.h"

#include <stdbool.h>
#include <sys/types.h>

struct broker {
    pid_t pid; /* 0: there is none */
    int ask_fd;
    int answer_fd;
};

enum { BROKER_TASKS_MAX = 4, BROKER_ORDERS_MAX = 2000, BROKER_PATIENCE_MS = 2000 };

struct broker broker_none(void);

/* Has this probe a use for one? */
bool broker_is_needed(const struct probe *probe, const struct profile *profile);

/* What persons may take in one run of the probe, beyond its own deadline. */
int64_t broker_allowance_ms(const struct probe *probe, const struct profile *profile);

/* What this probe may move: no other lever, and of the ways to erase none but its subject. */
bool broker_may_move(const struct probe *probe, const struct subject *subject,
                     const struct lever_way *way);

/* lifeline_fd: held until the last command is gone, or -1.  leaves: it survives the run, in a
 * session of its own. */
enum status broker_start(const struct probe *probe, const struct subject *subject, int lifeline_fd,
                         bool leaves, struct broker *ret_broker, struct error *reterr) MUST_CHECK;

/* The starter's own ends, once the process that speaks to it has been forked. */
void broker_let_go(struct broker *broker);

/* After the process that spoke to it has ended. */
void broker_reap(struct broker *broker);

/* The broker's side; never returns. */
_Noreturn void broker_child(const struct probe *probe, const struct subject *subject, int ask_fd,
                            int answer_fd, int terminal_fd);
