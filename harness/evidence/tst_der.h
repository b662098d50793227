/* tst_der.h - reads DER (X.690 section 10) forward only, out of memory that somebody else owns.
 *
 * Definite lengths in their shortest form, tags of one octet: all that RFC 3161 tokens need.  The
 * first thing that is not so sticks: every later read yields nothing, and der_ok says false. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DER_BOOLEAN = 0x01,
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_OCTETS = 0x04,
    DER_OID = 0x06,
    DER_TIME = 0x18, /* GeneralizedTime */
    DER_SEQUENCE = 0x30,
    DER_SET = 0x31
};

/* [n], primitive or constructed */
#define DER_CONTEXT(n) (0x80 | (n))
#define DER_TAGGED(n) (0xa0 | (n))

struct der {
    const uint8_t *at;
    size_t left;
    bool broken;
};

/* One value; tag 0 when there is none. */
struct der_item {
    uint8_t tag;
    const uint8_t *data; /* the content */
    size_t length;
    const uint8_t *whole; /* tag, length and content */
    size_t whole_length;
};

struct der der_over(const void *data, size_t length);
struct der der_in(const struct der_item *item);

/* The tag of what comes next, 0 at the end. */
uint8_t der_peek(const struct der *der);

/* The next value, of whatever tag. */
struct der_item der_any(struct der *der);

/* The next value, which must have this tag. */
struct der_item der_take(struct der *der, uint8_t tag);

/* The next value if it has this tag, else one with tag 0 and nothing read. */
struct der_item der_optional(struct der *der, uint8_t tag);

/* A sequence to walk through. */
struct der der_enter(struct der *der, uint8_t tag);

/* A non-negative INTEGER that fits. */
uint64_t der_number(struct der *der);

/* Nothing broken, and nothing left. */
bool der_ends(const struct der *der);
bool der_ok(const struct der *der);

bool der_equals(const struct der_item *item, const void *data, size_t length);
bool der_same(const struct der_item *a, const struct der_item *b); /* tag and content */
