#include "wire/x509_facts.h"

#include "base/text.h"
#include "wire/x509_der.h"
#include "wire/x509_names.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { CONTEXT_0 = 0xa0, CONTEXT_3 = 0xa3, NAME_DNS = 0x82, NAME_ADDRESS = 0x87 };

const char *wire_x509_key_word(enum x509_key_kind kind)
{
    static const char *const words[] = { "other", "RSA", "EC", "DSA", "Ed25519", "Ed448" };

    return words[kind];
}

unsigned wire_x509_strength_bits(enum x509_key_kind kind, unsigned key_bits)
{
    /* Smallest key of each strength: {integer or finite field, elliptic curve, strength}. */
    static const unsigned table[][3] = {
        { 15360, 512, 256 }, { 7680, 384, 192 }, { 3072, 256, 128 },
        { 2048, 224, 112 },  { 1024, 160, 80 },
    };
    bool factoring = kind == X509_KEY_RSA || kind == X509_KEY_DSA;

    if (kind == X509_KEY_ED25519) {
        return 128;
    }
    if (kind == X509_KEY_ED448) {
        return 224;
    }
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if ((factoring && key_bits >= table[i][0]) ||
            (kind == X509_KEY_EC && key_bits >= table[i][1])) {
            return table[i][2];
        }
    }
    return 0;
}

static bool facts_algorithm(struct reader *reader, char *room, size_t size)
{
    struct der algorithm;
    struct der oid;
    struct reader inside;

    if (!wire_x509_der_expect(reader, DER_SEQUENCE, &algorithm)) {
        return false;
    }
    inside = wire_x509_der_inside(&algorithm);
    if (!wire_x509_der_expect(&inside, DER_OID, &oid)) {
        return false;
    }
    wire_x509_oid_name(&oid, room, size);
    return true;
}

/* RFC 5280 section 4.1.2.5: UTCTime until 2049, then GeneralizedTime; both in Z. */
static bool facts_time(struct reader *reader, char room[24])
{
    struct der time;
    char digits[14];
    size_t count;

    if (!wire_x509_der_next(reader, &time)) {
        return false;
    }
    count = time.tag == DER_UTC_TIME ? 12 : 14;
    if ((time.tag != DER_UTC_TIME && time.tag != DER_GENERALIZED_TIME) ||
        time.length != count + 1 || time.content[count] != 'Z') {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (time.content[i] < '0' || time.content[i] > '9') {
            return false;
        }
    }
    if (time.tag == DER_UTC_TIME) {
        memcpy(digits, time.content[0] >= '5' ? "19" : "20", 2);
        memcpy(digits + 2, time.content, 12);
    } else {
        memcpy(digits, time.content, 14);
    }
    (void) snprintf(room, 24, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", digits, digits + 4, digits + 6,
                    digits + 8, digits + 10, digits + 12);
    return true;
}

static unsigned facts_curve_bits(const char *curve)
{
    static const struct {
        const char *name;
        unsigned bits;
    } curves[] = {
        { "secp192r1", 192 },       { "secp224r1", 224 },       { "secp256r1", 256 },
        { "secp256k1", 256 },       { "secp384r1", 384 },       { "secp521r1", 521 },
        { "brainpoolP256r1", 256 }, { "brainpoolP384r1", 384 }, { "brainpoolP512r1", 512 },
        { "curveSM2", 256 },
    };

    for (size_t i = 0; i < sizeof curves / sizeof curves[0]; i++) {
        if (text_equal(curves[i].name, curve)) {
            return curves[i].bits;
        }
    }
    return 0;
}

/* The modulus of an RSAPublicKey (RFC 8017 appendix A.1.1). */
static unsigned facts_rsa_bits(const struct der *bits)
{
    struct reader reader = wire_x509_der_inside(bits);
    struct der key;
    struct der modulus;

    (void) reader_u8(&reader); /* unused bits */
    if (!wire_x509_der_expect(&reader, DER_SEQUENCE, &key)) {
        return 0;
    }
    reader = wire_x509_der_inside(&key);
    return wire_x509_der_expect(&reader, DER_INTEGER, &modulus) ? wire_x509_der_bits(&modulus) : 0;
}

