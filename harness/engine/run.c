#include "engine/run.h"

#include "base/clock.h"
#include "engine/host.h"
#include "engine/ledger.h"
#include "engine/run_private.h"
#include "evidence/json_make.h"
#include "evidence/json_strict.h"
#include "probe/registry.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POLL_SLICE_MS = 250 };

static size_t item_count(const struct run *run)
{
    return run->setup.plan->item_count;
}

struct run *run_new(const struct run_setup *setup)
{
    struct run *run = calloc(1, sizeof *run);
    size_t count = setup->plan->item_count + 1;

    if (run == NULL) {
        abort();
    }
    run->setup = *setup;
    run->arena = arena_new();
    run->outcomes = arena_array(run->arena, count, sizeof *run->outcomes);
    run->workers = arena_array(run->arena, count, sizeof *run->workers);
    run->keepers = arena_array(run->arena, count, sizeof *run->keepers);
    run->states = arena_array(run->arena, count, sizeof *run->states);
    run->owed = arena_array(run->arena, count, sizeof *run->owed);
    run->attempts = arena_array(run->arena, count, sizeof *run->attempts);
    run->spent = arena_array(run->arena, count, sizeof *run->spent);
    run->papers_said = json_made(json_object());
    run->unsaid = arena_array(run->arena, count, sizeof *run->unsaid);
    if (run->setup.jobs == 0) {
        run->setup.jobs = setup->plan->profile->limits.concurrency;
    }
    if (setup->plan->profile->limits.fragile || run->setup.jobs == 0) {
        run->setup.jobs = 1;
    }
    return run;
}

void run_done(struct run **run_place)
{
    struct run *run = *run_place;

    if (run == NULL) {
        return;
    }
    for (size_t i = 0; i < item_count(run); i++) {
        if (run->states[i] == LANE_RUNNING) {
            char fault[256];

            run_stop_worker(run, i, fault);
            if (run->keepers[i].pid != 0) {
                keeper_abandon(&run->keepers[i]);
            }
        }
        outcome_done(&run->outcomes[i]);
    }
    packets_done(&run->recorder);
    journal_done(&run->journal);
    tally_done(&run->tally);
    json_decref(run->opening);
    json_decref(run->papers_said);
    arena_free(run->arena);
    free(run);
    *run_place = NULL;
}

enum status run_discard(struct run **run, struct error *reterr)
{
    enum status status = journal_remove(&(*run)->journal, reterr);

    run_done(run);
    return status;
}

const struct outcome *run_outcomes(const struct run *run)
{
    return run->outcomes;
}

struct outcome *run_outcomes_for_sealing(struct run *run)
{
    return run->outcomes;
}

const struct papers *run_papers(const struct run *run)
{
    return &run->papers;
}

struct journal *run_journal(struct run *run)
{
    return run->journal;
}

unsigned run_interruptions(const struct run *run)
{
    return run->interruptions;
}

enum status run_open_tally(struct run *run, struct error *reterr)
{
    char path[PATH_MAX];

    TRY(journal_path(run->journal, JOURNAL_TALLY, path, sizeof path, reterr));
    return tally_open(&run->tally, path, item_count(run), reterr);
}

enum status run_say_host(struct run *run, struct error *reterr)
{
    return journal_say(run->journal, "host", NULL, host_json(run->setup.plan->profile), reterr);
}

enum status run_open(const struct run_setup *setup, const char *folder, const json_t *opening,
                     struct run **ret_run, struct error *reterr)
{
    DEFER(run_done) struct run *run = run_new(setup);

    TRY(journal_create(folder, &run->journal, reterr));
    TRY(run_open_tally(run, reterr));
    TRY(journal_say(run->journal, "run-opened", NULL, json_deep_copy(opening), reterr));
    TRY(journal_settle(run->journal, reterr));
    TRY(run_say_host(run, reterr));
    *ret_run = run;
    run = NULL;
    return STATUS_OK;
}

enum status run_judge(struct run *run, size_t place, struct error *reterr)
{
    struct outcome *outcome = &run->outcomes[place];
    const struct plan_item *item = &run->setup.plan->items[place];

