#include "probe/probe.h"

#include "base/clock.h"
#include "report.h"
#include "weaknesses.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct param params[] = {
    { .name = "server_name",
      .type = FACT_TEXT,
      .help = "The name to send as SNI (RFC 6066 section 3) unless it is an address." },
    { .name = "timeout_ms",
      .type = FACT_INT,
      .help = "How long one connection may take, in milliseconds.",
      .fallback = "5000",
      .minimum = 500,
      .maximum = 30000 },
    { .name = "quiet_ms",
      .type = FACT_INT,
      .help = "How long a server that may rightly stay silent is watched; four times the longest "
              "answer so far is added.",
      .fallback = "120",
      .minimum = 20,
      .maximum = 5000 },
    { .name = "request",
      .type = FACT_TEXT,
      .help = "Application data that makes the service answer.",
      .fallback = "\"GET / HTTP/1.0\\r\\n\\r\\n\"" },
    PARAM_END,
};

static bool is_address(const char *name)
{
    uint8_t room[16];

    return inet_pton(AF_INET, name, room) == 1 || inet_pton(AF_INET6, name, room) == 1;
}

/* When to stop asking, so that there is time left to report. */
static int64_t asking_ends_ms(const struct probe_call *call)
{
    enum { REPORT_MS = 1000 };

    return clock_left_ms(call->deadline_ms) > 5 * REPORT_MS ? call->deadline_ms - REPORT_MS
                                                            : call->deadline_ms;
}

static void bench_fill(struct bench *bench, const struct probe_call *call)
{
    const struct limits *limits = call->subject != NULL && call->subject->profile != NULL
                                      ? &call->subject->profile->limits
                                      : NULL;
    const char *name = probe_param_text(call, "server_name");

    *bench = (struct bench){ .host = call->host,
                             .port = call->port,
                             .server_name = name,
                             .transcript = call->transcript,
                             .timeout_ms = probe_param_int(call, "timeout_ms"),
                             .quiet_ms = probe_param_int(call, "quiet_ms"),
                             .deadline_ms = asking_ends_ms(call),
                             .seed = call->seed };
    if (name != NULL && (is_address(name) || strlen(name) > 253)) {
        bench->server_name = NULL;
    }
    if (limits != NULL) {
        bench->pace.per_second = limits->connections_per_second;
    }
    while (bench->scheme_count < wire_tls_schemes_count &&
           bench->scheme_count < sizeof bench->schemes / sizeof *bench->schemes) {
        bench->schemes[bench->scheme_count] = wire_tls_schemes[bench->scheme_count].code;
        bench->scheme_count++;
    }
}

/* Is there a ServerHello for what is offered? */
static enum status hello_ask(struct weaknesses *all, bool *ret_answered, char text[TALK_TEXT_SIZE],
                             struct error *reterr)
{
    DEFER(talk_done) struct talk talk = TALK_CLOSED;
    struct tls_hello hello = talk_hello_of(&all->bench, all->offered, all->offered_count);
    bool open = false;

    *ret_answered = false;
    TRY(talk_open(&talk, &all->bench, &open, reterr));
    if (open) {
        TRY(talk_hello(&talk, &hello, reterr));
        TRY(talk_greeting(&talk, ret_answered, reterr));
    }
    talk_text(&talk, text);
    all->speaks_tls = all->speaks_tls || *ret_answered || talk.heard == HEARD_ALERT;
    if (*ret_answered && all->version == 0) {
        all->version = talk.version;
    }
    return STATUS_OK;
}

/* Finds suites that the server takes: ours, else any of TLS 1.2 and before. */
static enum status suites_find(struct weaknesses *all, bool *ret_found, char text[TALK_TEXT_SIZE],
                               struct error *reterr)
{
    all->offered_count = talk_suites(SUITES_ALL, all->offered);
    TRY(hello_ask(all, &all->can_complete, text, reterr));
    *ret_found = all->can_complete;
    if (*ret_found || !all->speaks_tls) {
        return STATUS_OK;
    }
    all->offered_count = 0;
    for (size_t i = 0; i < wire_tls_suites_count && all->offered_count < SUITES_OFFERED_MAX; i++) {
        if (!wire_tls_suites_is_13(&wire_tls_suites[i])) {
            all->offered[all->offered_count++] = wire_tls_suites[i].code;
        }
    }
    return hello_ask(all, ret_found, text, reterr);
}

