#include "engine/rejudge.h"

#include "../model/sample.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define PORTS "T-1/ports@127.0.0.1"
#define PORTS_V6 "T-1/ports@::1"
#define TALK "T-2/talk@admin"

static struct arena *arena;

static void open_arena(void)
{
    arena = arena_new();
}

static void close_arena(void)
{
    arena_done(&arena);
}

TestSuite(rejudge, .init = open_arena, .fini = close_arena);

static const struct plan *plan_of(const char *suite_text)
{
    struct suite *suite = NULL;
    struct profile *profile = NULL;
    struct plan *plan = NULL;
    struct error error = { .status = STATUS_OK };

    cr_assert_eq(sample_suite(suite_text, sample_clauses, arena, &suite, &error), STATUS_OK, "%s",
                 error.message);
    cr_assert_eq(sample_profile(SAMPLE_PROFILE, arena, &profile, &error), STATUS_OK, "%s",
                 error.message);
    cr_assert_eq(plan_build(suite, profile, NULL, arena, &plan, &error), STATUS_OK, "%s",
                 error.message);
    return plan;
}

/* The sample suite with one text exchanged for another. */
static const char *edition(const char *from, const char *to)
{
    static const char original[] = SAMPLE_SUITE;
    const char *at = strstr(original, from);

    cr_assert_not_null(at, "%s", from);
    return arena_format(arena, "%.*s%s%s", (int) (at - original), original, to, at + strlen(from));
}

static enum status hear(struct rejudging *rejudging, const char *check, const char *kind,
                        const char *data)
{
    json_t *json = json_loads(data, 0, NULL);
    const struct evlog_event event = {
        .seq = 7, .wall_ms = INT64_C(1790000000000), .kind = kind, .check = check, .data = json
    };
    enum status status;

    cr_assert_not_null(json, "%s", data);
    status = rejudge_hear(rejudging, &event, NULL);
    json_decref(json);
    return status;
}

static void hear_alive(struct rejudging *rejudging, const char *check, const char *when)
{
    const char *data =
        arena_format(arena, "{\"when\":\"%s\",\"state\":\"alive\",\"detail\":\"200\"}", when);

    cr_assert_eq(hear(rejudging, check, "liveness", data), STATUS_OK);
}

static void hear_start(struct rejudging *rejudging, const char *check)
{
    cr_assert_eq(hear(rejudging, check, "check-started", "{}"), STATUS_OK);
    hear_alive(rejudging, check, "before");
}

static void hear_end(struct rejudging *rejudging, const char *check, const char *facts)
{
    const char *data = arena_format(arena, "{\"facts\":%s}", facts);

    cr_assert_eq(hear(rejudging, check, "observation", data), STATUS_OK);
    hear_alive(rejudging, check, "after");
    cr_assert_eq(hear(rejudging, check, "ended",
                      "{\"ending\":\"observed\",\"fault\":\"\",\"elapsed_ms\":5}"),
                 STATUS_OK);
}

#define GOOD_PORTS "{\"open\":[443],\"complete\":true,\"count\":3}"
#define GOOD_TALK "{\"keys\":[{\"bits\":2048,\"name\":\"a\"}],\"banner\":\"Hello\"}"

static void hear_ports(struct rejudging *rejudging, const char *check)
{
    hear_start(rejudging, check);
    cr_assert_eq(hear(rejudging, check, "control", "{\"index\":1,\"facts\":{\"complete\":true}}"),
                 STATUS_OK);
    hear_end(rejudging, check, GOOD_PORTS);
}

/* A run of the sample suite in which everything was as it should be. */
static void hear_good_run(struct rejudging *rejudging)
{
    cr_assert_eq(hear(rejudging, NULL, "run-opened", "{}"), STATUS_OK);
    hear_ports(rejudging, PORTS);
    hear_ports(rejudging, PORTS_V6);
    hear_start(rejudging, TALK);
    hear_end(rejudging, TALK, GOOD_TALK);
}

static json_t *stored_plan(void)
{
    json_t *stored = json_pack("{s:o}", "detail", plan_to_json(plan_of(SAMPLE_SUITE)));

    cr_assert_not_null(stored);
    return stored;
}

static struct rejudging *rejudging_of(const struct plan *plan)
{
    json_t *stored = stored_plan();
    struct rejudging *rejudging = NULL;
    struct error error = { .status = STATUS_OK };

    cr_assert_eq(rejudge_new(plan, stored, &rejudging, &error), STATUS_OK, "%s", error.message);
    json_decref(stored);
    return rejudging;
}

static void expect_verdict(const struct rejudging *rejudging, size_t place, enum verdict wanted)
{
    const struct judgement *judgement = &rejudge_outcomes(rejudging)[place].judgement;

    cr_expect_eq(judgement->verdict, wanted, "%zu: %s, not %s: %s", place,
                 verdict_word(judgement->verdict), verdict_word(wanted), judgement->reason.en);
}