    outcome->record.year = clock_year(outcome->started_wall_ms);
    outcome->judgement = judge(item, &outcome->record, run->arena);
    outcome->judged = true;
    run->states[place] = LANE_OVER;
    if (outcome->verdict_logged) {
        return STATUS_OK;
    }
    outcome->verdict_logged = true;
    return journal_say(run->journal, "verdict", item->id,
                       json_pack("{s:s, s:s, s:I}", "check", item->id, "verdict",
                                 verdict_word(outcome->judgement.verdict), "attempt",
                                 (json_int_t) outcome->record.attempt),
                       reterr);
}

enum status run_log_attempts(struct run *run, size_t place, struct error *reterr)
{
    unsigned count = run->unsaid[place];

    if (count == 0) {
        return STATUS_OK;
    }
    run->unsaid[place] = 0;
    return journal_say(run->journal, "login-attempts", run->setup.plan->items[place].id,
                       json_pack("{s:I, s:I}", "attempt",
                                 (json_int_t) run->outcomes[place].record.attempt, "count",
                                 (json_int_t) count),
                       reterr);
}

/* ---- driving ---- */

static void tell(struct run *run, enum run_event_kind kind, size_t place, const json_t *progress)
{
    struct run_event event = {
        .kind = kind,
        .item = &run->setup.plan->items[place],
        .outcome = &run->outcomes[place],
        .done = (unsigned) json_integer_value(json_object_get(progress, "done")),
        .total = (unsigned) json_integer_value(json_object_get(progress, "total")),
        .waiting_s = (unsigned) json_integer_value(json_object_get(progress, "waiting_s")),
        .planned = item_count(run),
    };

    for (size_t i = 0; i < item_count(run); i++) {
        event.judged += run->states[i] == LANE_OVER ? 1 : 0;
        event.running += run->states[i] == LANE_RUNNING ? 1 : 0;
    }
    if (run->setup.watch != NULL) {
        run->setup.watch(run->setup.watch_context, &event);
    }
}

/* FNV-1a: the same item of the same run is always asked with the same randomness. */
static uint64_t item_seed(uint64_t seed, const char *id)
{
    uint64_t hash = 14695981039346656037u ^ seed;

    for (; *id != '\0'; id++) {
        hash = (hash ^ (unsigned char) *id) * 1099511628211u;
    }
    return hash;
}

struct worker_order run_order(const struct run *run, size_t place)
{
    const struct plan_item *item = &run->setup.plan->items[place];

    return (struct worker_order){ .item = item,
                                  .probe = probe_find(item->check->probe->name),
                                  .seed = item_seed(run->setup.seed, item->id),
                                  .run_seed = run->setup.seed,
                                  .attempt = run->attempts[place],
                                  .counts_attempts = true,
                                  .attempts_left = ledger_left(run->setup.plan, run->spent, place),
                                  .answers = run->setup.answers,
                                  .tally = &run->tally,
                                  .place = place,
                                  .papers = &run->papers };
}

static enum status start_item(struct run *run, size_t place, struct error *reterr)
{
    const struct plan_item *item = &run->setup.plan->items[place];
    struct keeper *keeper = &run->keepers[place];
    struct worker_order order;
    enum status status;

    run->attempts[place]++;
    order = run_order(run, place);
    if (order.probe == NULL) {
        return fail(reterr, STATUS_INTERNAL, "probe '%s' is not in this build",
                    item->check->probe->name);
    }
    outcome_restart(&run->outcomes[place], item->check->control_count, order.attempt,
                    clock_wall_ms());
    TRY(journal_say(run->journal, "check-started", item->id,
                    json_pack("{s:I, s:s, s:O}", "attempt", (json_int_t) order.attempt, "probe",
                              item->check->probe->name, "params", item->params),
                    reterr));
    if (order.probe->restore != NULL) {
        TRY(keeper_start(&order, journal_lock_fd(run->journal), keeper, reterr));
        order.keeper = keeper;
    }
    status = worker_start(&order, &run->workers[place], reterr);
    if (status != STATUS_OK) {
        if (order.keeper != NULL) {
            keeper_release(keeper);
        }
        return status;
    }
    run->states[place] = LANE_RUNNING;
    tell(run, RUN_CHECK_STARTED, place, NULL);
    return STATUS_OK;
}

struct listening {
    struct run *run;
    size_t place;
};

static enum status keep_transcript(struct run *run, size_t place, const json_t *line,
                                   struct error *reterr)
{
    DEFER(json_strict_done) json_t *said = NULL;

    TRY(journal_keep_transcript(run->journal, run->setup.plan->items[place].id, place,
                                run->outcomes[place].record.attempt, line, &said, reterr));
    if (!outcome_apply(&run->outcomes[place], "transcript", said)) {
        return fail(reterr, STATUS_INTERNAL, "a transcript's summary is not understood");
    }
    return STATUS_OK;
}

