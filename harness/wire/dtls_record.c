#include "wire/dtls_record.h"

#include <string.h>

enum {
    CONTENT_LAST = 26,          /* ACK (RFC 9147 section 7) */
    CONTENT_CONNECTION_ID = 25, /* RFC 9146 section 4: its header is another one */
    UNIFIED_HEADER_MASK = 0xe0, /* DTLS 1.3, protected (RFC 9147 section 4) */
    UNIFIED_HEADER = 0x20,
    MAJOR = 0xfe
};

struct dtls_flight wire_dtls_flight_start(struct tls_flight *messages, void *room, size_t capacity)
{
    return (struct dtls_flight){ .messages = messages, .store = builder_over(room, capacity) };
}

static bool dtls_is_first(uint8_t type)
{
    return type == TLS_HANDSHAKE_SERVER_HELLO || type == TLS_HANDSHAKE_HELLO_VERIFY_REQUEST;
}

/* A ServerHello rather than the echo of a request that was already answered. */
static void dtls_anchor(struct dtls_flight *flight)
{
    for (size_t i = 0; i < flight->fragment_count; i++) {
        const struct dtls_fragment *fragment = &flight->fragments[i];

        if (dtls_is_first(fragment->type) &&
            (!flight->anchored || fragment->type == TLS_HANDSHAKE_SERVER_HELLO)) {
            flight->anchored = true;
            flight->next = fragment->sequence;
            if (fragment->type == TLS_HANDSHAKE_SERVER_HELLO) {
                return;
            }
        }
    }
}

static const struct dtls_fragment *dtls_find(const struct dtls_flight *flight,
                                             const struct dtls_fragment *like, uint32_t at)
{
    for (size_t i = 0; i < flight->fragment_count; i++) {
        const struct dtls_fragment *fragment = &flight->fragments[i];

        if (fragment->sequence == flight->next &&
            (like == NULL ||
             (fragment->type == like->type && fragment->total == like->total &&
              fragment->offset <= at && at < fragment->offset + fragment->length))) {
            return fragment;
        }
    }
    return NULL;
}

/* Appends the next message if it is whole. */
static bool dtls_assemble(struct dtls_flight *flight)
{
    const struct dtls_fragment *first = dtls_find(flight, NULL, 0);
    struct tls_flight *messages = flight->messages;
    size_t before = messages->messages.length;
    uint32_t at = 0;

    if (first == NULL) {
        return false;
    }
    if (first->total + 4 > messages->messages.capacity - before) {
        messages->end = TLS_FLIGHT_TOO_LONG;
        return false;
    }
    builder_u8(&messages->messages, first->type);
    builder_u24(&messages->messages, first->total);
    while (at < first->total) {
        const struct dtls_fragment *fragment = dtls_find(flight, first, at);

        if (fragment == NULL) {
            messages->messages.length = before;
            return false;
        }
        builder_put(&messages->messages,
                    flight->store.start + fragment->at + (at - fragment->offset),
                    fragment->offset + fragment->length - at);
        at = fragment->offset + fragment->length;
    }
    messages->records++;
    flight->next++;
    return true;
}

static void dtls_assemble_all(struct dtls_flight *flight)
{
    if (!flight->anchored) {
        dtls_anchor(flight);
    }
    while (flight->anchored && flight->messages->end == TLS_FLIGHT_OPEN && dtls_assemble(flight)) {
    }
}

static bool dtls_is_known(const struct dtls_flight *flight, const struct dtls_fragment *other)
{
    if (flight->anchored && other->sequence < flight->next) {
        return true;
    }
    for (size_t i = 0; i < flight->fragment_count; i++) {
        const struct dtls_fragment *fragment = &flight->fragments[i];

        if (fragment->sequence == other->sequence && fragment->offset == other->offset &&
            fragment->length == other->length && fragment->type == other->type) {
            return true;
        }
    }
    return false;
}

/* The fragments in one record; false when they are malformed. */
static bool dtls_fragments(struct dtls_flight *flight, struct reader body, bool *fresh)
{
    while (reader_left(&body) > 0) {
        struct dtls_fragment fragment = { 0 };
        const uint8_t *data;

        fragment.type = reader_u8(&body);
        fragment.total = reader_u24(&body);
        fragment.sequence = reader_u16(&body);
        fragment.offset = reader_u24(&body);
        fragment.length = reader_u24(&body);
        data = reader_take(&body, fragment.length);
        if (!reader_ok(&body) || fragment.offset + fragment.length > fragment.total) {
            return false;
        }
        if ((fragment.length == 0 && fragment.total > 0) || dtls_is_known(flight, &fragment)) {
            continue;
        }
        fragment.at = flight->store.length;
        builder_put(&flight->store, data, fragment.length);
        if (flight->store.overflow || flight->fragment_count == DTLS_FRAGMENTS_MAX) {
            flight->messages->end = TLS_FLIGHT_TOO_LONG;
            return true;
        }
        flight->fragments[flight->fragment_count++] = fragment;
        *fresh = true;
    }
    return true;
}