enum status refusal_settle(struct weaknesses *all, const struct talk *talk,
                           const struct tls_hello *hello, bool *ret_refused, struct error *reterr)
{
    DEFER(talk_done) struct talk again = TALK_CLOSED;
    char text[TALK_TEXT_SIZE];
    bool step = false;

    *ret_refused = talk_ended(talk) && talk->version == 0;
    if (!*ret_refused || talk->heard == HEARD_ALERT) {
        return STATUS_OK;
    }
    *ret_refused = false;
    TRY(hello_ask(all, &step, text, reterr));
    if (step) {
        TRY(talk_start(&again, &all->bench, hello, &step, reterr));
        *ret_refused = talk_ended(&again) && again.version == 0;
    }
    return STATUS_OK;
}

enum status greeting_pass(struct weaknesses *all, struct talk *talk, bool *ret_passed,
                          struct error *reterr)
{
    bool spoke = false;

    *ret_passed = true;
    return all->waits
               ? STATUS_OK
               : talk_hear_out(talk, 2 * bench_quiet_ms(&all->bench), &spoke, ret_passed, reterr);
}

/* Who speaks first?  Watched for longer than any answer, so that no greeting is taken for one. */
static enum status greeting_look(struct weaknesses *all, struct error *reterr)
{
    DEFER(talk_done) struct talk talk = TALK_CLOSED;
    uint16_t suites[TALK_SUITES_MAX];
    size_t count = talk_suites(SUITES_ALL, suites);
    struct tls_hello hello = talk_hello_of(&all->bench, suites, count);
    bool step = false;
    bool spoke = false;

    TRY(talk_complete(&talk, &all->bench, &hello, &step, reterr));
    if (step) {
        TRY(talk_hear_out(&talk, 2 * bench_quiet_ms(&all->bench), &spoke, &step, reterr));
        all->waits = step && !spoke;
    }
    return STATUS_OK;
}

/* The last of the weaknesses that a step finds comes in `last`. */
static const struct step {
    const char *name;
    enum status (*run)(struct weaknesses *all, struct error *reterr);
    enum weakness first;
    enum weakness last;
    bool completes; /* needs a whole handshake */
} steps[] = {
    { "heartbleed", heartbleed_try, WEAKNESS_HEARTBLEED, WEAKNESS_HEARTBLEED, false },
    { "ccs_injection", early_ccs_try, WEAKNESS_CCS, WEAKNESS_CCS, false },
    { "robot", robot_try, WEAKNESS_ROBOT, WEAKNESS_ROBOT, true },
    { "padding", padding_try, WEAKNESS_POODLE, WEAKNESS_CBC_ORACLE, true },
    { "ticketbleed", ticketbleed_try, WEAKNESS_TICKETBLEED, WEAKNESS_TICKETBLEED, true },
    { "renegotiation", renegotiation_try, WEAKNESS_RENEGOTIATION_LEGACY,
      WEAKNESS_RENEGOTIATION_CLIENT, true },
};

enum { STEP_COUNT = sizeof steps / sizeof *steps };

/* After the step the server must answer the first hello again.  When it does not, what is absent
 * was not seen to be absent. */
static enum status step_end(struct weaknesses *all, const struct step *step, struct error *reterr)
{
    char text[TALK_TEXT_SIZE];
    bool alive = false;

    TRY(hello_ask(all, &alive, text, reterr));
    if (alive) {
        return STATUS_OK;
    }
    if (clock_left_ms(all->bench.deadline_ms) > 0) {
        (void) snprintf(all->stopped_after, sizeof all->stopped_after, "%s", step->name);
    }
    for (unsigned i = step->first; i <= step->last; i++) {
        if (all->found[i].sight == SIGHT_PRESENT) {
            continue;
        }
        if (all->stopped_after[0] != '\0') {
            weakness_unknown(all, i, "the server no longer answered: %s", text);
        } else {
            weakness_unknown(all, i, "there was no time left");
        }
    }
    return STATUS_OK;
}

