#include "support/server.h"

#include "support/files.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    LISTENERS_MAX = 32,
    CONNECTIONS_MAX = 1024,
    ACCEPTS_A_TURN = 64,
    ROUNDS_A_TURN = 16,
    OUTPUT_MAX = 64 * 1024,
    OUTPUT_PAUSE = 16 * 1024,
    DATAGRAM_MAX = 2048,
    HANDSHAKE_MS = 10000,
    FLUSH_MS = 10000,
    LINGER_MS = 1000,
};

/* In order of worth: when there is no room, the first phases give way first. */
enum phase { PHASE_LINGER, PHASE_HANDSHAKE, PHASE_FLUSH, PHASE_OPEN };

struct listener {
    struct listening listening; /* address NULL: no part of the network */
    int fd;                     /* -1 while the network is down */
};

struct peer {
    struct connection connection;
    struct stream stream;
    const struct protocol *protocol;
    enum phase phase;
    bool input_ended;
    bool again; /* more to do although the socket says nothing */
    int64_t progress_ms;
    int64_t deadline_ms;
};

struct server {
    struct listener listeners[LISTENERS_MAX];
    size_t listener_count;
    struct peer *peers[CONNECTIONS_MAX];
    size_t peer_count;
    sigset_t wait_mask;
    server_tick tick;
    void *tick_device;
    bool stopped;
};

static volatile sig_atomic_t told_to_stop;

int64_t server_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void descriptors_raise(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < 2 * CONNECTIONS_MAX) {
        rlim_t wanted = 2 * CONNECTIONS_MAX;
        limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

struct server *server_new(void)
{
    struct server *server = calloc(1, sizeof *server);

    if (server == NULL) {
        abort();
    }
    descriptors_raise();
    return server;
}

static void peer_free(struct peer *peer)
{
    stream_close(&peer->stream);
    buffer_done(&peer->connection.in);
    buffer_done(&peer->connection.out);
    free(peer->connection.state);
    free(peer);
}

void server_free(struct server *server)
{
    for (size_t i = 0; i < server->peer_count; i++) {
        peer_free(server->peers[i]);
    }
    for (size_t i = 0; i < server->listener_count; i++) {
        if (server->listeners[i].fd >= 0) {
            close(server->listeners[i].fd);
        }
    }
    free(server);
}

bool server_listen(struct server *server, const struct listening *listening, uint16_t *ret_port)
{
    int fd = server->listener_count == LISTENERS_MAX ? -1 : socket_listen(listening, ret_port);

    if (fd < 0) {
        return false;
    }
    struct listener *listener = &server->listeners[server->listener_count++];
    *listener = (struct listener){ .listening = *listening, .fd = fd };
    listener->listening.port = *ret_port;
    return true;
}

bool server_adopt(struct server *server, int fd, const struct protocol *protocol, void *device)
{
    if (server->listener_count == LISTENERS_MAX) {
        return false;
    }
    server->listeners[server->listener_count++] =
        (struct listener){ .listening = { .protocol = protocol, .device = device }, .fd = fd };
    return true;
}

void server_ticks(struct server *server, server_tick tick, void *device)
{
    server->tick = tick;
    server->tick_device = device;
}

void server_stop(struct server *server)
{
    server->stopped = true;
}

static void stop_noted(int signal_number)
{
    (void) signal_number;
    told_to_stop = 1;
}

bool server_signals(struct server *server)
{
    struct sigaction stop = { .sa_handler = stop_noted };
    struct sigaction ignore = { .sa_handler = SIG_IGN };
    sigset_t blocked;

    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGINT);
    /* Blocked except inside ppoll: no signal can slip in between the question and the wait. */
    return sigprocmask(SIG_BLOCK, &blocked, &server->wait_mask) == 0 &&
           sigdelset(&server->wait_mask, SIGTERM) == 0 &&
           sigdelset(&server->wait_mask, SIGINT) == 0 && sigaction(SIGTERM, &stop, NULL) == 0 &&
           sigaction(SIGINT, &stop, NULL) == 0 && sigaction(SIGPIPE, &ignore, NULL) == 0;
}

static void peer_drop(struct server *server, size_t index)
{
    peer_free(server->peers[index]);
    server->peers[index] = server->peers[--server->peer_count];
}

static void peer_evict(struct server *server)
{
    size_t worst = 0;

    for (size_t i = 1; i < server->peer_count; i++) {
        const struct peer *peer = server->peers[i];
        const struct peer *least = server->peers[worst];
        if (peer->phase < least->phase ||
            (peer->phase == least->phase && peer->progress_ms < least->progress_ms)) {
            worst = i;
        }
    }
    if (server->peer_count > 0) {
        peer_drop(server, worst);
    }
}

bool server_network(struct server *server, bool up)
{
    bool right = true;

    for (size_t i = 0; i < server->listener_count; i++) {
        struct listener *listener = &server->listeners[i];
        if (listener->listening.address == NULL || up == (listener->fd >= 0)) {
            continue;
        }
        if (up) {
            uint16_t port = 0;
            listener->fd = socket_listen(&listener->listening, &port);
            right = right && listener->fd >= 0;
        } else {
            close(listener->fd);
            listener->fd = -1;
        }
    }
    while (!up && server->peer_count > 0) {
        peer_drop(server, 0);
    }
    return right;
}

