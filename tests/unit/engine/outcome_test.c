#include "engine/outcome.h"

#include <criterion/criterion.h>
#include <string.h>

static bool apply(struct outcome *outcome, const char *kind, const char *json)
{
    json_t *data = json_loads(json, 0, NULL);
    bool fits = outcome_apply(outcome, kind, data);

    json_decref(data);
    return fits;
}

Test(outcome, events_add_up_to_a_record)
{
    DEFER(outcome_done) struct outcome outcome = { 0 };

    outcome_restart(&outcome, 2, 3, 1000);
    cr_assert(apply(&outcome, "liveness",
                    "{\"when\":\"before\",\"state\":\"alive\",\"detail\":\"200\"}"));
    cr_assert(apply(&outcome, "control", "{\"index\":1,\"facts\":{\"open\":[22]}}"));
    cr_assert(apply(&outcome, "observation", "{\"facts\":{\"open\":[]}}"));
    cr_assert(
        apply(&outcome, "liveness", "{\"when\":\"after\",\"state\":\"silent\",\"detail\":\"x\"}"));
    cr_assert_eq(outcome.record.before, LIVENESS_ALIVE);
    cr_assert_eq(outcome.record.after, LIVENESS_SILENT);
    cr_assert_null(outcome.record.controls[0]);
    cr_assert_not_null(outcome.record.controls[1]);
    cr_assert_not_null(outcome.record.facts);
    cr_assert_eq(outcome.record.attempt, 3);
    cr_assert_not(outcome.ended);
    cr_assert(apply(&outcome, "ended",
                    "{\"ending\":\"timeout\",\"fault\":\"too slow\",\"elapsed_ms\":12}"));
    cr_assert(outcome.ended);
    cr_assert_eq(outcome.record.ending, ENDING_TIMEOUT);
    cr_assert_str_eq(outcome.record.fault, "too slow");
    cr_assert_eq(outcome.elapsed_ms, 12);
}

Test(outcome, a_shortage_of_log_ins_is_kept)
{
    DEFER(outcome_done) struct outcome outcome = { 0 };

    outcome_restart(&outcome, 0, 1, 0);
    cr_assert(apply(&outcome, "attempts-short", "{\"wanted\":40,\"granted\":3}"));
    cr_assert_eq(outcome.record.logins_wanted, 40);
    cr_assert_eq(outcome.record.logins_granted, 3);
    cr_assert_not(apply(&outcome, "attempts-short", "{\"wanted\":3,\"granted\":3}"));
    cr_assert_not(apply(&outcome, "attempts-short", "{\"wanted\":\"3\",\"granted\":1}"));
    outcome_restart(&outcome, 0, 2, 0);
    cr_assert_eq(outcome.record.logins_wanted, 0, "of the next attempt nothing is known yet");
}

Test(outcome, a_second_observation_is_refused)
{
    DEFER(outcome_done) struct outcome outcome = { 0 };

    outcome_restart(&outcome, 1, 1, 0);
    cr_assert(apply(&outcome, "observation", "{\"facts\":{}}"));
    cr_assert_not(apply(&outcome, "observation", "{\"facts\":{}}"));
    cr_assert(apply(&outcome, "control", "{\"index\":0,\"facts\":{}}"));
    cr_assert_not(apply(&outcome, "control", "{\"index\":0,\"facts\":{}}"));
}

Test(outcome, what_does_not_fit_its_kind_is_refused)
{
    static const char *const bad[][2] = {
        { "liveness", "{\"when\":\"later\",\"state\":\"alive\",\"detail\":\"\"}" },
        { "liveness", "{\"when\":\"before\",\"state\":\"well\",\"detail\":\"\"}" },
        { "liveness", "{\"when\":\"before\"}" },
        { "control", "{\"index\":7,\"facts\":{}}" },
        { "control", "{\"index\":-1,\"facts\":{}}" },
        { "control", "{\"index\":\"0\",\"facts\":{}}" },
        { "control", "{\"index\":0,\"facts\":[]}" },
        { "observation", "{\"facts\":5}" },
        { "observation", "{}" },
        { "fault", "{\"status\":\"IO\"}" },
        { "transcript", "{\"path\":\"wire/x\",\"sha256\":\"short\"}" },
        { "ended", "{\"ending\":\"happily\"}" },
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        DEFER(outcome_done) struct outcome outcome = { 0 };

        outcome_restart(&outcome, 1, 1, 0);
        cr_assert_not(apply(&outcome, bad[i][0], bad[i][1]), "%s %s", bad[i][0], bad[i][1]);
    }
}

Test(outcome, a_fault_is_ours_and_keeps_its_words)
{
    DEFER(outcome_done) struct outcome outcome = { 0 };

    outcome_restart(&outcome, 0, 1, 0);
    cr_assert(apply(&outcome, "fault", "{\"status\":\"IO\",\"message\":\"no socket\"}"));
    cr_assert_eq(outcome.record.ending, ENDING_FAULT);
    cr_assert_str_eq(outcome.record.fault, "IO: no socket");
}
