#include "channel/udp_sweep.h"

#include "base/clock.h"
#include "base/text.h"
#include "channel/udp.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    HELLOS_MAX = 32,
    GAP_MS = 15,          /* between two hellos to one port: time for a word that it is closed */
    ERROR_PACE_MS = 1100, /* slower than Linux's limit on ICMP errors to one peer */
    BURST = 10,
    BURST_WAIT_MS = 250,
    BACK_OFF_MS = 20,
    OURS_LINGER_MS = 500,
    ANSWERS_A_TURN = 64,
    HEARD_KEPT = 120,
    SECOND_US = 1000000
};

/* A port that is being asked. */
struct slot {
    struct udp udp;
    uint16_t port;
    const struct wire_udp_hello *hellos[HELLOS_MAX];
    unsigned hello_count;
    unsigned next;
    unsigned round;
    bool unreachable;
    bool answered; /* by something that no hello explains */
    int64_t due_ms;
};

struct run {
    const struct udp_sweep_ask *ask;
    struct udp_sweep *sweep;
    struct slot slots[UDP_IN_FLIGHT];
    struct pollfd polled[UDP_IN_FLIGHT];
    unsigned busy;
    unsigned window;
    unsigned cursor; /* the next port to look at */
    unsigned done;
    unsigned total;
    int64_t next_us; /* when the rate allows the next datagram */
    uint8_t own_ipv4[4];
    bool ourselves; /* the device is this machine */
    /* On our own machine, our sockets are open ports that send: until when each one was ours. */
    int64_t ours_until_ms[UDP_PORT_COUNT];
    uint8_t room[UDP_DATAGRAM_MAX];
};

static int64_t now_us(void)
{
    struct timespec now;

    (void) clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t) now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

/* splitmix64: the same seed, port and hello give the same nonce, so an answer that comes late
 * still fits. */
static uint64_t mixed(uint64_t value)
{
    value += 0x9e3779b97f4a7c15U;
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9U;
    value = (value ^ value >> 27) * 0x94d049bb133111ebU;
    return value ^ value >> 31;
}

static struct wire_udp_ask ask_for(const struct run *run, uint16_t port, unsigned hello)
{
    struct wire_udp_ask ask = { .host = run->ask->host, .port = port };
    uint64_t first = mixed(run->ask->seed ^ mixed((uint64_t) port << 8 | hello));
    uint64_t second = mixed(first);

    memcpy(ask.nonce, &first, sizeof first);
    memcpy(ask.nonce + sizeof first, &second, sizeof second);
    memcpy(ask.own_ipv4, run->own_ipv4, sizeof ask.own_ipv4);
    return ask;
}

static bool is_usual(const struct wire_udp_hello *hello, uint16_t port)
{
    for (size_t i = 0; i < WIRE_UDP_PORTS_MAX; i++) {
        if (hello->ports[i] == port) {
            return true;
        }
    }
    return false;
}

static void hello_add(struct slot *slot, const struct wire_udp_hello *hello)
{
    if (slot->hello_count < HELLOS_MAX) {
        slot->hellos[slot->hello_count++] = hello;
    }
}

/* What usually lives on a port is asked for first. */
static void hellos_choose(struct slot *slot, enum udp_port_wish wish)
{
    for (size_t i = 0; wire_udp_hellos[i] != NULL; i++) {
        if (is_usual(wire_udp_hellos[i], slot->port)) {
            hello_add(slot, wire_udp_hellos[i]);
        }
    }
    for (size_t i = 0; wish == UDP_WISH_EVERY && wire_udp_hellos[i] != NULL; i++) {
        if (!is_usual(wire_udp_hellos[i], slot->port)) {
            hello_add(slot, wire_udp_hellos[i]);
        }
    }
    if (slot->hello_count == 0) {
        hello_add(slot, wire_udp_hellos[0]);
    }
}

/* LIMIT passes by itself: the slot is not begun, and nothing is lost. */
static enum status slot_begin(struct run *run, uint16_t port, struct error *reterr)
{
    struct slot *slot = &run->slots[run->busy];
    enum status status;

    *slot = (struct slot){ .port = port, .due_ms = clock_monotonic_ms() };
    status = udp_open(&slot->udp, run->ask->host, port, reterr);
    if (status == STATUS_OK) {
        run->ours_until_ms[slot->udp.own_port] = INT64_MAX;
        hellos_choose(slot, run->sweep->port[port].wish);
        run->busy++;
    }
    return status;
}

static void slot_end(struct run *run, unsigned index, enum udp_port_state state)
{
    struct slot *slot = &run->slots[index];

    run->sweep->port[slot->port].state = (uint8_t) state;
    run->done++;
    run->ours_until_ms[slot->udp.own_port] = clock_monotonic_ms() + OURS_LINGER_MS;
    udp_done(&slot->udp);
    run->busy--;
    if (index != run->busy) {
        run->slots[index] = run->slots[run->busy];
    }
}

