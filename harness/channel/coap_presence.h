/* coap_presence.h - whether a DTLS or CoAP server is on a port at all: one hello of our own (RFC
 * 6347 section 4.2.1) or one ping (RFC 7252 section 4.3), and who says that nobody is.  Servers
 * drop in silence what they cannot decrypt, and some also a hello that offers nothing they want. */
#pragma once

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

enum coap_presence {
    COAP_PRESENCE_SILENT, /* also when the device cannot be reached */
    COAP_PRESENCE_THERE,
    COAP_PRESENCE_CLOSED /* the device itself says so by ICMP */
};

enum status coap_presence_ask(const char *host, uint16_t port, bool dtls, int64_t deadline_ms,
                              enum coap_presence *ret_presence, struct error *reterr) MUST_CHECK;