Test(rejudge, the_same_rules_give_the_same_verdicts)
{
    DEFER(rejudge_done) struct rejudging *rejudging = rejudging_of(plan_of(SAMPLE_SUITE));

    hear_good_run(rejudging);
    rejudge_decide(rejudging);
    for (size_t i = 0; i < 3; i++) {
        expect_verdict(rejudging, i, VERDICT_PASS);
    }
    cr_expect_str_eq(rejudge_source(rejudging, 1), PORTS_V6);
    cr_expect_eq(rejudge_unused(rejudging), 0);
}

Test(rejudge, a_stricter_demand_judges_the_old_observation)
{
    DEFER(rejudge_done)
    struct rejudging *rejudging =
        rejudging_of(plan_of(edition("floor: {value: 112", "floor: {value: 3072")));

    hear_good_run(rejudging);
    rejudge_decide(rejudging);
    expect_verdict(rejudging, 0, VERDICT_PASS);
    expect_verdict(rejudging, 2, VERDICT_FAIL);
    cr_expect_str_eq(rejudge_source(rejudging, 2), TALK);
}

Test(rejudge, a_question_that_nobody_asked_is_not_tested)
{
    DEFER(rejudge_done)
    struct rejudging *rejudging =
        rejudging_of(plan_of(edition("[new, newer]", "[new, newer, newest]")));

    hear_good_run(rejudging);
    rejudge_decide(rejudging);
    expect_verdict(rejudging, 2, VERDICT_NOT_TESTED);
    cr_expect_null(rejudge_source(rejudging, 2));
    cr_expect(strlen(rejudge_outcomes(rejudging)[2].judgement.reason.en) > 0);
    cr_expect_eq(rejudge_unused(rejudging), 1);
}

Test(rejudge, a_check_by_another_name_takes_over_the_same_question)
{
    DEFER(rejudge_done)
    struct rejudging *rejudging = rejudging_of(plan_of(edition("T-2/talk\n", "T-2/speech\n")));

    hear_good_run(rejudging);
    rejudge_decide(rejudging);
    expect_verdict(rejudging, 2, VERDICT_PASS);
    cr_expect_str_eq(rejudge_source(rejudging, 2), TALK);
}

Test(rejudge, another_subject_is_another_question)
{
    DEFER(rejudge_done) struct rejudging *rejudging = rejudging_of(plan_of(SAMPLE_SUITE));

    hear_ports(rejudging, PORTS);
    rejudge_decide(rejudging);
    expect_verdict(rejudging, 0, VERDICT_PASS);
    expect_verdict(rejudging, 1, VERDICT_NOT_TESTED);
}

Test(rejudge, a_control_that_was_asked_otherwise_holds_nothing)
{
    DEFER(rejudge_done)
    struct rejudging *rejudging =
        rejudging_of(plan_of(edition("with: {mode: full}", "with: {mode: quick}")));

    hear_good_run(rejudging);
    rejudge_decide(rejudging);
    expect_verdict(rejudging, 0, VERDICT_INCONC);
}

Test(rejudge, what_did_not_end_well_is_never_a_pass)
{
    DEFER(rejudge_done) struct rejudging *rejudging = rejudging_of(plan_of(SAMPLE_SUITE));

    hear_start(rejudging, PORTS);
    hear_ports(rejudging, PORTS_V6);
    cr_assert_eq(hear(rejudging, PORTS_V6, "restore", "{\"restored\":false}"), STATUS_OK);
    hear_start(rejudging, TALK);
    hear_end(rejudging, TALK, GOOD_TALK);
    cr_assert_eq(hear(rejudging, TALK, "check-started", "{}"), STATUS_OK);
    rejudge_decide(rejudging);
    for (size_t i = 0; i < 3; i++) {
        expect_verdict(rejudging, i, VERDICT_ERROR);
    }
    cr_expect_eq(rejudge_outcomes(rejudging)[2].record.attempt, 2,
                 "a first attempt does not stand in for the second");
}

Test(rejudge, a_log_that_does_not_fit_the_plan_is_refused)
{
    DEFER(rejudge_done) struct rejudging *rejudging = rejudging_of(plan_of(SAMPLE_SUITE));
    DEFER(rejudge_done) struct rejudging *nothing = NULL;
    json_t *planless = json_pack("{s:[]}", "checks");

    cr_expect_eq(hear(rejudging, "T-9/other@admin", "check-started", "{}"), STATUS_BAD_INPUT);
    cr_expect_eq(hear(rejudging, TALK, "observation", "{\"facts\":3}"), STATUS_BAD_INPUT);
    cr_expect_eq(rejudge_new(plan_of(SAMPLE_SUITE), planless, &nothing, NULL), STATUS_BAD_INPUT);
    json_decref(planless);
}
