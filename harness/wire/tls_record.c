#include "wire/tls_record.h"

struct tls_flight wire_tls_flight_start(void *room, size_t capacity)
{
    return (struct tls_flight){ .messages = builder_over(room, capacity) };
}

/* Judges as much of a header as there is, so that a banner or an HTTP error is
 * recognised without waiting for five bytes. */
static bool tls_header_possible(const uint8_t *at, size_t length)
{
    if (length > 0 && (at[0] < TLS_CONTENT_CHANGE_CIPHER_SPEC || at[0] > 24)) {
        return false;
    }
    if (length > 1 && at[1] != 3) {
        return false;
    }
    return length < TLS_RECORD_HEADER_LENGTH ||
           (size_t) (at[3] << 8 | at[4]) <= TLS_RECORD_LENGTH_MAX;
}

void wire_tls_flight_record(struct tls_flight *flight, uint8_t type, const void *content,
                            size_t length)
{
    const uint8_t *alert = content;

    flight->records++;
    if (type == TLS_CONTENT_HANDSHAKE) {
        builder_put(&flight->messages, content, length);
        if (flight->messages.overflow) {
            flight->end = TLS_FLIGHT_TOO_LONG;
        }
    } else if (type == TLS_CONTENT_ALERT && length == 2) {
        flight->alert_level = alert[0];
        flight->alert = alert[1];
        /* A warning such as unrecognized_name may precede a normal ServerHello
         * (RFC 6066 section 3); close_notify ends all. */
        if (alert[0] != 1 || alert[1] == 0) {
            flight->end = TLS_FLIGHT_ALERT;
        }
    } else if (type == TLS_CONTENT_ALERT) {
        flight->end = TLS_FLIGHT_NOT_TLS;
    } else {
        flight->end = TLS_FLIGHT_ENCRYPTED;
    }
}

void wire_tls_flight_absorb(struct tls_flight *flight, const void *stream, size_t length)
{
    struct reader reader;

    if (length <= flight->stream_used || flight->end != TLS_FLIGHT_OPEN) {
        return;
    }
    reader =
        reader_over((const uint8_t *) stream + flight->stream_used, length - flight->stream_used);
    while (flight->end == TLS_FLIGHT_OPEN && reader_left(&reader) > 0) {
        size_t before = reader_left(&reader);
        const uint8_t *content;
        uint16_t version;
        uint16_t size;
        uint8_t type;

        if (!tls_header_possible(reader.at, before)) {
            flight->end = TLS_FLIGHT_NOT_TLS;
            return;
        }
        type = reader_u8(&reader);
        version = reader_u16(&reader);
        size = reader_u16(&reader);
        content = reader_take(&reader, size);
        if (!reader_ok(&reader)) {
            return;
        }
        flight->record_version = version;
        flight->stream_used += before - reader_left(&reader);
        wire_tls_flight_record(flight, type, content, size);
    }
}

bool wire_tls_flight_message(struct tls_flight *flight, struct tls_message *ret_message)
{
    struct reader reader = reader_over(flight->messages.start + flight->message_at,
                                       flight->messages.length - flight->message_at);
    uint8_t type = reader_u8(&reader);
    uint32_t length = reader_u24(&reader);
    const uint8_t *body = reader_take(&reader, length);

    if (!reader_ok(&reader)) {
        return false;
    }
    *ret_message = (struct tls_message){ .type = type, .body = body, .length = length };
    flight->message_at += 4 + (size_t) length;
    return true;
}
