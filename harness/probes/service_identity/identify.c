#include "identify.h"

#include "base/clock.h"
#include "base/text.h"
#include "channel/tcp.h"
#include "wire/mqtt_connect.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PARALLEL_MAX = 128,
    ANSWER_MAX = 4096,
    CONNECT_MS = 1000,
    PAUSE_MS = 60,
    REFUSALS_MAX = 4,
    SILENT_LISTENS = 2 /* the last, patient connection waits so many time-outs */
};

/* In this order: a service that takes TLS would answer a plain request with an error in
 * plain text; a service that reads lines ends its wait at the TLS hello's own line ends. */
enum step { STEP_LISTEN, STEP_HTTP, STEP_RTSP, STEP_MQTT, STEP_MODBUS, STEP_LAST, STEP_COUNT };

enum visit_state { VISIT_PAUSED, VISIT_CONNECTING, VISIT_TALKING };

struct visit {
    struct identify_port *port;
    enum step step;
    enum visit_state state;
    enum wire_hello sent;
    struct tcp tcp;
    struct bytes heard;
    int64_t until_ms; /* of the state, or of the wait for an answer */
    unsigned refusals;
    bool hung_up_on; /* the last MQTT hello ended in the peer's closing */
};

struct round {
    const struct identify_ask *ask;
    struct visit visits[PARALLEL_MAX];
    struct pollfd polled[PARALLEL_MAX];
    unsigned busy;
    unsigned done;
};

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void visit_hang_up(struct visit *visit)
{
    tcp_done(&visit->tcp);
    bytes_clear(&visit->heard);
    visit->sent = WIRE_HELLO_NOTHING;
}

static void visit_end(struct visit *visit, enum identify_end end)
{
    visit_hang_up(visit);
    visit->port->end = end;
}

static void visit_pause(struct visit *visit, int64_t now)
{
    visit_hang_up(visit);
    visit->state = VISIT_PAUSED;
    visit->until_ms = now + PAUSE_MS;
}

/* A connection attempt that fails after others were accepted may only mean that a small
 * device still holds the last one. */
static void visit_refused(struct visit *visit)
{
    if (!visit->port->accepted) {
        visit_end(visit, IDENTIFY_CLOSED);
    } else if (++visit->refusals > REFUSALS_MAX) {
        visit_end(visit, IDENTIFY_LOST);
    } else {
        visit_pause(visit, clock_monotonic_ms());
    }
}

static enum status visit_connect(const struct round *round, struct visit *visit,
                                 struct error *reterr)
{
    bool bare6 = strchr(round->ask->host, ':') != NULL;
    int64_t now = clock_monotonic_ms();
    enum tcp_event event = TCP_OK;
    char peer[96];
    int fd = -1;
    enum status status = tcp_begin(round->ask->host, visit->port->port, &fd, &event, reterr);

    if (status == STATUS_LIMIT) {
        visit_pause(visit, now); /* our own shortage: later */
        return STATUS_OK;
    }
    TRY(status);
    if (fd < 0) {
        visit_refused(visit);
        return STATUS_OK;
    }
    (void) snprintf(peer, sizeof peer, "%s%s%s:%u/tcp", bare6 ? "[" : "", round->ask->host,
                    bare6 ? "]" : "", (unsigned) visit->port->port);
    visit->tcp = (struct tcp){ .fd = fd,
                               .connection = transcript_open(round->ask->transcript, peer),
                               .transcript = round->ask->transcript };
    visit->state = VISIT_CONNECTING;
    visit->until_ms = now + CONNECT_MS;
    return STATUS_OK;
}

/* Sends a hello and waits for its answer.  What came before it stays: it may be the
 * greeting that the hello asks about. */
static enum status visit_say(const struct round *round, struct visit *visit, enum wire_hello hello,
                             struct error *reterr)
{
    uint8_t room[WIRE_HELLO_MAX];
    struct builder builder = builder_over(room, sizeof room);
    int64_t now = clock_monotonic_ms();
    enum tcp_event event = TCP_OK;

    /* Two ports may lead to one broker, which knows its clients by name. */
    wire_ident_hello(hello, round->ask->host, round->ask->seed + visit->port->port, &builder);
    if (builder.overflow) {
        return fail(reterr, STATUS_INTERNAL, "hello %d does not fit", (int) hello);
    }
    /* A few hundred bytes on a fresh connection: they fit in the socket's buffer, and how
     * the sending ended shows in what can be received. */
    TRY(tcp_send(&visit->tcp, room, builder.length, now, &event, reterr));
    visit->sent = hello;
    visit->until_ms = now + round->ask->timeout_ms;
    return STATUS_OK;
}

