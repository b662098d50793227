#include "engine/keeper.h"

#include "base/clock.h"
#include "control/bench.h"
#include "engine/child.h"

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

enum {
    REPORT_MAX = 64 * 1024,
    LEVERS_SAID_MAX = 64,
    TRANSCRIPT_MAX = 64 * 1024,
    POLL_SLICE_MS = 250
};

static const char WORD_LEAVE = 'l';
static const char WORD_RESTORE = 'r';

/* ---- the keeper's own side ---- */

struct kept {
    int report_fd;
    int lifeline_fd;
    int broker_ask_fd;
    int broker_answer_fd;
};

/* For the report: what restore() moved. */
struct moved {
    const struct veil *veil;
    json_t *events;
};

/* Takes over the reference. */
static void lever_said(void *context, json_t *event)
{
    struct moved *moved = context;
    const char *said = json_string_value(json_object_get(event, "words"));
    char words[256];

    child_words(moved->veil, said != NULL ? said : "", words);
    (void) json_object_set_new(event, "words", json_string(words));
    if (json_array_size(moved->events) >= LEVERS_SAID_MAX ||
        json_array_append_new(moved->events, event) != 0) {
        json_decref(event);
    }
}

static void pause_ms(int64_t ms)
{
    struct timespec left = { .tv_sec = (time_t) (ms / 1000), .tv_nsec = ms % 1000 * 1000000 };

    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}

/* Ends with the process when there is nothing to do. */
static void wait_at_lifeline(int fd)
{
    char word = WORD_RESTORE;
    ssize_t got;

    do {
        got = read(fd, &word, 1);
    } while (got < 0 && errno == EINTR);
    if (got < 0) { /* who is still there cannot be known: better nobody than two at once */
        child_exit(1);
    }
    if (got == 1 && word == WORD_LEAVE) {
        child_exit(0);
    }
}

static int64_t restore_budget_ms(const struct worker_order *order)
{
    return (int64_t) order->probe->restore_ms +
           broker_allowance_ms(order->probe, order->item->subject.profile);
}

static _Noreturn void keeper_child(const struct worker_order *order, struct kept kept)
{
    const struct subject *subject = &order->item->subject;
    struct transcript transcript = transcript_start(TRANSCRIPT_MAX);
    struct sandbox_state state = { 0 };
    struct error error = { 0 };
    struct bench bench = bench_over(kept.broker_ask_fd, kept.broker_answer_fd);
    const int64_t restore_ms = restore_budget_ms(order);
    struct moved moved = { .events = NULL };
    json_t *report;
    struct probe_call call = { .subject = subject,
                               .host = subject->address,
                               .port = subject->service == NULL ? 0 : subject->service->port,
                               .params = order->item->params,
                               .seed = order->seed,
                               .run_seed = order->run_seed,
                               .check = order->item->id,
                               .transcript = &transcript,
                               .levers = order->probe->moves != 0 ? &bench.levers : NULL,
                               .facts = json_object() };
    char words[256] = "";
    enum status status = child_sandbox(&state, &error);

    call.veil = child_veil(subject->profile);
    transcript.veil = call.veil;
    bench.levers.said = lever_said;
    bench.levers.context = &moved;
    wait_at_lifeline(kept.lifeline_fd);
    moved = (struct moved){ .veil = call.veil, .events = json_array() };
    (void) alarm((unsigned) ((restore_ms + KEEPER_MARGIN_MS) / 1000));
    pause_ms(KEEPER_SETTLE_MS);
    call.deadline_ms = clock_monotonic_ms() + restore_ms;
    if (status == STATUS_OK) {
        status = order->probe->restore(&call, &error);
    }
    if (status != STATUS_OK) {
        child_words(call.veil, error.message, words);
    }
    report = json_pack("{s:b, s:s, s:I}", "restored", (int) (status == STATUS_OK), "message", words,
                       "connections", (json_int_t) transcript.connections);
    if (json_array_size(moved.events) > 0) {
        (void) json_object_set(report, "levers", moved.events);
    }
    (void) child_say(kept.report_fd, report);
    json_decref(moved.events);
    json_decref(call.facts);
    bench_done(&bench);
    transcript_done(&transcript);
    veil_free(call.veil);
    child_exit(0);
}

/* Whoever ends the run must not end this too: its signals are ignored, and its session, its
 * terminal and its stderr (which somebody may be reading to its end) are left behind. */
static void leave_the_run(void)
{
    int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);

    (void) setsid();
    (void) signal(SIGHUP, SIG_IGN);
    (void) signal(SIGINT, SIG_IGN);
    (void) signal(SIGTERM, SIG_IGN);
    (void) signal(SIGPIPE, SIG_IGN);
    (void) signal(SIGALRM, SIG_DFL);
    if (nothing < 0 || dup2(nothing, STDERR_FILENO) < 0) {
        child_exit(1);
    }
}

/* ---- the run's side ---- */

static void both_close(int ends[2])
{
    (void) close(ends[0]);
    (void) close(ends[1]);
}

static enum status broker_for(const struct worker_order *order, struct broker *ret_broker,
                              struct error *reterr)
{
    const struct subject *subject = &order->item->subject;

    *ret_broker = broker_none();
    if (order->probe->moves == 0 || !broker_is_needed(order->probe, subject->profile)) {
        return STATUS_OK;
    }
    return broker_start(order->probe, subject, -1, true, ret_broker, reterr);
}

static enum status keeper_fork(const struct worker_order *order, int lock_fd, struct broker *broker,
                               struct keeper *ret_keeper, struct error *reterr)
{
    int lifeline[2];
    int report[2];
    pid_t pid;