/* One record in clear or its header; false when it is malformed. */
static bool dtls_content(struct dtls_flight *flight, uint8_t type, bool in_clear,
                         struct reader body, bool *fresh)
{
    if (type == TLS_CONTENT_HANDSHAKE && in_clear) {
        if (!dtls_fragments(flight, body, fresh)) {
            return false;
        }
        dtls_assemble_all(flight);
    } else if (type == TLS_CONTENT_ALERT && in_clear) {
        if (reader_left(&body) != 2) {
            return false;
        }
        wire_tls_flight_record(flight->messages, type, body.at, 2);
        *fresh = true;
    } else if (type != CONTENT_LAST && flight->anchored) {
        flight->messages->end = TLS_FLIGHT_ENCRYPTED;
        *fresh = true;
    }
    flight->records++;
    return true;
}

/* *ret_more: another record may follow in this datagram. */
static bool dtls_record(struct dtls_flight *flight, struct reader *reader, bool *fresh,
                        bool *ret_more)
{
    uint8_t type = *reader->at;
    uint16_t version;
    uint16_t epoch;
    struct reader body;

    *ret_more = false;
    if ((type & UNIFIED_HEADER_MASK) == UNIFIED_HEADER || type == CONTENT_CONNECTION_ID) {
        return flight->anchored && dtls_content(flight, TLS_CONTENT_APPLICATION_DATA, false,
                                                reader_over(NULL, 0), fresh);
    }
    (void) reader_u8(reader);
    version = reader_u16(reader);
    epoch = reader_u16(reader);
    (void) reader_take(reader, 6);
    body = reader_sub(reader, reader_u16(reader));
    if (!reader_ok(reader) || type < TLS_CONTENT_CHANGE_CIPHER_SPEC || type > CONTENT_LAST ||
        version >> 8 != MAJOR || reader_left(&body) > TLS_RECORD_LENGTH_MAX) {
        return false;
    }
    flight->messages->record_version = version;
    *ret_more = true;
    return dtls_content(flight, type, epoch == 0, body, fresh);
}

bool wire_dtls_flight_datagram(struct dtls_flight *flight, const void *data, size_t length)
{
    struct reader reader = reader_over(data, length);
    bool fresh = false;
    bool more = true;

    while (more && reader_left(&reader) > 0 && flight->messages->end == TLS_FLIGHT_OPEN) {
        if (!dtls_record(flight, &reader, &fresh, &more)) {
            flight->garbled++;
            break;
        }
    }
    if (length == 0) {
        flight->garbled++;
    }
    return fresh;
}

void wire_dtls_flight_again(struct dtls_flight *flight)
{
    size_t kept = 0;

    for (size_t i = 0; i < flight->fragment_count; i++) {
        if (flight->fragments[i].type != TLS_HANDSHAKE_HELLO_VERIFY_REQUEST) {
            flight->fragments[kept++] = flight->fragments[i];
        }
    }
    flight->fragment_count = kept;
    flight->anchored = false;
    dtls_assemble_all(flight);
}

static void dtls_header(uint8_t type, uint32_t record, struct builder *builder)
{
    builder_u8(builder, type);
    /* RFC 6347 section 4.2.1: so that a version is not settled before the hello was read. */
    builder_u16(builder, DTLS_VERSION_10);
    builder_u16(builder, 0);
    builder_u16(builder, 0);
    builder_u32(builder, record);
}

bool wire_dtls_hello_build(const struct tls_hello *hello, uint16_t message, uint32_t record,
                           struct builder *builder)
{
    uint8_t room[TLS_HELLO_LENGTH_MAX];
    struct builder body = builder_over(room, sizeof room);
    size_t place;

    wire_tls_hello_body(hello, &body);
    dtls_header(TLS_CONTENT_HANDSHAKE, record, builder);
    place = builder_open(builder, 2);
    builder_u8(builder, TLS_HANDSHAKE_CLIENT_HELLO);
    builder_u24(builder, (uint32_t) body.length);
    builder_u16(builder, message);
    builder_u24(builder, 0);
    builder_u24(builder, (uint32_t) body.length);
    builder_put(builder, body.start, body.length);
    builder_close(builder, place, 2);
    return !body.overflow && !builder->overflow;
}

void wire_dtls_alert_build(uint8_t alert, uint32_t record, struct builder *builder)
{
    dtls_header(TLS_CONTENT_ALERT, record, builder);
    builder_u16(builder, 2);
    builder_u8(builder, 2);
    builder_u8(builder, alert);
}
