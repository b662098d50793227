#include "engine/worker.h"

#include "base/clock.h"
#include "engine/child.h"
#include "engine/keeper.h"
#include "engine/worker_child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { REAP_PATIENCE_MS = 2000, POLL_SLICE_MS = 250 };

int64_t worker_budget_ms(const struct plan_item *item)
{
    int64_t runs = 1;

    if (item->check == NULL) {
        return 2LL * WORKER_LIVENESS_TRIES * WORKER_LIVENESS_WAIT_MS;
    }

    for (size_t i = 0; i < item->check->control_count; i++) {
        runs += item->controls[i].params != NULL ? 1 : 0;
    }
    return runs * item->check->probe->deadline_ms +
           2LL * WORKER_LIVENESS_TRIES * WORKER_LIVENESS_WAIT_MS + 2000;
}

/* What moves levers for this order, if anything does. */
static enum status broker_for(const struct worker_order *order, struct broker *ret_broker,
                              struct error *reterr)
{
    const struct subject *subject = &order->item->subject;

    *ret_broker = broker_none();
    if (!broker_is_needed(order->probe, subject->profile)) {
        return STATUS_OK;
    }
    /* It holds the lifeline too: what it has started is over before a keeper begins. */
    return broker_start(order->probe, subject,
                        order->keeper == NULL ? -1 : order->keeper->lifeline_fd, false, ret_broker,
                        reterr);
}

static int64_t budget_ms(const struct worker_order *order)
{
    return worker_budget_ms(order->item) +
           broker_allowance_ms(order->probe, order->item->subject.profile);
}

enum status worker_start(const struct worker_order *order, struct worker *ret_worker,
                         struct error *reterr)
{
    struct worker_order known = *order;
    struct broker broker;
    int ends[2];
    pid_t pid;

    known.parent = getpid();
    TRY(broker_for(order, &broker, reterr));
    if (pipe2(ends, O_CLOEXEC) != 0) {
        broker_let_go(&broker);
        broker_reap(&broker);
        return fail(reterr, STATUS_IO, "no pipe for a probe: %s", strerror(errno));
    }
    pid = fork();
    if (pid == 0) {
        int kept[] = { ends[1], known.keeper == NULL ? -1 : known.keeper->lifeline_fd,
                       broker.ask_fd, broker.answer_fd };

        child_keep_only(kept, 4);
        known.broker_ask_fd = kept[2];
        known.broker_answer_fd = kept[3];
        worker_child(&known, kept[0]);
    }
    broker_let_go(&broker);
    (void) close(ends[1]);
    if (pid < 0) {
        (void) close(ends[0]);
        broker_reap(&broker);
        return fail(reterr, STATUS_IO, "no process for a probe: %s", strerror(errno));
    }
    (void) fcntl(ends[0], F_SETFL, O_NONBLOCK);
    *ret_worker = (struct worker){ .pid = pid,
                                   .broker = broker,
                                   .pipe_fd = ends[0],
                                   .started_ms = clock_monotonic_ms(),
                                   .deadline_ms = clock_monotonic_ms() + budget_ms(order),
                                   .report = bytes_bounded(WORKER_REPORT_MAX) };
    return STATUS_OK;
}

/* Hands over every whole line; a line that is no report marks the worker broken. */
static enum status take_lines(struct worker *worker,
                              enum status (*said)(void *, json_t *, struct error *), void *context,
                              struct error *reterr)
{
    while (worker->taken < worker->report.length) {
        const char *start = (const char *) worker->report.data + worker->taken;
        size_t left = worker->report.length - worker->taken;
        const char *end = memchr(start, '\n', left);
        json_t *line;
        enum status status = STATUS_OK;

        if (end == NULL) {
            break;
        }
        line = json_loadb(start, (size_t) (end - start), JSON_REJECT_DUPLICATES, NULL);
        if (line == NULL || !json_is_string(json_object_get(line, "kind"))) {
            worker->broken = true;
        } else if (!worker->broken) {
            status = said(context, line, reterr);
        }
        json_decref(line);
        TRY(status);
        worker->taken += (size_t) (end - start) + 1;
    }
    if (worker->taken == worker->report.length) {
        bytes_clear(&worker->report);
        worker->taken = 0;
    }
    return STATUS_OK;
}

