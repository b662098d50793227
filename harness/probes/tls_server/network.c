#include "network.h"

#include "base/clock.h"
#include "probe/tls_setup.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* One exchange under way. */
struct line {
    struct network *network;
    struct exchange *exchange;
    struct tcp tcp;
    bool connected;
    bool upgraded; /* the hello is on its way */
    bool over;
    struct starttls talk;
    struct bytes clear; /* what came before TLS */
    int64_t deadline_ms;
};

const char *tls_server_upgrade_word(enum upgrade upgrade)
{
    static const char *const words[] = { "none",        "silent",  "closed",  "garbled",
                                         "turned away", "refused", "accepted" };

    return words[upgrade];
}

static void line_close(struct line *line)
{
    tcp_done(&line->tcp);
    bytes_done(&line->clear);
    line->over = true;
}

static void line_end(struct line *line, enum tcp_event event)
{
    tls_server_exchange_finish(line->exchange, line->connected, event);
    line_close(line);
}

static void line_upgrade_seen(const struct line *line, enum upgrade upgrade)
{
    struct network *network = line->network;

    if (upgrade > network->upgrade) {
        network->upgrade = upgrade;
        (void) snprintf(network->upgrade_answer, sizeof network->upgrade_answer, "%s",
                        line->talk.answer);
    }
}

/* TLS cannot begin: neither an acceptance nor a refusal of anything that a hello asks. */
static void line_not_upgraded(struct line *line, enum upgrade upgrade)
{
    line_upgrade_seen(line, upgrade);
    tls_server_exchange_not_upgraded(line->exchange, tls_server_upgrade_word(upgrade));
    line_close(line);
}

/* Ended by an event instead of an answer. */
static void line_event(struct line *line, enum tcp_event event)
{
    if (line->connected && !line->upgraded) {
        line_not_upgraded(line, event == TCP_TIMEOUT ? UPGRADE_SILENT : UPGRADE_CLOSED);
    } else {
        line_end(line, event);
    }
}

static enum status line_begin(struct line *line, struct error *reterr)
{
    const struct network *network = line->network;
    enum tcp_event event = TCP_OK;
    char peer[PEER_TEXT];

    tls_server_setup_peer(network->host, network->port, "tcp", peer);
    line->tcp = (struct tcp){ .fd = -1, .transcript = network->transcript };
    TRY(tcp_begin(network->host, network->port, &line->tcp.fd, &event, reterr));
    line->tcp.connection = transcript_open(network->transcript, peer);
    if (line->tcp.fd < 0) {
        line_end(line, event);
    }
    return STATUS_OK;
}

static enum status line_send(struct line *line, const void *data, size_t length,
                             struct error *reterr)
{
    enum tcp_event event = TCP_OK;

    TRY(tcp_send(&line->tcp, data, length, line->deadline_ms, &event, reterr));
    line->network->sent += length;
    if (event != TCP_OK) {
        line_event(line, event);
    }
    return STATUS_OK;
}

static enum status line_hello(struct line *line, struct error *reterr)
{
    uint8_t room[TLS_HELLO_LONGEST];
    struct builder builder = builder_over(room, sizeof room);
    bool built = line->exchange->ssl2
                     ? wire_tls_hello_build_ssl2(line->exchange->hello.random, &builder)
                     : wire_tls_hello_build(&line->exchange->hello, &builder);

    if (!built) {
        return fail(reterr, STATUS_INTERNAL, "a ClientHello does not fit in %zu bytes",
                    sizeof room);
    }
    line->upgraded = true;
    return line_send(line, room, builder.length, reterr);
}

/* A greeting that sends us away (too many clients, an address that is blocked) says nothing of TLS;
 * PREAUTH does: then it is too late for it (RFC 9051 section 7.1.4). */
static enum upgrade upgrade_lost(enum starttls_step step, const struct starttls *talk)
{
    if (step != STARTTLS_REFUSED) {
        return UPGRADE_GARBLED;
    }
    return talk->sent == 0 && strncmp(talk->answer, "* PREAUTH", 9) != 0 ? UPGRADE_TURNED_AWAY
                                                                         : UPGRADE_REFUSED;
}

/* As far as what came so far leads. */
static enum status line_upgrade(struct line *line, struct error *reterr)
{
    struct starttls *talk = &line->talk;
    enum starttls_step step = STARTTLS_SEND;

    while (!line->over && step == STARTTLS_SEND) {
        step = wire_starttls_step(talk, line->clear.data, line->clear.length);
        if (step == STARTTLS_SEND) {
            TRY(line_send(line, talk->message, talk->message_length, reterr));
        }
    }
    if (line->over || step == STARTTLS_WAIT) {
        return STATUS_OK;
    }
    if (step != STARTTLS_GO) {
        line_not_upgraded(line, upgrade_lost(step, talk));
        return STATUS_OK;
    }
    if (talk->protocol != STARTTLS_NONE) {
        line_upgrade_seen(line, UPGRADE_ACCEPTED);
    }
    if (talk->used < line->clear.length) {
        line->network->upgrade_surplus = true;
        TRY(bytes_append(&line->exchange->stream, line->clear.data + talk->used,
                         line->clear.length - talk->used, reterr));
    }
    return line_hello(line, reterr);
}