static enum status step_run(struct weaknesses *all, const struct step *step, struct error *reterr)
{
    if (all->stopped_after[0] == '\0' && (all->can_complete || !step->completes) &&
        clock_left_ms(all->bench.deadline_ms) > 0) {
        TRY(step->run(all, reterr));
        return step_end(all, step, reterr);
    }
    for (unsigned i = step->first; i <= step->last; i++) {
        weakness_unknown(all, i, "%s",
                         all->stopped_after[0] != '\0' ? "the server had stopped answering"
                         : all->can_complete           ? "there was no time left"
                                             : "no suite that this probe can complete is accepted");
    }
    return STATUS_OK;
}

/* Does it answer a hello of TLS 1.3? */
static enum status hello_13_ask(struct weaknesses *all, bool *ret_answered, struct error *reterr)
{
    static const uint16_t suites[] = { 0x1301, 0x1302, 0x1303, 0x1304, 0x1305 };
    DEFER(talk_done) struct talk talk = TALK_CLOSED;
    struct tls_hello hello = talk_hello_of(&all->bench, suites, sizeof suites / sizeof *suites);
    struct tls_server_hello answer;
    bool open = false;

    hello.version = TLS_VERSION_13;
    hello.key_shares = true;
    TRY(talk_open(&talk, &all->bench, &open, reterr));
    if (!open) {
        return STATUS_OK;
    }
    TRY(talk_hello(&talk, &hello, reterr));
    TRY(talk_hear(&talk, talk.deadline_ms, reterr));
    *ret_answered = talk.heard == HEARD_MESSAGE &&
                    wire_tls_server_hello_read(&talk.message, &answer) &&
                    answer.version == TLS_VERSION_13;
    return STATUS_OK;
}

/* No hello up to TLS 1.2 is accepted.  Refused by an alert, with every suite that there is, by a
 * server that takes TLS 1.3: then that is all it speaks. */
static enum status nothing_found(struct weaknesses *all, const char *text, struct error *reterr)
{
    bool only_13 = false;

    if (strncmp(text, "alert", 5) == 0) {
        TRY(hello_13_ask(all, &only_13, reterr));
    }
    for (unsigned i = 0; i < WEAKNESS_COUNT; i++) {
        if (only_13) {
            weakness_does_not_apply(all, i, "TLS 1.2 and older are refused");
        } else {
            weakness_unknown(all, i, "no hello up to TLS 1.2 was accepted: %s", text);
        }
    }
    return STATUS_OK;
}

static enum status weaknesses_look(struct probe_call *call, struct weaknesses *all,
                                   struct error *reterr)
{
    char text[TALK_TEXT_SIZE];
    bool found = false;

    bench_fill(&all->bench, call);
    all->request = probe_param_text(call, "request");
    TRY(suites_find(all, &found, text, reterr));
    if (strcmp(text, "no connection") == 0) {
        return fail(reterr, STATUS_UNREACHABLE, "no connection to port %u", (unsigned) call->port);
    }
    if (!found) {
        TRY(nothing_found(all, text, reterr));
    }
    if (all->can_complete) {
        TRY(greeting_look(all, reterr));
    }
    for (unsigned i = 0; found && i < STEP_COUNT; i++) {
        TRY(step_run(all, &steps[i], reterr));
        probe_progress(call, i + 1, STEP_COUNT);
    }
    weaknesses_report(call, all);
    return STATUS_OK;
}

static enum status tls_weaknesses_run(struct probe_call *call, struct error *reterr)
{
    struct weaknesses *all = calloc(1, sizeof *all);
    enum status status;

    if (all == NULL) {
        abort();
    }
    status = weaknesses_look(call, all, reterr);
    free(all);
    return status;
}

const struct probe probe_tls_weaknesses = {
    .decl = { .name = "tls_weaknesses",
              .summary = { .ja = "TLSサーバーの既知の弱点を、実際の反応から調べる",
                           .en = "Looks for known weaknesses of a TLS server by how it reacts" },
              .params = params,
              .facts = weaknesses_facts,
              .needs = PROBE_NEEDS_SERVICE,
              .deadline_ms = 120000 },
    .run = tls_weaknesses_run,
};
