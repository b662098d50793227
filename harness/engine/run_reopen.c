/* An interrupted run, known again from its log. */
#include "engine/run_private.h"

#include "evidence/json_make.h"
#include "evidence/json_strict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t item_count(const struct run *run)
{
    return run->setup.plan->item_count;
}

static size_t item_place(const struct plan *plan, const char *id)
{
    size_t place = 0;

    while (place < plan->item_count && !text_equal(plan->items[place].id, id)) {
        place++;
    }
    return place;
}

static enum status replay(void *context, const struct evlog_event *event, struct error *reterr)
{
    struct run *run = context;
    size_t place =
        event->check == NULL ? item_count(run) : item_place(run->setup.plan, event->check);

    if (text_equal(event->kind, "run-opened")) {
        run->opening = json_deep_copy(event->data);
        return STATUS_OK;
    }
    if (event->check == NULL) {
        run->interruptions += text_equal(event->kind, "run-resumed") ? 1 : 0;
        if (text_equal(event->kind, "document")) {
            const char *id = json_string_value(json_object_get(event->data, "document"));

            if (id != NULL) {
                json_put(run->papers_said, id, json_deep_copy(event->data));
            }
        }
        if (text_equal(event->kind, "packets")) {
            run->packets_said =
                (unsigned) json_integer_value(json_object_get(event->data, "session"));
        }
        return STATUS_OK;
    }
    if (place == item_count(run)) {
        return fail(reterr, STATUS_BAD_INPUT, "event %llu is about '%s', which is not in the plan",
                    (unsigned long long) event->seq, event->check);
    }
    if (text_equal(event->kind, "check-started")) {
        run->attempts[place]++;
        outcome_restart(&run->outcomes[place], run->setup.plan->items[place].check->control_count,
                        run->attempts[place], event->wall_ms);
        return STATUS_OK;
    }
    if (text_equal(event->kind, "restore")) {
        run->owed[place] = !json_is_true(json_object_get(event->data, "restored"));
        return STATUS_OK;
    }
    if (text_equal(event->kind, "login-attempts")) {
        run->spent[place] += (unsigned) json_integer_value(json_object_get(event->data, "count"));
        return STATUS_OK;
    }
    if (!outcome_apply(&run->outcomes[place], event->kind, event->data)) {
        return fail(reterr, STATUS_BAD_INPUT, "event %llu: its data does not fit its kind '%s'",
                    (unsigned long long) event->seq, event->kind);
    }
    return STATUS_OK;
}

static enum status read_opening(void *context, const struct evlog_event *event,
                                struct error *reterr)
{
    json_t **opening = context;

    (void) reterr;
    if (text_equal(event->kind, "run-opened") && *opening == NULL) {
        *opening = json_deep_copy(event->data);
    }
    return STATUS_OK;
}

enum status run_read_opening(const char *folder, json_t **ret_opening, struct error *reterr)
{
    DEFER(json_strict_done) json_t *opening = NULL;

    TRY(journal_wait(folder, reterr));
    TRY(journal_visit(folder, read_opening, &opening, NULL, NULL, reterr));
    if (opening == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "%s: the log has no opening", folder);
    }
    *ret_opening = opening;
    opening = NULL;
    return STATUS_OK;
}

enum status run_reopen_to_restore(const struct run_setup *setup, const char *folder,
                                  struct run **ret_run, struct error *reterr)
{
    DEFER(run_done) struct run *run = run_new(setup);

    TRY(journal_reopen(folder, replay, run, &run->journal, NULL, reterr));
    *ret_run = run;
    run = NULL;
    return STATUS_OK;
}

/* Wrong log-ins whose word was still on its way when the run was killed. */
static enum status count_unheard(struct run *run, struct error *reterr)
{
    TRY(run_open_tally(run, reterr));
    for (size_t i = 0; i < item_count(run); i++) {
        tally_raise(&run->tally, i, run->spent[i]);
        run->unsaid[i] = tally_of(&run->tally, i) - run->spent[i];
        run->spent[i] += run->unsaid[i];
        TRY(run_log_attempts(run, i, reterr));
    }
    return STATUS_OK;
}

enum status run_reopen(const struct run_setup *setup, const char *folder, const json_t *opening,
                       struct run **ret_run, struct error *reterr)
{
    DEFER(run_done) struct run *run = run_new(setup);
    uint64_t torn = 0;

    TRY(journal_reopen(folder, replay, run, &run->journal, &torn, reterr));
    if (run->opening == NULL || !json_equal(json_object_get(run->opening, "identity"),
                                            json_object_get(opening, "identity"))) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "%s: the profile, suite, parameters or program have changed since this run "
                    "began; start a new run",
                    folder);
    }
    run->interruptions++;
    TRY(journal_say(run->journal, "run-resumed", NULL,
                    json_pack("{s:I}", "torn_bytes", (json_int_t) torn), reterr));
    TRY(run_say_host(run, reterr));
    if (run->packets_said < run->interruptions) {
        TRY(packets_recover(run->journal, run->interruptions, reterr));
    }
    TRY(count_unheard(run, reterr));
    for (size_t i = 0; i < item_count(run); i++) {
        if (run->outcomes[i].ended) {
            TRY(run_judge(run, i, reterr));
        }
    }
    *ret_run = run;
    run = NULL;
    return STATUS_OK;
}