static enum status visit_greet(const struct round *round, struct visit *visit, struct error *reterr)
{
    visit->state = VISIT_TALKING;
    visit->port->accepted = true;
    visit->refusals = 0;
    switch (visit->step) {
    case STEP_HTTP:
        return visit_say(round, visit, WIRE_HELLO_HTTP, reterr);
    case STEP_RTSP:
        return visit_say(round, visit, WIRE_HELLO_RTSP, reterr);
    case STEP_MQTT:
        return visit_say(round, visit, WIRE_HELLO_MQTT_311, reterr);
    case STEP_MODBUS:
        return visit_say(round, visit, WIRE_HELLO_MODBUS, reterr);
    case STEP_LAST:
        if (visit->hung_up_on) {
            return visit_say(round, visit, WIRE_HELLO_MQTT_5, reterr);
        }
        visit->until_ms = clock_monotonic_ms() + SILENT_LISTENS * (int64_t) round->ask->timeout_ms;
        return STATUS_OK;
    case STEP_LISTEN:
    case STEP_COUNT:
    default:
        visit->until_ms = clock_monotonic_ms() + round->ask->listen_ms;
        return STATUS_OK;
    }
}

/* The connection told nothing that we know: the next hello, on a fresh one. */
static enum status visit_next(const struct round *round, struct visit *visit, bool peer_closed,
                              struct error *reterr)
{
    if (visit->step == STEP_MQTT) {
        visit->hung_up_on = peer_closed;
    }
    visit_hang_up(visit);
    visit->step++;
    if (visit->step == STEP_LAST && visit->port->said_something && !visit->hung_up_on) {
        visit->step = STEP_COUNT; /* no use in waiting for a first word */
    }
    if (visit->step == STEP_COUNT) {
        visit_end(visit, IDENTIFY_UNKNOWN);
        return STATUS_OK;
    }
    return visit_connect(round, visit, reterr);
}

static enum status visit_found(struct visit *visit, const struct wire_ident *ident,
                               struct error *reterr)
{
    visit->port->ident = *ident;
    if (ident->protocol == WIRE_PROTOCOL_MQTT) {
        enum tcp_event event = TCP_OK;

        TRY(tcp_send(&visit->tcp, wire_mqtt_disconnect, sizeof wire_mqtt_disconnect,
                     clock_monotonic_ms(), &event, reterr));
    }
    visit_end(visit, IDENTIFY_KNOWN);
    return STATUS_OK;
}

static enum status visit_judge(const struct round *round, struct visit *visit, bool ended,
                               bool peer_closed, struct error *reterr)
{
    struct wire_ident ident;
    bool full = visit->heard.length == visit->heard.limit;

    switch (
        wire_identify(visit->sent, visit->heard.data, visit->heard.length, ended || full, &ident)) {
    case WIRE_IDENT_FOUND:
        return visit_found(visit, &ident, reterr);
    case WIRE_IDENT_ASK:
        return visit_say(round, visit, ident.ask, reterr);
    case WIRE_IDENT_WAIT:
    case WIRE_IDENT_NO:
    default:
        break;
    }
    if (!ended && !full) {
        return STATUS_OK;
    }
    /* Nothing in the time for a greeting: the first hello goes out on this connection, on
     * which nothing has been said yet. */
    if (visit->step == STEP_LISTEN && visit->sent == WIRE_HELLO_NOTHING &&
        visit->heard.length == 0 && !peer_closed) {
        return visit_say(round, visit, WIRE_HELLO_TLS, reterr);
    }
    return visit_next(round, visit, peer_closed, reterr);
}

static enum status visit_listen(const struct round *round, struct visit *visit, bool late,
                                struct error *reterr)
{
    enum tcp_event event = TCP_OK;
    bool closed;

    TRY(tcp_receive(&visit->tcp, &visit->heard, 0, &event, reterr));
    if (event == TCP_TIMEOUT) {
        return STATUS_OK; /* woken for nothing */
    }
    if (visit->heard.length > 0 && !visit->port->said_something) {
        visit->port->said_something = true;
        text_printable(visit->heard.data, visit->heard.length, visit->port->first_words,
                       sizeof visit->port->first_words);
        /* Who has begun to speak may end the line, unless the time is a hello's already. */
        if (visit->sent == WIRE_HELLO_NOTHING && visit->step == STEP_LISTEN) {
            visit->until_ms = clock_monotonic_ms() + round->ask->timeout_ms;
            late = false;
        }
    }
    closed = event != TCP_OK;
    return visit_judge(round, visit, closed || late, closed, reterr);
}

