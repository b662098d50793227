/* tcp.h - a TCP connection to the device, with deadlines and a transcript.
 *
 * What the device does is a tcp_event, not a status: only our own faults (no socket,
 * no memory) are a status. */
#pragma once

#include "base/bytes.h"
#include "channel/transcript.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

enum tcp_event {
    TCP_OK,      /* connected, sent, or some bytes came */
    TCP_REFUSED, /* a reset in answer to the connection request */
    TCP_TIMEOUT, /* nothing until the deadline */
    TCP_CLOSED,  /* the device closed in good order */
    TCP_RESET,   /* the device tore the connection down, after it had accepted it */
    TCP_NO_ROUTE /* the network says the host cannot be reached */
};

const char *tcp_event_word(enum tcp_event event); /* "ok", "refused", ... */

struct tcp {
    int fd; /* -1 when closed */
    unsigned connection;
    struct transcript *transcript;
};

/* host is numeric (IPv4 or IPv6).  Close with DEFER(tcp_done). */
enum status tcp_open(struct tcp *tcp, const char *host, uint16_t port, int64_t deadline_ms,
                     struct transcript *transcript, enum tcp_event *ret_event,
                     struct error *reterr) MUST_CHECK;
void tcp_done(struct tcp *tcp);

enum status tcp_send(struct tcp *tcp, const void *data, size_t length, int64_t deadline_ms,
                     enum tcp_event *ret_event, struct error *reterr) MUST_CHECK;

/* The same, but the transcript only learns that `what` was sent, and how long it was. */
enum status tcp_send_secret(struct tcp *tcp, const void *data, size_t length, const char *what,
                            int64_t deadline_ms, enum tcp_event *ret_event,
                            struct error *reterr) MUST_CHECK;

/* Appends what comes next (at least one byte for TCP_OK); LIMIT when into is full. */
enum status tcp_receive(struct tcp *tcp, struct bytes *into, int64_t deadline_ms,
                        enum tcp_event *ret_event, struct error *reterr) MUST_CHECK;

/* What an errno of a connection, or of the attempt at one, says about the device; false
 * when it speaks of us. */
bool tcp_event_from_errno(int code, enum tcp_event *ret_event);

/* A numeric IPv4 or IPv6 address, with a zone where it needs one; BAD_INPUT otherwise. */
enum status tcp_address(const char *host, uint16_t port, struct sockaddr_storage *ret_address,
                        socklen_t *ret_length, struct error *reterr) MUST_CHECK;

/* A non-blocking socket whose connection attempt has begun, for callers that poll
 * many at once; -1 with *ret_event set if it ended at once.  LIMIT: we have run out of
 * local ports or descriptors for now, which says nothing about the device; IO. */
enum status tcp_begin(const char *host, uint16_t port, int *ret_fd, enum tcp_event *ret_event,
                      struct error *reterr) MUST_CHECK;

/* The same towards what tcp_address made. */
enum status tcp_begin_at(const struct sockaddr_storage *address, socklen_t length, int *ret_fd,
                         enum tcp_event *ret_event, struct error *reterr) MUST_CHECK;

/* After poll says the socket is ready: how the attempt ended.  TCP_RESET: accepted, then
 * torn down.  A socket that met itself (a port of our own ephemeral range) is REFUSED. */
enum tcp_event tcp_begun_result(int fd);
