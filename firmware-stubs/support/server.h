/* server.h - every socket of a device, in one poll loop.
 *
 * One process, no threads: state needs no locks, and a scan of a thousand connections a second
 * costs no thread a connection.  A protocol sees bytes in and writes bytes out; sockets, TLS,
 * time-outs and the ceiling on connections are handled here. */
#pragma once

#include "support/buffer.h"
#include "support/stream.h"

#include <stdbool.h>
#include <stdint.h>

struct server;
struct connection;

enum { CONNECTION_INPUT_MAX = 16 * 1024 };

enum next_step { STEP_GO_ON, STEP_CLOSE };

/* How one service talks. */
struct protocol {
    const char *name;

    /* A connection with nothing consumed for so long is closed. */
    int64_t idle_ms;

    /* Bytes of state, zeroed, for each connection; freed with it. */
    size_t state_size;

    /* Called once when the connection (and its TLS) stands; may be NULL. */
    void (*opened)(struct connection *connection);

    /* Called whenever there is input.  Consumes what it understands from connection->in and
     * appends the answer to connection->out.  STEP_CLOSE: close once the answer is out. */
    enum next_step (*input)(struct connection *connection);

    /* Not NULL: the service is UDP and this is all it has.  Called for each datagram; what it
     * appends to out is the answer, one datagram; nothing appended is no answer. */
    void (*datagram)(void *device, const struct buffer *in, struct buffer *out);
};

struct connection {
    struct buffer in; /* a protocol that lets somebody send more raises its ceiling */
    struct buffer out;
    void *device; /* what the listener was opened with */
    void *state;
};

struct listening {
    const struct protocol *protocol;
    void *device;
    SSL_CTX *tls; /* NULL: in clear; borrowed */
    const char *address;
    uint16_t port; /* 0: the kernel chooses */
};

struct server *server_new(void);
void server_free(struct server *server);

/* False after saying why. */
bool server_listen(struct server *server, const struct listening *listening, uint16_t *ret_port);

/* A bound socket, or one that also listens; -1 after saying why. */
int socket_bind(const struct listening *listening, uint16_t *ret_port);
int socket_listen(const struct listening *listening, uint16_t *ret_port);

/* Takes `fd` over, a socket of messages that stays open when the network is down. */
bool server_adopt(struct server *server, int fd, const struct protocol *protocol, void *device);

/* Down: closes every socket of the network at once.  Up: opens the same ports again; false after
 * saying which it cannot have. */
bool server_network(struct server *server, bool up);

/* What the device does by itself: called at every turn, gives how long the next may wait. */
typedef int64_t (*server_tick)(void *device);
void server_ticks(struct server *server, server_tick tick, void *device);

/* server_run ends after this turn. */
void server_stop(struct server *server);

/* Serves until SIGTERM or SIGINT.  server_signals must have been called before the first byte of
 * "ready" goes out, so that a signal right after it is not lost. */
bool server_signals(struct server *server);
bool server_run(struct server *server);

/* Milliseconds of a clock that only goes forward. */
int64_t server_now_ms(void);
