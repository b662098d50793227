#include "wire/ocsp.h"

#include "wire/x509_der.h"

#include <string.h>

enum {
    DER_ENUMERATED = 0x0a,
    CONTEXT_0 = 0xa0,
    CONTEXT_1 = 0xa1,
    CONTEXT_2 = 0xa2,
    STATUS_IS_GOOD = 0x80,
    STATUS_IS_REVOKED = 0xa1,
    STATUS_IS_UNKNOWN = 0x82
};

const char *wire_ocsp_word(enum ocsp_says says)
{
    static const char *const words[] = { "malformed", "no answer", "unknown", "revoked", "good" };

    return words[says];
}

/* SingleResponse: which certificate, and its status. */
static enum ocsp_says single_says(struct reader reader)
{
    struct der element;

    if (!wire_x509_der_expect(&reader, DER_SEQUENCE, &element) ||
        !wire_x509_der_next(&reader, &element)) {
        return OCSP_MALFORMED;
    }
    switch (element.tag) {
    case STATUS_IS_GOOD:
        return OCSP_GOOD;
    case STATUS_IS_REVOKED:
        return OCSP_REVOKED;
    case STATUS_IS_UNKNOWN:
        return OCSP_UNKNOWN;
    default:
        return OCSP_MALFORMED;
    }
}

/* ResponseData: [0] version, [1] or [2] responder, producedAt, responses. */
static enum ocsp_says data_says(struct reader reader)
{
    struct der element;

    if (wire_x509_der_peek(&reader) == CONTEXT_0 && !wire_x509_der_next(&reader, &element)) {
        return OCSP_MALFORMED;
    }
    if (!wire_x509_der_next(&reader, &element) ||
        (element.tag != CONTEXT_1 && element.tag != CONTEXT_2) ||
        !wire_x509_der_expect(&reader, DER_GENERALIZED_TIME, &element) ||
        !wire_x509_der_expect(&reader, DER_SEQUENCE, &element)) {
        return OCSP_MALFORMED;
    }
    reader = wire_x509_der_inside(&element);
    return wire_x509_der_expect(&reader, DER_SEQUENCE, &element)
               ? single_says(wire_x509_der_inside(&element))
               : OCSP_MALFORMED;
}

/* ResponseBytes: the type, and a BasicOCSPResponse in an OCTET STRING. */
static enum ocsp_says bytes_say(struct reader reader)
{
    static const uint8_t basic[] = { 0x2b, 6, 1, 5, 5, 7, 0x30, 1, 1 };
    struct der element;

    if (!wire_x509_der_expect(&reader, DER_SEQUENCE, &element)) {
        return OCSP_MALFORMED;
    }
    reader = wire_x509_der_inside(&element);
    if (!wire_x509_der_expect(&reader, DER_OID, &element) || element.length != sizeof basic ||
        memcmp(element.content, basic, sizeof basic) != 0 ||
        !wire_x509_der_expect(&reader, DER_OCTET_STRING, &element)) {
        return OCSP_MALFORMED;
    }
    reader = wire_x509_der_inside(&element);
    if (!wire_x509_der_expect(&reader, DER_SEQUENCE, &element)) {
        return OCSP_MALFORMED;
    }
    reader = wire_x509_der_inside(&element);
    return wire_x509_der_expect(&reader, DER_SEQUENCE, &element)
               ? data_says(wire_x509_der_inside(&element))
               : OCSP_MALFORMED;
}

enum ocsp_says wire_ocsp_read(const void *der, size_t length)
{
    struct reader reader = reader_over(der, length);
    struct der element;

    if (!wire_x509_der_expect(&reader, DER_SEQUENCE, &element) || reader_left(&reader) != 0) {
        return OCSP_MALFORMED;
    }
    reader = wire_x509_der_inside(&element);
    if (!wire_x509_der_expect(&reader, DER_ENUMERATED, &element) || element.length != 1) {
        return OCSP_MALFORMED;
    }
    if (element.content[0] != 0) {
        return OCSP_NO_ANSWER;
    }
    return wire_x509_der_expect(&reader, CONTEXT_0, &element)
               ? bytes_say(wire_x509_der_inside(&element))
               : OCSP_MALFORMED;
}