/* The prime of Dss-Parms (RFC 3279 section 2.3.2). */
static unsigned facts_dsa_bits(struct reader *parameters)
{
    struct der list;
    struct der prime;
    struct reader inside;

    if (!wire_x509_der_expect(parameters, DER_SEQUENCE, &list)) {
        return 0;
    }
    inside = wire_x509_der_inside(&list);
    return wire_x509_der_expect(&inside, DER_INTEGER, &prime) ? wire_x509_der_bits(&prime) : 0;
}

static bool facts_key(struct reader *reader, struct x509_facts *facts)
{
    struct der info;
    struct der algorithm;
    struct der oid;
    struct der bits;
    struct der curve;
    struct reader inside;
    struct reader parameters;
    char name[64];

    if (!wire_x509_der_expect(reader, DER_SEQUENCE, &info)) {
        return false;
    }
    facts->key = info.whole;
    facts->key_length = info.whole_length;
    inside = wire_x509_der_inside(&info);
    if (!wire_x509_der_expect(&inside, DER_SEQUENCE, &algorithm) ||
        !wire_x509_der_expect(&inside, DER_BIT_STRING, &bits)) {
        return false;
    }
    parameters = wire_x509_der_inside(&algorithm);
    if (!wire_x509_der_expect(&parameters, DER_OID, &oid)) {
        return false;
    }
    wire_x509_oid_name(&oid, name, sizeof name);
    if (text_equal(name, "rsaEncryption") || text_equal(name, "RSASSA-PSS")) {
        facts->key_kind = X509_KEY_RSA;
        facts->key_bits = facts_rsa_bits(&bits);
    } else if (text_equal(name, "ecPublicKey")) {
        facts->key_kind = X509_KEY_EC;
        (void) snprintf(facts->curve, sizeof facts->curve, "explicit");
        if (wire_x509_der_expect(&parameters, DER_OID, &curve)) {
            wire_x509_oid_name(&curve, facts->curve, sizeof facts->curve);
        }
        facts->key_bits = facts_curve_bits(facts->curve);
    } else if (text_equal(name, "dsa")) {
        facts->key_kind = X509_KEY_DSA;
        facts->key_bits = facts_dsa_bits(&parameters);
    } else if (text_equal(name, "Ed25519") || text_equal(name, "Ed448")) {
        facts->key_kind = text_equal(name, "Ed448") ? X509_KEY_ED448 : X509_KEY_ED25519;
        facts->key_bits = text_equal(name, "Ed448") ? 456 : 256;
    }
    return true;
}

static bool facts_alternatives(const struct der *value, struct x509_facts *facts)
{
    struct reader reader = wire_x509_der_inside(value);
    struct der list;
    struct der name;

    if (!wire_x509_der_expect(&reader, DER_SEQUENCE, &list)) {
        return false;
    }
    facts->has_alternatives = true;
    reader = wire_x509_der_inside(&list);
    while (reader_left(&reader) > 0) {
        struct x509_alternative *entry = &facts->alternatives[facts->alternative_count];
        bool address;

        if (!wire_x509_der_next(&reader, &name)) {
            return false;
        }
        if (facts->alternative_count == X509_NAMES_MAX) {
            facts->more_alternatives = true;
            return true;
        }
        address = name.tag == NAME_ADDRESS && (name.length == 4 || name.length == 16);
        *entry = (struct x509_alternative){ .kind = name.tag == NAME_DNS ? X509_ALTERNATIVE_DNS
                                                    : address            ? X509_ALTERNATIVE_ADDRESS
                                                                         : X509_ALTERNATIVE_OTHER,
                                            .data = name.content,
                                            .length = name.length };
        facts->alternative_count++;
    }
    return true;
}