static enum status visit_connected(const struct round *round, struct visit *visit,
                                   struct error *reterr)
{
    enum tcp_event event = tcp_begun_result(visit->tcp.fd);

    if (event == TCP_OK) {
        return visit_greet(round, visit, reterr);
    }
    transcript_note(visit->tcp.transcript, visit->tcp.connection, "not connected: %s",
                    tcp_event_word(event));
    if (event == TCP_RESET) {
        visit->port->accepted = true;
        return visit_next(round, visit, true, reterr);
    }
    visit_refused(visit);
    return STATUS_OK;
}

static enum status visit_step(const struct round *round, struct visit *visit, bool ready,
                              struct error *reterr)
{
    bool late = clock_monotonic_ms() >= visit->until_ms;

    if (visit->state == VISIT_PAUSED) {
        return late ? visit_connect(round, visit, reterr) : STATUS_OK;
    }
    if (ready) {
        return visit->state == VISIT_CONNECTING ? visit_connected(round, visit, reterr)
                                                : visit_listen(round, visit, late, reterr);
    }
    if (!late) {
        return STATUS_OK;
    }
    if (visit->state == VISIT_TALKING) {
        return visit_judge(round, visit, true, false, reterr);
    }
    transcript_note(visit->tcp.transcript, visit->tcp.connection, "not connected: timeout");
    visit_refused(visit);
    return STATUS_OK;
}

static void round_wait(struct round *round)
{
    int64_t until = round->ask->deadline_ms;

    for (unsigned i = 0; i < round->busy; i++) {
        const struct visit *visit = &round->visits[i];

        round->polled[i] = (struct pollfd){
            .fd = visit->state == VISIT_PAUSED ? -1 : visit->tcp.fd,
            .events = visit->state == VISIT_CONNECTING ? POLLOUT : POLLIN,
        };
        until = earlier(until, visit->until_ms);
    }
    if (poll(round->polled, round->busy, clock_left_ms(until)) < 0) {
        for (unsigned i = 0; i < round->busy; i++) {
            round->polled[i].revents = 0; /* interrupted: nothing is known */
        }
    }
}

static enum status round_step(struct round *round, unsigned total, struct error *reterr)
{
    round_wait(round);
    for (unsigned i = round->busy; i-- > 0;) {
        struct visit *visit = &round->visits[i];

        TRY(visit_step(round, visit, round->polled[i].revents != 0, reterr));
        if (visit->port->end == IDENTIFY_PENDING) {
            continue;
        }
        bytes_done(&visit->heard);
        round->busy--;
        round->visits[i] = round->visits[round->busy];
        round->done++;
        if (round->ask->progress != NULL) {
            round->ask->progress(round->ask->progress_context, round->done, total);
        }
    }
    return STATUS_OK;
}

static void round_done(struct round **round)
{
    for (unsigned i = 0; i < (*round)->busy; i++) {
        struct visit *visit = &(*round)->visits[i];

        visit_end(visit, visit->port->end == IDENTIFY_PENDING ? IDENTIFY_LOST : visit->port->end);
        bytes_done(&visit->heard);
    }
    free(*round);
}

enum status identify_ports(const struct identify_ask *ask, struct identify_port *ports,
                           size_t count, struct error *reterr)
{
    DEFER(round_done) struct round *round = calloc(1, sizeof *round);
    unsigned parallel = ask->parallel < PARALLEL_MAX ? ask->parallel : PARALLEL_MAX;
    size_t next = 0;

    if (round == NULL) {
        abort();
    }
    round->ask = ask;
    while ((next < count || round->busy > 0) && clock_left_ms(ask->deadline_ms) > 0) {
        while (next < count && round->busy < parallel) {
            struct visit *visit = &round->visits[round->busy++];

            *visit = (struct visit){ .port = &ports[next++],
                                     .tcp = { .fd = -1 },
                                     .heard = bytes_bounded(ANSWER_MAX) };
            visit->port->end = IDENTIFY_PENDING;
            TRY(visit_connect(round, visit, reterr));
        }
        TRY(round_step(round, (unsigned) count, reterr));
    }
    for (; next < count; next++) {
        ports[next].end = IDENTIFY_LOST;
    }
    return STATUS_OK;
}
