#include "engine/worker.h"

#include "base/clock.h"
#include "evidence/json_strict.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Probes that go wrong in one way each; none of it may be taken for the device. */

static enum status answer(struct probe_call *call, struct error *reterr)
{
    (void) reterr;
    probe_fact_bool(call, "answered", true);
    return STATUS_OK;
}

static enum status crash(struct probe_call *call, struct error *reterr)
{
    (void) call;
    (void) reterr;
    (void) raise(SIGSEGV);
    return STATUS_OK;
}

static _Noreturn enum status hang(struct probe_call *call, struct error *reterr)
{
    (void) call;
    (void) reterr;
    for (;;) {
        (void) pause();
    }
}

static enum status give_up(struct probe_call *call, struct error *reterr)
{
    (void) call;
    return fail(reterr, STATUS_IO, "no socket\nfor you");
}

static enum status say_undeclared(struct probe_call *call, struct error *reterr)
{
    (void) reterr;
    probe_fact_bool(call, "invented", true);
    return STATUS_OK;
}

static _Noreturn enum status leave(struct probe_call *call, struct error *reterr)
{
    (void) call;
    (void) reterr;
    _exit(0);
}

static enum status babble(struct probe_call *call, struct error *reterr)
{
    (void) call;
    (void) reterr;
    (void) !write(STDERR_FILENO + 1, "not a report\n", 13);
    return STATUS_OK;
}

static enum status flood(struct probe_call *call, struct error *reterr)
{
    static char much[1 << 20];

    (void) call;
    (void) reterr;
    memset(much, ' ', sizeof much);
    while (write(STDERR_FILENO + 1, much, sizeof much) > 0) {
    }
    return STATUS_OK;
}

static enum status look_for_files(struct probe_call *call, struct error *reterr)
{
    bool found = false;

    (void) reterr;
    for (int fd = STDERR_FILENO + 2; fd < 256; fd++) {
        found = found || fcntl(fd, F_GETFD) >= 0;
    }
    probe_fact_bool(call, "answered", found);
    return STATUS_OK;
}

static enum status guess_three_times(struct probe_call *call, struct error *reterr)
{
    unsigned granted = probe_attempts_grant(call, 3);

    for (unsigned i = 0; i < granted; i++) {
        TRY(probe_attempt_spend(call, reterr));
    }
    probe_fact_bool(call, "answered", granted == 3);
    return STATUS_OK;
}

static enum status guess_beyond(struct probe_call *call, struct error *reterr)
{
    for (;;) {
        TRY(probe_attempt_spend(call, reterr));
    }
}

static const struct param no_params[] = { PARAM_END };
static const struct fact facts[] = { { "answered", FACT_BOOL, "", NULL }, FACT_END };

struct heard {
    json_t *facts;
    char fault[256];
    bool transcript;
    bool end;
    unsigned attempts;
    json_int_t wanted;
    json_int_t granted;
};

/* Wrong log-ins that the next worker may make; -1: they are not counted. */
static int attempts_allowed = -1;

static enum status hear(void *context, json_t *line, struct error *reterr)
{
    struct heard *heard = context;
    const char *kind = json_string_value(json_object_get(line, "kind"));

    (void) reterr;
    if (strcmp(kind, "observation") == 0) {
        heard->facts = json_incref(json_object_get(line, "facts"));
    } else if (strcmp(kind, "fault") == 0) {
        (void) snprintf(heard->fault, sizeof heard->fault, "%s",
                        json_string_value(json_object_get(line, "message")));
    }
    heard->attempts += strcmp(kind, "login-attempt") == 0;
    if (strcmp(kind, "attempts-short") == 0) {
        heard->wanted = json_integer_value(json_object_get(line, "wanted"));
        heard->granted = json_integer_value(json_object_get(line, "granted"));
    }
    heard->transcript = heard->transcript || strcmp(kind, "transcript") == 0;
    heard->end = heard->end || strcmp(kind, "end") == 0;
    return STATUS_OK;
}

/* Runs one such probe as the engine would. */
static enum check_ending drive(enum status (*run)(struct probe_call *, struct error *),
                               struct heard *heard, char fault[256])
{
    const struct probe probe = {
        .decl = { .name = "fake", .params = no_params, .facts = facts, .deadline_ms = 300 },
        .run = run,
    };
    const struct check check = { .id = "fake", .probe = &probe.decl };
    DEFER(json_strict_done) json_t *params = json_object();
    const struct plan_item item = {
        .id = "fake", .check = &check, .subject = { .address = "127.0.0.1" }, .params = params
    };
    const struct worker_order order = {
        .item = &item,
        .probe = &probe,
        .attempt = 1,
        .without_liveness = true,
        .counts_attempts = attempts_allowed >= 0,
        .attempts_left = attempts_allowed >= 0 ? (unsigned) attempts_allowed : 0,
    };
    struct worker worker;
    bool ended = false;

