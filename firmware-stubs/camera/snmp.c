/* Defect undeclared-udp: an SNMP agent (RFC 3416 over RFC 1901's messages) that the profile does
 * not declare, reads for anybody who says "public", and knows one object: sysDescr.0. */
#include "camera/camera.h"

#include <stdint.h>
#include <string.h>

enum {
    BER_INTEGER = 0x02,
    BER_OCTETS = 0x04,
    BER_OBJECT = 0x06,
    BER_SEQUENCE = 0x30,
    SNMP_NO_SUCH_OBJECT = 0x80,
    SNMP_GET = 0xa0,
    SNMP_RESPONSE = 0xa2,
    SNMP_VERSION_2C = 1,
    SHORT_LENGTH_MAX = 127,
};

static const char COMMUNITY[] = "public";
static const char DESCRIPTION[] = CAMERA_MODEL " network camera " CAMERA_VERSION;
static const uint8_t SYS_DESCR_0[] = { 0x2b, 6, 1, 2, 1, 1, 1, 0 };

/* What one element holds; length 0 and at NULL when it was not there. */
struct element {
    const uint8_t *at;
    size_t length;
};

/* Takes the element of that tag off the front; false when something else is there.  Requests for
 * one object fit the short form of lengths; longer forms are not understood. */
static bool element_take(struct element *from, uint8_t tag, struct element *ret_element)
{
    if (from->length < 2 || from->at[0] != tag || from->at[1] > SHORT_LENGTH_MAX ||
        from->at[1] > from->length - 2) {
        return false;
    }
    *ret_element = (struct element){ from->at + 2, from->at[1] };
    from->length -= 2 + ret_element->length;
    from->at += 2 + ret_element->length;
    return true;
}

static bool element_is(const struct element *element, const void *bytes, size_t length)
{
    return element->length == length && memcmp(element->at, bytes, length) == 0;
}

static void element_put(struct buffer *out, uint8_t tag, const void *bytes, size_t length)
{
    const uint8_t head[] = { tag, (uint8_t) length };

    if (length > SHORT_LENGTH_MAX) {
        out->overflowed = true;
        return;
    }
    buffer_append(out, head, sizeof head);
    buffer_append(out, bytes, length);
}

/* The content so far becomes one element of that tag. */
static void element_wrap(struct buffer *out, uint8_t tag)
{
    struct buffer inner = *out;

    *out = buffer_bounded(inner.ceiling);
    element_put(out, tag, inner.data, inner.length);
    out->overflowed = out->overflowed || inner.overflowed;
    buffer_done(&inner);
}

static void response_put(const struct element *request_id, const struct element *name,
                         struct buffer *out)
{
    static const uint8_t zero = 0;
    static const uint8_t version = SNMP_VERSION_2C;
    struct buffer inner = buffer_bounded(out->ceiling);
    struct buffer pdu = buffer_bounded(out->ceiling);
    bool known = element_is(name, SYS_DESCR_0, sizeof SYS_DESCR_0);

    element_put(&inner, BER_OBJECT, name->at, name->length);
    element_put(&inner, known ? BER_OCTETS : SNMP_NO_SUCH_OBJECT, DESCRIPTION,
                known ? sizeof DESCRIPTION - 1 : 0);
    element_wrap(&inner, BER_SEQUENCE);
    element_wrap(&inner, BER_SEQUENCE);
    element_put(&pdu, BER_INTEGER, request_id->at, request_id->length);
    element_put(&pdu, BER_INTEGER, &zero, 1);
    element_put(&pdu, BER_INTEGER, &zero, 1);
    buffer_append(&pdu, inner.data, inner.length);
    element_put(out, BER_INTEGER, &version, 1);
    element_put(out, BER_OCTETS, COMMUNITY, sizeof COMMUNITY - 1);
    element_put(out, SNMP_RESPONSE, pdu.data, pdu.length);
    element_wrap(out, BER_SEQUENCE);
    out->overflowed = out->overflowed || inner.overflowed || pdu.overflowed;
    buffer_done(&inner);
    buffer_done(&pdu);
}

static void snmp_datagram(void *device, const struct buffer *in, struct buffer *out)
{
    static const uint8_t version_2c = SNMP_VERSION_2C;
    struct element rest = { (const uint8_t *) in->data, in->length };
    struct element message, version, community, pdu, request_id, ignored, list, binding, name;

    (void) device;
    if (element_take(&rest, BER_SEQUENCE, &message) &&
        element_take(&message, BER_INTEGER, &version) && element_is(&version, &version_2c, 1) &&
        element_take(&message, BER_OCTETS, &community) &&
        element_is(&community, COMMUNITY, sizeof COMMUNITY - 1) &&
        element_take(&message, SNMP_GET, &pdu) && element_take(&pdu, BER_INTEGER, &request_id) &&
        element_take(&pdu, BER_INTEGER, &ignored) && element_take(&pdu, BER_INTEGER, &ignored) &&
        element_take(&pdu, BER_SEQUENCE, &list) && element_take(&list, BER_SEQUENCE, &binding) &&
        element_take(&binding, BER_OBJECT, &name)) {
        response_put(&request_id, &name, out);
    }
}

const struct protocol camera_snmp = { .name = "snmp", .datagram = snmp_datagram };
