#include "outage.h"

#include "base/clock.h"

#include <errno.h>
#include <time.h>

enum { WRITES_MAX = 2000 };

static void pause_ms(int64_t ms)
{
    struct timespec left = { .tv_sec = (time_t) (ms / 1000), .tv_nsec = ms % 1000 * 1000000 };

    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}

static bool cycles(const struct outage *outage)
{
    return outage->power && !(control_has(outage->call, LEVER_POWER_OFF, NULL) &&
                              control_has(outage->call, LEVER_POWER_ON, NULL));
}

bool cut_can(const struct outage *outage, const char **ret_why)
{
    const struct probe_call *call = outage->call;

    if (outage->power) {
        *ret_why = "the profile declares no lever that cuts the power";
        return !cycles(outage) || control_has(call, LEVER_POWER_CYCLE, NULL);
    }
    *ret_why = "the profile declares no levers that take the network away and give it back";
    return control_has(call, LEVER_NETWORK_DOWN, NULL) && control_has(call, LEVER_NETWORK_UP, NULL);
}

/* Whoever writes goes on until the device does not answer any more. */
static enum status write_on(const struct probe_call *call, struct scribe *scribe, int64_t within_ms,
                            struct error *reterr)
{
    int64_t deadline_ms = probe_deadline_within(call, within_ms);

    while (!scribe->broken && scribe->written < WRITES_MAX && clock_monotonic_ms() < deadline_ms) {
        TRY(scribe_write(scribe, reterr));
    }
    return STATUS_OK;
}

static enum status done_or_failed(enum lever lever, const struct lever_output *output,
                                  struct error *reterr)
{
    return output->word == LEVER_DONE ? STATUS_OK
                                      : fail(reterr, STATUS_IO, "the lever %s failed: %s",
                                             lever_words[lever], output->detail);
}

/* Pulls a lever while something else goes on.  A cycle is over when it ends: whether the device
 * falls silent is looked at meanwhile. */
static enum status pull_beside(struct outage *outage, enum lever lever, struct scribe *scribe,
                               struct cut *cut, struct error *reterr)
{
    DEFER(lever_output_done) struct lever_output output = lever_output_empty();
    struct probe_call *call = outage->call;
    const int64_t within_ms =
        control_meanwhile_ms(call, lever, probe_param_int(call, "cut_within_ms"));
    struct control_task *task = NULL;
    struct error inner = { .status = STATUS_OK };
    enum status status = STATUS_OK;

    TRY(control_begin(call, lever, NULL, &task, reterr));
    if (scribe != NULL) {
        status = write_on(call, scribe, within_ms, &inner);
    }
    if (status == STATUS_OK && lever == LEVER_POWER_CYCLE) {
        status = control_wait_gone(call, within_ms, &cut->seen, &inner);
    }
    TRY(control_end(call, &task, &output, reterr));
    if (status != STATUS_OK) {
        return fail(reterr, status, "%s", inner.message);
    }
    return done_or_failed(lever, &output, reterr);
}

static enum status take_away(struct outage *outage, struct scribe *scribe, struct cut *cut,
                             struct error *reterr)
{
    struct probe_call *call = outage->call;
    const enum lever lever = cycles(outage)  ? LEVER_POWER_CYCLE
                             : outage->power ? LEVER_POWER_OFF
                                             : LEVER_NETWORK_DOWN;

    if (scribe != NULL) { /* the lever moves into a series of writes, not before the first */
        TRY(scribe_write(scribe, reterr));
    }
    if (scribe != NULL || lever == LEVER_POWER_CYCLE) {
        TRY(pull_beside(outage, lever, scribe, cut, reterr));
    } else {
        TRY(control_pull(call, lever, NULL, NULL, reterr));
    }
    return lever == LEVER_POWER_CYCLE
               ? STATUS_OK
               : control_wait_gone(call, probe_param_int(call, "cut_within_ms"), &cut->seen,
                                   reterr);
}

enum status cut_make(struct outage *outage, struct scribe *scribe, struct cut *ret_cut,
                     struct error *reterr)
{
    struct probe_call *call = outage->call;
    const int64_t settle_ms = (int64_t) call->subject->profile->settle_s * 1000;
    enum lever up = outage->power ? LEVER_POWER_ON : LEVER_NETWORK_UP;

    TRY(take_away(outage, scribe, ret_cut, reterr));
    if (!cycles(outage)) {
        if (ret_cut->seen) {
            pause_ms(probe_param_int(call, "down_ms"));
        }
        TRY(control_pull(call, up, NULL, NULL, reterr));
    }
    if (scribe != NULL) {
        ret_cut->written = scribe->written;
        ret_cut->broken = scribe->broken;
    }
    return control_wait_alive(call, settle_ms, &ret_cut->back, &ret_cut->back_after_ms, reterr);
}
