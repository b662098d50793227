#include "network.h"

#include "base/clock.h"
#include "channel/udp.h"
#include "probe/tls_setup.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

enum {
    REPEATS_MAX = 2,     /* of one hello */
    CLOSED_MAX = 5,      /* ICMP errors in a row */
    FOREIGN_MAX = 256,   /* datagrams from other ports of the device */
    CLOSED_PAUSE_MS = 20 /* between ICMP errors: who restarts for each client is back soon */
};

/* One exchange under way. */
struct line {
    struct network *network;
    struct exchange *exchange;
    struct udp udp;
    unsigned connection;
    unsigned repeats;
    unsigned closed; /* ICMP errors in a row */
    unsigned foreign;
    bool heard;         /* any datagram from the port that was asked */
    int64_t give_up_ms; /* the last moment of the whole exchange */
    int64_t silent_ms;  /* when it is given up unless something comes */
    int64_t repeat_ms;  /* when the hello is sent again */
    uint8_t room[UDP_DATAGRAM_MAX];
};

static enum status line_send(struct line *line, const struct builder *datagram,
                             struct error *reterr)
{
    enum udp_event event = UDP_NOTHING;

    TRY(udp_send(&line->udp, datagram->start, datagram->length, &event, reterr));
    transcript_sent(line->network->transcript, line->connection, datagram->start, datagram->length);
    if (event == UDP_UNREACHABLE) {
        line->closed++;
    }
    return STATUS_OK;
}

static enum status line_hello(struct line *line, struct error *reterr)
{
    struct network *network = line->network;
    uint8_t room[TLS_HELLO_LENGTH_MAX + DTLS_HEADERS_LENGTH];
    struct builder builder = builder_over(room, sizeof room);
    bool due = line->exchange->talk.hello_due;
    int64_t now_ms = clock_monotonic_ms();

    TRY(dtls_server_exchange_hello(line->exchange, &builder, reterr));
    if (due) {
        network->datagrams++;
        network->bytes += builder.length;
        line->repeats = 0;
        line->silent_ms = now_ms + network->timeout_ms;
    } else {
        line->repeats++;
    }
    line->repeat_ms = line->repeats < REPEATS_MAX ? now_ms + (network->repeat_ms << line->repeats)
                                                  : line->give_up_ms;
    return line_send(line, &builder, reterr);
}

/* An unfinished handshake would keep some servers busy for a minute. */
static enum status line_leave(struct line *line, struct error *reterr)
{
    uint8_t room[DTLS_HEADERS_LENGTH];
    struct builder builder = builder_over(room, sizeof room);

    if (line->exchange->flight.end == TLS_FLIGHT_ALERT || !line->heard) {
        return STATUS_OK;
    }
    wire_dtls_alert_build(TLS_ALERT_USER_CANCELED, line->exchange->talk.records, &builder);
    line->network->datagrams++;
    line->network->bytes += builder.length;
    return line_send(line, &builder, reterr);
}

static enum status line_datagram(struct line *line, size_t length, bool *ret_over,
                                 struct error *reterr)
{
    if (line->udp.from_port != line->network->port) {
        *ret_over = ++line->foreign >= FOREIGN_MAX;
        return STATUS_OK;
    }
    transcript_received(line->network->transcript, line->connection, line->room, length);
    line->heard = true;
    line->closed = 0;
    *ret_over = dtls_server_exchange_take(line->exchange, line->room, length);
    if (!*ret_over && line->exchange->talk.hello_due) {
        return line_hello(line, reterr);
    }
    return STATUS_OK;
}

/* Everything that waits at the socket. */
static enum status line_take(struct line *line, bool *ret_over, struct error *reterr)
{
    enum udp_event event = UDP_NOTHING;
    size_t length = 0;

    do {
        TRY(udp_take(&line->udp, line->room, sizeof line->room, &length, &event, reterr));
        if (event == UDP_ANSWER) {
            TRY(line_datagram(line, length, ret_over, reterr));
        } else if (event != UDP_NOTHING) {
            transcript_note(line->network->transcript, line->connection, "%s",
                            event == UDP_CLOSED ? "port unreachable" : "unreachable");
            *ret_over = ++line->closed > CLOSED_MAX;
            line->repeat_ms = clock_monotonic_ms() + CLOSED_PAUSE_MS * line->closed;
        }
    } while (event != UDP_NOTHING && !*ret_over);
    return STATUS_OK;
}

static enum status line_step(struct line *line, bool *ret_over, struct error *reterr)
{
    struct pollfd waited = { .fd = line->udp.fd, .events = POLLIN };
    int64_t until_ms = line->repeat_ms < line->silent_ms ? line->repeat_ms : line->silent_ms;

    if (poll(&waited, 1, clock_left_ms(until_ms)) < 0 && errno != EINTR) {
        return fail(reterr, STATUS_IO, "poll: %s", strerror(errno));
    }
    TRY(line_take(line, ret_over, reterr));
    if (*ret_over) {
        return STATUS_OK;
    }
    if (clock_left_ms(line->silent_ms) == 0 || clock_left_ms(line->give_up_ms) == 0) {
        transcript_note(line->network->transcript, line->connection,
                        "no answer until the deadline");
        *ret_over = true;
    } else if (clock_left_ms(line->repeat_ms) == 0) {
        return line_hello(line, reterr);
    }
    return STATUS_OK;
}

static enum status line_talk(struct line *line, struct error *reterr)
{
    struct network *network = line->network;
    bool over = false;
    char peer[PEER_TEXT];

    tls_server_setup_peer(network->host, network->port, "udp", peer);
    TRY(udp_open(&line->udp, network->host, network->port, reterr));
    line->connection = transcript_open(network->transcript, peer);
    /* The cookie exchange restarts the clock of silence, but not without end. */
    line->give_up_ms = clock_monotonic_ms() + 2 * network->timeout_ms;
    if (line->give_up_ms > network->deadline_ms) {
        line->give_up_ms = network->deadline_ms;
    }
    TRY(line_hello(line, reterr));
    while (!over) {
        TRY(line_step(line, &over, reterr));
    }
    return line_leave(line, reterr);
}

static enum status network_exchange(struct network *network, struct line *line,
                                    struct exchange *exchange, struct error *reterr)
{
    enum status status = STATUS_OK;

    *line = (struct line){ .network = network, .exchange = exchange, .udp = { .fd = -1 } };
    tls_server_pace(&network->pace, network->deadline_ms);
    if (clock_left_ms(network->deadline_ms) > 0) { /* else out of time: not even begun */
        status = line_talk(line, reterr);
    }
    if (line->closed > 0 && !line->heard) {
        tls_server_exchange_finish(exchange, false, TCP_REFUSED);
    } else {
        tls_server_exchange_finish(exchange, true, TCP_TIMEOUT);
    }
    udp_done(&line->udp);
    return status;
}

enum status dtls_server_network_dial(void *context, struct exchange *const exchanges[],
                                     size_t count, struct error *reterr)
{
    struct network *network = context;
    struct line line;

    for (size_t i = 0; i < count; i++) {
        TRY(network_exchange(network, &line, exchanges[i], reterr));
    }
    return STATUS_OK;
}
