#include "evidence/tst_der.h"

#include <string.h>

enum { LONG_FORM = 0x80, TAG_LONG_FORM = 0x1f, LENGTH_OCTETS_MAX = 4 };

struct der der_over(const void *data, size_t length)
{
    return (struct der){ .at = data, .left = length, .broken = false };
}

struct der der_in(const struct der_item *item)
{
    struct der der = der_over(item->data, item->length);

    der.broken = item->tag == 0;
    return der;
}

static struct der_item nothing(struct der *der)
{
    der->broken = true;
    der->left = 0;
    return (struct der_item){ .tag = 0 };
}

uint8_t der_peek(const struct der *der)
{
    return der->broken || der->left == 0 ? 0 : der->at[0];
}

/* Sets *ret_length and returns how many octets spell it; 0 when they are not DER. */
static size_t read_length(const uint8_t *at, size_t left, size_t *ret_length)
{
    size_t octets;
    size_t length = 0;

    if (left == 0) {
        return 0;
    }
    if (at[0] < LONG_FORM) {
        *ret_length = at[0];
        return 1;
    }
    octets = at[0] & 0x7fU;
    if (octets == 0 || octets > LENGTH_OCTETS_MAX || octets >= left || at[1] == 0) {
        return 0;
    }
    for (size_t i = 1; i <= octets; i++) {
        length = length << 8 | at[i];
    }
    *ret_length = length;
    return length < LONG_FORM ? 0 : octets + 1;
}

struct der_item der_any(struct der *der)
{
    struct der_item item = { .whole = der->at };
    size_t head;

    if (der->broken || der->left < 2 || (der->at[0] & TAG_LONG_FORM) == TAG_LONG_FORM ||
        der->at[0] == 0) {
        return nothing(der);
    }
    head = read_length(der->at + 1, der->left - 1, &item.length);
    if (head == 0 || item.length > der->left - 1 - head) {
        return nothing(der);
    }
    item.tag = der->at[0];
    item.data = der->at + 1 + head;
    item.whole_length = 1 + head + item.length;
    der->at += item.whole_length;
    der->left -= item.whole_length;
    return item;
}

struct der_item der_take(struct der *der, uint8_t tag)
{
    return der_peek(der) == tag ? der_any(der) : nothing(der);
}

struct der_item der_optional(struct der *der, uint8_t tag)
{
    return der_peek(der) == tag ? der_any(der) : (struct der_item){ .tag = 0 };
}

struct der der_enter(struct der *der, uint8_t tag)
{
    const struct der_item item = der_take(der, tag);

    return der_in(&item);
}

uint64_t der_number(struct der *der)
{
    const struct der_item item = der_take(der, DER_INTEGER);
    uint64_t value = 0;

    if (item.tag == 0 || item.length == 0 || item.length > sizeof value || item.data[0] >= 0x80 ||
        (item.length > 1 && item.data[0] == 0 && item.data[1] < 0x80)) {
        (void) nothing(der);
        return 0;
    }
    for (size_t i = 0; i < item.length; i++) {
        value = value << 8 | item.data[i];
    }
    return value;
}

bool der_ends(const struct der *der)
{
    return !der->broken && der->left == 0;
}

bool der_ok(const struct der *der)
{
    return !der->broken;
}

bool der_equals(const struct der_item *item, const void *data, size_t length)
{
    return item->tag != 0 && item->length == length && memcmp(item->data, data, length) == 0;
}

bool der_same(const struct der_item *a, const struct der_item *b)
{
    return a->tag == b->tag && der_equals(a, b->data, b->length);
}
