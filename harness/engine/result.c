#include "engine/result.h"

#include "base/clock.h"
#include "evidence/digest.h"
#include "evidence/json_make.h"
#include "evidence/json_strict.h"
#include "evidence/rollup.h"
#include "model/policy.h"

static json_t *words_json(const struct words *words)
{
    return json_made(json_pack("{s:s, s:s}", "en", words_in(words, LANGUAGE_EN), "ja",
                               words_in(words, LANGUAGE_JA)));
}

static json_t *basis_json(const struct basis *basis)
{
    return json_made(json_pack("{s:s*, s:s*, s:s*, s:s*, s:s*}", "level", basis->level, "document",
                               basis->document, "edition", basis->edition, "section",
                               basis->section, "read", basis->read));
}

static json_t *parameters_json(const struct suite *suite)
{
    json_t *list = json_made(json_array());

    for (size_t i = 0; i < suite->parameter_count; i++) {
        const struct parameter *parameter = &suite->parameters[i];

        json_append(list, json_pack("{s:s, s:O, s:s*, s:o, s:s}", "name", parameter->name, "value",
                                    parameter->value, "unit", parameter->unit, "basis",
                                    basis_json(&parameter->basis), "origin", parameter->origin));
    }
    return list;
}

static json_t *controls_json(const struct plan_item *item, const struct check_record *record)
{
    json_t *list = json_made(json_array());

    for (size_t i = 0; i < item->check->control_count; i++) {
        const struct control *control = item->controls[i].control;
        json_t *one = json_made(
            json_pack("{s:s, s:o}", "id", control->id, "says", words_json(&control->says)));

        if (i < record->control_count && record->controls[i] != NULL) {
            json_put(one, "facts", json_incref(record->controls[i]));
        }
        json_append(list, one);
    }
    return list;
}

static json_t *notes_json(const struct judgement *judgement)
{
    json_t *list = json_made(json_array());

    for (size_t i = 0; i < judgement->note_count; i++) {
        json_append(list, json_string(judgement->notes[i]));
    }
    return list;
}

static json_t *graded_paths(const struct grading *grading)
{
    json_t *list = json_made(json_array());

    for (size_t i = 0; i < grading->item_count; i++) {
        json_append(list, json_string(grading->items[i].path));
    }
    return list;
}

static json_t *grade_json(const struct grade_result *grade)
{
    static const char *const holds[] = {
        [TRUTH_FALSE] = "no", [TRUTH_UNKNOWN] = "unknown", [TRUTH_TRUE] = "yes"
    };
    const struct grading *grading = grade->expectation->grading;
    const struct policy *policy = grading->policy;
    json_t *json = json_made(json_pack(
        "{s:s, s:o, s:s, s:s, s:O, s:b, s:s, s:O, s:s*}", "policy", policy->id, "title",
        words_json(&policy->title), "at", grading_moment_word(grading->moment), "result",
        grade_word(grade), "at_least", grade->expectation->operand, "decides", (int) grade->decides,
        "holds", holds[grade->truth], "because", grade->because, "fact", grade->fact));

    json_put(json, "of", graded_paths(grading));
    if (grade->state == GRADE_KNOWN) {
        json_put(json, "grade", words_json(&policy->grades[grade->grade].title));
    }
    if (grade->year > 0 && policy->strength_count > 0) {
        json_put(json, "year", json_integer((json_int_t) grade->year));
    }
    if (json_array_size(grade->unknown) > 0) {
        json_put(json, "unknown", json_incref(grade->unknown));
    }
    if (grade->basis != NULL) {
        json_put(json, "basis", basis_json(grade->basis));
    }
    return json;
}

static json_t *grades_json(const struct judgement *judgement)
{
    json_t *list = json_made(json_array());

    for (size_t i = 0; i < judgement->grade_count; i++) {
        json_append(list, grade_json(&judgement->grades[i]));
    }
    return list;
}

/* Attempts that were cut short with the run, as far as they had come. */
static json_t *earlier_json(const struct outcome *outcome)
{
    static const char *const same[] = { "attempt", "ending", "fault", "liveness", "facts" };
    json_t *list = json_made(json_array());
    const json_t *attempt;
    size_t i;

    json_array_foreach(outcome->earlier, i, attempt)
    {
        const json_t *entry = json_object_get(attempt, "entry");
        json_t *one = json_made(json_object());

        for (size_t j = 0; j < sizeof same / sizeof same[0]; j++) {
            json_t *value = json_object_get(attempt, same[j]);

            if (value != NULL) {
                json_put(one, same[j], json_incref(value));
            }
        }
        json_put(one, "evidence", entry == NULL ? json_array() : json_pack("[O]", entry));
        json_append(list, one);
    }
    return list;
}

static json_t *check_json(const struct plan_item *item, const struct outcome *outcome,
                          struct arena *arena)
{
    const struct check_record *record = &outcome->record;
    const struct judgement *judgement = &outcome->judgement;
    json_t *json = json_made(
        json_pack("{s:s, s:s, s:s, s:o, s:s, s:o, s:o, s:o, s:s, s:I, s:s, s:s}", "id", item->id,
                  "probe", item->check->probe->name, "target", subject_text(&item->subject, arena),
                  "title", words_json(&item->check->title), "verdict",
                  verdict_word(judgement->verdict), "reason", words_json(&judgement->reason),
                  "expected", words_json(&judgement->expected), "fix", words_json(&judgement->fix),
                  "observed", judgement->observed == NULL ? "" : judgement->observed, "attempt",
                  (json_int_t) record->attempt, "control", judgement->control, "ending",
                  ending_word(record->ending)));

