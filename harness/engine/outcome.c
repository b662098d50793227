#include "engine/outcome.h"

#include "base/clock.h"
#include "evidence/json_make.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void outcome_done(struct outcome *outcome)
{
    json_decref(outcome->earlier);
    check_record_done(&outcome->record);
    *outcome = (struct outcome){ 0 };
}

/* What was seen of an attempt that the end of the run cut short. */
static json_t *attempt_json(const struct outcome *outcome)
{
    const struct check_record *record = &outcome->record;
    char started[CLOCK_TEXT_SIZE];
    json_t *json;

    clock_text(outcome->started_wall_ms, started);
    json = json_made(json_pack(
        "{s:I, s:s, s:s, s:s, s:{s:s, s:s}, s:O*}", "attempt", (json_int_t) record->attempt,
        "ending", outcome->ended ? ending_word(record->ending) : "interrupted", "started", started,
        "fault", record->fault, "liveness", "before", liveness_word(record->before), "after",
        liveness_word(record->after), "facts", record->facts));
    if (outcome->wire_name[0] != '\0') {
        (void) json_object_set_new(json, "wire", json_made(json_string(outcome->wire_name)));
        (void) json_object_set_new(json, "sha256", json_made(json_string(outcome->wire_sha256)));
    }
    return json;
}

void outcome_restart(struct outcome *outcome, size_t control_count, unsigned attempt,
                     int64_t started_wall_ms)
{
    json_t *earlier = outcome->earlier;

    if (outcome->record.attempt > 0) {
        earlier = earlier == NULL ? json_made(json_array()) : earlier;
        json_append(earlier, attempt_json(outcome));
    }
    outcome->earlier = NULL;
    outcome_done(outcome);
    outcome->earlier = earlier;
    outcome->record.attempt = attempt;
    outcome->started_wall_ms = started_wall_ms;
    if (control_count > 0) {
        outcome->record.controls = calloc(control_count, sizeof(json_t *));
        if (outcome->record.controls == NULL) {
            abort();
        }
        outcome->record.control_count = control_count;
    }
}

static bool apply_liveness(struct check_record *record, const json_t *data)
{
    const char *when = json_string_value(json_object_get(data, "when"));
    const char *state = json_string_value(json_object_get(data, "state"));
    const char *detail = json_string_value(json_object_get(data, "detail"));
    bool before = text_equal(when, "before");

    if (state == NULL || detail == NULL || (!before && !text_equal(when, "after"))) {
        return false;
    }
    (void) snprintf(before ? record->before_detail : record->after_detail,
                    sizeof record->before_detail, "%s", detail);
    return liveness_from_word(state, before ? &record->before : &record->after);
}

static bool apply_control(struct check_record *record, const json_t *data)
{
    const json_t *index = json_object_get(data, "index");
    json_t *facts = json_object_get(data, "facts");
    size_t place = (size_t) json_integer_value(index);

    if (!json_is_integer(index) || !json_is_object(facts) || place >= record->control_count ||
        record->controls[place] != NULL) {
        return false;
    }
    record->controls[place] = json_incref(facts);
    return true;
}

static bool apply_observation(struct check_record *record, const json_t *data)
{
    json_t *facts = json_object_get(data, "facts");

    if (!json_is_object(facts) || record->facts != NULL) {
        return false;
    }
    record->facts = json_incref(facts);
    return true;
}

static bool apply_fault(struct check_record *record, const json_t *data)
{
    const char *status = json_string_value(json_object_get(data, "status"));
    const char *message = json_string_value(json_object_get(data, "message"));

    if (status == NULL || message == NULL) {
        return false;
    }
    record->ending = ENDING_FAULT;
    (void) snprintf(record->fault, sizeof record->fault, "%s: %s", status, message);
    return true;
}

static bool apply_shortage(struct check_record *record, const json_t *data)
{
    json_int_t wanted = json_integer_value(json_object_get(data, "wanted"));
    json_int_t granted = json_integer_value(json_object_get(data, "granted"));

    if (wanted < 1 || wanted > INT32_MAX || granted < 0 || granted >= wanted) {
        return false;
    }
    record->logins_wanted = (unsigned) wanted;
    record->logins_granted = (unsigned) granted;
    return true;
}

static bool apply_transcript(struct outcome *outcome, const json_t *data)
{
    const char *path = json_string_value(json_object_get(data, "path"));
    const char *sha256 = json_string_value(json_object_get(data, "sha256"));

    if (path == NULL || sha256 == NULL || strlen(sha256) != 64) {
        return false;
    }
    (void) snprintf(outcome->wire_name, sizeof outcome->wire_name, "%s", path);
    (void) snprintf(outcome->wire_sha256, sizeof outcome->wire_sha256, "%s", sha256);
    outcome->connections = json_integer_value(json_object_get(data, "connections"));
    outcome->sent = json_integer_value(json_object_get(data, "sent"));
    outcome->received = json_integer_value(json_object_get(data, "received"));
    outcome->cut = json_is_true(json_object_get(data, "cut"));
    return true;
}

static bool apply_ended(struct outcome *outcome, const json_t *data)
{
    const char *ending = json_string_value(json_object_get(data, "ending"));
    const char *fault = json_string_value(json_object_get(data, "fault"));

    if (ending == NULL || !ending_from_word(ending, &outcome->record.ending)) {
        return false;
    }
    if (fault != NULL && fault[0] != '\0') {
        (void) snprintf(outcome->record.fault, sizeof outcome->record.fault, "%s", fault);
    }
    outcome->elapsed_ms = json_integer_value(json_object_get(data, "elapsed_ms"));
    outcome->ended = true;
    return true;
}

bool outcome_apply(struct outcome *outcome, const char *kind, const json_t *data)
{
    struct check_record *record = &outcome->record;

    if (text_equal(kind, "liveness")) {
        return apply_liveness(record, data);
    }
    if (text_equal(kind, "control")) {
        return apply_control(record, data);
    }
    if (text_equal(kind, "observation")) {
        return apply_observation(record, data);
    }
    if (text_equal(kind, "fault")) {
        return apply_fault(record, data);
    }
    if (text_equal(kind, "attempts-short")) {
        return apply_shortage(record, data);
    }
    if (text_equal(kind, "transcript")) {
        return apply_transcript(outcome, data);
    }
    if (text_equal(kind, "ended")) {
        return apply_ended(outcome, data);
    }
    if (text_equal(kind, "verdict")) {
        outcome->verdict_logged = true;
    }
    return true;
}
