/* udp_hello.h - one datagram a protocol that makes its service speak, and what to make of the
 * answer.
 *
 * A hello asks for something harmless: a version, a name, a time.  No hello changes the device.
 * Where the protocol echoes something of the request, it is made of `nonce` and demanded in the
 * answer, so that a stray or forged datagram is not taken for one.
 *
 * Adding a protocol: one file with a struct wire_udp_hello, a line below, a row in udp_hello.c. */
#pragma once

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WIRE_UDP_HELLO_MAX = 1400, /* bytes of a hello: below any path's MTU */
    WIRE_UDP_NONCE_SIZE = 16,
    WIRE_UDP_DETAIL_SIZE = 121, /* with the NUL */
    WIRE_UDP_PORTS_MAX = 2
};

/* What a hello is made of; the same members make the same bytes. */
struct wire_udp_ask {
    uint8_t nonce[WIRE_UDP_NONCE_SIZE];
    const char *host; /* the device's address, as text: some protocols name it */
    uint16_t port;
    uint8_t own_ipv4[4]; /* our address towards the device; zeros over IPv6 */
};

struct wire_udp_hello {
    const char *protocol; /* "snmp" */
    const char *what;     /* which question, where a protocol has several: "v3 discovery" */
    uint16_t ports[WIRE_UDP_PORTS_MAX]; /* its usual ones; 0 where there is none */
    void (*write)(const struct wire_udp_ask *ask, struct builder *builder);

    /* Whether these bytes are this protocol's answer to this ask; takes any bytes.  detail: the
     * evidence in a few printable words, "" when there is none. */
    bool (*read)(const struct wire_udp_ask *ask, const void *data, size_t length,
                 char detail[WIRE_UDP_DETAIL_SIZE]);
};

/* Every hello, the most telling ones first; ended by NULL. */
extern const struct wire_udp_hello *const wire_udp_hellos[];

/* RFC 1035, RFC 6762 */
extern const struct wire_udp_hello wire_dns_hello, wire_mdns_hello;
/* RFC 3416, RFC 3414 */
extern const struct wire_udp_hello wire_snmp_v2c_hello, wire_snmp_v1_hello, wire_snmp_v3_hello;
/* RFC 5905 */
extern const struct wire_udp_hello wire_ntp_hello;
/* RFC 7252 */
extern const struct wire_udp_hello wire_coap_get_hello, wire_coap_ping_hello;
/* RFC 6347, RFC 9147 */
extern const struct wire_udp_hello wire_dtls_hello;
/* RFC 1350 */
extern const struct wire_udp_hello wire_tftp_hello;
/* UPnP Device Architecture 2.0 */
extern const struct wire_udp_hello wire_ssdp_hello;
/* RFC 3261 */
extern const struct wire_udp_hello wire_sip_hello;
/* RFC 7296; the second behind the marker of RFC 3948 */
extern const struct wire_udp_hello wire_ike_hello, wire_ike_nat_hello;
/* RFC 2326 */
extern const struct wire_udp_hello wire_rtsp_udp_hello;
/* ANSI/ASHRAE 135 annex J */
extern const struct wire_udp_hello wire_bacnet_hello;
/* OASIS WS-Discovery 1.1 and its 2005 draft, which ONVIF uses */
extern const struct wire_udp_hello wire_ws_discovery_hello;
/* RFC 2131 */
extern const struct wire_udp_hello wire_dhcp_hello;

/* For the codecs: the nonce's first bytes as a number. */
uint16_t wire_udp_nonce_u16(const struct wire_udp_ask *ask);
uint32_t wire_udp_nonce_u32(const struct wire_udp_ask *ask);

/* The value of a header line of HTTP's form (SSDP, SIP), made printable; false when there is no
 * such line. */
bool wire_udp_header_find(const void *data, size_t length, const char *name, char *room,
                          size_t size);

/* Whether the bytes contain the text. */
bool wire_udp_contains(const void *data, size_t length, const char *text);
