/* identify.h - finds out, for many TCP ports side by side, which protocol each speaks.
 *
 * Each port is visited by one connection at a time: first only listening, then with one
 * hello after another, until an answer settles it.  At most IDENTIFY_CONNECTIONS_MAX
 * connections per port. */
#pragma once

#include "base/status.h"
#include "channel/transcript.h"
#include "wire/ident.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { IDENTIFY_CONNECTIONS_MAX = 6 };

enum identify_end {
    IDENTIFY_PENDING,
    IDENTIFY_KNOWN,
    IDENTIFY_UNKNOWN, /* open, and spoke none of our protocols */
    IDENTIFY_CLOSED,  /* never accepted a connection */
    IDENTIFY_LOST     /* stopped accepting, or the deadline cut in */
};

struct identify_port {
    uint16_t port;
    bool accepted; /* a connection was accepted, here or before the caller came */
    enum identify_end end;
    struct wire_ident ident; /* KNOWN */
    bool said_something;
    char first_words[WIRE_IDENT_DETAIL_SIZE]; /* what came first, printable */
};

struct identify_ask {
    const char *host;  /* numeric */
    unsigned parallel; /* ports at the same time */
    unsigned listen_ms;
    unsigned timeout_ms; /* for the answer to one hello */
    uint64_t seed;
    int64_t deadline_ms;
    struct transcript *transcript;
    void (*progress)(void *context, unsigned done, unsigned total); /* may be NULL */
    void *progress_context;
};

/* Fills in ports[].end and what belongs to it. */
enum status identify_ports(const struct identify_ask *ask, struct identify_port *ports,
                           size_t count, struct error *reterr) MUST_CHECK;
