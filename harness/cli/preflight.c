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

enum status preflight(const struct profile *profile, const volatile sig_atomic_t *interrupted,
                      struct error *reterr)
{
    const struct plan_item item = { .id = "preflight", .subject = { .profile = profile } };
    const struct worker_order order = { .item = &item, .attempt = 1 };
    DEFER(outcome_done) struct outcome outcome = { 0 };
    struct worker worker;
    char fault[256];

    TRY(worker_start(&order, &worker, reterr));
    TRY(worker_attend(&worker, hear_liveness, &outcome, interrupted, reterr));
    if (worker_reap(&worker, fault) != ENDING_OBSERVED || outcome.record.ending == ENDING_FAULT) {
        return fail(reterr, STATUS_INTERNAL, "asking for the device failed: %s%s", fault,
                    outcome.record.fault);
    }
    if (outcome.record.before == LIVENESS_ALIVE) {
        return STATUS_OK;
    }
    return fail(reterr, STATUS_UNREACHABLE,
                outcome.record.before == LIVENESS_OTHER
                    ? "another device answers in place of the declared one: %s"
                    : "the device cannot be reached: %s",
                outcome.record.before_detail);
}
