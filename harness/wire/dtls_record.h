/* dtls_record.h - from datagrams of DTLS to whole handshake messages, in order (RFC 6347 section
 * 4.2, RFC 9147 section 5).
 *
 * Fragments may come in any order, twice, and overlapping; where they contradict each other the
 * one that came first is believed.  Whole messages go to a struct tls_flight, from which they are
 * read as those of TLS.  Nothing is decrypted: protected records after a hello end the flight.
 * What is no record of DTLS is dropped and counted, as RFC 6347 section 4.1.2.7 has it. */
#pragma once

#include "wire/tls_hello.h"
#include "wire/tls_record.h"

enum { DTLS_FRAGMENTS_MAX = 256, DTLS_HEADERS_LENGTH = 13 + 12, DTLS_COOKIE_MAX = 255 };

struct dtls_fragment {
    size_t at; /* in the store */
    uint32_t total;
    uint32_t offset;
    uint32_t length;
    uint16_t sequence;
    uint8_t type;
};

struct dtls_flight {
    struct tls_flight *messages; /* the caller's */
    struct builder store;        /* over the caller's room */
    struct dtls_fragment fragments[DTLS_FRAGMENTS_MAX];
    size_t fragment_count;
    bool anchored; /* by the first message that a server may send; next counts from there */
    uint16_t next;
    unsigned records; /* well-formed ones */
    unsigned garbled; /* datagrams that hold anything else */
};

struct dtls_flight wire_dtls_flight_start(struct tls_flight *messages, void *room, size_t capacity);

/* Returns whether it brought anything that was not there before. */
bool wire_dtls_flight_datagram(struct dtls_flight *flight, const void *data, size_t length);

/* Another ClientHello was sent: what follows begins with a HelloVerifyRequest or a ServerHello
 * again, of any sequence number. */
void wire_dtls_flight_again(struct dtls_flight *flight);

/* One record with the hello in one fragment; false when it does not fit.  message: 0 for the
 * first, one more for each answer to a request for a cookie.  record: 0, 1, ... in this epoch. */
bool wire_dtls_hello_build(const struct tls_hello *hello, uint16_t message, uint32_t record,
                           struct builder *builder);

/* A fatal alert in clear, by which an unfinished handshake is given up. */
void wire_dtls_alert_build(uint8_t alert, uint32_t record, struct builder *builder);