    json_put(json, "liveness",
             json_pack("{s:s, s:s, s:s, s:s}", "before", liveness_word(record->before),
                       "before_detail", record->before_detail, "after",
                       liveness_word(record->after), "after_detail", record->after_detail));
    json_put(json, "facts", record->facts == NULL ? json_object() : json_incref(record->facts));
    json_put(json, "controls", controls_json(item, record));
    json_put(json, "notes", notes_json(judgement));
    if (judgement->grade_count > 0) {
        json_put(json, "grades", grades_json(judgement));
    }
    json_put(json, "evidence",
             outcome->wire_entry[0] == '\0' ? json_array() : json_pack("[s]", outcome->wire_entry));
    if (outcome->earlier != NULL) {
        json_put(json, "earlier_attempts", earlier_json(outcome));
    }
    return json;
}

static json_t *omission_json(const struct plan_omission *omission)
{
    return json_made(json_pack("{s:s, s:s, s:o}", "id", omission->id, "verdict",
                               verdict_word(omission->verdict), "reason",
                               words_json(&omission->reason)));
}

/* All checks of the clause, those that ran first. */
static json_t *clause_checks(const struct plan *plan, const struct outcome *outcomes,
                             const struct clause *clause, struct arena *arena)
{
    json_t *list = json_made(json_array());

    for (size_t i = 0; i < plan->item_count; i++) {
        if (plan->items[i].check->clause == clause) {
            json_append(list, check_json(&plan->items[i], &outcomes[i], arena));
        }
    }
    for (size_t i = 0; i < plan->omission_count; i++) {
        if (plan->omissions[i].clause == clause && plan->omissions[i].counts) {
            json_append(list, omission_json(&plan->omissions[i]));
        }
    }
    return list;
}

static json_t *skipped_json(const struct plan *plan)
{
    json_t *list = json_made(json_array());

    for (size_t i = 0; i < plan->omission_count; i++) {
        if (!plan->omissions[i].counts) {
            json_append(list, omission_json(&plan->omissions[i]));
        }
    }
    return list;
}

/* What differs from run to run stands apart from what was decided. */
static json_t *timing_json(const struct plan *plan, const struct outcome *outcomes)
{
    json_t *timing = json_made(json_object());

    for (size_t i = 0; i < plan->item_count; i++) {
        const struct outcome *outcome = &outcomes[i];
        char started[CLOCK_TEXT_SIZE];

        if (outcome->started_wall_ms == 0) { /* never begun */
            continue;
        }
        clock_text(outcome->started_wall_ms, started);
        json_put(timing, plan->items[i].id,
                 json_pack("{s:s, s:I, s:I, s:I, s:I, s:b}", "started", started, "elapsed_ms",
                           (json_int_t) outcome->elapsed_ms, "connections", outcome->connections,
                           "sent", outcome->sent, "received", outcome->received, "cut",
                           (int) outcome->cut));
    }
    return timing;
}

static json_t *clauses_json(const struct plan *plan, const struct outcome *outcomes)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    json_t *list = json_made(json_array());

    for (size_t i = 0; i < plan->suite->clause_count; i++) {
        const struct clause *clause = &plan->suite->clauses[i];

        json_t *json = json_made(
            json_pack("{s:s, s:o, s:i, s:b, s:o, s:s, s:O*, s:o}", "id", clause->id, "title",
                      words_json(&clause->title), "level", (int) clause->level, "mandatory",
                      (int) clause->mandatory, "basis", basis_json(&clause->basis), "automation",
                      clause->automation, "maps", clause->maps, "checks",
                      clause_checks(plan, outcomes, clause, arena)));

        if (clause->provisional) {
            json_put(json, "provisional", json_true());
        }
        json_append(list, json);
    }
    return list;
}

static enum status put_policies(json_t *result, const struct suite *suite, struct error *reterr)
{
    json_t *list = json_made(json_array());

    if (suite->policy_count > 0) {
        json_put(result, "policies", list);
    } else {
        json_decref(list);
    }
    for (size_t i = 0; i < suite->policy_count; i++) {
        const struct policy *policy = suite->policies[i];
        char hex[DIGEST_HEX_SIZE];
        struct digest digest;

        TRY(digest_of(policy->source.data, policy->source.length, &digest, reterr));
        digest_to_hex(&digest, hex);
        json_append(list,
                    json_pack("{s:s, s:o, s:o, s:o, s:s}", "id", policy->id, "title",
                              words_json(&policy->title), "edition", basis_json(&policy->edition),
                              "notice", words_json(&policy->notice), "sha256", hex));
    }
    return STATUS_OK;
}

enum status result_build(const struct plan *plan, const struct outcome *outcomes,
                         json_t **ret_result, struct error *reterr)
{
    const struct suite *suite = plan->suite;
    const struct profile *profile = plan->profile;
    DEFER(json_strict_done)
    json_t *result = json_made(json_pack(
        "{s:s, s:i, s:s, s:o, s:o, s:o, s:o, s:o}", "scheme", suite->scheme, "level",
        (int) suite->level, "product_type", profile->type, "parameters", parameters_json(suite),
        "clauses", clauses_json(plan, outcomes), "skipped", skipped_json(plan), "timing",
        timing_json(plan, outcomes), "notice", words_json(&suite->notice)));

    json_put(result, "suite",
             json_pack("{s:s, s:s, s:o}", "id", suite->id, "version", suite->version, "edition",
                       basis_json(&suite->edition)));
    json_put(result, "product",
             json_pack("{s:o, s:s, s:s*}", "vendor", words_json(&profile->vendor_name), "model",
                       profile->model, "hardware", profile->hardware));
    if (suite_is_provisional(suite)) {
        json_put(result, "provisional", json_true());
    }
    TRY(put_policies(result, suite, reterr));
    TRY(rollup_fill(result, reterr));
    *ret_result = result;
    result = NULL;
    return STATUS_OK;
}
