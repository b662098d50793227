/* udp.h - datagrams to one port of the device, and what comes back: an answer, word from the
 * device that nobody listens there, or word from the network that it cannot be reached.
 *
 * The socket is not connected, because some answers come from another port of the device (RFC 1350
 * section 4); the kernel hands over ICMP errors all the same (ip(7), IP_RECVERR), with who sent
 * them.  Datagrams of anybody but the device are dropped.  No privilege is needed. */
#pragma once

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum udp_event {
    UDP_NOTHING,    /* nothing more for now */
    UDP_ANSWER,     /* a datagram from the device */
    UDP_CLOSED,     /* ICMP port unreachable, from the device itself */
    UDP_UNREACHABLE /* any other ICMP unreachable, one of somebody on the way, or no route */
};

enum { UDP_DATAGRAM_MAX = 65535 };

struct udp {
    int fd;             /* -1 when closed */
    uint16_t own_port;  /* where answers come to; never the port that is asked */
    uint16_t from_port; /* the last answer's */
    struct sockaddr_storage device;
    socklen_t device_length;
};

/* host is numeric (IPv4 or IPv6).  Does not block and sends nothing.  Close with DEFER(udp_done).
 * LIMIT: we have run out of descriptors, which says nothing about the device; BAD_INPUT; IO. */
enum status udp_open(struct udp *udp, const char *host, uint16_t port,
                     struct error *reterr) MUST_CHECK;
void udp_done(struct udp *udp);

/* NOTHING when it is on its way, UNREACHABLE when it cannot be.  LIMIT: our own buffers are full;
 * try again later. */
enum status udp_send(struct udp *udp, const void *data, size_t length, enum udp_event *ret_event,
                     struct error *reterr) MUST_CHECK;

/* The same to the port that the last answer came from. */
enum status udp_send_back(struct udp *udp, const void *data, size_t length,
                          enum udp_event *ret_event, struct error *reterr) MUST_CHECK;

/* The same to everybody of an IPv4 group that the device may belong to, by the interface towards it
 * and no further (TTL 1).  Answers of others are dropped as ever.  UNREACHABLE over IPv6. */
enum status udp_send_group(struct udp *udp, const char *group, uint16_t port, const void *data,
                           size_t length, enum udp_event *ret_event,
                           struct error *reterr) MUST_CHECK;

/* The next thing that has come, without waiting; room for UDP_DATAGRAM_MAX bytes takes any. */
enum status udp_take(struct udp *udp, void *room, size_t size, size_t *ret_length,
                     enum udp_event *ret_event, struct error *reterr) MUST_CHECK;

/* The address that we have towards the device; zeros when it is no IPv4 address. */
void udp_own_ipv4(const struct udp *udp, uint8_t ret_address[4]);

/* Whether the device is this machine: our own sockets are among its open ports then. */
bool udp_is_ourselves(const struct udp *udp);
