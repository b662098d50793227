/* client_talk.h - what a client's first bytes are, in words that hold no secret: of HTTP the method
 * and the path without query, of MQTT the kind of packet.  Any bytes are accepted. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { CLIENT_TALK_SIZE = 128 };

/* "http GET /path", "http/2", "mqtt CONNECT", "mqtt", "tls" or "other"; "" without bytes. */
void wire_client_talk(const void *data, size_t length, char room[CLIENT_TALK_SIZE]);

/* As far as the bytes go, they could begin a TLS record (RFC 8446 section 5.1) or an SSL 2.0
 * CLIENT-HELLO (RFC 5246 appendix E.2). */
bool wire_client_talk_is_tls(const void *data, size_t length);

/* The same of datagrams: "coap GET", "coap POST", ... for a request of CoAP (RFC 7252 section 3),
 * "coap" for another message of it without a response, else as above. */
void wire_client_talk_datagram(const void *data, size_t length, char room[CLIENT_TALK_SIZE]);

/* The datagram could begin with a record of DTLS (RFC 6347 section 4.1). */
bool wire_client_talk_is_dtls(const void *data, size_t length);