static bool rate_allows(struct run *run)
{
    int64_t now = now_us();

    if (run->ask->datagrams_per_second == 0) {
        return true;
    }
    if (run->next_us > now) {
        return false;
    }
    run->next_us = (run->next_us > now - SECOND_US / 100 ? run->next_us : now) +
                   SECOND_US / run->ask->datagrams_per_second;
    return true;
}

static enum status hello_send(struct run *run, struct slot *slot, struct error *reterr)
{
    uint8_t room[WIRE_UDP_HELLO_MAX];
    struct builder builder = builder_over(room, sizeof room);
    const struct wire_udp_ask ask = ask_for(run, slot->port, slot->next);
    enum udp_event event = UDP_NOTHING;
    enum status status;

    slot->hellos[slot->next]->write(&ask, &builder);
    if (builder.overflow) {
        return fail(reterr, STATUS_INTERNAL, "the %s hello does not fit",
                    slot->hellos[slot->next]->protocol);
    }
    status = udp_send(&slot->udp, builder.start, builder.length, &event, reterr);
    if (status == STATUS_LIMIT) {
        slot->due_ms = clock_monotonic_ms() + BACK_OFF_MS;
        return STATUS_OK;
    }
    TRY(status);
    run->sweep->datagrams++;
    slot->unreachable = slot->unreachable || event == UDP_UNREACHABLE;
    slot->next++;
    slot->due_ms = clock_monotonic_ms() +
                   (slot->next < slot->hello_count ? GAP_MS : (int64_t) run->ask->timeout_ms);
    return STATUS_OK;
}

static enum udp_port_state state_at_end(const struct slot *slot)
{
    if (slot->answered) {
        return UDP_PORT_OPEN;
    }
    return slot->unreachable ? UDP_PORT_UNREACHABLE : UDP_PORT_SILENT;
}

/* Sends what is due; a port whose last wait is over gets its state. */
static enum status slots_serve(struct run *run, struct error *reterr)
{
    for (unsigned i = run->busy; i-- > 0;) {
        struct slot *slot = &run->slots[i];

        if (slot->due_ms > clock_monotonic_ms()) {
            continue;
        }
        if (slot->next == slot->hello_count) {
            /* What answers but is not understood has been heard; it is not asked it all again. */
            if (slot->round == run->ask->retries || slot->answered) {
                slot_end(run, i, state_at_end(slot));
                continue;
            }
            slot->round++;
            slot->next = 0;
        }
        if (rate_allows(run)) {
            TRY(hello_send(run, slot, reterr));
        }
    }
    return STATUS_OK;
}

static void remember(struct run *run, const struct slot *slot, unsigned hello, size_t length,
                     const char *says)
{
    struct udp_port *port = &run->sweep->port[slot->port];
    const struct wire_udp_ask ask = ask_for(run, slot->port, hello);
    struct transcript *transcript = run->ask->transcript;
    uint8_t asked[WIRE_UDP_HELLO_MAX];
    struct builder builder = builder_over(asked, sizeof asked);
    bool bare6 = strchr(run->ask->host, ':') != NULL;
    char peer[128];
    unsigned connection;

    slot->hellos[hello]->write(&ask, &builder);
    (void) snprintf(peer, sizeof peer, "%s%s%s:%u/udp", bare6 ? "[" : "", run->ask->host,
                    bare6 ? "]" : "", (unsigned) slot->port);
    connection = transcript_open(transcript, peer);
    transcript_sent(transcript, connection, builder.start, builder.length);
    transcript_received(transcript, connection, run->room, length);
    free(port->says);
    port->says = strdup(says);
    if (port->says == NULL) {
        abort();
    }
    if (builder.length > 0 && length * 100 / builder.length > port->amplification_percent) {
        port->amplification_percent = (unsigned) (length * 100 / builder.length);
    }
}

/* True when the port is identified. */
static bool answer_explained(struct run *run, struct slot *slot, size_t length)
{
    unsigned asked = slot->round > 0 ? slot->hello_count : slot->next;
    char detail[WIRE_UDP_DETAIL_SIZE];

    for (unsigned i = 0; i < asked; i++) {
        const struct wire_udp_ask ask = ask_for(run, slot->port, i);

        if (slot->hellos[i]->read(&ask, run->room, length, detail)) {
            run->sweep->port[slot->port].hello = slot->hellos[i];
            remember(run, slot, i, length, detail);
            return true;
        }
    }
    if (!slot->answered && asked > 0) {
        text_printable(run->room, length, detail, HEARD_KEPT + 1);
        remember(run, slot, asked - 1, length, detail);
    }
    slot->answered = true;
    return false;
}

