#include "engine/rejudge.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One check of the stored plan, and what the log says of it. */
struct stored_check {
    const char *id;
    const char *probe;
    const char *subject;
    const json_t *params;
    const json_t *controls;
    unsigned attempts;
    struct outcome outcome;
    bool used;
};

struct rejudging {
    const struct plan *plan;
    struct arena *arena;
    json_t *stored_plan;
    struct stored_check *stored;
    size_t stored_count;
    struct outcome *outcomes;
    const char **sources;
};

static enum status read_stored(struct stored_check *stored, const json_t *check,
                               struct error *reterr)
{
    stored->id = json_string_value(json_object_get(check, "id"));
    stored->probe = json_string_value(json_object_get(check, "probe"));
    stored->subject = json_string_value(json_object_get(check, "subject"));
    stored->params = json_object_get(check, "params");
    stored->controls = json_object_get(check, "controls");
    if (stored->id == NULL || stored->probe == NULL || stored->subject == NULL ||
        !json_is_object(stored->params) || !json_is_array(stored->controls)) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "run/plan.json: a check does not say what it asked of what");
    }
    return STATUS_OK;
}

enum status rejudge_new(const struct plan *plan, const json_t *stored_plan,
                        struct rejudging **ret_rejudging, struct error *reterr)
{
    DEFER(rejudge_done) struct rejudging *rejudging = calloc(1, sizeof *rejudging);
    const json_t *checks = json_object_get(json_object_get(stored_plan, "detail"), "checks");

    if (rejudging == NULL) {
        abort();
    }
    rejudging->arena = arena_new();
    rejudging->plan = plan;
    rejudging->stored_plan = json_deep_copy(stored_plan);
    if (!json_is_array(checks)) {
        return fail(reterr, STATUS_BAD_INPUT, "run/plan.json: the list of checks is missing");
    }
    checks = json_object_get(json_object_get(rejudging->stored_plan, "detail"), "checks");
    rejudging->stored_count = json_array_size(checks);
    rejudging->stored =
        arena_array(rejudging->arena, rejudging->stored_count + 1, sizeof *rejudging->stored);
    rejudging->outcomes =
        arena_array(rejudging->arena, plan->item_count + 1, sizeof *rejudging->outcomes);
    rejudging->sources =
        arena_array(rejudging->arena, plan->item_count + 1, sizeof *rejudging->sources);
    for (size_t i = 0; i < rejudging->stored_count; i++) {
        TRY(read_stored(&rejudging->stored[i], json_array_get(checks, i), reterr));
    }
    *ret_rejudging = rejudging;
    rejudging = NULL;
    return STATUS_OK;
}

void rejudge_done(struct rejudging **rejudging)
{
    struct rejudging *gone = *rejudging;

    if (gone == NULL) {
        return;
    }
    for (size_t i = 0; gone->stored != NULL && i < gone->stored_count; i++) {
        outcome_done(&gone->stored[i].outcome);
    }
    for (size_t i = 0; gone->outcomes != NULL && i < gone->plan->item_count; i++) {
        outcome_done(&gone->outcomes[i]);
    }
    json_decref(gone->stored_plan);
    arena_done(&gone->arena);
    free(gone);
    *rejudging = NULL;
}

static struct stored_check *stored_find(struct rejudging *rejudging, const char *id)
{
    for (size_t i = 0; i < rejudging->stored_count; i++) {
        if (text_equal(rejudging->stored[i].id, id)) {
            return &rejudging->stored[i];
        }
    }
    return NULL;
}

/* A device that was not brought back is no device that was observed, as in a run. */
static void apply_restore(struct check_record *record, const json_t *data)
{
    if (!json_is_true(json_object_get(data, "restored"))) {
        record->ending = ENDING_FAULT;
        (void) snprintf(record->fault, sizeof record->fault,
                        "the device was not brought back after this check");
    }
}

enum status rejudge_hear(void *rejudging, const struct evlog_event *event, struct error *reterr)
{
    struct stored_check *stored =
        event->check == NULL ? NULL : stored_find(rejudging, event->check);

    if (event->check == NULL) {
        return STATUS_OK;
    }
    if (stored == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "event %llu is about '%s', which is not in the plan",
                    (unsigned long long) event->seq, event->check);
    }
    if (text_equal(event->kind, "check-started")) {
        stored->attempts++;
        outcome_restart(&stored->outcome, json_array_size(stored->controls), stored->attempts,
                        event->wall_ms);
    } else if (text_equal(event->kind, "restore")) {
        apply_restore(&stored->outcome.record, event->data);
    } else if (!outcome_apply(&stored->outcome, event->kind, event->data)) {
        return fail(reterr, STATUS_BAD_INPUT, "event %llu: its data does not fit its kind '%s'",
                    (unsigned long long) event->seq, event->kind);
    }
    return STATUS_OK;
}

