#include "wire/x509_der.h"

#include <stdio.h>

static bool der_fail(struct reader *reader)
{
    reader->short_read = true;
    return false;
}

bool wire_x509_der_next(struct reader *reader, struct der *ret_element)
{
    struct der element = { .whole = reader->at };
    uint8_t first;
    size_t length;

    element.tag = reader_u8(reader);
    first = reader_u8(reader);
    length = first;
    if (first == 0x81) {
        length = reader_u8(reader);
    } else if (first == 0x82) {
        length = reader_u16(reader);
    } else if (first == 0x83) {
        length = reader_u24(reader);
    } else if (first >= 0x80) {
        return der_fail(reader);
    }
    element.content = reader_take(reader, length);
    if (!reader_ok(reader) || (element.tag & 0x1f) == 0x1f) {
        return der_fail(reader);
    }
    element.length = length;
    element.whole_length = (size_t) (reader->at - element.whole);
    *ret_element = element;
    return true;
}

bool wire_x509_der_expect(struct reader *reader, uint8_t tag, struct der *ret_element)
{
    return wire_x509_der_next(reader, ret_element) && (ret_element->tag == tag || der_fail(reader));
}

struct reader wire_x509_der_inside(const struct der *element)
{
    return reader_over(element->content, element->length);
}

uint8_t wire_x509_der_peek(const struct reader *reader)
{
    return reader_left(reader) > 0 ? reader->at[0] : 0;
}

unsigned wire_x509_der_bits(const struct der *integer)
{
    const uint8_t *at = integer->content;
    size_t length = integer->length;
    unsigned bits;

    while (length > 0 && *at == 0) {
        at++;
        length--;
    }
    if (length == 0 || length > 1u << 20) {
        return 0;
    }
    bits = (unsigned) (8 * length);
    for (unsigned mask = 0x80; (*at & mask) == 0; mask >>= 1) {
        bits--;
    }
    return bits;
}

bool wire_x509_der_oid_text(const uint8_t *content, size_t length, char *room, size_t size)
{
    uint64_t arc = 0;
    size_t used = 0;
    bool first = true;

    room[0] = '\0';
    for (size_t i = 0; i < length; i++) {
        int written;

        if (arc > UINT64_MAX >> 8) {
            return false;
        }
        arc = arc << 7 | (content[i] & 0x7f);
        if ((content[i] & 0x80) != 0) {
            continue;
        }
        if (first) {
            /* X.690 section 8.19.4: the first two arcs share a number. */
            unsigned top = arc < 80 ? (unsigned) (arc / 40) : 2;

            written = snprintf(room, size, "%u.%llu", top, (unsigned long long) (arc - 40 * top));
            first = false;
        } else {
            written = snprintf(room + used, size - used, ".%llu", (unsigned long long) arc);
        }
        if (written < 0 || (size_t) written >= size - used) {
            return false;
        }
        used += (size_t) written;
        arc = 0;
    }
    return !first && (content[length - 1] & 0x80) == 0;
}
