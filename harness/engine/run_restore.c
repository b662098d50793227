/* Bringing the device back, while a run is under way and after one that was cut short. */
#include "engine/run_private.h"

#include "base/clock.h"
#include "probe/registry.h"

#include <stdio.h>
#include <string.h>

static size_t item_count(const struct run *run)
{
    return run->setup.plan->item_count;
}

void run_stop_worker(struct run *run, size_t place, char fault[256])
{
    if (run->workers[place].pid != 0) {
        worker_kill(&run->workers[place], false);
        (void) worker_reap(&run->workers[place], fault);
        run->workers[place].pid = 0;
    }
}

static enum status log_levers(struct run *run, size_t place, json_t *levers, struct error *reterr)
{
    const char *id = run->setup.plan->items[place].id;
    enum status status = STATUS_OK;
    size_t i;
    json_t *event;

    json_array_foreach(levers, i, event)
    {
        if (status == STATUS_OK) {
            (void) json_object_set_new(event, "attempt", json_integer(run->attempts[place]));
            (void) json_object_set_new(event, "restoring", json_true());
            status = journal_say(run->journal, "lever", id, json_incref(event), reterr);
        }
    }
    json_decref(levers);
    return status;
}

/* A device that is not as it was is our doing, whatever it had shown before. */
static enum status log_restoration(struct run *run, size_t place,
                                   const struct restoration *restoration, struct error *reterr)
{
    struct check_record *record = &run->outcomes[place].record;

    TRY(log_levers(run, place, restoration->levers, reterr));
    run->owed[place] = !restoration->restored;
    if (!restoration->restored) {
        record->ending = ENDING_FAULT;
        (void) snprintf(record->fault, sizeof record->fault,
                        "the device is not as it was before: %.120s. Bring it back with hoshitori "
                        "restore, or set it up anew by hand",
                        restoration->message);
    }
    return journal_say(run->journal, "restore", run->setup.plan->items[place].id,
                       json_pack("{s:I, s:b, s:s, s:I, s:I}", "attempt",
                                 (json_int_t) run->attempts[place], "restored",
                                 (int) restoration->restored, "message", restoration->message,
                                 "connections", (json_int_t) restoration->connections, "elapsed_ms",
                                 (json_int_t) restoration->elapsed_ms),
                       reterr);
}

enum status run_hear_keeper(struct run *run, size_t place, bool *ret_ended, struct error *reterr)
{
    struct keeper *keeper = &run->keepers[place];
    struct restoration restoration;

    keeper_listen(keeper, ret_ended);
    if (!*ret_ended) {
        return STATUS_OK;
    }
    if (!keeper_end(keeper, &restoration)) { /* killed: another one takes its place, once */
        return run_restore_now(run, place, reterr);
    }
    return log_restoration(run, place, &restoration, reterr);
}

enum status run_restore_now(struct run *run, size_t place, struct error *reterr)
{
    struct worker_order order = run_order(run, place);
    struct keeper *keeper = &run->keepers[place];
    struct restoration restoration;
    int lock_fd = journal_lock_fd(run->journal);

    if (keeper->pid == 0) {
        TRY(keeper_start(&order, lock_fd, keeper, reterr));
    }
    TRY(keeper_restore(&order, lock_fd, keeper, &restoration, reterr));
    return log_restoration(run, place, &restoration, reterr);
}

enum status run_restore(struct run *run, size_t *ret_tried, struct error *reterr)
{
    size_t tried = 0;
    size_t failed = 0;
    size_t last = 0;

    for (size_t i = 0; i < item_count(run); i++) {
        const struct probe *probe = probe_find(run->setup.plan->items[i].check->probe->name);
        bool cut_short = run->attempts[i] > 0 && !run->outcomes[i].ended;

        if (probe == NULL || probe->restore == NULL || (!cut_short && !run->owed[i])) {
            continue;
        }
        tried++;
        TRY(run_restore_now(run, i, reterr));
        if (run->owed[i]) {
            failed++;
            last = i;
        }
    }
    if (ret_tried != NULL) {
        *ret_tried = tried;
    }
    if (failed > 0) {
        return fail(reterr, STATUS_UNREACHABLE, "%s: %s", run->setup.plan->items[last].id,
                    run->outcomes[last].record.fault);
    }
    return STATUS_OK;
}

bool run_owes(const struct run *run)
{
    bool owes = false;

    for (size_t i = 0; i < item_count(run); i++) {
        owes = owes || run->owed[i];
    }
    return owes;
}