/* A report too large for the log ends the check, not the run: one device that says too
 * much must not cost the answers of all the others. */
static enum status say_or_break(struct run *run, struct worker *worker, const char *kind,
                                const char *id, json_t *data, struct error *reterr)
{
    enum status status = journal_say(run->journal, kind, id, json_incref(data), reterr);

    if (status == STATUS_LIMIT) {
        worker->broken = true;
        worker->too_large = true;
        json_decref(run->outcomes[worker - run->workers].record.facts);
        run->outcomes[worker - run->workers].record.facts = NULL;
        return STATUS_OK;
    }
    return status;
}

/* A line from the child: its shape is checked, and it is on disk before anything else. */
static enum status hear(void *context, json_t *line, struct error *reterr)
{
    const struct listening *here = context;
    struct run *run = here->run;
    struct worker *worker = &run->workers[here->place];
    struct outcome *outcome = &run->outcomes[here->place];
    const char *id = run->setup.plan->items[here->place].id;
    const char *kind = json_string_value(json_object_get(line, "kind"));
    DEFER(json_strict_done) json_t *data = NULL;

    if (text_equal(kind, "progress")) {
        tell(run, RUN_CHECK_PROGRESS, here->place, line);
        return STATUS_OK;
    }
    if (text_equal(kind, "asking")) {
        worker->asking = json_is_true(json_object_get(line, "begins"));
        tell(run, worker->asking ? RUN_ASKING : RUN_ASKED, here->place, NULL);
        return STATUS_OK;
    }
    if (text_equal(kind, "login-attempt")) {
        run->spent[here->place]++;
        run->unsaid[here->place]++;
        return STATUS_OK;
    }
    if (text_equal(kind, "transcript")) {
        return keep_transcript(run, here->place, line, reterr);
    }
    if (text_equal(kind, "end")) {
        worker->clean = json_is_false(json_object_get(line, "owes"));
    }
    data = json_copy(line);
    (void) json_object_del(data, "kind");
    (void) json_object_set_new(data, "attempt", json_integer(outcome->record.attempt));
    if (!outcome_apply(outcome, kind, data)) {
        worker->broken = true;
        return STATUS_OK;
    }
    return say_or_break(run, worker, kind, id, data, reterr);
}

/* Also what a child said before it was killed. */
static enum status listen_to(struct run *run, size_t place, bool *ret_ended, struct error *reterr)
{
    struct listening here = { .run = run, .place = place };

    TRY(worker_listen(&run->workers[place], hear, &here, ret_ended, reterr));
    return run_log_attempts(run, place, reterr);
}

/* The attempt is over, and so is whatever had to be brought back after it. */
static enum status conclude_item(struct run *run, size_t place, struct error *reterr)
{
    struct outcome *outcome = &run->outcomes[place];
    const char *id = run->setup.plan->items[place].id;

    run->states[place] = LANE_WAITING;
    outcome->elapsed_ms = clock_monotonic_ms() - run->workers[place].started_ms;
    outcome->ended = true;
    TRY(journal_say(run->journal, "ended", id,
                    json_pack("{s:s, s:s, s:I, s:I}", "ending", ending_word(outcome->record.ending),
                              "fault", outcome->record.fault, "attempt",
                              (json_int_t) outcome->record.attempt, "elapsed_ms",
                              (json_int_t) outcome->elapsed_ms),
                    reterr));
    TRY(run_judge(run, place, reterr));
    tell(run, RUN_CHECK_JUDGED, place, NULL);
    return STATUS_OK;
}

static enum status end_item(struct run *run, size_t place, struct error *reterr)
{
    struct outcome *outcome = &run->outcomes[place];
    struct worker *worker = &run->workers[place];
    struct keeper *keeper = &run->keepers[place];
    char fault[256];
    enum check_ending ending = worker_reap(worker, fault);