    if (pipe2(lifeline, O_CLOEXEC) != 0) {
        return fail(reterr, STATUS_IO, "no pipe for a keeper: %s", strerror(errno));
    }
    if (pipe2(report, O_CLOEXEC) != 0) {
        both_close(lifeline);
        return fail(reterr, STATUS_IO, "no pipe for a keeper: %s", strerror(errno));
    }
    pid = fork();
    if (pid == 0) {
        int kept[] = { report[1], lifeline[0], lock_fd, broker->ask_fd, broker->answer_fd };

        leave_the_run();
        child_keep_only(kept, 5);
        keeper_child(order, (struct kept){ .report_fd = kept[0],
                                           .lifeline_fd = kept[1],
                                           .broker_ask_fd = kept[3],
                                           .broker_answer_fd = kept[4] });
    }
    (void) close(lifeline[0]);
    (void) close(report[1]);
    if (pid < 0) {
        (void) close(lifeline[1]);
        (void) close(report[0]);
        return fail(reterr, STATUS_IO, "no process for a keeper: %s", strerror(errno));
    }
    (void) fcntl(report[0], F_SETFL, O_NONBLOCK);
    *ret_keeper = (struct keeper){ .pid = pid,
                                   .lifeline_fd = lifeline[1],
                                   .report_fd = report[0],
                                   .deadline_ms = restore_budget_ms(order) + KEEPER_SETTLE_MS +
                                                  KEEPER_MARGIN_MS,
                                   .report = bytes_bounded(REPORT_MAX) };
    return STATUS_OK;
}

enum status keeper_start(const struct worker_order *order, int lock_fd, struct keeper *ret_keeper,
                         struct error *reterr)
{
    struct broker broker;
    enum status status;

    TRY(broker_for(order, &broker, reterr));
    status = keeper_fork(order, lock_fd, &broker, ret_keeper, reterr);
    broker_let_go(&broker);
    if (status != STATUS_OK) {
        broker_reap(&broker);
        return status;
    }
    ret_keeper->broker = broker;
    return STATUS_OK;
}

/* A keeper that is gone already does not read it; its end tells. */
static void tell(struct keeper *keeper, char word)
{
    while (write(keeper->lifeline_fd, &word, 1) < 0 && errno == EINTR) {
    }
    (void) close(keeper->lifeline_fd);
    keeper->lifeline_fd = -1;
}

static void forget(struct keeper *keeper)
{
    if (keeper->lifeline_fd >= 0) {
        (void) close(keeper->lifeline_fd);
    }
    (void) close(keeper->report_fd);
    while (waitpid(keeper->pid, NULL, 0) < 0 && errno == EINTR) {
    }
    broker_reap(&keeper->broker);
    bytes_done(&keeper->report);
    *keeper = (struct keeper){ .pid = 0 };
}

void keeper_release(struct keeper *keeper)
{
    tell(keeper, WORD_LEAVE);
    forget(keeper);
}

void keeper_ask(struct keeper *keeper)
{
    if (keeper->asked) {
        return;
    }
    tell(keeper, WORD_RESTORE);
    keeper->asked = true;
    keeper->asked_ms = clock_monotonic_ms();
    keeper->deadline_ms += keeper->asked_ms;
}

void keeper_listen(struct keeper *keeper, bool *ret_ended)
{
    char room[512];
    ssize_t got;

    while ((got = read(keeper->report_fd, room, sizeof room)) > 0) {
        if (bytes_append(&keeper->report, room, (size_t) got, NULL) != STATUS_OK) {
            (void) kill(keeper->pid, SIGKILL);
            *ret_ended = true;
            return;
        }
    }
    *ret_ended = got == 0;
    if (!*ret_ended && clock_monotonic_ms() > keeper->deadline_ms) {
        (void) kill(keeper->pid, SIGKILL);
    }
}

bool keeper_end(struct keeper *keeper, struct restoration *ret_restoration)
{
    const struct bytes *report = &keeper->report;
    json_t *line = json_loadb((const char *) report->data, report->length, 0, NULL);
    const char *message = json_string_value(json_object_get(line, "message"));
    bool said = json_is_boolean(json_object_get(line, "restored")) && message != NULL;

    *ret_restoration = (struct restoration){
        .restored = said && json_is_true(json_object_get(line, "restored")),
        .connections = json_integer_value(json_object_get(line, "connections")),
        .elapsed_ms = clock_monotonic_ms() - keeper->asked_ms,
        .levers = json_incref(json_object_get(line, "levers")),
    };
    (void) snprintf(ret_restoration->message, sizeof ret_restoration->message, "%s",
                    said ? message : "the process that restores it was ended");
    json_decref(line);
    forget(keeper);
    return said;
}

static bool attend(struct keeper *keeper, struct restoration *ret_restoration)
{
    bool ended = false;

    while (!ended) {
        struct pollfd polled = { .fd = keeper->report_fd, .events = POLLIN };

        (void) poll(&polled, 1, POLL_SLICE_MS);
        keeper_listen(keeper, &ended);
    }
    return keeper_end(keeper, ret_restoration);
}

enum status keeper_restore(const struct worker_order *order, int lock_fd, struct keeper *keeper,
                           struct restoration *ret_restoration, struct error *reterr)
{
    keeper_ask(keeper);
    if (!attend(keeper, ret_restoration)) {
        json_decref(ret_restoration->levers);
        TRY(keeper_start(order, lock_fd, keeper, reterr));
        keeper_ask(keeper);
        (void) attend(keeper, ret_restoration);
    }
    return STATUS_OK;
}

void keeper_abandon(struct keeper *keeper)
{
    struct restoration unheard;

    keeper_ask(keeper);
    (void) attend(keeper, &unheard);
    json_decref(unheard.levers);
}
