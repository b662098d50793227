/* dtls_server_flight.h - the server's side of DTLS 1.0 and 1.2 by hand (RFC 6347 section 4): the
 * messages of tls_server_flight.h in datagrams, and what a client says before it encrypts. */
#pragma once

#include "wire/tls_record.h"

enum { DTLS_DATAGRAM_ROOM = 1280 };

/* A flight on its way, one fragment in a datagram. */
struct dtls_speech {
    uint16_t version; /* DTLS_VERSION_10 or _12 */
    uint16_t message; /* sequence number of the next, or of the one under way */
    uint32_t record;
    struct tls_flight flight;
    struct tls_message now; /* NULL body: none under way */
    size_t said;            /* bytes of it */
};

/* Begins with messages that stand in TLS records; what was said before is counted on from.  room
 * keeps the messages until all is said. */
void wire_dtls_speech_load(struct dtls_speech *speech, const void *records, size_t length,
                           void *room, size_t capacity);

/* The next datagram; false when all is said.  The version in a ServerHello becomes that of DTLS. */
bool wire_dtls_speech_next(struct dtls_speech *speech, struct builder *datagram);

/* Whether a datagram begins with a fragment of a ClientHello; its sequence number. */
bool wire_dtls_is_hello(const void *datagram, size_t length, uint16_t *ret_sequence);

struct dtls_word {
    bool key;  /* the client's part of the key exchange */
    int alert; /* fatal; -1: none */
};

/* What a client says in clear in one datagram; a hello that comes again says nothing. */
struct dtls_word wire_dtls_word(const void *datagram, size_t length);