/* A datagram that we sent to a port that happened to be our own. */
static bool is_our_own(const struct run *run, const struct slot *slot)
{
    return run->ourselves && run->ours_until_ms[slot->udp.from_port] > clock_monotonic_ms();
}

static enum status slot_collect(struct run *run, unsigned index, struct error *reterr)
{
    struct slot *slot = &run->slots[index];

    /* What keeps coming has to wait its turn. */
    for (int i = 0; i < ANSWERS_A_TURN; i++) {
        enum udp_event event = UDP_NOTHING;
        size_t length = 0;

        TRY(udp_take(&slot->udp, run->room, sizeof run->room, &length, &event, reterr));
        if (event == UDP_NOTHING) {
            return STATUS_OK;
        }
        if (event == UDP_ANSWER && is_our_own(run, slot)) {
            continue;
        }
        if (event == UDP_ANSWER && answer_explained(run, slot, length)) {
            slot_end(run, index, UDP_PORT_OPEN);
            return STATUS_OK;
        }
        /* A port that has answered is open, even if it has closed since. */
        if (event == UDP_CLOSED) {
            slot_end(run, index, slot->answered ? UDP_PORT_OPEN : UDP_PORT_CLOSED);
            return STATUS_OK;
        }
        slot->unreachable = slot->unreachable || event == UDP_UNREACHABLE;
    }
    return STATUS_OK;
}

static enum status collect(struct run *run, int64_t until_ms, struct error *reterr)
{
    for (unsigned i = 0; i < run->busy; i++) {
        const struct slot *slot = &run->slots[i];

        run->polled[i] = (struct pollfd){ .fd = slot->udp.fd, .events = POLLIN };
        until_ms = slot->due_ms < until_ms ? slot->due_ms : until_ms;
    }
    if (until_ms <= clock_monotonic_ms() && run->next_us > now_us()) {
        until_ms = run->next_us / 1000 + 1;
    }
    if (poll(run->polled, run->busy, clock_left_ms(until_ms)) < 0 && errno != EINTR) {
        return fail(reterr, STATUS_IO, "poll: %s", strerror(errno));
    }
    /* Downwards: freeing a slot moves the last one, already seen, into its place. */
    for (unsigned i = run->busy; i-- > 0;) {
        if (run->polled[i].revents != 0) {
            TRY(slot_collect(run, i, reterr));
        }
    }
    return STATUS_OK;
}

static enum status launch(struct run *run, struct error *reterr)
{
    while (run->busy < run->window && run->cursor < UDP_PORT_COUNT) {
        const struct udp_port *port = &run->sweep->port[run->cursor];
        enum status status;

        if (port->wish == UDP_WISH_NONE) {
            run->cursor++;
            continue;
        }
        status = slot_begin(run, (uint16_t) run->cursor, reterr);
        if (status == STATUS_LIMIT && run->busy > 0) {
            run->window = run->busy;
            return STATUS_OK;
        }
        TRY(status);
        run->cursor++;
    }
    return STATUS_OK;
}

/* Everything under way, to its end; false when the deadline came first. */
static enum status work_through(struct run *run, bool *ret_finished, struct error *reterr)
{
    unsigned told = run->done;

    while ((run->busy > 0 || run->cursor < UDP_PORT_COUNT) &&
           clock_left_ms(run->ask->deadline_ms) > 0) {
        TRY(launch(run, reterr));
        TRY(slots_serve(run, reterr));
        if (run->busy > 0) {
            TRY(collect(run, run->ask->deadline_ms, reterr));
        }
        if (run->ask->progress != NULL && run->done - told >= 16) {
            told = run->done;
            run->ask->progress(run->ask->progress_context, run->done, run->total);
        }
    }
    *ret_finished = run->busy == 0;
    while (run->busy > 0) {
        slot_end(run, run->busy - 1, UDP_PORT_NOT_ASKED);
    }
    return STATUS_OK;
}

/* One port alone, once; what it says within that time is its state. */
static enum status ask_alone(struct run *run, uint16_t port, int within_ms, struct error *reterr)
{
    int64_t until_ms = clock_monotonic_ms() + within_ms;

    TRY(slot_begin(run, port, reterr));
    run->slots[0].hello_count = 1;
    run->slots[0].round = run->ask->retries;
    TRY(hello_send(run, &run->slots[0], reterr));
    run->slots[0].due_ms = until_ms;
    while (run->busy > 0 && clock_left_ms(until_ms) > 0) {
        TRY(collect(run, until_ms, reterr));
    }
    if (run->busy > 0) {
        slot_end(run, 0, state_at_end(&run->slots[0]));
    }
    return STATUS_OK;
}

