/* tcp_scan.h - which TCP ports of a host accept connections.
 *
 * Unprivileged: a full connection attempt per port, many at a time, torn down by a
 * reset as soon as it succeeded.  Silence is asked again with a longer time-out
 * (RFC 6298) and answers that came only then shrink the number in flight, so that a
 * slow device is not taken for a firewalled one.  Running out of our own descriptors
 * or local ports only slows the scan. */
#pragma once

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

enum { TCP_PORT_COUNT = 65536, TCP_IN_FLIGHT_MAX = 1000 };

enum tcp_port_state {
    TCP_PORT_NOT_ASKED,
    TCP_PORT_PENDING, /* asked, and nothing known yet */
    TCP_PORT_OPEN,
    TCP_PORT_CLOSED,     /* refused: a reset, or a firewall's ICMP port unreachable, which
                            the kernel reports alike */
    TCP_PORT_FILTERED,   /* silence, again and again */
    TCP_PORT_UNREACHABLE /* any other ICMP unreachable, or no route */
};

struct tcp_port_set {
    bool wanted[TCP_PORT_COUNT];
    unsigned count;
};

/* "all", or numbers and ranges such as "22,80,8000-8100"; BAD_INPUT otherwise. */
enum status tcp_port_set_read(const char *text, struct tcp_port_set *ret_set,
                              struct error *reterr) MUST_CHECK;

struct tcp_scan_ask {
    const char *host; /* numeric */
    const struct tcp_port_set *ports;
    uint16_t first;                  /* asked before the others when wanted; 0: none */
    unsigned in_flight;              /* 1..TCP_IN_FLIGHT_MAX; fewer when descriptors are few */
    unsigned connections_per_second; /* 0: bounded by in_flight alone */
    unsigned timeout_ms;             /* longest wait for one answer */
    unsigned retries;                /* for silent ports */
    int64_t deadline_ms;
    void (*progress)(void *context, unsigned done, unsigned total); /* may be NULL */
    void *progress_context;
};

struct tcp_scan_result {
    uint8_t state[TCP_PORT_COUNT]; /* enum tcp_port_state */
    unsigned open;
    unsigned closed;
    unsigned filtered;
    unsigned unreachable;
    unsigned retries;    /* attempts beyond the first of a port */
    unsigned attempts;   /* connection attempts in all */
    unsigned backed_off; /* times that our own resources ran out */
    unsigned rtt_us;     /* smoothed; 0 when nothing answered */
    bool complete;       /* every wanted port has an answer class */
};

/* At the deadline the result is what is known by then, with complete false.  IO: the
 * operating system refuses to let us scan at all. */
enum status tcp_scan(const struct tcp_scan_ask *ask, struct tcp_scan_result *ret_result,
                     struct error *reterr) MUST_CHECK;
