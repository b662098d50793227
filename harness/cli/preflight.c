#include "cli/preflight.h"

#include "engine/outcome.h"
#include "engine/worker.h"

static enum status hear_liveness(void *context, json_t *line, struct error *reterr)
{
    struct outcome *outcome = context;

    (void) reterr;
    (void) outcome_apply(outcome, json_string_value(json_object_get(line, "kind")), line);
    return STATUS_OK;
}

static enum status ask(const struct profile *profile, const volatile sig_atomic_t *interrupted,
                       struct outcome *outcome, struct error *reterr)
{
    const struct plan_item item = { .id = "preflight", .subject = { .profile = profile } };
    const struct worker_order order = { .item = &item, .attempt = 1 };
    struct worker worker;
    char fault[256];

    TRY(worker_start(&order, &worker, reterr));
    TRY(worker_attend(&worker, hear_liveness, outcome, interrupted, reterr));
    if (worker_reap(&worker, fault) != ENDING_OBSERVED || outcome->record.ending == ENDING_FAULT) {
        return fail(reterr, STATUS_INTERNAL, "asking for the device failed: %s%s", fault,
                    outcome->record.fault);
    }
    return STATUS_OK;
}

static enum status say_unreachable(const struct outcome *outcome, struct error *reterr)
{
    return fail(reterr, STATUS_UNREACHABLE,
                outcome->record.before == LIVENESS_OTHER
                    ? "another device answers in place of the declared one: %s"
                    : "the device cannot be reached: %s",
                outcome->record.before_detail);
}

enum status preflight(const struct profile *profile, const volatile sig_atomic_t *interrupted,
                      struct error *reterr)
{
    DEFER(outcome_done) struct outcome outcome = { 0 };

    TRY(ask(profile, interrupted, &outcome, reterr));
    return outcome.record.before == LIVENESS_ALIVE ? STATUS_OK : say_unreachable(&outcome, reterr);
}

enum status preflight_to_restore(const struct profile *profile,
                                 const volatile sig_atomic_t *interrupted, bool *ret_silent,
                                 struct error *reterr)
{
    DEFER(outcome_done) struct outcome outcome = { 0 };

    *ret_silent = false;
    TRY(ask(profile, interrupted, &outcome, reterr));
    if (outcome.record.before == LIVENESS_ALIVE) {
        return STATUS_OK;
    }
    *ret_silent =
        outcome.record.before == LIVENESS_SILENT &&
        (profile_has_lever(profile, "power", NULL) || profile_has_lever(profile, "network", NULL));
    return *ret_silent ? STATUS_OK : say_unreachable(&outcome, reterr);
}
