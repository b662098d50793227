/* snmp_ber.h - the corner of BER (ITU-T X.690) that SNMP uses: definite lengths, whole numbers
 * of at most 32 bits, and object identifiers kept as they are on the wire. */
#pragma once

#include "base/bytes.h"

#include <stddef.h>
#include <stdint.h>

enum {
    BER_INTEGER = 0x02,
    BER_OCTETS = 0x04,
    BER_NULL = 0x05,
    BER_OBJECT = 0x06,
    BER_SEQUENCE = 0x30
};

/* An element with a length of two octets in the long form, which RFC 3417 section 8 permits. */
size_t ber_open(struct builder *builder, uint8_t tag);
void ber_close(struct builder *builder, size_t place);
void ber_put(struct builder *builder, uint8_t tag, const void *data, size_t length);
void ber_put_integer(struct builder *builder, uint32_t value);

/* The content of the next element, which has to have the tag; the reader is short otherwise. */
struct reader ber_read(struct reader *reader, uint8_t tag);
/* The same of whatever tag comes. */
struct reader ber_read_any(struct reader *reader, uint8_t *ret_tag);
uint32_t ber_read_integer(struct reader *reader);
