#include "wire/leaks_private.h"

#include "base/text.h"
#include "wire/x509_der.h"

#include <string.h>

enum {
    LABEL_MAX = 40,
    PEM_BODY_LEAST = 40, /* characters; shorter ones are words in a program */
    PEM_BODY_MAX = 32768,
    RSA_BITS_LEAST = 512,
    MPINT_MAX = 1025
};

static bool starts(const uint8_t *data, size_t length, const char *text)
{
    size_t size = strlen(text);

    return length >= size && memcmp(data, text, size) == 0;
}

static void key_say(struct leaks *leaks, const char *what, bool locked, size_t offset,
                    size_t length)
{
    leaks_say(leaks, &(struct leak){ .kind = locked ? LEAK_KEY_LOCKED : LEAK_KEY,
                                     .what = what,
                                     .offset = offset,
                                     .length = length,
                                     .secret = offset,
                                     .secret_length = length });
}

/* RFC 7468, RFC 1421 section 4.4, and the OpenSSH and OpenPGP labels. */
static const struct {
    const char *label;
    const char *what;
    bool locked;
} pem_labels[] = {
    { "PRIVATE KEY", "private key (PKCS#8, PEM)", false },
    { "ENCRYPTED PRIVATE KEY", "private key with a passphrase (PKCS#8, PEM)", true },
    { "RSA PRIVATE KEY", "RSA private key (PKCS#1, PEM)", false },
    { "EC PRIVATE KEY", "EC private key (SEC 1, PEM)", false },
    { "DSA PRIVATE KEY", "DSA private key (PEM)", false },
    { "OPENSSH PRIVATE KEY", "private key (OpenSSH, PEM)", false },
    { "ANY PRIVATE KEY", "private key (PEM)", false },
    { "PGP PRIVATE KEY BLOCK", "private key (OpenPGP)", false },
};

/* "bcrypt" or "aes256-ctr" after the magic (openssh's PROTOCOL.key), within the first octets. */
static bool openssh_locked(const uint8_t *data, size_t length)
{
    return length > 23 && memcmp(data + 15, "\0\0\0\4none", 8) != 0;
}

/* The first octets of a PEM body. */
static size_t pem_head(const uint8_t *body, size_t length, uint8_t *room, size_t size)
{
    struct text_base64_undo undo = { 0 };
    size_t made = 0;

    for (size_t i = 0; i < length && made < size; i++) {
        if (body[i] == '\\' && i + 1 < length && (body[i + 1] == 'n' || body[i + 1] == 'r')) {
            i++;
            continue;
        }
        made += text_base64_take(&undo, body[i], room + made);
    }
    return made;
}

static size_t base64_count(const uint8_t *body, size_t length)
{
    size_t count = 0;

    for (size_t i = 0; i < length; i++) {
        count += body[i] != '-' && body[i] != '_' && text_base64_digit(body[i]) >= 0;
    }
    return count;
}

static void pem_read(struct leaks *leaks, size_t at)
{
    const uint8_t *data = leaks->data + at + 11; /* behind "-----BEGIN " */
    size_t left = leaks->length - at - 11;
    size_t label = 0;
    const uint8_t *body;
    const uint8_t *end;
    uint8_t head[64];
    bool locked;

    while (label < left && label < LABEL_MAX && data[label] != '-') {
        label++;
    }
    for (size_t i = 0; i < sizeof pem_labels / sizeof pem_labels[0]; i++) {
        if (strlen(pem_labels[i].label) != label || memcmp(data, pem_labels[i].label, label) != 0 ||
            !starts(data + label, left - label, "-----")) {
            continue;
        }
        body = data + label + 5;
        left -= label + 5;
        end = memmem(body, left < PEM_BODY_MAX ? left : PEM_BODY_MAX, "-----END ", 9);
        if (end == NULL || base64_count(body, (size_t) (end - body)) < PEM_BODY_LEAST) {
            return;
        }
        locked =
            pem_labels[i].locked || memmem(body, (size_t) (end - body), "ENCRYPTED", 9) != NULL;
        if (pem_head(body, (size_t) (end - body), head, sizeof head) == sizeof head &&
            starts(head, sizeof head, "openssh-key-v1")) {
            locked = openssh_locked(head, sizeof head);
        }
        key_say(leaks, pem_labels[i].what, locked, at, (size_t) (end - leaks->data) - at);
        return;
    }
}

static void putty_read(struct leaks *leaks, size_t at)
{
    size_t left = leaks->length - at < 4096 ? leaks->length - at : 4096;
    const uint8_t *data = leaks->data + at;

    if (memmem(data, left, "Private-Lines: ", 15) != NULL) {
        key_say(leaks, "private key (PuTTY)", memmem(data, left, "Encryption: none", 16) == NULL,
                at, left);
    }
}

/* RFC 8017 appendix A.1.2: version 0, and eight more numbers of which the first is the modulus. */
static bool is_pkcs1(struct reader inside)
{
    struct der number;
    unsigned count = 0;

    while (reader_left(&inside) > 0 && wire_x509_der_expect(&inside, DER_INTEGER, &number)) {
        if ((count == 0 && (number.length != 1 || number.content[0] != 0)) ||
            (count == 1 && wire_x509_der_bits(&number) < RSA_BITS_LEAST)) {
            return false;
        }
        count++;
    }
    return count == 9 && reader_ok(&inside);
}

/* RFC 5915 section 3: version 1, and a scalar of a curve's length. */
static bool is_sec1(struct reader inside)
{
    struct der version;
    struct der scalar;

    return wire_x509_der_expect(&inside, DER_INTEGER, &version) && version.length == 1 &&
           version.content[0] == 1 && wire_x509_der_expect(&inside, DER_OCTET_STRING, &scalar) &&
           scalar.length >= 20 && scalar.length <= 66 && wire_x509_der_peek(&inside) == 0xa0;
}

