/* probe.h - what a probe is.  A probe asks a device one question and writes down
 * what it saw; it never judges.
 *
 * One folder harness/probes/<name>/ makes one probe; its one global symbol is
 * probe_<name>.  run() is called in a child process of its own, once per check and
 * once per control, and may block until call->deadline_ms.
 *
 * A status other than OK says that the harness could not do its part.  A device that
 * resets, stays silent or talks nonsense is an observation: record the fact. */
#pragma once

#include "base/bytes.h"
#include "channel/transcript.h"
#include "model/catalogue.h"
#include "model/plan.h"

#include <jansson.h>
#include <stdint.h>

struct probe_call {
    const struct subject *subject; /* subject->profile may be NULL when run by hand */
    const char *host;              /* numeric address */
    uint16_t port;                 /* 0 when the probe needs no service */
    const json_t *params;          /* complete by the probe's table */
    int64_t deadline_ms;           /* on clock_monotonic_ms */
    uint64_t seed;                 /* the only source of randomness */
    struct transcript *transcript; /* what was said; never NULL */
    json_t *facts;                 /* the probe's answer; starts empty */

    /* Progress for people, 0..total; may be NULL. */
    void (*progress)(void *context, unsigned done, unsigned total);
    void *progress_context;
};

struct probe {
    struct probe_decl decl;
    enum status (*run)(struct probe_call *call, struct error *reterr);
};

/* Typed reading of call->params; the member must be declared in the probe's table.
 * A text that has no value is NULL, an integer 0, a list has no members. */
long long probe_param_int(const struct probe_call *call, const char *name);
bool probe_param_bool(const struct probe_call *call, const char *name);
const char *probe_param_text(const struct probe_call *call, const char *name);
const json_t *probe_param_list(const struct probe_call *call, const char *name);

/* Setting facts; the name must be declared (checked at the end of the run). */
void probe_fact_bool(struct probe_call *call, const char *name, bool value);
void probe_fact_int(struct probe_call *call, const char *name, long long value);
/* Text from the device: made printable first. */
void probe_fact_text(struct probe_call *call, const char *name, const char *value);
/* Takes over the reference. */
void probe_fact_json(struct probe_call *call, const char *name, json_t *value);

void probe_progress(const struct probe_call *call, unsigned done, unsigned total);