static bool facts_basic_constraints(const struct der *value, struct x509_facts *facts)
{
    struct reader reader = wire_x509_der_inside(value);
    struct der list;
    struct der flag;

    if (!wire_x509_der_expect(&reader, DER_SEQUENCE, &list)) {
        return false;
    }
    reader = wire_x509_der_inside(&list);
    if (wire_x509_der_peek(&reader) == DER_BOOLEAN) {
        facts->is_ca =
            wire_x509_der_next(&reader, &flag) && flag.length == 1 && flag.content[0] != 0;
    }
    return true;
}

static bool facts_extension(struct reader *list, struct x509_facts *facts)
{
    static const uint8_t subject_alternative_name[] = { 0x55, 0x1d, 0x11 };
    static const uint8_t basic_constraints[] = { 0x55, 0x1d, 0x13 };
    struct der extension;
    struct der oid;
    struct der value;
    struct reader inside;

    if (!wire_x509_der_expect(list, DER_SEQUENCE, &extension)) {
        return false;
    }
    inside = wire_x509_der_inside(&extension);
    if (!wire_x509_der_expect(&inside, DER_OID, &oid)) {
        return false;
    }
    if (wire_x509_der_peek(&inside) == DER_BOOLEAN) {
        (void) wire_x509_der_next(&inside, &value);
    }
    if (!wire_x509_der_expect(&inside, DER_OCTET_STRING, &value)) {
        return false;
    }
    if (oid.length != 3) {
        return true;
    }
    if (memcmp(oid.content, subject_alternative_name, 3) == 0 && !facts->has_alternatives) {
        return facts_alternatives(&value, facts);
    }
    if (memcmp(oid.content, basic_constraints, 3) == 0) {
        return facts_basic_constraints(&value, facts);
    }
    return true;
}

static bool facts_extensions(struct reader *reader, struct x509_facts *facts)
{
    struct der outer;
    struct der list;
    struct reader inside;

    while (reader_left(reader) > 0) {
        if (!wire_x509_der_next(reader, &outer)) {
            return false;
        }
        if (outer.tag != CONTEXT_3) {
            continue; /* the unique identifiers of RFC 5280 section 4.1.2.8 */
        }
        inside = wire_x509_der_inside(&outer);
        if (!wire_x509_der_expect(&inside, DER_SEQUENCE, &list)) {
            return false;
        }
        inside = wire_x509_der_inside(&list);
        while (reader_left(&inside) > 0) {
            if (!facts_extension(&inside, facts)) {
                return false;
            }
        }
    }
    return true;
}

static bool facts_names_and_times(struct reader *reader, struct x509_facts *facts)
{
    struct der issuer;
    struct der validity;
    struct der subject;
    struct reader times;

    if (!wire_x509_der_expect(reader, DER_SEQUENCE, &issuer) ||
        !wire_x509_der_expect(reader, DER_SEQUENCE, &validity) ||
        !wire_x509_der_expect(reader, DER_SEQUENCE, &subject)) {
        return false;
    }
    times = wire_x509_der_inside(&validity);
    facts->self_issued = issuer.whole_length == subject.whole_length &&
                         memcmp(issuer.whole, subject.whole, issuer.whole_length) == 0;
    return wire_x509_name_text(&issuer, facts->issuer, sizeof facts->issuer) &&
           wire_x509_name_text(&subject, facts->subject, sizeof facts->subject) &&
           facts_time(&times, facts->not_before) && facts_time(&times, facts->not_after);
}

