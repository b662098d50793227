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
#include "channel/capture.h"
#include "channel/transcript.h"
#include "model/answers.h"
#include "model/catalogue.h"
#include "model/plan.h"

#include <jansson.h>
#include <stdatomic.h>
#include <stdint.h>

/* Wrong log-ins on the account in question: what it has left in this run. */
struct attempts {
    unsigned left;
    void (*spent)(void *context); /* told of each before it is made */
    void (*short_of)(void *context, unsigned wanted, unsigned granted);
    void *context;
};

struct papers;

struct probe_call {
    const struct subject *subject; /* subject->profile may be NULL when run by hand */
    const char *host;              /* numeric address */
    uint16_t port;                 /* 0 when the probe needs no service */
    const json_t *params;          /* complete by the probe's table */
    int64_t deadline_ms;           /* on clock_monotonic_ms */
    const atomic_bool *given_up;   /* set from beside: nobody waits for an answer now; or NULL */
    uint64_t seed;                 /* the only source of randomness */
    uint64_t run_seed;             /* the same for all of one run; in its log */
    const char *check;             /* id of the check, the same for its controls; NULL: by hand */
    struct transcript *transcript; /* what was said; never NULL */
    struct veil *veil;             /* for secrets that run() makes; may be NULL */
    json_t *facts;                 /* the probe's answer; starts empty */

    /* Set by a run() that has a restore() before it first sends what may change the device,
     * and cleared once it has seen the device as it was before. */
    bool owes;

    struct attempts *attempts; /* NULL: no limit, as by hand */

    /* For a probe that wants them (control/control.h); NULL: none can be moved. */
    struct levers *levers;

    /* What a person has said beforehand; NULL: nothing.  By hand there is none. */
    const struct answers *answers;

    /* Packets to and from the host, for a probe that wants them; NULL: none, because
     * capture_refused, in words. */
    struct capture *capture;
    const char *capture_refused;

    const struct papers *papers; /* the run's documents (paper.h); NULL: by hand */

    /* Progress for people, 0..total, and the seconds that are being waited; may be NULL. */
    void (*progress)(void *context, unsigned done, unsigned total, unsigned waiting_s);
    void *progress_context;
};

struct probe {
    struct probe_decl decl;
    enum status (*run)(struct probe_call *call, struct error *reterr);

    /* For a probe that changes the device: brings it back to the state before run(), at
     * whatever moment run() ended, also if it never began, and also twice.  Called with the
     * same call but for facts (empty, nobody reads them) and the deadline, in a process that
     * may outlive the program (engine/keeper.h).  A status other than OK: the device is not
     * as it was; its message says what the operator meets there.  NULL: nothing is changed. */
    enum status (*restore)(struct probe_call *call, struct error *reterr);
    unsigned restore_ms; /* deadline of one restore() */

    bool wants_capture; /* where it is permitted */
    unsigned moves;     /* LEVER_BIT of each that it may move, to bring the device back too */
    bool wants_person;  /* somebody at the terminal, where there is one */
    bool wants_papers;  /* the documents of its check's clause, and its subject */
};

/* Rows of many probes' parameter tables. */
#define PARAM_TIMEOUT_MS(fallback_ms)                                                              \
    {                                                                                              \
        .name = "timeout_ms", .type = FACT_INT, .help = "How long one exchange may take.",         \
        .fallback = (fallback_ms), .minimum = 100, .maximum = 60000                                \
    }
#define PARAM_TLS_BY_HAND                                                                          \
    {                                                                                              \
        .name = "tls", .type = FACT_BOOL,                                                          \
        .help = "By hand: over TLS, whatever the declared protocol is.", .fallback = "false"       \
    }

/* Typed reading of call->params; the member must be declared in the probe's table.
 * A text that has no value is NULL, an integer 0, a list has no members. */
long long probe_param_int(const struct probe_call *call, const char *name);
bool probe_param_bool(const struct probe_call *call, const char *name);
const char *probe_param_text(const struct probe_call *call, const char *name);
const json_t *probe_param_list(const struct probe_call *call, const char *name);

/* When something that begins now and may take that long must end. */
int64_t probe_deadline_within(const struct probe_call *call, int64_t ms);
/* The same by the parameter timeout_ms. */
int64_t probe_exchange_deadline(const struct probe_call *call);

/* Setting facts; the name must be declared (checked at the end of the run). */
void probe_fact_bool(struct probe_call *call, const char *name, bool value);
void probe_fact_int(struct probe_call *call, const char *name, long long value);
/* Text from the device: made printable first. */
void probe_fact_text(struct probe_call *call, const char *name, const char *value);
/* Takes over the reference. */
void probe_fact_json(struct probe_call *call, const char *name, json_t *value);

/* Into the list of a fact; takes over the reference. */
void probe_list_add(json_t *list, json_t *value);
/* Text that is ours, or was made printable. */
void probe_list_add_text(json_t *list, const char *text);

void probe_progress(const struct probe_call *call, unsigned done, unsigned total);
/* Said before a pause that a person would otherwise take for a hang. */
void probe_waiting(const struct probe_call *call, unsigned done, unsigned total, int64_t wait_ms);

/* How many of the wanted wrong log-ins may be made; says so when they are fewer. */
unsigned probe_attempts_grant(const struct probe_call *call, unsigned wanted);

unsigned probe_attempts_left(const struct probe_call *call);

/* Before each wrong log-in, also on another name.  LIMIT when none is left. */
enum status probe_attempt_spend(const struct probe_call *call, struct error *reterr) MUST_CHECK;
