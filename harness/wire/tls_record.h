/* tls_record.h - from the bytes of a TLS stream to whole handshake messages.
 *
 * The caller keeps the stream and gives all of it again each time more has come; the
 * flight remembers how far it has read.  Handshake messages may span records and a
 * record may hold several (RFC 8446 section 5.1), so their bytes are gathered in room
 * that the caller owns.  Nothing is decrypted: the first record that is neither an
 * alert nor a handshake ends the flight. */
#pragma once

#include "base/bytes.h"
#include "wire/tls_names.h"

enum {
    TLS_RECORD_HEADER_LENGTH = 5,
    /* RFC 5246 section 6.2.3 allows 2^14 + 2048; nothing larger is believed. */
    TLS_RECORD_LENGTH_MAX = (1 << 14) + 2048
};

enum tls_flight_end {
    TLS_FLIGHT_OPEN,      /* more may come */
    TLS_FLIGHT_ALERT,     /* an alert; see alert_level, alert */
    TLS_FLIGHT_ENCRYPTED, /* change_cipher_spec or application data follows */
    TLS_FLIGHT_NOT_TLS,   /* these bytes are no TLS record */
    TLS_FLIGHT_TOO_LONG   /* more handshake bytes than there is room for */
};

struct tls_flight {
    struct builder messages;
    size_t stream_used;
    size_t message_at;
    enum tls_flight_end end;
    unsigned records; /* well-formed ones */
    uint16_t record_version;
    uint8_t alert_level;
    uint8_t alert;
};

/* body lies in the flight's room. */
struct tls_message {
    uint8_t type;
    const uint8_t *body;
    size_t length;
};

struct tls_flight wire_tls_flight_start(void *room, size_t capacity);
void wire_tls_flight_absorb(struct tls_flight *flight, const void *stream, size_t length);

/* One record that stands by itself, as in a datagram; handshake records: whole messages with the
 * header of TLS. */
void wire_tls_flight_record(struct tls_flight *flight, uint8_t type, const void *content,
                            size_t length);

/* The next whole handshake message; false while there is none. */
bool wire_tls_flight_message(struct tls_flight *flight, struct tls_message *ret_message);