static void peer_add(struct server *server, const struct listening *listening, int fd)
{
    struct peer *peer = calloc(1, sizeof *peer);
    int on = 1;

    if (peer == NULL) {
        abort();
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (!stream_open(&peer->stream, fd, listening->tls)) {
        free(peer);
        return;
    }
    peer->protocol = listening->protocol;
    peer->connection.device = listening->device;
    peer->connection.in = buffer_bounded(CONNECTION_INPUT_MAX);
    peer->connection.out = buffer_bounded(OUTPUT_MAX);
    if (listening->protocol->state_size > 0) {
        peer->connection.state = calloc(1, listening->protocol->state_size);
        if (peer->connection.state == NULL) {
            abort();
        }
    }
    peer->phase = PHASE_HANDSHAKE;
    peer->progress_ms = server_now_ms();
    peer->deadline_ms = peer->progress_ms + HANDSHAKE_MS;
    peer->again = true;
    server->peers[server->peer_count++] = peer;
}

static void listener_accept(struct server *server, const struct listener *listener)
{
    for (int i = 0; i < ACCEPTS_A_TURN; i++) {
        int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            if (errno == EMFILE || errno == ENFILE) {
                peer_evict(server);
            }
            return;
        }
        if (server->peer_count == CONNECTIONS_MAX) {
            peer_evict(server);
        }
        peer_add(server, &listener->listening, fd);
    }
}

static void listener_answer(const struct listener *listener)
{
    static char room[DATAGRAM_MAX];

    for (int i = 0; i < ACCEPTS_A_TURN; i++) {
        struct sockaddr_storage from;
        socklen_t from_length = sizeof from;
        ssize_t got =
            recvfrom(listener->fd, room, sizeof room, 0, (struct sockaddr *) &from, &from_length);
        if (got < 0) {
            return;
        }
        struct buffer in = buffer_bounded(DATAGRAM_MAX);
        struct buffer out = buffer_bounded(DATAGRAM_MAX);
        buffer_append(&in, room, (size_t) got);
        listener->listening.protocol->datagram(listener->listening.device, &in, &out);
        if (out.length > 0 && !out.overflowed) {
            /* A datagram that cannot be sent is one that got lost. */
            (void) sendto(listener->fd, out.data, out.length, 0, (struct sockaddr *) &from,
                          from_length);
        }
        buffer_done(&in);
        buffer_done(&out);
    }
}

static void phase_set(struct peer *peer, enum phase phase, int64_t within_ms)
{
    peer->phase = phase;
    peer->progress_ms = server_now_ms();
    peer->deadline_ms = peer->progress_ms + within_ms;
}

/* Reads until the socket has no more or the buffer is full; false when the stream is broken. */
static bool peer_fill(struct peer *peer)
{
    struct buffer *in = &peer->connection.in;

    while (!peer->input_ended && in->length < in->ceiling) {
        size_t got = 0;
        size_t want = in->ceiling - in->length;
        char *room = buffer_room(in, want < 4096 ? want : 4096);
        if (room == NULL) {
            return false;
        }
        enum stream_result result =
            stream_read(&peer->stream, room, want < 4096 ? want : 4096, &got);
        if (result == STREAM_WAIT) {
            return true;
        }
        if (result == STREAM_ENDED) {
            peer->input_ended = true;
            return true;
        }
        in->length += got;
    }
    return true;
}

/* Lets the protocol work; true when it consumed anything. */
static bool peer_work(struct peer *peer)
{
    struct connection *connection = &peer->connection;
    size_t before = connection->in.length;

    if (peer->phase != PHASE_OPEN || before == 0 || connection->out.length > OUTPUT_PAUSE) {
        return false;
    }
    if (peer->protocol->input(connection) == STEP_CLOSE) {
        buffer_consume(&connection->in, connection->in.length);
        phase_set(peer, PHASE_FLUSH, FLUSH_MS);
        return true;
    }
    if (connection->in.length == before) {
        /* A full buffer that the protocol cannot use will never become useful. */
        if (before == connection->in.ceiling) {
            phase_set(peer, PHASE_FLUSH, FLUSH_MS);
        }
        return false;
    }
    phase_set(peer, PHASE_OPEN, peer->protocol->idle_ms);
    return true;
}

/* Sends what is due; false when the stream is broken. */
static bool peer_flush(struct peer *peer)
{
    struct buffer *out = &peer->connection.out;

    while (out->length > 0) {
        size_t sent = 0;
        enum stream_result result = stream_write(&peer->stream, out->data, out->length, &sent);
        if (result == STREAM_WAIT) {
            return true;
        }
        if (result == STREAM_ENDED) {
            return false;
        }
        buffer_consume(out, sent);
    }
    return true;
}

