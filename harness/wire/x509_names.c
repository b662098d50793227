#include "wire/x509_names.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

struct oid_name {
    const char *oid;
    const char *name;
};

static const struct oid_name algorithms[] = {
    { "1.2.840.113549.1.1.1", "rsaEncryption" },
    { "1.2.840.113549.1.1.2", "md2WithRSAEncryption" },
    { "1.2.840.113549.1.1.4", "md5WithRSAEncryption" },
    { "1.2.840.113549.1.1.5", "sha1WithRSAEncryption" },
    { "1.3.14.3.2.29", "sha1WithRSAEncryption" },
    { "1.2.840.113549.1.1.10", "RSASSA-PSS" },
    { "1.2.840.113549.1.1.11", "sha256WithRSAEncryption" },
    { "1.2.840.113549.1.1.12", "sha384WithRSAEncryption" },
    { "1.2.840.113549.1.1.13", "sha512WithRSAEncryption" },
    { "1.2.840.113549.1.1.14", "sha224WithRSAEncryption" },
    { "1.2.840.10045.2.1", "ecPublicKey" },
    { "1.2.840.10045.4.1", "ecdsa-with-SHA1" },
    { "1.2.840.10045.4.3.1", "ecdsa-with-SHA224" },
    { "1.2.840.10045.4.3.2", "ecdsa-with-SHA256" },
    { "1.2.840.10045.4.3.3", "ecdsa-with-SHA384" },
    { "1.2.840.10045.4.3.4", "ecdsa-with-SHA512" },
    { "1.2.840.10040.4.1", "dsa" },
    { "1.2.840.10040.4.3", "dsa-with-SHA1" },
    { "2.16.840.1.101.3.4.3.1", "dsa-with-SHA224" },
    { "2.16.840.1.101.3.4.3.2", "dsa-with-SHA256" },
    { "1.3.101.112", "Ed25519" },
    { "1.3.101.113", "Ed448" },
    { "2.16.840.1.101.3.4.3.17", "ML-DSA-44" },
    { "2.16.840.1.101.3.4.3.18", "ML-DSA-65" },
    { "2.16.840.1.101.3.4.3.19", "ML-DSA-87" },
    { "1.2.840.10045.3.1.1", "secp192r1" },
    { "1.2.840.10045.3.1.7", "secp256r1" },
    { "1.3.132.0.10", "secp256k1" },
    { "1.3.132.0.33", "secp224r1" },
    { "1.3.132.0.34", "secp384r1" },
    { "1.3.132.0.35", "secp521r1" },
    { "1.3.36.3.3.2.8.1.1.7", "brainpoolP256r1" },
    { "1.3.36.3.3.2.8.1.1.11", "brainpoolP384r1" },
    { "1.3.36.3.3.2.8.1.1.13", "brainpoolP512r1" },
    { "1.2.156.10197.1.301", "curveSM2" },
};

/* RFC 4514 section 3 and the attributes that device certificates carry. */
static const struct oid_name attributes[] = {
    { "2.5.4.3", "CN" },
    { "2.5.4.5", "serialNumber" },
    { "2.5.4.6", "C" },
    { "2.5.4.7", "L" },
    { "2.5.4.8", "ST" },
    { "2.5.4.9", "STREET" },
    { "2.5.4.10", "O" },
    { "2.5.4.11", "OU" },
    { "0.9.2342.19200300.100.1.25", "DC" },
    { "0.9.2342.19200300.100.1.1", "UID" },
    { "1.2.840.113549.1.9.1", "emailAddress" },
};

static void oid_named(const struct oid_name *table, size_t count, const struct der *oid, char *room,
                      size_t size)
{
    char dotted[128];

    if (!wire_x509_der_oid_text(oid->content, oid->length, dotted, sizeof dotted)) {
        (void) snprintf(room, size, "malformed");
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (text_equal(table[i].oid, dotted)) {
            (void) snprintf(room, size, "%s", table[i].name);
            return;
        }
    }
    (void) snprintf(room, size, "%.*s", (int) sizeof dotted, dotted);
}

void wire_x509_oid_name(const struct der *oid, char *room, size_t size)
{
    oid_named(algorithms, sizeof algorithms / sizeof algorithms[0], oid, room, size);
}

/* Text that grows in a fixed room and is cut at its end. */
struct growing {
    char *room;
    size_t size;
    size_t used;
};

static void growing_add(struct growing *text, const char *more)
{
    int written = snprintf(text->room + text->used, text->size - text->used, "%s", more);

    if (written > 0) {
        text->used += (size_t) written;
        if (text->used >= text->size) {
            text->used = text->size - 1;
        }
    }
}

/* RFC 4514 section 2.4: special characters by backslash, others by hex pairs. */
static void growing_add_value(struct growing *text, const struct der *value)
{
    for (size_t i = 0; i < value->length; i++) {
        char piece[5] = "";
        uint8_t octet = value->content[i];
        bool edge = i == 0 || i + 1 == value->length;

        if (octet < 0x20 || octet >= 0x7f) {
            (void) snprintf(piece, sizeof piece, "\\%02X", octet);
        } else if (strchr("\"+,;<>\\", octet) != NULL || (octet == ' ' && edge) ||
                   (octet == '#' && i == 0)) {
            (void) snprintf(piece, sizeof piece, "\\%c", octet);
        } else {
            (void) snprintf(piece, sizeof piece, "%c", octet);
        }
        if (text->used + strlen(piece) >= text->size) {
            return; /* cut between characters */
        }
        growing_add(text, piece);
    }
}

static bool name_attribute(struct reader *set, struct growing *text)
{
    struct der pair;
    struct der oid;
    struct der value;
    struct reader inside;
    char type[128];

    if (!wire_x509_der_expect(set, DER_SEQUENCE, &pair)) {
        return false;
    }
    inside = wire_x509_der_inside(&pair);
    if (!wire_x509_der_expect(&inside, DER_OID, &oid) || !wire_x509_der_next(&inside, &value)) {
        return false;
    }
    oid_named(attributes, sizeof attributes / sizeof attributes[0], &oid, type, sizeof type);
    growing_add(text, type);
    growing_add(text, "=");
    growing_add_value(text, &value);
    return true;
}

bool wire_x509_name_text(const struct der *name, char *room, size_t size)
{
    enum { SETS_MAX = 32 };
    struct reader reader = wire_x509_der_inside(name);
    struct growing text = { .room = room, .size = size };
    struct der sets[SETS_MAX];
    size_t count = 0;

    room[0] = '\0';
    while (reader_left(&reader) > 0) {
        if (count == SETS_MAX || !wire_x509_der_expect(&reader, DER_SET, &sets[count])) {
            return false;
        }
        count++;
    }
    /* RFC 4514 section 2.1: the last comes first. */
    for (size_t i = count; i > 0; i--) {
        struct reader set = wire_x509_der_inside(&sets[i - 1]);

        growing_add(&text, i < count ? "," : "");
        for (bool first = true; reader_left(&set) > 0; first = false) {
            growing_add(&text, first ? "" : "+");
            if (!name_attribute(&set, &text)) {
                return false;
            }
        }
    }
    return true;
}
