#include "control/first_state.h"

#include <stdio.h>
#include <string.h>

enum { NAME_SIZE = 17 };

/* FNV-1a over the id of the check, begun with the run's seed: the same for run() and restore(). */
static void name_make(const struct probe_call *call, char room[NAME_SIZE])
{
    uint64_t hash = 14695981039346656037u ^ call->run_seed;

    for (const char *at = call->check != NULL ? call->check : ""; *at != '\0'; at++) {
        hash = (hash ^ (unsigned char) *at) * 1099511628211u;
    }
    (void) snprintf(room, NAME_SIZE, "%016llx", (unsigned long long) hash);
}

bool first_state_can(const struct probe_call *call)
{
    return control_has(call, LEVER_SAVE_STATE, NULL) &&
           control_has(call, LEVER_RESTORE_STATE, NULL);
}

enum status first_state_keep(struct probe_call *call, struct error *reterr)
{
    char name[NAME_SIZE];
    const struct lever_input input = { .value = name };

    name_make(call, name);
    return control_pull(call, LEVER_SAVE_STATE, &input, NULL, reterr);
}

enum status first_state_return(struct probe_call *call, bool *ret_kept, struct error *reterr)
{
    DEFER(lever_output_done) struct lever_output output = lever_output_empty();
    const int64_t settle_ms = (int64_t) call->subject->profile->settle_s * 1000;
    char name[NAME_SIZE];
    const struct lever_input input = { .value = name };
    bool alive = false;

    *ret_kept = false;
    name_make(call, name);
    TRY(control_pull(call, LEVER_RESTORE_STATE, &input, &output, reterr));
    if (output.word != LEVER_DONE) {
        return STATUS_OK;
    }
    *ret_kept = true;
    TRY(control_wait_alive(call, settle_ms, &alive, NULL, reterr));
    return alive ? STATUS_OK
                 : fail(reterr, STATUS_UNREACHABLE,
                        "the device does not answer after the bench brought its state back");
}

enum status version_read(struct probe_call *call, char room[VERSION_TEXT_SIZE], bool *ret_known,
                         struct error *reterr)
{
    DEFER(lever_output_done) struct lever_output output = lever_output_empty();

    *ret_known = false;
    room[0] = '\0';
    if (!control_has(call, LEVER_READ_VERSION, NULL)) {
        return STATUS_OK;
    }
    TRY(control_pull(call, LEVER_READ_VERSION, NULL, &output, reterr));
    if (output.word == LEVER_DONE) {
        lever_output_text(&output, room, VERSION_TEXT_SIZE);
        *ret_known = room[0] != '\0';
    }
    return STATUS_OK;
}
