/* heartbeat.h - is a service there, and does it still speak its protocol?
 *
 * One harmless, well-formed question in the protocol; only an answer in that protocol counts.
 * Used for liveness of UDP services, and between malformed messages. */
#pragma once

#include "channel/transcript.h"

#include <stdbool.h>
#include <stdint.h>

struct heartbeat_ask {
    const char *host; /* numeric */
    uint16_t port;
    bool udp;
    const char *protocol;    /* as profiles name it: "https", "mqtt", "coaps", ... */
    const char *server_name; /* for TLS; NULL: none */
    uint64_t seed;           /* makes the bytes that have to differ between two asks */
    int64_t deadline_ms;
};

struct heartbeat_answer {
    bool alive;
    char detail[96]; /* "answered", "refused", "no answer", ... */
};

/* Whether a question is known that a service of this protocol answers. */
bool heartbeat_knows(const char *protocol, bool udp);

/* UNSUPPORTED when heartbeat_knows does not; otherwise what the device does is in *ret_answer. */
enum status heartbeat_ask(const struct heartbeat_ask *ask, struct transcript *transcript,
                          struct heartbeat_answer *ret_answer, struct error *reterr) MUST_CHECK;
