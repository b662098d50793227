/* udp_sweep.h - which UDP ports of a host answer, and in which protocol.
 *
 * UDP has no handshake: a port is open when it answers, closed when the device itself says so by
 * ICMP port unreachable, and silent otherwise: open to something that we do not speak, or
 * filtered.  Silence is never taken for absence.  Systems limit how many ICMP errors they send
 * (RFC 1812 section 4.3.2.8; Linux: one a second after the first six), so silent ports are asked
 * again slowly at the end, and ports of no use are asked as controls: do closed ports answer? */
#pragma once

#include "channel/transcript.h"
#include "wire/udp_hello.h"

enum { UDP_PORT_COUNT = 65536, UDP_IN_FLIGHT = 128 };

enum udp_port_state {
    UDP_PORT_NOT_ASKED,
    UDP_PORT_OPEN,       /* something came back from it */
    UDP_PORT_CLOSED,     /* the device said so */
    UDP_PORT_SILENT,     /* nothing, again and again: open or filtered */
    UDP_PORT_UNREACHABLE /* another ICMP error, one of somebody on the way, or no route */
};

enum udp_port_wish {
    UDP_WISH_NONE,
    UDP_WISH_USUAL, /* the protocols that usually live there */
    UDP_WISH_EVERY, /* every protocol */
    UDP_WISH_CONTROL
};

struct udp_port {
    uint8_t wish;                       /* enum udp_port_wish, set by the caller */
    uint8_t state;                      /* enum udp_port_state */
    const struct wire_udp_hello *hello; /* what it was identified by, or NULL */
    char *says;                         /* of an open port: the evidence, printable; owned */
    unsigned amplification_percent;     /* of an open port: bytes of its answer a byte asked */
};

struct udp_sweep_ask {
    const char *host; /* numeric */
    uint64_t seed;    /* every nonce comes from it */
    unsigned datagrams_per_second;
    unsigned timeout_ms;  /* wait for the answer to the last hello of a port */
    unsigned retries;     /* of every hello, for a port that stays silent */
    unsigned patience_ms; /* for asking silent ports again slowly, at most */
    int64_t deadline_ms;
    struct transcript *transcript; /* what open ports were asked and said */
    void (*progress)(void *context, unsigned done, unsigned total); /* may be NULL */
    void *progress_context;
};

struct udp_sweep {
    struct udp_port port[UDP_PORT_COUNT];
    unsigned counts[UDP_PORT_UNREACHABLE + 1]; /* by state, controls left out unless open */
    unsigned asked;                            /* ports, controls left out unless open */
    unsigned controls_closed;
    unsigned datagrams;
    bool complete; /* every port has a state; no deadline cut in */
};

/* sweep->port[].wish says which; everything else is filled in.  End with udp_sweep_done. */
enum status udp_sweep_run(const struct udp_sweep_ask *ask, struct udp_sweep *sweep,
                          struct error *reterr) MUST_CHECK;
void udp_sweep_done(struct udp_sweep *sweep);