bool wire_x509_facts_read(const void *der, size_t length, struct x509_facts *ret_facts)
{
    struct reader reader = reader_over(der, length);
    struct der certificate;
    struct der body;
    struct der serial;
    char inner_algorithm[64];

    memset(ret_facts, 0, sizeof *ret_facts);
    if (!wire_x509_der_expect(&reader, DER_SEQUENCE, &certificate)) {
        return false;
    }
    reader = wire_x509_der_inside(&certificate);
    if (!wire_x509_der_expect(&reader, DER_SEQUENCE, &body) ||
        !facts_algorithm(&reader, ret_facts->signature_algorithm,
                         sizeof ret_facts->signature_algorithm)) {
        return false;
    }
    reader = wire_x509_der_inside(&body);
    if (wire_x509_der_peek(&reader) == CONTEXT_0) {
        (void) wire_x509_der_next(&reader, &serial); /* the version */
    }
    if (!wire_x509_der_expect(&reader, DER_INTEGER, &serial)) {
        return false;
    }
    text_hex(serial.content, serial.length < 32 ? serial.length : 32, ret_facts->serial);
    return facts_algorithm(&reader, inner_algorithm, sizeof inner_algorithm) &&
           facts_names_and_times(&reader, ret_facts) && facts_key(&reader, ret_facts) &&
           facts_extensions(&reader, ret_facts);
}

/* RFC 9525 section 6.3; names compare without regard to case (RFC 4343). */
static bool facts_dns_matches(const struct x509_alternative *name, const char *host)
{
    const char *pattern = (const char *) name->data;
    size_t length = name->length;
    size_t host_length = strlen(host);

    if (host_length > 0 && host[host_length - 1] == '.') {
        host_length--;
    }
    if (length > 2 && pattern[0] == '*' && pattern[1] == '.') {
        const char *dot = memchr(host, '.', host_length);
        size_t label;

        if (dot == NULL || dot == host) {
            return false;
        }
        label = (size_t) (dot - host);
        pattern += 1;
        length -= 1;
        /* "*.example": a wildcard over a whole top-level domain is no wildcard. */
        if (memchr(pattern + 1, '.', length - 1) == NULL) {
            return false;
        }
        host += label;
        host_length -= label;
    }
    return length == host_length && strncasecmp(pattern, host, length) == 0 &&
           memchr(pattern, '\0', length) == NULL;
}

bool wire_x509_names_host(const struct x509_facts *facts, const char *host)
{
    uint8_t address[16];
    size_t address_length = 0;

    if (inet_pton(AF_INET, host, address) == 1) {
        address_length = 4;
    } else if (inet_pton(AF_INET6, host, address) == 1) {
        address_length = 16;
    }
    for (size_t i = 0; i < facts->alternative_count; i++) {
        const struct x509_alternative *name = &facts->alternatives[i];

        if (address_length > 0 && name->kind == X509_ALTERNATIVE_ADDRESS &&
            name->length == address_length && memcmp(name->data, address, address_length) == 0) {
            return true;
        }
        if (address_length == 0 && name->kind == X509_ALTERNATIVE_DNS &&
            facts_dns_matches(name, host)) {
            return true;
        }
    }
    return false;
}

void wire_x509_alternatives_text(const struct x509_facts *facts, char *room, size_t size)
{
    size_t used = 0;

    room[0] = '\0';
    for (size_t i = 0; i < facts->alternative_count; i++) {
        const struct x509_alternative *name = &facts->alternatives[i];
        const char *separator = i == 0 ? "" : ", ";
        char value[300] = "other";
        int written;

        if (name->kind == X509_ALTERNATIVE_DNS) {
            memcpy(value, "DNS:", 4);
            text_printable(name->data, name->length, value + 4, sizeof value - 4);
        } else if (name->kind == X509_ALTERNATIVE_ADDRESS) {
            memcpy(value, "IP:", 4);
            (void) inet_ntop(name->length == 4 ? AF_INET : AF_INET6, name->data, value + 3,
                             (socklen_t) (sizeof value - 3));
        }
        written = snprintf(room + used, size - used, "%s%s", separator, value);
        if (written < 0 || (size_t) written >= size - used) {
            room[used] = '\0';
            return;
        }
        used += (size_t) written;
    }
}
