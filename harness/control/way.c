#include "control/way.h"

#include "base/clock.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { TRANSCRIPT_SHARE = 4 };

struct way_run {
    pthread_t thread;
    atomic_bool given_up;
    struct probe_call call;
    struct transcript transcript;
    const struct lever_way *way;
    struct lever_input input;
    struct lever_output output;
    json_t *params;
    enum status status;
    struct error error;
};

static void *way_main(void *context)
{
    struct way_run *run = context;

    if (run->way->by == LEVER_BY_REQUEST) {
        run->status = way_request(&run->call, run->way, &run->input, &run->output, &run->error);
    } else if (run->way->by == LEVER_BY_MQTT) {
        run->status = way_mqtt(&run->call, run->way, &run->output, &run->error);
    } else {
        run->status = way_snmp(&run->call, run->way, &run->output, &run->error);
    }
    return NULL;
}

static void run_free(struct way_run *run)
{
    transcript_done(&run->transcript);
    lever_output_done(&run->output);
    json_decref(run->params);
    free(run);
}

enum status way_begin(const struct probe_call *call, const struct lever_way *way,
                      const struct lever_input *input, struct way_run **ret_run,
                      struct error *reterr)
{
    struct way_run *run = calloc(1, sizeof *run);
    int64_t until_ms = clock_monotonic_ms() + (int64_t) way->within_s * 1000;

    if (run == NULL) {
        abort();
    }
    run->way = way;
    run->input = *input;
    run->output = lever_output_empty();
    run->params = json_pack("{s:I}", "timeout_ms", (json_int_t) way->within_s * 1000);
    run->transcript = transcript_start(call->transcript->limit / TRANSCRIPT_SHARE);
    run->transcript.veil = call->transcript->veil;
    run->transcript.started_ms = call->transcript->started_ms;
    run->call = *call;
    run->call.transcript = &run->transcript;
    run->call.params = run->params;
    run->call.facts = NULL;
    run->call.attempts = NULL;
    run->call.given_up = &run->given_up;
    run->call.deadline_ms = until_ms < call->deadline_ms ? until_ms : call->deadline_ms;
    if (pthread_create(&run->thread, NULL, way_main, run) != 0) {
        run_free(run);
        return fail(reterr, STATUS_LIMIT, "no thread for a lever");
    }
    *ret_run = run;
    return STATUS_OK;
}

void way_give_up(struct way_run *run)
{
    atomic_store(&run->given_up, true);
}

enum status way_end(struct way_run **run_place, struct probe_call *call,
                    struct lever_output *output, struct error *reterr)
{
    struct way_run *run = *run_place;
    enum status status;

    *run_place = NULL;
    (void) pthread_join(run->thread, NULL);
    transcript_take_over(call->transcript, &run->transcript);
    status = run->status;
    if (status != STATUS_OK) {
        status = fail(reterr, status, "%s", run->error.message);
    } else {
        lever_output_done(output);
        *output = run->output;
        run->output = lever_output_empty();
    }
    run_free(run);
    return status;
}