    worker->pid = 0;
    if (worker->asking) {
        tell(run, RUN_ASKED, place, NULL);
    }
    if (ending == ENDING_OBSERVED && outcome->record.ending == ENDING_FAULT) {
        ending = ENDING_FAULT;
    } else if (ending == ENDING_OBSERVED && outcome->record.facts == NULL &&
               outcome->record.before == LIVENESS_ALIVE) {
        ending = ENDING_NONE;
    }
    outcome->record.ending = ending;
    if (fault[0] != '\0') {
        (void) snprintf(outcome->record.fault, sizeof outcome->record.fault, "%s", fault);
    }
    if (keeper->pid == 0) {
        return conclude_item(run, place, reterr);
    }
    if (worker->clean) {
        keeper_release(keeper);
        return conclude_item(run, place, reterr);
    }
    keeper_ask(keeper);
    return STATUS_OK;
}

static bool interrupted(const struct run *run)
{
    return run->setup.interrupted != NULL && *run->setup.interrupted != 0;
}

static enum status start_what_may(struct run *run, struct error *reterr)
{
    size_t next;

    while ((next = lanes_next(run->setup.plan, run->states, run->setup.jobs)) < item_count(run)) {
        TRY(start_item(run, next, reterr));
    }
    return STATUS_OK;
}

/* One wait and whatever it brought; *ret_running: children that are still there. */
static enum status turn(struct run *run, struct pollfd *polled, size_t *places, size_t *ret_running,
                        struct error *reterr)
{
    size_t count = 0;
    int64_t now_ms;

    for (size_t i = 0; i < item_count(run); i++) {
        if (run->states[i] == LANE_RUNNING) {
            polled[count] = (struct pollfd){ .fd = run->keepers[i].asked ? run->keepers[i].report_fd
                                                                         : run->workers[i].pipe_fd,
                                             .events = POLLIN };
            places[count++] = i;
        }
    }
    *ret_running = count;
    if (count > 0 && poll(polled, (nfds_t) count, POLL_SLICE_MS) < 0 && errno != EINTR) {
        return fail(reterr, STATUS_IO, "poll: %s", strerror(errno));
    }
    now_ms = clock_monotonic_ms();
    for (size_t i = 0; i < count; i++) {
        struct worker *worker = &run->workers[places[i]];
        bool ended = false;

        if (run->keepers[places[i]].asked) {
            TRY(run_hear_keeper(run, places[i], &ended, reterr));
            if (ended) {
                TRY(conclude_item(run, places[i], reterr));
            }
            continue;
        }
        TRY(listen_to(run, places[i], &ended, reterr));
        if (ended) {
            TRY(end_item(run, places[i], reterr));
        } else if (now_ms > worker->deadline_ms) {
            worker_kill(worker, true);
        }
    }
    return STATUS_OK;
}

static enum status run_interrupted(struct run *run, struct error *reterr)
{
    for (size_t i = 0; i < item_count(run); i++) {
        if (run->states[i] == LANE_RUNNING) {
            char fault[256];
            bool ended = false;

            if (run->workers[i].pid != 0) {
                worker_kill(&run->workers[i], false);
                TRY(listen_to(run, i, &ended, reterr));
            }
            run_stop_worker(run, i, fault);
            run->states[i] = LANE_WAITING;
            if (run->keepers[i].pid != 0) {
                TRY(run_restore_now(run, i, reterr));
            }
        }
    }
    TRY(packets_stop(&run->recorder, run->journal, reterr));
    TRY(journal_say(run->journal, "run-interrupted", NULL, json_object(), reterr));
    return fail(reterr, STATUS_INTERRUPTED, "interrupted; what was observed is in %s",
                journal_folder(run->journal));
}

static enum status run_collect_papers(struct run *run, struct error *reterr)
{
    enum status status = papers_collect(run->journal, run->setup.plan, run->papers_said,
                                        run->setup.interrupted, run->arena, &run->papers, reterr);

    return status == STATUS_INTERRUPTED ? run_interrupted(run, reterr) : status;
}

enum status run_drive(struct run *run, struct error *reterr)
{
    struct pollfd *polled = arena_array(run->arena, item_count(run) + 1, sizeof *polled);
    size_t *places = arena_array(run->arena, item_count(run) + 1, sizeof *places);
    size_t running = 0;

    TRY(run_collect_papers(run, reterr));
    if (run->setup.packets) {
        TRY(packets_start(run->journal, run->setup.plan, run->setup.seed, run->interruptions + 1,
                          &run->recorder, reterr));
    }
    do {
        if (interrupted(run)) {
            return run_interrupted(run, reterr);
        }
        TRY(start_what_may(run, reterr));
        TRY(turn(run, polled, places, &running, reterr));
    } while (running > 0);
    return packets_stop(&run->recorder, run->journal, reterr);
}
