#include "wire/ssh_packet.h"

#include <string.h>

static enum ssh_parse bad(const char *why, const char **ret_why)
{
    *ret_why = why;
    return SSH_PARSE_BAD;
}

bool wire_ssh_span_is(struct ssh_span span, const char *text)
{
    return span.length > 0 && span.length == strlen(text) &&
           memcmp(span.data, text, span.length) == 0;
}

/* "SSH-protoversion-softwareversion SP comments" */
static enum ssh_parse ident_split(struct ssh_ident *ident, const char **ret_why)
{
    const uint8_t *at = ident->line.data + 4;
    const uint8_t *end = ident->line.data + ident->line.length;
    const uint8_t *dash = memchr(at, '-', (size_t) (end - at));
    const uint8_t *blank;

    if (dash == NULL || dash == at) {
        return bad("the identification names no version", ret_why);
    }
    ident->protocol = (struct ssh_span){ .data = at, .length = (size_t) (dash - at) };
    at = dash + 1;
    blank = memchr(at, ' ', (size_t) (end - at));
    ident->software =
        (struct ssh_span){ .data = at, .length = (size_t) ((blank != NULL ? blank : end) - at) };
    ident->comments = (struct ssh_span){ .data = end };
    if (blank != NULL) {
        ident->comments =
            (struct ssh_span){ .data = blank + 1, .length = (size_t) (end - blank - 1) };
    }
    return SSH_PARSE_OK;
}

enum ssh_parse wire_ssh_ident_read(const void *data, size_t length, struct ssh_ident *ret_ident,
                                   const char **ret_why)
{
    const uint8_t *start = data;
    size_t at = 0;

    *ret_ident = (struct ssh_ident){ 0 };
    while (at < length) {
        const uint8_t *line = start + at;
        const uint8_t *end = memchr(line, '\n', length - at);
        size_t whole = end != NULL ? (size_t) (end - line) + 1 : length - at;
        bool is_ident = whole >= 4 && memcmp(line, "SSH-", 4) == 0;

        if (is_ident && whole > SSH_IDENT_MAX) {
            return bad("the identification is longer than 255 bytes", ret_why);
        }
        if (!is_ident && at + whole > SSH_BEFORE_MAX) {
            return bad("too much came before any identification", ret_why);
        }
        if (end == NULL) {
            return SSH_PARSE_MORE;
        }
        at += whole;
        if (is_ident) {
            whole -= whole >= 2 && line[whole - 2] == '\r' ? 2 : 1;
            ret_ident->line = (struct ssh_span){ .data = line, .length = whole };
            ret_ident->used = at;
            return ident_split(ret_ident, ret_why);
        }
        ret_ident->lines_before++;
    }
    return SSH_PARSE_MORE;
}

enum ssh_parse wire_ssh_packet_read(const void *data, size_t length, struct ssh_packet *ret_packet,
                                    const char **ret_why)
{
    struct reader reader = reader_over(data, length);
    uint32_t packet_length = reader_u32(&reader);
    uint8_t padding = reader_u8(&reader);

    *ret_packet = (struct ssh_packet){ 0 };
    if (length >= 4 && packet_length > SSH_PACKET_MAX) {
        return bad("a packet says it is longer than 64 KiB", ret_why);
    }
    if (length >= 4 && (packet_length < 12 || (packet_length + 4) % SSH_BLOCK != 0)) {
        return bad("a packet's length is no multiple of 8, or less than 16", ret_why);
    }
    if (length < 5) {
        return SSH_PARSE_MORE;
    }
    if (padding < SSH_PADDING_LEAST || padding + 2U > packet_length) {
        return bad("a packet's padding is less than 4 bytes, or leaves no payload", ret_why);
    }
    if (length - 4 < packet_length) {
        return SSH_PARSE_MORE;
    }
    ret_packet->message = reader_u8(&reader);
    ret_packet->body =
        (struct ssh_span){ .data = reader.at, .length = packet_length - padding - 2 };
    ret_packet->used = packet_length + 4U;
    return SSH_PARSE_OK;
}

size_t wire_ssh_packet_build(const void *payload, size_t length, void *room, size_t size)
{
    static const uint8_t zeros[SSH_BLOCK + SSH_PADDING_LEAST];
    struct builder builder = builder_over(room, size);
    size_t padding = SSH_BLOCK - (5 + length) % SSH_BLOCK;

    padding += padding < SSH_PADDING_LEAST ? SSH_BLOCK : 0;
    builder_u32(&builder, (uint32_t) (1 + length + padding));
    builder_u8(&builder, (uint8_t) padding);
    builder_put(&builder, payload, length);
    builder_put(&builder, zeros, padding);
    return builder.overflow ? 0 : builder.length;
}

struct ssh_span wire_ssh_string(struct reader *reader)
{
    uint32_t length = reader_u32(reader);
    const uint8_t *data = reader_take(reader, length);

    return (struct ssh_span){ .data = data, .length = data != NULL ? length : 0 };
}

struct ssh_span wire_ssh_mpint(struct reader *reader)
{
    struct ssh_span number = wire_ssh_string(reader);

    while (number.length > 0 && number.data[0] == 0) {
        number.data++;
        number.length--;
    }
    return number;
}

void wire_ssh_put_string(struct builder *builder, const void *data, size_t length)
{
    builder_u32(builder, (uint32_t) length);
    builder_put(builder, data, length);
}

void wire_ssh_put_mpint(struct builder *builder, const uint8_t *data, size_t length)
{
    while (length > 0 && data[0] == 0) {
        data++;
        length--;
    }
    if (length > 0 && data[0] >= 0x80) {
        builder_u32(builder, (uint32_t) length + 1);
        builder_u8(builder, 0);
        builder_put(builder, data, length);
    } else {
        wire_ssh_put_string(builder, data, length);
    }
}

unsigned wire_ssh_bits(struct ssh_span number)
{
    unsigned bits = (unsigned) number.length * 8;

    for (unsigned mask = 0x80; number.length > 0 && mask != 0 && (number.data[0] & mask) == 0;
         mask >>= 1) {
        bits--;
    }
    return bits;
}