    cr_assert_eq(worker_start(&order, &worker, NULL), STATUS_OK);
    /* The budget leaves room for liveness, which is not asked here. */
    worker.deadline_ms = clock_monotonic_ms() + 1500;
    while (!ended) {
        struct pollfd polled = { .fd = worker.pipe_fd, .events = POLLIN };

        (void) poll(&polled, 1, 100);
        cr_assert_eq(worker_listen(&worker, hear, heard, &ended, NULL), STATUS_OK);
        if (clock_monotonic_ms() > worker.deadline_ms) {
            worker_kill(&worker, true);
        }
    }
    return worker_reap(&worker, fault);
}

Test(worker, an_observation_comes_with_its_transcript)
{
    struct heard heard = { 0 };
    char fault[256];

    cr_assert_eq(drive(answer, &heard, fault), ENDING_OBSERVED);
    cr_assert(json_is_true(json_object_get(heard.facts, "answered")));
    cr_assert(heard.transcript && heard.end);
    cr_assert_str_empty(fault);
    json_decref(heard.facts);
}

Test(worker, a_crash_is_a_crash_and_no_observation)
{
    struct heard heard = { 0 };
    char fault[256];

    cr_assert_eq(drive(crash, &heard, fault), ENDING_CRASHED);
    cr_assert_null(heard.facts);
    cr_assert_neq(fault[0], '\0');
}

Test(worker, a_probe_that_hangs_is_stopped_at_its_deadline)
{
    struct heard heard = { 0 };
    char fault[256];

    cr_assert_eq(drive(hang, &heard, fault), ENDING_TIMEOUT);
    cr_assert_null(heard.facts);
    cr_assert_not_null(strstr(fault, "did not finish"));
}

Test(worker, a_fault_of_ours_is_told_on_one_line)
{
    struct heard heard = { 0 };
    char fault[256];

    cr_assert_eq(drive(give_up, &heard, fault), ENDING_OBSERVED);
    cr_assert_null(heard.facts);
    cr_assert_str_eq(heard.fault, "no socket\\x0afor you");
    cr_assert(heard.transcript, "what was said until then is evidence");
}

Test(worker, facts_that_were_not_declared_are_a_fault)
{
    struct heard heard = { 0 };
    char fault[256];

    (void) drive(say_undeclared, &heard, fault);
    cr_assert_null(heard.facts);
    cr_assert_not_null(strstr(heard.fault, "invented"));
}

Test(worker, an_early_exit_without_a_report_is_no_observation)
{
    struct heard heard = { 0 };
    char fault[256];

    (void) drive(leave, &heard, fault);
    cr_assert_null(heard.facts);
    cr_assert_not(heard.end);
}

Test(worker, what_is_no_report_breaks_the_attempt)
{
    struct heard heard = { 0 };
    char fault[256];

    cr_assert_eq(drive(babble, &heard, fault), ENDING_CRASHED);
    cr_assert_null(heard.facts, "nothing after the babble is believed");
}

Test(worker, a_report_without_end_is_cut)
{
    struct heard heard = { 0 };
    char fault[256];

    cr_assert_eq(drive(flood, &heard, fault), ENDING_CRASHED);
    cr_assert_null(heard.facts);
}

Test(worker, a_child_holds_no_file_of_its_parent)
{
    struct heard heard = { 0 };
    char fault[256];
    int extra = open("/dev/null", O_RDONLY);

    cr_assert_geq(extra, 0);
    cr_assert_eq(drive(look_for_files, &heard, fault), ENDING_OBSERVED);
    cr_assert(json_is_false(json_object_get(heard.facts, "answered")));
    json_decref(heard.facts);
    (void) close(extra);
}

Test(worker, each_wrong_log_in_is_told)
{
    struct heard heard = { 0 };
    char fault[256];

    attempts_allowed = 7;
    cr_assert_eq(drive(guess_three_times, &heard, fault), ENDING_OBSERVED);
    cr_assert(json_is_true(json_object_get(heard.facts, "answered")));
    cr_assert_eq(heard.attempts, 3);
    cr_assert_eq(heard.wanted, 0, "it had enough");
    json_decref(heard.facts);
}

Test(worker, who_wants_more_than_is_left_gets_what_is_left_and_says_so)
{
    struct heard heard = { 0 };
    char fault[256];

    attempts_allowed = 2;
    cr_assert_eq(drive(guess_three_times, &heard, fault), ENDING_OBSERVED);
    cr_assert(json_is_false(json_object_get(heard.facts, "answered")));
    cr_assert_eq(heard.attempts, 2);
    cr_assert_eq(heard.wanted, 3);
    cr_assert_eq(heard.granted, 2);
    json_decref(heard.facts);
}

Test(worker, nothing_is_tried_beyond_the_budget)
{
    struct heard heard = { 0 };
    char fault[256];

    attempts_allowed = 4;
    (void) drive(guess_beyond, &heard, fault);
    cr_assert_null(heard.facts);
    cr_assert_eq(heard.attempts, 4);
    cr_assert_not_null(strstr(heard.fault, "no log-in attempt left"));
}

Test(worker, by_hand_nothing_is_counted)
{
    struct heard heard = { 0 };
    char fault[256];

    cr_assert_eq(drive(guess_three_times, &heard, fault), ENDING_OBSERVED);
    cr_assert(json_is_true(json_object_get(heard.facts, "answered")));
    cr_assert_eq(heard.attempts, 0);
    json_decref(heard.facts);
}