static void peer_open(struct peer *peer)
{
    enum stream_result result = stream_handshake(&peer->stream);

    if (result == STREAM_ENDED) {
        /* The alert that says why is already in the socket; do not let a reset overtake it. */
        stream_finish(&peer->stream);
        phase_set(peer, PHASE_LINGER, LINGER_MS);
    } else if (result == STREAM_MOVED) {
        phase_set(peer, PHASE_OPEN, peer->protocol->idle_ms);
        if (peer->protocol->opened != NULL) {
            peer->protocol->opened(&peer->connection);
        }
    }
}

static bool peer_talk(struct peer *peer)
{
    struct connection *connection = &peer->connection;
    bool worked = true;
    int round = 0;

    while (worked && round++ < ROUNDS_A_TURN) {
        bool paused = connection->out.length > OUTPUT_PAUSE;
        if (peer->phase == PHASE_OPEN && !peer_fill(peer)) {
            return false;
        }
        worked = peer_work(peer);
        if (connection->out.overflowed || !peer_flush(peer)) {
            return false;
        }
        /* Input that had to wait for the output is not announced by the socket again. */
        worked = worked || (paused && connection->out.length <= OUTPUT_PAUSE);
    }
    peer->again = worked;
    if (peer->phase == PHASE_OPEN && peer->input_ended && !worked &&
        connection->out.length <= OUTPUT_PAUSE) {
        phase_set(peer, PHASE_FLUSH, FLUSH_MS);
    }
    if (peer->phase == PHASE_FLUSH && connection->out.length == 0) {
        stream_finish(&peer->stream);
        phase_set(peer, PHASE_LINGER, LINGER_MS);
        peer->again = true;
    }
    return true;
}

/* One turn for one peer; false when it is to be dropped. */
static bool peer_turn(struct peer *peer)
{
    peer->again = false;
    if (peer->phase == PHASE_HANDSHAKE) {
        peer_open(peer);
        if (peer->phase == PHASE_HANDSHAKE) {
            return true;
        }
    }
    if (peer->phase == PHASE_LINGER) {
        enum stream_result result = stream_drain(&peer->stream);
        peer->again = result == STREAM_MOVED;
        return result != STREAM_ENDED;
    }
    return peer_talk(peer);
}

static short peer_events(const struct peer *peer)
{
    const struct connection *connection = &peer->connection;
    bool writes = connection->out.length > 0 || peer->stream.wants_write;
    bool reads = peer->phase != PHASE_FLUSH && !peer->input_ended &&
                 connection->in.length < connection->in.ceiling;

    return (short) ((reads || peer->phase == PHASE_LINGER ? POLLIN : 0) | (writes ? POLLOUT : 0));
}

/* Fills the poll table; returns how long the wait may be, in milliseconds. */
static int table_fill(const struct server *server, struct pollfd *table)
{
    int64_t now_ms = server_now_ms();
    int64_t wait_ms = 60000;

    for (size_t i = 0; i < server->listener_count; i++) {
        table[i] = (struct pollfd){ .fd = server->listeners[i].fd, .events = POLLIN };
    }
    for (size_t i = 0; i < server->peer_count; i++) {
        const struct peer *peer = server->peers[i];
        table[server->listener_count + i] =
            (struct pollfd){ .fd = peer->stream.fd, .events = peer_events(peer) };
        int64_t left_ms = peer->again ? 0 : peer->deadline_ms - now_ms;
        wait_ms = left_ms < wait_ms ? left_ms : wait_ms;
    }
    return wait_ms < 0 ? 0 : (int) wait_ms;
}

static void turn_all(struct server *server, const struct pollfd *table)
{
    int64_t now_ms = server_now_ms();

    /* Backwards, because dropping a peer puts the last one in its place. */
    for (size_t i = server->peer_count; i-- > 0;) {
        struct peer *peer = server->peers[i];
        bool due = table[server->listener_count + i].revents != 0 || peer->again;
        if ((due && !peer_turn(peer)) || (!due && now_ms >= peer->deadline_ms)) {
            peer_drop(server, i);
        }
    }
    for (size_t i = 0; i < server->listener_count; i++) {
        if (table[i].revents == 0) {
            continue;
        }
        if (server->listeners[i].listening.protocol->datagram != NULL) {
            listener_answer(&server->listeners[i]);
        } else {
            listener_accept(server, &server->listeners[i]);
        }
    }
}

bool server_run(struct server *server)
{
    static struct pollfd table[LISTENERS_MAX + CONNECTIONS_MAX];

    while (!told_to_stop && !server->stopped) {
        int wait_ms = table_fill(server, table);
        if (server->tick != NULL) {
            int64_t due_ms = server->tick(server->tick_device);
            wait_ms = due_ms < wait_ms ? (int) due_ms : wait_ms;
            wait_ms = server->stopped ? 0 : wait_ms;
        }
        struct timespec wait = { .tv_sec = wait_ms / 1000,
                                 .tv_nsec = (long) (wait_ms % 1000) * 1000000 };
        int ready =
            ppoll(table, server->listener_count + server->peer_count, &wait, &server->wait_mask);
        if (ready < 0) {
            if (errno == EINTR) {
                continue;
            }
            return complain("poll: %s", strerror(errno));
        }
        turn_all(server, table);
    }
    return true;
}
