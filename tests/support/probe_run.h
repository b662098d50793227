/* probe_run.h - runs a probe in a test the way the engine does, without a child: complete
 * parameters in, checked facts out. */
#pragma once

#include "transcript_text.h"

#include "base/clock.h"
#include "channel/transcript.h"
#include "model/catalogue.h"
#include "probe/probe.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct probe_run {
    enum status status;
    struct error error;
    json_t *facts;
    struct transcript transcript;
};

/* What the account has left, for the next runs; NULL: no limit. */
__attribute__((unused)) static struct attempts *probe_run_attempts;

/* A bench, for the next runs; NULL: none. */
__attribute__((unused)) static struct levers *probe_run_levers;

/* params_text: a JSON object of what is given. */
__attribute__((unused)) static struct probe_run probe_run(const struct probe *probe,
                                                          const struct subject *subject,
                                                          const char *host, uint16_t port,
                                                          const char *params_text, int deadline_ms)
{
    struct probe_run run = { .facts = json_object(), .transcript = transcript_start(1 << 20) };
    json_t *given = json_loads(params_text, 0, NULL);
    json_t *params = NULL;
    struct probe_call call = {
        .subject = subject,
        .host = host,
        .port = port,
        .deadline_ms = clock_monotonic_ms() + deadline_ms,
        .seed = 20261121,
        .transcript = &run.transcript,
        .facts = run.facts,
        .attempts = probe_run_attempts,
        .levers = probe_run_levers,
    };

    cr_assert_not_null(given);
    cr_assert_eq(params_complete(probe->decl.params, given, &params, &run.error), STATUS_OK, "%s",
                 run.error.message);
    call.params = params;
    run.status = probe->run(&call, &run.error);
    if (run.status == STATUS_OK) {
        cr_assert_eq(facts_check(probe->decl.facts, run.facts, &run.error), STATUS_OK, "%s",
                     run.error.message);
    }
    json_decref(given);
    json_decref(params);
    return run;
}

/* The probe's restore(), by somebody who knows nothing of the run; no facts. */
__attribute__((unused)) static struct probe_run probe_run_restore(const struct probe *probe,
                                                                  const struct subject *subject,
                                                                  uint16_t port, int deadline_ms)
{
    struct probe_run run = { .facts = json_object(), .transcript = transcript_start(1 << 20) };
    json_t *given = json_object();
    json_t *params = NULL;
    struct probe_call call = {
        .subject = subject,
        .host = "127.0.0.1",
        .port = port,
        .deadline_ms = clock_monotonic_ms() + deadline_ms,
        .seed = 7,
        .transcript = &run.transcript,
        .facts = run.facts,
        .levers = probe_run_levers,
    };

    cr_assert_eq(params_complete(probe->decl.params, given, &params, &run.error), STATUS_OK);
    call.params = params;
    run.status = probe->restore(&call, &run.error);
    json_decref(given);
    json_decref(params);
    return run;
}

__attribute__((unused)) static void probe_run_done(struct probe_run *run)
{
    json_decref(run->facts);
    transcript_done(&run->transcript);
}