enum status worker_listen(struct worker *worker,
                          enum status (*said)(void *context, json_t *line, struct error *reterr),
                          void *context, bool *ret_ended, struct error *reterr)
{
    char room[16384];
    ssize_t got;

    *ret_ended = false;
    while ((got = read(worker->pipe_fd, room, sizeof room)) > 0) {
        worker->total += (size_t) got;
        if (worker->total > WORKER_REPORT_MAX ||
            bytes_append(&worker->report, room, (size_t) got, NULL) != STATUS_OK) {
            worker->broken = true;
            worker_kill(worker, false);
            *ret_ended = true;
            return STATUS_OK;
        }
    }
    *ret_ended = got == 0;
    if (got < 0 && errno != EAGAIN && errno != EINTR) {
        return fail(reterr, STATUS_IO, "a probe's pipe: %s", strerror(errno));
    }
    return take_lines(worker, said, context, reterr);
}

enum status worker_attend(struct worker *worker,
                          enum status (*said)(void *context, json_t *line, struct error *reterr),
                          void *context, const volatile sig_atomic_t *interrupted,
                          struct error *reterr)
{
    enum status status = STATUS_OK;
    bool ended = false;

    while (!ended) {
        struct pollfd polled = { .fd = worker->pipe_fd, .events = POLLIN };

        (void) poll(&polled, 1, POLL_SLICE_MS);
        status = worker_listen(worker, said, context, &ended, reterr);
        if (status != STATUS_OK || (interrupted != NULL && *interrupted != 0)) {
            worker_kill(worker, false);
            return status;
        }
        if (clock_monotonic_ms() > worker->deadline_ms) {
            worker_kill(worker, true);
        }
    }
    return status;
}

void worker_kill(struct worker *worker, bool overdue)
{
    worker->overdue = worker->overdue || overdue;
    (void) kill(worker->pid, SIGKILL);
}

/* A child that closed its pipe has nothing left to do; one that stays is helped along. */
static void reap(pid_t pid, int *ret_state)
{
    const struct timespec pause = { .tv_nsec = 1000000 };
    int64_t patience_ms = clock_monotonic_ms() + REAP_PATIENCE_MS;

    for (;;) {
        pid_t gone = waitpid(pid, ret_state, WNOHANG);

        if (gone == pid || (gone < 0 && errno != EINTR)) {
            return;
        }
        if (clock_monotonic_ms() > patience_ms) {
            (void) kill(pid, SIGKILL);
        }
        (void) nanosleep(&pause, NULL);
    }
}

enum check_ending worker_reap(struct worker *worker, char fault[256])
{
    enum check_ending ending = ENDING_OBSERVED;
    int state = 0;
    bool torn = worker->taken < worker->report.length;

    reap(worker->pid, &state);
    broker_reap(&worker->broker);
    (void) close(worker->pipe_fd);
    bytes_done(&worker->report);
    fault[0] = '\0';
    if (worker->overdue) {
        ending = ENDING_TIMEOUT;
        (void) snprintf(fault, 256, "the probe did not finish within %lld ms",
                        (long long) (worker->deadline_ms - worker->started_ms));
    } else if (WIFSIGNALED(state)) {
        ending = ENDING_CRASHED;
        (void) snprintf(fault, 256, "the probe's process was ended by signal %d (%s)",
                        WTERMSIG(state), strsignal(WTERMSIG(state)));
    } else if (worker->broken || torn || !WIFEXITED(state) || WEXITSTATUS(state) != 0) {
        ending = ENDING_CRASHED;
        (void) snprintf(fault, 256, "%s",
                        worker->too_large ? "the observation is larger than the log takes"
                                          : "the probe's process ended without a proper report");
    }
    return ending;
}
