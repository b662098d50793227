#include "wire/dns_message.h"

#include <string.h>

enum {
    HEADER_LENGTH = 12,
    FLAG_RESPONSE = 0x8000,
    FLAG_AUTHORITATIVE = 0x0400,
    FLAG_RECURSION_DESIRED = 0x0100,
    FLAG_RECURSION_AVAILABLE = 0x0080,
    OPCODE_MASK = 0x7800,
    RCODE_NO_NAME = 3,
    CLASS_IN = 1,
    LABEL_MAX = 63,
    NAME_POINTER = 0xc000
};

static char name_letter(uint8_t byte)
{
    if (byte >= 'A' && byte <= 'Z') {
        return (char) (byte - 'A' + 'a');
    }
    if ((byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-' ||
        byte == '_') {
        return (char) byte;
    }
    return '?';
}

/* A question has no pointers (RFC 1035 section 4.1.4): there is nothing before it to point to. */
static bool name_read(struct reader *reader, char room[DNS_NAME_SIZE])
{
    size_t used = 0;

    for (uint8_t length = reader_u8(reader); length != 0; length = reader_u8(reader)) {
        const uint8_t *label = length <= LABEL_MAX ? reader_take(reader, length) : NULL;

        if (label == NULL || used + length + 2 > DNS_NAME_SIZE) {
            return false;
        }
        if (used > 0) {
            room[used++] = '.';
        }
        for (size_t i = 0; i < length; i++) {
            room[used++] = name_letter(label[i]);
        }
    }
    room[used] = '\0';
    return reader_ok(reader);
}

bool wire_dns_question_read(const void *message, size_t length, struct dns_question *ret_question)
{
    struct reader reader = reader_over(message, length);
    struct dns_question question = { .id = reader_u16(&reader) };
    uint16_t flags = reader_u16(&reader);
    uint16_t questions = reader_u16(&reader);

    (void) reader_take(&reader, 6);
    if (!reader_ok(&reader) || (flags & (FLAG_RESPONSE | OPCODE_MASK)) != 0 || questions != 1) {
        return false;
    }
    question.raw = reader.at;
    if (!name_read(&reader, question.name)) {
        return false;
    }
    question.type = reader_u16(&reader);
    question.internet = reader_u16(&reader) == CLASS_IN;
    question.recursion_desired = (flags & FLAG_RECURSION_DESIRED) != 0;
    if (!reader_ok(&reader)) {
        return false;
    }
    question.raw_length = (size_t) (reader.at - question.raw);
    *ret_question = question;
    return true;
}

bool wire_dns_reply_build(const struct dns_question *question, enum dns_reply reply,
                          const uint8_t *address, size_t address_length, struct builder *builder)
{
    unsigned flags = FLAG_RESPONSE | FLAG_AUTHORITATIVE | FLAG_RECURSION_AVAILABLE;

    flags |= question->recursion_desired ? FLAG_RECURSION_DESIRED : 0;
    flags |= reply == DNS_REPLY_NO_NAME ? RCODE_NO_NAME : 0;
    builder_u16(builder, question->id);
    builder_u16(builder, (uint16_t) flags);
    builder_u16(builder, 1);
    builder_u16(builder, reply == DNS_REPLY_ADDRESS ? 1 : 0);
    builder_u32(builder, 0);
    builder_put(builder, question->raw, question->raw_length);
    if (reply == DNS_REPLY_ADDRESS) {
        builder_u16(builder, NAME_POINTER | HEADER_LENGTH);
        builder_u16(builder, question->type);
        builder_u16(builder, CLASS_IN);
        builder_u32(builder, 0);
        builder_u16(builder, (uint16_t) address_length);
        builder_put(builder, address, address_length);
    }
    return !builder->overflow;
}
