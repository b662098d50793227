/* tls_setup.h - what the probes of TLS and DTLS servers have in common before and after their
 * survey. */
#pragma once

#include "probe/probe.h"
#include "probe/tls_survey.h"

/* The parameter server_name as SNI may carry it (RFC 6066 section 3): NULL for an address. */
const char *tls_server_setup_name(const struct probe_call *call);

/* The device's limits; NULL when run by hand. */
const struct limits *tls_server_setup_limits(const struct probe_call *call);

/* When to stop asking, so that there is time left to report. */
int64_t tls_server_setup_ends_ms(const struct probe_call *call);

enum { PEER_TEXT = 128 };

/* "192.0.2.1:443/tcp", "[2001:db8::1]:443/udp". */
void tls_server_setup_peer(const char *host, uint16_t port, const char *transport,
                           char room[PEER_TEXT]);

/* Runs with a survey of its own, and frees it. */
enum status tls_server_setup_run(struct probe_call *call,
                                 enum status (*run)(struct probe_call *call, struct survey *survey,
                                                    struct error *reterr),
                                 struct error *reterr) MUST_CHECK;