static enum status line_connected(struct line *line, struct error *reterr)
{
    enum tcp_event event = tcp_begun_result(line->tcp.fd);

    if (event != TCP_OK) {
        transcript_note(line->tcp.transcript, line->tcp.connection, "not connected: %s",
                        tcp_event_word(event));
        line_end(line, event);
        return STATUS_OK;
    }
    line->connected = true;
    return line_upgrade(line, reterr);
}

static enum status line_clear(struct line *line, struct error *reterr)
{
    enum tcp_event event = TCP_OK;

    if (line->clear.length == line->clear.limit) {
        line_not_upgraded(line, UPGRADE_GARBLED);
        return STATUS_OK;
    }
    TRY(tcp_receive(&line->tcp, &line->clear, line->deadline_ms, &event, reterr));
    if (event != TCP_OK) {
        line_event(line, event);
        return STATUS_OK;
    }
    return line_upgrade(line, reterr);
}

static enum status line_readable(struct line *line, struct error *reterr)
{
    enum tcp_event event = TCP_OK;

    if (line->exchange->stream.length == line->exchange->stream.limit) {
        line->exchange->malformed = true;
        line_end(line, TCP_OK);
        return STATUS_OK;
    }
    TRY(tcp_receive(&line->tcp, &line->exchange->stream, line->deadline_ms, &event, reterr));
    if (tls_server_exchange_absorb(line->exchange) || event != TCP_OK) {
        line_end(line, event);
    }
    return STATUS_OK;
}

static enum status line_ready(struct line *line, struct error *reterr)
{
    if (!line->connected) {
        return line_connected(line, reterr);
    }
    return line->upgraded ? line_readable(line, reterr) : line_clear(line, reterr);
}

/* One wait for the lines that are open; at least one is. */
static enum status lines_step(struct line *lines, size_t count, struct error *reterr)
{
    struct pollfd waited[NETWORK_CONNECTIONS_MAX];
    struct line *owners[NETWORK_CONNECTIONS_MAX];
    int64_t deadline_ms = INT64_MAX;
    nfds_t open = 0;

    for (size_t i = 0; i < count; i++) {
        if (!lines[i].over) {
            owners[open] = &lines[i];
            waited[open++] = (struct pollfd){ .fd = lines[i].tcp.fd,
                                              .events = lines[i].connected ? POLLIN : POLLOUT };
            deadline_ms = lines[i].deadline_ms < deadline_ms ? lines[i].deadline_ms : deadline_ms;
        }
    }
    if (poll(waited, open, clock_left_ms(deadline_ms)) < 0) {
        return errno == EINTR ? STATUS_OK : fail(reterr, STATUS_IO, "poll: %s", strerror(errno));
    }
    for (nfds_t i = 0; i < open; i++) {
        if (waited[i].revents != 0) {
            TRY(line_ready(owners[i], reterr));
        } else if (clock_left_ms(owners[i]->deadline_ms) == 0) {
            transcript_note(owners[i]->tcp.transcript, owners[i]->tcp.connection,
                            "no answer until the deadline");
            line_event(owners[i], TCP_TIMEOUT);
        }
    }
    return STATUS_OK;
}

static enum status line_start(struct network *network, struct line *line, struct exchange *exchange,
                              struct error *reterr)
{
    *line = (struct line){ .network = network,
                           .exchange = exchange,
                           .tcp = { .fd = -1 },
                           .talk = wire_starttls_start(network->starttls, network->server_name),
                           .clear = bytes_bounded(STARTTLS_STREAM_MAX) };
    tls_server_pace(&network->pace, network->deadline_ms);
    line->deadline_ms = clock_monotonic_ms() + network->timeout_ms;
    if (line->deadline_ms > network->deadline_ms) {
        line->deadline_ms = network->deadline_ms;
    }
    if (clock_left_ms(network->deadline_ms) == 0) {
        line_end(line, TCP_TIMEOUT); /* out of time: not even begun */
        return STATUS_OK;
    }
    return line_begin(line, reterr);
}

/* As soon as one is over the next one begins. */
static enum status network_run(struct network *network, struct line *lines,
                               struct exchange *const exchanges[], size_t count,
                               struct error *reterr)
{
    size_t begun = 0;
    bool open = true;

    while (open) {
        open = false;
        for (size_t i = 0; i < network->connections; i++) {
            while (lines[i].over && begun < count) {
                TRY(line_start(network, &lines[i], exchanges[begun++], reterr));
            }
            open = open || !lines[i].over;
        }
        if (open) {
            TRY(lines_step(lines, network->connections, reterr));
        }
    }
    return STATUS_OK;
}

enum status tls_server_network_dial(void *context, struct exchange *const exchanges[], size_t count,
                                    struct error *reterr)
{
    struct network *network = context;
    struct line lines[NETWORK_CONNECTIONS_MAX] = { 0 };
    enum status status;

    for (size_t i = 0; i < network->connections; i++) {
        lines[i] = (struct line){ .over = true, .tcp = { .fd = -1 } };
    }
    status = network_run(network, lines, exchanges, count, reterr);
    for (size_t i = 0; i < network->connections; i++) {
        line_close(&lines[i]);
    }
    return status;
}
