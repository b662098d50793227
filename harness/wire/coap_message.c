/* RFC 7252 section 3: a confirmable GET of /.well-known/core (RFC 6690 section 4), and a ping: an
 * empty confirmable message, answered by a reset (section 4.3). */
#include "wire/udp_hello.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

enum {
    VERSION_MASK = 0xc0,
    VERSION_1 = 0x40,
    TYPE_MASK = 0x30,
    TYPE_CONFIRMABLE = 0x00,
    TYPE_ACKNOWLEDGEMENT = 0x20,
    TYPE_RESET = 0x30,
    TOKEN_LENGTH_MASK = 0x0f,
    TOKEN_SIZE = 4,
    TOKEN_AT = 4, /* in the nonce */
    CODE_EMPTY = 0,
    CODE_GET = 1,
    CODE_RESPONSE_MIN = 2 << 5,
    CODE_RESPONSE_END = 6 << 5,
    OPTION_URI_PATH = 11,
    PAYLOAD_MARKER = 0xff,
    NIBBLE_ONE_MORE = 13,
    NIBBLE_TWO_MORE = 14
};

static void get_write(const struct wire_udp_ask *ask, struct builder *builder)
{
    static const char first[] = ".well-known";
    static const char second[] = "core";

    builder_u8(builder, VERSION_1 | TYPE_CONFIRMABLE | TOKEN_SIZE);
    builder_u8(builder, CODE_GET);
    builder_u16(builder, wire_udp_nonce_u16(ask));
    builder_put(builder, ask->nonce + TOKEN_AT, TOKEN_SIZE);
    builder_u8(builder, OPTION_URI_PATH << 4 | (sizeof first - 1));
    builder_put(builder, first, sizeof first - 1);
    builder_u8(builder, sizeof second - 1); /* the same option again: delta 0 */
    builder_put(builder, second, sizeof second - 1);
}

static void ping_write(const struct wire_udp_ask *ask, struct builder *builder)
{
    builder_u8(builder, VERSION_1 | TYPE_CONFIRMABLE);
    builder_u8(builder, CODE_EMPTY);
    builder_u16(builder, wire_udp_nonce_u16(ask));
}

/* Section 3.1: delta and length of an option in 4 bits each, or 13 or 14 and more bytes. */
static size_t extended(struct reader *reader, unsigned nibble)
{
    if (nibble == NIBBLE_ONE_MORE) {
        return reader_u8(reader) + (size_t) 13;
    }
    if (nibble == NIBBLE_TWO_MORE) {
        return reader_u16(reader) + (size_t) 269;
    }
    reader->short_read = reader->short_read || nibble > NIBBLE_TWO_MORE;
    return nibble;
}

/* Moves to the payload, or to the end; false when the options are malformed. */
static bool options_skip(struct reader *reader)
{
    while (reader_left(reader) > 0) {
        uint8_t head = reader_u8(reader);
        size_t length;

        if (head == PAYLOAD_MARKER) {
            return reader_left(reader) > 0;
        }
        (void) extended(reader, head >> 4);
        length = extended(reader, head & 0x0f);
        (void) reader_take(reader, length);
    }
    return reader_ok(reader);
}

static bool get_read(const struct wire_udp_ask *ask, const void *data, size_t length,
                     char detail[WIRE_UDP_DETAIL_SIZE])
{
    struct reader reader = reader_over(data, length);
    uint8_t head = reader_u8(&reader);
    uint8_t code = reader_u8(&reader);
    bool same_message = reader_u16(&reader) == wire_udp_nonce_u16(ask);
    unsigned type = head & TYPE_MASK;
    unsigned token_length = head & TOKEN_LENGTH_MASK;
    const uint8_t *token = reader_take(&reader, token_length);

    if (token == NULL || (head & VERSION_MASK) != VERSION_1) {
        return false;
    }
    if (code == CODE_EMPTY) { /* a reset, or the answer comes later (section 5.2.2) */
        (void) snprintf(detail, WIRE_UDP_DETAIL_SIZE, "%s", type == TYPE_RESET ? "reset" : "");
        return same_message && (type == TYPE_RESET || type == TYPE_ACKNOWLEDGEMENT) &&
               token_length == 0 && length == 4;
    }
    if (code < CODE_RESPONSE_MIN || code >= CODE_RESPONSE_END || token_length != TOKEN_SIZE ||
        memcmp(token, ask->nonce + TOKEN_AT, TOKEN_SIZE) != 0 || !options_skip(&reader) ||
        type == TYPE_RESET || (type == TYPE_ACKNOWLEDGEMENT && !same_message)) {
        return false;
    }
    (void) snprintf(detail, WIRE_UDP_DETAIL_SIZE, "%u.%02u ", (unsigned) (code >> 5),
                    (unsigned) (code & 0x1f));
    text_printable(reader.at, reader_left(&reader), detail + strlen(detail),
                   WIRE_UDP_DETAIL_SIZE - strlen(detail));
    return true;
}

static bool ping_read(const struct wire_udp_ask *ask, const void *data, size_t length,
                      char detail[WIRE_UDP_DETAIL_SIZE])
{
    struct reader reader = reader_over(data, length);
    uint8_t head = reader_u8(&reader);
    uint8_t code = reader_u8(&reader);
    uint16_t message = reader_u16(&reader);

    (void) snprintf(detail, WIRE_UDP_DETAIL_SIZE, "reset");
    return reader_ok(&reader) && length == 4 && head == (VERSION_1 | TYPE_RESET) &&
           code == CODE_EMPTY && message == wire_udp_nonce_u16(ask);
}

const struct wire_udp_hello wire_coap_get_hello = { .protocol = "coap",
                                                    .what = "/.well-known/core",
                                                    .ports = { 5683 },
                                                    .write = get_write,
                                                    .read = get_read };

const struct wire_udp_hello wire_coap_ping_hello = {
    .protocol = "coap", .what = "ping", .ports = { 5683 }, .write = ping_write, .read = ping_read
};
