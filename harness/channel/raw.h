/* raw.h - bytes to one port of the device exactly as they are, well-formed or not: over TCP,
 * inside TLS, or as one datagram.  The answer is for the transcript alone; what matters is how
 * the device took it. */
#pragma once

#include "channel/transcript.h"

#include <stdint.h>

enum raw_way { RAW_TCP, RAW_TLS, RAW_UDP };

enum raw_event {
    RAW_ANSWERED, /* something came back */
    RAW_SILENT,   /* nothing within the wait */
    RAW_CLOSED,   /* the device ended the connection, or said that the port is closed */
    RAW_NOT_SENT  /* no connection, or no handshake, to send it on */
};

const char *raw_event_word(enum raw_event event);

struct raw_ask {
    const char *host; /* numeric */
    uint16_t port;
    enum raw_way way;
    const void *data;
    size_t length;
    unsigned wait_ms; /* for an answer; connecting has the deadline alone */
    int64_t deadline_ms;
};

/* One connection, one message, one answer or none; then the connection is closed. */
enum status raw_exchange(const struct raw_ask *ask, struct transcript *transcript,
                         enum raw_event *ret_event, struct error *reterr) MUST_CHECK;
