#include "wire/snmp_ber.h"

enum { LENGTH_LONG = 0x80, LENGTH_TWO_OCTETS = 0x82, INTEGER_OCTETS_MAX = 5 };

size_t ber_open(struct builder *builder, uint8_t tag)
{
    builder_u8(builder, tag);
    builder_u8(builder, LENGTH_TWO_OCTETS);
    return builder_open(builder, 2);
}

void ber_close(struct builder *builder, size_t place)
{
    builder_close(builder, place, 2);
}

void ber_put(struct builder *builder, uint8_t tag, const void *data, size_t length)
{
    size_t place = ber_open(builder, tag);

    builder_put(builder, data, length);
    ber_close(builder, place);
}

void ber_put_integer(struct builder *builder, uint32_t value)
{
    builder_u8(builder, BER_INTEGER);
    if (value < 0x80) {
        builder_u8(builder, 1);
        builder_u8(builder, (uint8_t) value);
        return;
    }
    /* The fewest octets that keep the sign (X.690 section 8.3.2). */
    for (unsigned octets = value > 0x7fffffff ? 5 : 4; octets > 1; octets--) {
        unsigned above = 8 * (octets - 1) - 1;

        if (octets == 5 || value >> above != 0) {
            builder_u8(builder, (uint8_t) octets);
            for (unsigned i = octets; i-- > 0;) {
                builder_u8(builder, (uint8_t) ((uint64_t) value >> (8 * i)));
            }
            return;
        }
    }
}

struct reader ber_read_any(struct reader *reader, uint8_t *ret_tag)
{
    size_t length;

    *ret_tag = reader_u8(reader);
    length = reader_u8(reader);
    if ((length & LENGTH_LONG) != 0) {
        size_t octets = length & ~(size_t) LENGTH_LONG;

        length = 0;
        reader->short_read = reader->short_read || octets < 1 || octets > 4;
        for (size_t i = 0; i < octets && i < 4; i++) {
            length = length << 8 | reader_u8(reader);
        }
    }
    return reader_sub(reader, length);
}

struct reader ber_read(struct reader *reader, uint8_t tag)
{
    uint8_t found = 0;
    struct reader content = ber_read_any(reader, &found);

    reader->short_read = reader->short_read || found != tag;
    return content;
}

uint32_t ber_read_integer(struct reader *reader)
{
    struct reader content = ber_read(reader, BER_INTEGER);
    size_t length = reader_left(&content);
    uint32_t value = 0;

    reader->short_read = reader->short_read || length < 1 || length > INTEGER_OCTETS_MAX;
    while (reader_left(&content) > 0) {
        value = value << 8 | reader_u8(&content);
    }
    return value;
}