/* The first port of that state; 0 when there is none. */
static uint16_t port_in_state(const struct run *run, enum udp_port_state state, unsigned from)
{
    for (unsigned port = from; port < UDP_PORT_COUNT; port++) {
        if (run->sweep->port[port].state == (uint8_t) state) {
            return (uint16_t) port;
        }
    }
    return 0;
}

/* Whether a port that is closed says so each time, asked more often than any system's allowance
 * for a burst of errors bears. */
static enum status limit_seen(struct run *run, uint16_t closed, bool *ret_limited,
                              struct error *reterr)
{
    struct udp_port *port = &run->sweep->port[closed];

    *ret_limited = false;
    for (unsigned i = 0; i < BURST && !*ret_limited; i++) {
        TRY(ask_alone(run, closed, BURST_WAIT_MS, reterr));
        *ret_limited = port->state != UDP_PORT_CLOSED;
    }
    port->state = port->state == UDP_PORT_OPEN ? UDP_PORT_OPEN : UDP_PORT_CLOSED;
    return STATUS_OK;
}

/* The silent ports again, one by one, with that much rest before each. */
static enum status ask_again(struct run *run, int rest_ms, struct error *reterr)
{
    int64_t until_ms = clock_monotonic_ms() + run->ask->patience_ms;
    uint16_t silent = port_in_state(run, UDP_PORT_SILENT, 1);

    while (silent != 0 && clock_left_ms(until_ms) > 2 * rest_ms &&
           clock_left_ms(run->ask->deadline_ms) > rest_ms + BURST_WAIT_MS) {
        (void) poll(NULL, 0, rest_ms);
        TRY(ask_alone(run, silent, BURST_WAIT_MS, reterr));
        silent = port_in_state(run, UDP_PORT_SILENT, silent + 1U);
    }
    return STATUS_OK;
}

/* Closed ports may be among the silent ones.  On our own machine, because a socket of ours was
 * there at the time; on another, because it says "closed" only so often: then they are asked
 * again at a pace that it bears. */
static enum status find_closed(struct run *run, struct error *reterr)
{
    uint16_t closed = port_in_state(run, UDP_PORT_CLOSED, 1);
    bool limited = false;

    if (run->ourselves) {
        return ask_again(run, 0, reterr);
    }
    if (closed == 0 || port_in_state(run, UDP_PORT_SILENT, 1) == 0) {
        return STATUS_OK;
    }
    TRY(limit_seen(run, closed, &limited, reterr));
    return limited ? ask_again(run, ERROR_PACE_MS, reterr) : STATUS_OK;
}

static void tally(struct udp_sweep *sweep)
{
    for (unsigned i = 1; i < UDP_PORT_COUNT; i++) {
        const struct udp_port *port = &sweep->port[i];

        if (port->wish == UDP_WISH_NONE) {
            continue;
        }
        if (port->wish == UDP_WISH_CONTROL && port->state != UDP_PORT_OPEN) {
            sweep->controls_closed += port->state == UDP_PORT_CLOSED ? 1 : 0;
            continue;
        }
        sweep->asked++;
        sweep->counts[port->state]++;
    }
}

static enum status learn_ourselves(struct run *run, struct error *reterr)
{
    DEFER(udp_done) struct udp udp = { .fd = -1 };

    TRY(udp_open(&udp, run->ask->host, 9, reterr));
    udp_own_ipv4(&udp, run->own_ipv4);
    run->ourselves = udp_is_ourselves(&udp);
    return STATUS_OK;
}

static enum status run_sweep(struct run *run, struct error *reterr)
{
    for (unsigned port = 1; port < UDP_PORT_COUNT; port++) {
        run->total += run->sweep->port[port].wish != UDP_WISH_NONE ? 1 : 0;
    }
    TRY(learn_ourselves(run, reterr));
    TRY(work_through(run, &run->sweep->complete, reterr));
    if (run->sweep->complete && run->ask->patience_ms > 0) {
        TRY(find_closed(run, reterr));
    }
    return STATUS_OK;
}

enum status udp_sweep_run(const struct udp_sweep_ask *ask, struct udp_sweep *sweep,
                          struct error *reterr)
{
    struct run *run = calloc(1, sizeof *run);
    enum status status;

    if (run == NULL) {
        abort();
    }
    run->ask = ask;
    run->sweep = sweep;
    run->window = UDP_IN_FLIGHT;
    run->cursor = 1;
    status = run_sweep(run, reterr);
    while (run->busy > 0) {
        slot_end(run, run->busy - 1, UDP_PORT_NOT_ASKED);
    }
    free(run);
    tally(sweep);
    sweep->complete = sweep->complete && sweep->counts[UDP_PORT_NOT_ASKED] == 0;
    return status;
}

void udp_sweep_done(struct udp_sweep *sweep)
{
    for (unsigned port = 0; port < UDP_PORT_COUNT; port++) {
        free(sweep->port[port].says);
        sweep->port[port].says = NULL;
    }
}
