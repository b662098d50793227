/* What may be done to a signature without its key: cases 57 to 59.  Written from RFC 3279 section
 * 2.2.3 and RFC 5480 (what it is), X.690 (how it is encoded) and SEC 1 section 4.1.4 (what is in
 * range). */
#include "attack.h"

#include "base/text.h"
#include "evidence/sigstore.h"

#include <stdlib.h>
#include <string.h>

enum { SCALAR = 32, WIDE = SCALAR + 1, R = 0, S = 1, LONG_INTEGER = 2000 };
enum { INTEGER = 0x02, BITS = 0x03, OCTETS = 0x04, SEQUENCE = 0x30 };

/* Bytes in the making. */
struct der {
    uint8_t octets[4096];
    size_t length;
};

static const uint8_t order[SCALAR] = { 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00,
                                       0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                       0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84,
                                       0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51 };
static const uint8_t field[SCALAR] = { 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x01,
                                       0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
                                       0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff,
                                       0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
static const uint8_t zero[SCALAR];
static const uint8_t one[SCALAR] = { [SCALAR - 1] = 1 };

/* ---- the file ---- */

static void put_signature(json_t *json, void *context)
{
    const struct der *der = context;
    json_t *envelope = json_object_get(json, "dsseEnvelope");
    json_t *signature = json_array_get(json_object_get(envelope, "signatures"), 0);
    char *text = malloc(2 * der->length + 8);

    if (text == NULL) {
        abort();
    }
    text_base64(der->octets, der->length, text);
    if (json_object_set_new(signature, "sig", json_string(text)) != 0) {
        abort();
    }
    free(text);
}

static void put(struct attempt *attempt, const struct der *der)
{
    struct der copy = *der;

    attempt_edit(attempt, BUNDLE_ATT_RUN, put_signature, &copy);
}

/* The good signature's r and s, 32 bytes each. */
static void scalars_of(struct attempt *attempt, uint8_t room[2][SCALAR])
{
    const struct raw_entry *entry = raw_zip_find(&attempt->zip, BUNDLE_ATT_RUN);
    struct sigstore envelope = sigstore_empty();
    struct error error = { 0 };
    const uint8_t *at;

    must(sigstore_read(entry->data, entry->length, &envelope, &error), &error);
    at = envelope.signature.der + 2;
    memset(room, 0, 2 * (size_t) SCALAR);
    for (size_t i = 0; i < 2; i++) {
        size_t length = at[1];
        const uint8_t *value = at + 2;

        at = value + length;
        if (length > SCALAR) {
            value++;
            length--;
        }
        memcpy(room[i] + SCALAR - length, value, length);
    }
    sigstore_done(&envelope);
}

/* ---- DER ---- */

static void add(struct der *der, const void *data, size_t length)
{
    if (length > sizeof der->octets - der->length) {
        abort();
    }
    memcpy(der->octets + der->length, data, length);
    der->length += length;
}

static void add_octet(struct der *der, unsigned octet)
{
    const uint8_t value = (uint8_t) octet;

    add(der, &value, 1);
}

/* The length in its shortest form. */
static void add_value(struct der *der, unsigned tag, const void *value, size_t length)
{
    add_octet(der, tag);
    if (length > 0xff) {
        add_octet(der, 0x82);
        add_octet(der, (unsigned) (length >> 8));
    } else if (length > 0x7f) {
        add_octet(der, 0x81);
    }
    add_octet(der, (unsigned) length & 0xff);
    add(der, value, length);
}

/* A non-negative integer in its one form, under any tag. */
static void add_scalar(struct der *der, unsigned tag, const uint8_t *value, size_t length)
{
    uint8_t padded[WIDE + 1] = { 0 };
    size_t skip = 0;

    memcpy(padded + 1, value, length);
    while (skip < length && padded[skip] == 0 && (padded[skip + 1] & 0x80) == 0) {
        skip++;
    }
    add_value(der, tag, padded + skip, length + 1 - skip);
}

static struct der sequence_of(const struct der *inner)
{
    struct der der = { .length = 0 };

    add_value(&der, SEQUENCE, inner->octets, inner->length);
    return der;
}

static struct der signature_of(const uint8_t r[SCALAR], const uint8_t s[SCALAR])
{
    struct der inner = { .length = 0 };

    add_scalar(&inner, INTEGER, r, SCALAR);
    add_scalar(&inner, INTEGER, s, SCALAR);
    return sequence_of(&inner);
}

/* The good signature, encoded as it should be. */
static struct der good_signature(struct attempt *attempt)
{
    uint8_t scalars[2][SCALAR];

    scalars_of(attempt, scalars);
    return signature_of(scalars[R], scalars[S]);
}

/* The good signature with one of its values replaced. */
static void put_with(struct attempt *attempt, size_t which, const uint8_t value[SCALAR])
{
    uint8_t scalars[2][SCALAR];
    struct der der;

    scalars_of(attempt, scalars);
    memcpy(scalars[which], value, SCALAR);
    der = signature_of(scalars[R], scalars[S]);
    put(attempt, &der);
}

/* The good signature with the encoding of r, or of s, replaced by what is in `encoded`. */
static void put_encoded(struct attempt *attempt, size_t which, const struct der *encoded)
{
    uint8_t scalars[2][SCALAR];
    struct der inner = { .length = 0 };
    struct der der;

    scalars_of(attempt, scalars);
    for (size_t i = 0; i < 2; i++) {
        if (i == which) {
            add(&inner, encoded->octets, encoded->length);
        } else {
            add_scalar(&inner, INTEGER, scalars[i], SCALAR);
        }
    }
    der = sequence_of(&inner);
    put(attempt, &der);
}

/* The same octets under another head: so many bytes of the good signature are dropped first. */
static void put_headed(struct attempt *attempt, const uint8_t *head, size_t length, size_t drop)
{
    struct der good = good_signature(attempt);
    struct der der = { .length = 0 };

    add(&der, head, length);
    add(&der, good.octets + drop, good.length - drop);
    put(attempt, &der);
}

static void put_changed(struct attempt *attempt, size_t offset, int change)
{
    struct der der = good_signature(attempt);

    der.octets[offset] = (uint8_t) (der.octets[offset] + change);
    put(attempt, &der);
}

#define CASE(name, what)                                                                           \
    void attack_##name(struct attempt *attempt)                                                    \
    {                                                                                              \
        what;                                                                                      \
    }

/* ---- values out of range ---- */

CASE(057_r_zero, put_with(attempt, R, zero))
CASE(057_s_zero, put_with(attempt, S, zero))

void attack_057_both_zero(struct attempt *attempt)
{
    struct der der = signature_of(zero, zero);

    put(attempt, &der);
}

CASE(057_r_is_n, put_with(attempt, R, order))
CASE(057_s_is_n, put_with(attempt, S, order))
CASE(057_r_is_p, put_with(attempt, R, field))

void attack_057_both_one(struct attempt *attempt)
{
    struct der der = signature_of(one, one);

    put(attempt, &der);
}

void attack_057_order_less_one(struct attempt *attempt)
{
    uint8_t value[SCALAR];
    struct der der;

    memcpy(value, order, SCALAR);
    value[SCALAR - 1]--;
    der = signature_of(value, value);
    put(attempt, &der);
}

void attack_057_exchanged(struct attempt *attempt)
{
    uint8_t scalars[2][SCALAR];
    struct der der;

    scalars_of(attempt, scalars);
    der = signature_of(scalars[S], scalars[R]);
    put(attempt, &der);
}

/* The same value modulo n, by an encoding that is flawless. */
static void put_plus_order(struct attempt *attempt, size_t which)
{
    uint8_t scalars[2][SCALAR];
    uint8_t sum[WIDE] = { 0 };
    struct der encoded = { .length = 0 };
    unsigned carry = 0;

    scalars_of(attempt, scalars);
    for (size_t i = SCALAR; i-- > 0;) {
        carry += (unsigned) scalars[which][i] + order[i];
        sum[i + 1] = (uint8_t) carry;
        carry >>= 8;
    }
    sum[0] = (uint8_t) carry;
    add_scalar(&encoded, INTEGER, sum, WIDE);
    put_encoded(attempt, which, &encoded);
}

CASE(057_r_plus_n, put_plus_order(attempt, R))
CASE(057_s_plus_n, put_plus_order(attempt, S))

/* Minus the value: two's complement in 33 octets. */
static void put_negative(struct attempt *attempt, size_t which)
{
    uint8_t scalars[2][SCALAR];
    uint8_t value[WIDE] = { 0 };
    struct der encoded = { .length = 0 };
    unsigned carry = 1;

    scalars_of(attempt, scalars);
    memcpy(value + 1, scalars[which], SCALAR);
    for (size_t i = WIDE; i-- > 0;) {
        carry += (uint8_t) ~value[i];
        value[i] = (uint8_t) carry;
        carry >>= 8;
    }
    add_value(&encoded, INTEGER, value, WIDE);
    put_encoded(attempt, which, &encoded);
}

CASE(057_r_negative, put_negative(attempt, R))
CASE(057_s_negative, put_negative(attempt, S))

/* Its first octet without the zero makes a negative number. */
void attack_057_missing_zero(struct attempt *attempt)
{
    struct der encoded = { .length = 0 };

    add_value(&encoded, INTEGER, order, SCALAR);
    put_encoded(attempt, R, &encoded);
}

void attack_057_long_integer(struct attempt *attempt)
{
    uint8_t value[LONG_INTEGER];
    struct der encoded = { .length = 0 };

    memset(value, 0x11, sizeof value);
    add_value(&encoded, INTEGER, value, sizeof value);
    put_encoded(attempt, R, &encoded);
}

/* ---- one value, another encoding ---- */

/* r = s = 1 leaves room for what is added, so that length alone is no reason to refuse. */
void attack_057_padded_integer(struct attempt *attempt)
{
    static const uint8_t octets[] = { 0x30, 0x07, 0x02, 0x02, 0x00, 0x01, 0x02, 0x01, 0x01 };
    struct der der = { .length = 0 };

    add(&der, octets, sizeof octets);
    put(attempt, &der);
}

void attack_057_padded_s(struct attempt *attempt)
{
    uint8_t scalars[2][SCALAR];
    uint8_t padded[WIDE + 1] = { 0 };
    struct der encoded = { .length = 0 };

    scalars_of(attempt, scalars);
    memcpy(padded + 2, scalars[S], SCALAR);
    add_value(&encoded, INTEGER, padded, sizeof padded);
    put_encoded(attempt, S, &encoded);
}

void attack_057_empty_integer(struct attempt *attempt)
{
    struct der encoded = { .length = 0 };

    add_value(&encoded, INTEGER, "", 0);
    put_encoded(attempt, R, &encoded);
}

void attack_057_long_form(struct attempt *attempt)
{
    const uint8_t head[] = { SEQUENCE, 0x81 };

    put_headed(attempt, head, sizeof head, 1);
}

void attack_057_long_form_of_four(struct attempt *attempt)
{
    const uint8_t head[] = { SEQUENCE, 0x84, 0, 0, 0 };

    put_headed(attempt, head, sizeof head, 1);
}

/* 2^32 and the right length: an overflow would make it right. */
void attack_057_long_form_overflow(struct attempt *attempt)
{
    const uint8_t head[] = { SEQUENCE, 0x85, 1, 0, 0, 0 };

    put_headed(attempt, head, sizeof head, 1);
}

void attack_057_long_form_integer(struct attempt *attempt)
{
    uint8_t scalars[2][SCALAR];
    struct der plain = { .length = 0 };
    struct der encoded = { .length = 0 };

    scalars_of(attempt, scalars);
    add_scalar(&plain, INTEGER, scalars[R], SCALAR);
    add_octet(&encoded, INTEGER);
    add_octet(&encoded, 0x81);
    add(&encoded, plain.octets + 1, plain.length - 1);
    put_encoded(attempt, R, &encoded);
}

/* BER, X.690 section 8.1.3.6. */
void attack_057_indefinite(struct attempt *attempt)
{
    struct der good = good_signature(attempt);
    struct der der = { .length = 0 };

    add_octet(&der, SEQUENCE);
    add_octet(&der, 0x80);
    add(&der, good.octets + 2, good.length - 2);
    add(&der, "\0", 2);
    put(attempt, &der);
}

static void put_tagged(struct attempt *attempt, size_t which, unsigned tag)
{
    uint8_t scalars[2][SCALAR];
    struct der encoded = { .length = 0 };

    scalars_of(attempt, scalars);
    add_scalar(&encoded, tag, scalars[which], SCALAR);
    put_encoded(attempt, which, &encoded);
}

void attack_057_set(struct attempt *attempt)
{
    const uint8_t head[] = { 0x31 };

    put_headed(attempt, head, sizeof head, 1);
}

void attack_057_primitive_sequence(struct attempt *attempt)
{
    const uint8_t head[] = { 0x10 };

    put_headed(attempt, head, sizeof head, 1);
}

CASE(057_octet_string_for_r, put_tagged(attempt, R, OCTETS))
CASE(057_bit_string_for_s, put_tagged(attempt, S, BITS))
CASE(057_constructed_integer, put_tagged(attempt, R, 0x22))
CASE(057_context_tag, put_tagged(attempt, S, 0x82))

/* ---- too much and too little ---- */

void attack_057_trailing(struct attempt *attempt)
{
    static const uint8_t octets[] = { 0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01, 0x00 };
    struct der der = { .length = 0 };

    add(&der, octets, sizeof octets);
    put(attempt, &der);
}

static void put_more_inside(struct attempt *attempt, const void *more, size_t length)
{
    struct der good = good_signature(attempt);
    struct der inner = { .length = 0 };
    struct der der;

    add(&inner, good.octets + 2, good.length - 2);
    add(&inner, more, length);
    der = sequence_of(&inner);
    put(attempt, &der);
}

CASE(057_trailing_inside, put_more_inside(attempt, "\0", 1))
CASE(057_null_inside, put_more_inside(attempt, "\x05\0", 2))
CASE(057_three_integers, put_more_inside(attempt, "\x02\x01\x01", 3))

void attack_057_one_integer(struct attempt *attempt)
{
    struct der nothing = { .length = 0 };

    put_encoded(attempt, S, &nothing);
}

void attack_057_empty_sequence(struct attempt *attempt)
{
    struct der nothing = { .length = 0 };
    struct der der = sequence_of(&nothing);

    put(attempt, &der);
}

void attack_057_empty(struct attempt *attempt)
{
    struct der nothing = { .length = 0 };

    put(attempt, &nothing);
}

void attack_057_truncated(struct attempt *attempt)
{
    struct der der = good_signature(attempt);

    der.length--;
    put(attempt, &der);
}

/* The outer length is brought in line, the inner one is not. */
void attack_057_truncated_inside(struct attempt *attempt)
{
    struct der der = good_signature(attempt);

    der.length--;
    der.octets[1]--;
    put(attempt, &der);
}

CASE(057_sequence_too_short, put_changed(attempt, 1, -1))
CASE(057_sequence_too_long, put_changed(attempt, 1, 1))
CASE(057_integer_too_long, put_changed(attempt, 3, 1))

void attack_057_wrapped(struct attempt *attempt)
{
    struct der good = good_signature(attempt);
    struct der der = sequence_of(&good);

    put(attempt, &der);
}

/* As it stands in a certificate, RFC 5280 section 4.1.1.3. */
void attack_057_in_bit_string(struct attempt *attempt)
{
    struct der good = good_signature(attempt);
    struct der inner = { .length = 0 };
    struct der der = { .length = 0 };

    add_octet(&inner, 0);
    add(&inner, good.octets, good.length);
    add_value(&der, BITS, inner.octets, inner.length);
    put(attempt, &der);
}

void attack_058_raw(struct attempt *attempt)
{
    uint8_t scalars[2][SCALAR];
    struct der der = { .length = 0 };

    scalars_of(attempt, scalars);
    add(&der, scalars, sizeof scalars);
    put(attempt, &der);
}

void attack_059_high_s(struct attempt *attempt)
{
    uint8_t scalars[2][SCALAR];
    struct der der;
    int borrow = 0;

    scalars_of(attempt, scalars);
    for (size_t i = SCALAR; i-- > 0;) {
        int digit = order[i] - scalars[S][i] - borrow;

        borrow = digit < 0;
        scalars[S][i] = (uint8_t) (digit + 256 * borrow);
    }
    der = signature_of(scalars[R], scalars[S]);
    put(attempt, &der);
}