/* What stands after the last '@': the id of the declared thing that the check is about. */
static const char *subject_id(const char *check_id)
{
    const char *at = strchr(check_id, '@');

    return at == NULL ? "" : at;
}

static bool asked_the_same(const struct rejudging *rejudging, const struct stored_check *stored,
                           const struct plan_item *item)
{
    return text_equal(stored->probe, item->check->probe->name) &&
           text_equal(subject_id(stored->id), subject_id(item->id)) &&
           text_equal(stored->subject, subject_text(&item->subject, rejudging->arena)) &&
           json_equal(stored->params, item->params) != 0;
}

static struct stored_check *source_of(struct rejudging *rejudging, const struct plan_item *item)
{
    struct stored_check *first = NULL;

    for (size_t i = 0; i < rejudging->stored_count; i++) {
        struct stored_check *stored = &rejudging->stored[i];

        if (stored->attempts == 0 || !asked_the_same(rejudging, stored, item)) {
            continue;
        }
        if (text_equal(stored->id, item->id)) {
            return stored;
        }
        first = first == NULL ? stored : first;
    }
    return first;
}

/* The observation that a stored control made with these parameters, or NULL. */
static json_t *control_facts(const struct stored_check *stored, const json_t *params)
{
    const struct check_record *record = &stored->outcome.record;

    for (size_t i = 0; i < record->control_count; i++) {
        const json_t *asked = json_object_get(json_array_get(stored->controls, i), "params");

        if (record->controls[i] != NULL && json_equal(asked, params) != 0) {
            return record->controls[i];
        }
    }
    return NULL;
}

static void take_over(const struct plan_item *item, const struct stored_check *stored,
                      struct outcome *outcome)
{
    const struct check_record *from = &stored->outcome.record;
    struct check_record *record = &outcome->record;

    outcome_restart(outcome, item->check->control_count, from->attempt,
                    stored->outcome.started_wall_ms);
    outcome->elapsed_ms = stored->outcome.elapsed_ms;
    record->before = from->before;
    record->after = from->after;
    memcpy(record->before_detail, from->before_detail, sizeof record->before_detail);
    memcpy(record->after_detail, from->after_detail, sizeof record->after_detail);
    memcpy(record->fault, from->fault, sizeof record->fault);
    record->ending = from->ending;
    record->facts = json_incref(from->facts);
    record->logins_wanted = from->logins_wanted;
    record->logins_granted = from->logins_granted;
    record->year = clock_year(outcome->started_wall_ms);
    for (size_t i = 0; i < record->control_count; i++) {
        if (item->controls[i].params != NULL) {
            record->controls[i] = json_incref(control_facts(stored, item->controls[i].params));
        }
    }
}

static void leave_untested(struct outcome *outcome)
{
    outcome->judgement = (struct judgement){
        .verdict = VERDICT_NOT_TESTED,
        .reason = { "この問いに対する観測が、元の試験の記録にない",
                    "the recorded run did not ask this" },
        .fix = { "この試験項目で機器を試験してください。", "Run this suite against the device." },
        .observed = "{}",
        .control = "not asked",
    };
}

void rejudge_decide(struct rejudging *rejudging)
{
    for (size_t i = 0; i < rejudging->plan->item_count; i++) {
        const struct plan_item *item = &rejudging->plan->items[i];
        struct outcome *outcome = &rejudging->outcomes[i];
        struct stored_check *stored = source_of(rejudging, item);

        if (stored == NULL) {
            leave_untested(outcome);
        } else {
            stored->used = true;
            rejudging->sources[i] = stored->id;
            take_over(item, stored, outcome);
            outcome->judgement = judge(item, &outcome->record, rejudging->arena);
        }
        outcome->judged = true;
    }
}

const struct outcome *rejudge_outcomes(const struct rejudging *rejudging)
{
    return rejudging->outcomes;
}

const char *rejudge_source(const struct rejudging *rejudging, size_t place)
{
    return rejudging->sources[place];
}

const char *rejudge_source_of(const struct rejudging *rejudging, const char *id)
{
    for (size_t i = 0; i < rejudging->plan->item_count; i++) {
        if (text_equal(rejudging->plan->items[i].id, id)) {
            return rejudging->sources[i];
        }
    }
    return NULL;
}

size_t rejudge_unused(const struct rejudging *rejudging)
{
    size_t unused = 0;

    for (size_t i = 0; i < rejudging->stored_count; i++) {
        unused += !rejudging->stored[i].used;
    }
    return unused;
}
