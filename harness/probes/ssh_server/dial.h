/* dial.h - the way to the server: over TCP, or to one that a test invents. */
#pragma once

#include "channel/tcp.h"

/* One connection at a time. */
struct dialer {
    void *context;
    /* *ret_event: TCP_OK, or why there is no connection. */
    enum status (*open)(void *context, enum tcp_event *ret_event, struct error *reterr);
    /* wait_ms: no longer than so; 0: the connection's own deadline. */
    enum status (*receive)(void *context, struct bytes *into, unsigned wait_ms,
                           enum tcp_event *ret_event, struct error *reterr);
    enum status (*send)(void *context, const void *data, size_t length, enum tcp_event *ret_event,
                        struct error *reterr);
    void (*close)(void *context);
};

struct network {
    const char *host;
    uint16_t port;
    long long timeout_ms; /* of one connection, all of it */
    int64_t deadline_ms;  /* of all of them */
    unsigned per_second;  /* 0: unlimited */
    struct transcript *transcript;
    struct tcp tcp;
    int64_t until_ms;
    int64_t began_ms; /* of the connection before; 0: none */
};

struct network ssh_server_network(const char *host, uint16_t port, struct transcript *transcript);
struct dialer ssh_server_dialer(struct network *network);
