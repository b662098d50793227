#include "wire/dtls_server_flight.h"

#include <string.h>

enum {
    FRAGMENT_MAX = DTLS_DATAGRAM_ROOM - 13 - 12,
    MAJOR = 0xfe,
    HANDSHAKE_CLIENT_KEY_EXCHANGE = 16,
    ALERT_FATAL = 2
};

void wire_dtls_speech_load(struct dtls_speech *speech, const void *records, size_t length,
                           void *room, size_t capacity)
{
    speech->flight = wire_tls_flight_start(room, capacity);
    speech->now = (struct tls_message){ 0 };
    wire_tls_flight_absorb(&speech->flight, records, length);
}

static void fragment_put(struct dtls_speech *speech, size_t length, struct builder *datagram)
{
    const uint8_t *body = speech->now.body + speech->said;

    if (speech->now.type == TLS_HANDSHAKE_SERVER_HELLO && speech->said == 0 && length > 2) {
        builder_u16(datagram, speech->version);
        body += 2;
        length -= 2;
    }
    builder_put(datagram, body, length);
}

bool wire_dtls_speech_next(struct dtls_speech *speech, struct builder *datagram)
{
    size_t length;
    size_t place;

    if (speech->now.body == NULL && !wire_tls_flight_message(&speech->flight, &speech->now)) {
        return false;
    }
    length = speech->now.length - speech->said;
    length = length < FRAGMENT_MAX ? length : FRAGMENT_MAX;
    builder_u8(datagram, TLS_CONTENT_HANDSHAKE);
    builder_u16(datagram, speech->version);
    builder_u32(datagram, 0); /* the epoch, and the beginning of the record's number */
    builder_u32(datagram, speech->record++);
    place = builder_open(datagram, 2);
    builder_u8(datagram, speech->now.type);
    builder_u24(datagram, (uint32_t) speech->now.length);
    builder_u16(datagram, speech->message);
    builder_u24(datagram, (uint32_t) speech->said);
    builder_u24(datagram, (uint32_t) length);
    fragment_put(speech, length, datagram);
    builder_close(datagram, place, 2);
    speech->said += length;
    if (speech->said == speech->now.length) {
        speech->now = (struct tls_message){ 0 };
        speech->said = 0;
        speech->message++;
    }
    return true;
}

/* The next record in clear of a datagram; false when there is none that can be read. */
static bool record_read(struct reader *reader, uint8_t *ret_type, struct reader *ret_body)
{
    while (reader_left(reader) > 0) {
        uint16_t version;
        uint16_t epoch;

        *ret_type = reader_u8(reader);
        version = reader_u16(reader);
        epoch = reader_u16(reader);
        (void) reader_take(reader, 6);
        *ret_body = reader_sub(reader, reader_u16(reader));
        if (!reader_ok(reader) || version >> 8 != MAJOR) {
            return false;
        }
        if (epoch == 0) {
            return true;
        }
    }
    return false;
}

bool wire_dtls_is_hello(const void *datagram, size_t length, uint16_t *ret_sequence)
{
    struct reader reader = reader_over(datagram, length);
    struct reader body;
    uint8_t type = 0;

    if (!record_read(&reader, &type, &body) || type != TLS_CONTENT_HANDSHAKE ||
        reader_u8(&body) != TLS_HANDSHAKE_CLIENT_HELLO) {
        return false;
    }
    (void) reader_u24(&body);
    *ret_sequence = reader_u16(&body);
    return reader_ok(&body);
}

struct dtls_word wire_dtls_word(const void *datagram, size_t length)
{
    struct reader reader = reader_over(datagram, length);
    struct dtls_word word = { .alert = -1 };
    struct reader body;
    uint8_t type = 0;

    while (record_read(&reader, &type, &body)) {
        uint8_t first = reader_u8(&body);
        uint8_t second = reader_u8(&body);

        if (type == TLS_CONTENT_HANDSHAKE) {
            word.key = word.key || (reader_ok(&body) && first == HANDSHAKE_CLIENT_KEY_EXCHANGE);
        } else if (type == TLS_CONTENT_ALERT && reader_ok(&body) && first == ALERT_FATAL) {
            word.alert = second;
        }
    }
    return word;
}