/* RFC 5958 section 2: version 0 or 1, an algorithm, and the key in an octet string. */
static bool is_pkcs8(struct reader inside)
{
    struct der version;
    struct der algorithm;
    struct der identifier;
    struct der key;
    struct reader named;

    if (!wire_x509_der_expect(&inside, DER_INTEGER, &version) || version.length != 1 ||
        version.content[0] > 1 || !wire_x509_der_expect(&inside, DER_SEQUENCE, &algorithm)) {
        return false;
    }
    named = wire_x509_der_inside(&algorithm);
    return wire_x509_der_expect(&named, DER_OID, &identifier) && identifier.length >= 3 &&
           wire_x509_der_expect(&inside, DER_OCTET_STRING, &key) && key.length >= 32;
}

/* RFC 5958 section 3 with an algorithm of PKCS #5 or PKCS #12 (1.2.840.113549.1.5, .1.12.1). */
static bool is_pkcs8_locked(struct reader inside)
{
    struct der algorithm;
    struct der identifier;
    struct der key;
    struct reader named;

    if (!wire_x509_der_expect(&inside, DER_SEQUENCE, &algorithm)) {
        return false;
    }
    named = wire_x509_der_inside(&algorithm);
    return wire_x509_der_expect(&named, DER_OID, &identifier) && identifier.length >= 9 &&
           memcmp(identifier.content, "\x2a\x86\x48\x86\xf7\x0d\x01", 7) == 0 &&
           (identifier.content[7] == 5 || identifier.content[7] == 12) &&
           wire_x509_der_expect(&inside, DER_OCTET_STRING, &key) && key.length >= 32 &&
           reader_left(&inside) == 0;
}

static size_t der_read(struct leaks *leaks, size_t at)
{
    struct reader reader = reader_over(leaks->data + at, leaks->length - at);
    struct der whole;
    struct reader inside;
    const char *what = NULL;
    bool locked = false;

    if (!wire_x509_der_expect(&reader, DER_SEQUENCE, &whole) || whole.length < 40 ||
        whole.length > 65536) {
        return 0;
    }
    inside = wire_x509_der_inside(&whole);
    if (wire_x509_der_peek(&inside) == DER_INTEGER) {
        what = is_pkcs1(inside)   ? "RSA private key (PKCS#1, DER)"
               : is_sec1(inside)  ? "EC private key (SEC 1, DER)"
               : is_pkcs8(inside) ? "private key (PKCS#8, DER)"
                                  : NULL;
    } else if (wire_x509_der_peek(&inside) == DER_SEQUENCE && is_pkcs8_locked(inside)) {
        what = "private key with a passphrase (PKCS#8, DER)";
        locked = true;
    }
    if (what == NULL) {
        return 0;
    }
    key_say(leaks, what, locked, at, whole.whole_length);
    return whole.whole_length;
}

/* RFC 4251 section 5; the length of the number or string, or 0. */
static size_t string_next(struct reader *reader)
{
    uint32_t length = reader_u32(reader);

    return length <= MPINT_MAX && reader_take(reader, length) != NULL ? length : 0;
}

/* Dropbear keeps the public key of RFC 4253 section 6.6 with the private numbers behind it. */
static bool is_dropbear(struct reader reader, bool rsa)
{
    size_t modulus;

    if (rsa) {
        (void) string_next(&reader); /* e */
        modulus = string_next(&reader);
        if (modulus < RSA_BITS_LEAST / 8) {
            return false;
        }
        for (size_t i = 0; i < 3; i++) { /* d, p, q */
            size_t length = string_next(&reader);

            if (length < modulus / 2 - 8 || length > modulus + 1) {
                return false;
            }
        }
        return reader_ok(&reader);
    }
    return string_next(&reader) == 64; /* Ed25519: private and public key in one string */
}

static void dropbear_read(struct leaks *leaks, size_t at)
{
    static const struct {
        const char *type;
        size_t length;
        bool rsa;
    } types[] = { { "\0\0\0\7ssh-rsa", 11, true }, { "\0\0\0\13ssh-ed25519", 15, false } };
    const uint8_t *data = leaks->data + at;
    size_t left = leaks->length - at;

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (left > types[i].length && memcmp(data, types[i].type, types[i].length) == 0 &&
            is_dropbear(reader_over(data + types[i].length, left - types[i].length),
                        types[i].rsa)) {
            key_say(leaks, "SSH host key (Dropbear)", false, at, types[i].length);
        }
    }
}

void leaks_of_keys(struct leaks *leaks)
{
    const uint8_t *data = leaks->data;

    for (size_t at = 0; at + 16 < leaks->length && !leaks->ended; at++) {
        size_t left = leaks->length - at;
        size_t taken;

        switch (data[at]) {
        case '-':
            if (starts(data + at, left, "-----BEGIN ")) {
                pem_read(leaks, at);
            }
            break;
        case 'P':
            if (starts(data + at, left, "PuTTY-User-Key-File-")) {
                putty_read(leaks, at);
            }
            break;
        case 'o':
            if (left > 64 && memcmp(data + at, "openssh-key-v1", 15) == 0) {
                key_say(leaks, "private key (OpenSSH)", openssh_locked(data + at, left), at, 64);
            }
            break;
        case DER_SEQUENCE:
            taken = data[at + 1] >= 0x28 ? der_read(leaks, at) : 0;
            at += taken > 0 ? taken - 1 : 0;
            break;
        case '\0':
            if (data[at + 1] == 0 && data[at + 2] == 0 && data[at + 4] == 's') {
                dropbear_read(leaks, at);
            }
            break;
        default:
            break;
        }
    }
}
