#include "wire/tls_misuse.h"

#include "wire/x509_der.h"

#include <assert.h>
#include <string.h>

enum { HEARTBEAT_REQUEST = 1, HEARTBEAT_RESPONSE = 2 };

enum tls_piece_state wire_tls_piece_next(struct reader *stream, struct tls_piece *ret_piece)
{
    struct reader ahead = *stream;
    struct tls_piece piece = { .type = reader_u8(&ahead), .version = reader_u16(&ahead) };
    size_t length = reader_u16(&ahead);

    if (reader_left(stream) > 0 &&
        (piece.type < TLS_CONTENT_CHANGE_CIPHER_SPEC || piece.type > TLS_CONTENT_HEARTBEAT)) {
        return TLS_PIECE_NOT_TLS;
    }
    if (reader_ok(&ahead) && (piece.version >> 8 != 3 || length > TLS_RECORD_LENGTH_MAX)) {
        return TLS_PIECE_NOT_TLS;
    }
    piece.content = reader_take(&ahead, length);
    piece.length = length;
    if (!reader_ok(&ahead)) {
        return TLS_PIECE_SHORT;
    }
    *stream = ahead;
    *ret_piece = piece;
    return TLS_PIECE_WHOLE;
}

void wire_tls_piece_put(struct builder *builder, uint8_t type, uint16_t version,
                        const void *content, size_t length)
{
    assert(length <= 1 << 14);
    builder_u8(builder, type);
    builder_u16(builder, version);
    builder_u16(builder, (uint16_t) length);
    builder_put(builder, content, length);
}

void wire_tls_heartbeat_put(struct builder *builder, uint16_t version, uint16_t claimed)
{
    const uint8_t request[] = { HEARTBEAT_REQUEST, (uint8_t) (claimed >> 8), (uint8_t) claimed };

    wire_tls_piece_put(builder, TLS_CONTENT_HEARTBEAT, version, request, sizeof request);
}

bool wire_tls_heartbeat_answers(const struct tls_piece *piece)
{
    return piece->type == TLS_CONTENT_HEARTBEAT && piece->length > 0 &&
           piece->content[0] == HEARTBEAT_RESPONSE;
}

const char *wire_tls_block_word(enum tls_block kind)
{
    static const char *const words[TLS_BLOCK_COUNT] = {
        [TLS_BLOCK_RIGHT] = "right",
        [TLS_BLOCK_WRONG_START] = "wrong first bytes",
        [TLS_BLOCK_WRONG_ZERO] = "zero in a wrong place",
        [TLS_BLOCK_WITHOUT_ZERO] = "no zero",
        [TLS_BLOCK_WRONG_VERSION] = "wrong version",
    };

    return words[kind];
}

void wire_tls_block_fill(enum tls_block kind, uint16_t version, const uint8_t *random,
                         uint8_t *block, size_t length, uint8_t premaster[TLS_PREMASTER_LENGTH])
{
    size_t secret = length - TLS_PREMASTER_LENGTH;

    assert(length >= TLS_BLOCK_LENGTH_MIN && length <= TLS_BLOCK_LENGTH_MAX);
    for (size_t i = 0; i < length; i++) {
        block[i] = random[i] == 0 ? 0xa5 : random[i];
    }
    block[0] = 0;
    block[1] = 2;
    block[secret - 1] = 0;
    block[secret] = (uint8_t) (version >> 8);
    block[secret + 1] = (uint8_t) version;
    memcpy(premaster, block + secret, TLS_PREMASTER_LENGTH);
    switch (kind) {
    case TLS_BLOCK_WRONG_START:
        block[0] = 0x41;
        block[1] = 0x17;
        break;
    case TLS_BLOCK_WRONG_ZERO:
        block[secret - 1] = 0x11;
        block[length - 2] = 0;
        break;
    case TLS_BLOCK_WITHOUT_ZERO:
        block[secret - 1] = 0x11;
        break;
    case TLS_BLOCK_WRONG_VERSION:
        block[secret] = 2;
        block[secret + 1] = 2;
        break;
    default:
        break;
    }
}

static void number_strip(const struct der *number, const uint8_t **ret_at, size_t *ret_length)
{
    *ret_at = number->content;
    *ret_length = number->length;
    while (*ret_length > 0 && **ret_at == 0) {
        ++*ret_at;
        --*ret_length;
    }
}

/* RFC 8017 appendix A.1.1. */
static bool rsa_numbers_read(struct reader reader, struct tls_rsa_key *key)
{
    struct der sequence;
    struct der modulus;
    struct der exponent;
    struct reader inside;

    if (!wire_x509_der_expect(&reader, DER_SEQUENCE, &sequence)) {
        return false;
    }
    inside = wire_x509_der_inside(&sequence);
    if (!wire_x509_der_expect(&inside, DER_INTEGER, &modulus) ||
        !wire_x509_der_expect(&inside, DER_INTEGER, &exponent)) {
        return false;
    }
    number_strip(&modulus, &key->modulus, &key->modulus_length);
    number_strip(&exponent, &key->exponent, &key->exponent_length);
    /* An even modulus is none, and an exponent longer than 8 bytes only costs time. */
    return key->modulus_length >= TLS_BLOCK_LENGTH_MIN &&
           key->modulus_length <= TLS_BLOCK_LENGTH_MAX &&
           (key->modulus[key->modulus_length - 1] & 1) == 1 && key->exponent_length > 0 &&
           key->exponent_length <= 8;
}

static bool rsa_key_info_read(struct reader reader, struct tls_rsa_key *key)
{
    static const uint8_t rsa_encryption[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1 };
    struct der algorithm;
    struct der oid;
    struct der bits;
    struct reader inside;

    if (!wire_x509_der_expect(&reader, DER_SEQUENCE, &algorithm) ||
        !wire_x509_der_expect(&reader, DER_BIT_STRING, &bits) || bits.length < 1) {
        return false;
    }
    inside = wire_x509_der_inside(&algorithm);
    return wire_x509_der_expect(&inside, DER_OID, &oid) && oid.length == sizeof rsa_encryption &&
           memcmp(oid.content, rsa_encryption, sizeof rsa_encryption) == 0 &&
           rsa_numbers_read(reader_over(bits.content + 1, bits.length - 1), key);
}

bool wire_tls_rsa_key_read(const void *der, size_t length, struct tls_rsa_key *ret_key)
{
    enum { BEFORE_THE_KEY = 5, EXPLICIT_VERSION = 0xa0 };
    struct reader reader = reader_over(der, length);
    struct tls_rsa_key key = { 0 };
    struct der certificate;
    struct der body;
    struct der field;
    struct reader inside;

    if (!wire_x509_der_expect(&reader, DER_SEQUENCE, &certificate)) {
        return false;
    }
    inside = wire_x509_der_inside(&certificate);
    if (!wire_x509_der_expect(&inside, DER_SEQUENCE, &body)) {
        return false;
    }
    inside = wire_x509_der_inside(&body);
    if (wire_x509_der_peek(&inside) == EXPLICIT_VERSION && !wire_x509_der_next(&inside, &field)) {
        return false;
    }
    /* Serial number, signature algorithm, issuer, validity, subject. */
    for (int i = 0; i < BEFORE_THE_KEY; i++) {
        if (!wire_x509_der_next(&inside, &field)) {
            return false;
        }
    }
    if (!wire_x509_der_expect(&inside, DER_SEQUENCE, &field) ||
        !rsa_key_info_read(wire_x509_der_inside(&field), &key)) {
        return false;
    }
    *ret_key = key;
    return true;
}
