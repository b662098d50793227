/* x509_der.h - reading DER (ITU-T X.690) without leaving the input.  Definite lengths
 * only, tags of one byte only: all that certificates need. */
#pragma once

#include "base/bytes.h"

enum {
    DER_BOOLEAN = 0x01,
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_OCTET_STRING = 0x04,
    DER_OID = 0x06,
    DER_UTC_TIME = 0x17,
    DER_GENERALIZED_TIME = 0x18,
    DER_SEQUENCE = 0x30,
    DER_SET = 0x31
};

/* One element; both spans point into the input. */
struct der {
    uint8_t tag;
    const uint8_t *content;
    size_t length;
    const uint8_t *whole; /* with its header */
    size_t whole_length;
};

/* The next element of any tag; false sticks in the reader as a short read. */
bool wire_x509_der_next(struct reader *reader, struct der *ret_element);

/* The next element, which must have this tag. */
bool wire_x509_der_expect(struct reader *reader, uint8_t tag, struct der *ret_element);

struct reader wire_x509_der_inside(const struct der *element);

/* The next element's tag without taking it; 0 at the end. */
uint8_t wire_x509_der_peek(const struct reader *reader);

/* Bits of a non-negative INTEGER, leading zeros left out. */
unsigned wire_x509_der_bits(const struct der *integer);

/* "1.2.840.113549.1.1.11"; false when it does not fit or is malformed. */
bool wire_x509_der_oid_text(const uint8_t *content, size_t length, char *room, size_t size);
