#include "wire/ssh_names.h"

#include <string.h>

enum { POINT_MAX = 133, X25519_LENGTH = 32 };

/* RFC 5656 and 8731, 4253, 8268, 9142; draft-ietf-sshm-mlkem-hybrid-kex; OpenSSH PROTOCOL.
 * From the cheapest for the server to the dearest. */
static const struct ssh_kex_method methods[] = {
    { "curve25519-sha256", SSH_KEX_RANDOM, X25519_LENGTH },
    { "curve25519-sha256@libssh.org", SSH_KEX_RANDOM, X25519_LENGTH },
    { "ecdh-sha2-nistp256", SSH_KEX_POINT, 65 },
    { "diffie-hellman-group1-sha1", SSH_KEX_NUMBER, 128 },
    { "mlkem768x25519-sha256", SSH_KEX_HYBRID, 1184 },
    { "ecdh-sha2-nistp384", SSH_KEX_POINT, 97 },
    { "ecdh-sha2-nistp521", SSH_KEX_POINT, 133 },
    { "sntrup761x25519-sha512", SSH_KEX_HYBRID, 1158 },
    { "sntrup761x25519-sha512@openssh.com", SSH_KEX_HYBRID, 1158 },
    { "diffie-hellman-group14-sha256", SSH_KEX_NUMBER, 256 },
    { "diffie-hellman-group14-sha256@ssh.com", SSH_KEX_NUMBER, 256 },
    { "diffie-hellman-group14-sha1", SSH_KEX_NUMBER, 256 },
    { "diffie-hellman-group15-sha512", SSH_KEX_NUMBER, 384 },
    { "diffie-hellman-group-exchange-sha256", SSH_KEX_GROUP, 0 },
    { "diffie-hellman-group-exchange-sha1", SSH_KEX_GROUP, 0 },
    { "diffie-hellman-group16-sha512", SSH_KEX_NUMBER, 512 },
    { "diffie-hellman-group17-sha512", SSH_KEX_NUMBER, 768 },
    { "diffie-hellman-group18-sha512", SSH_KEX_NUMBER, 1024 },
};

/* The base points of P-256, P-384 and P-521 (SP 800-186 section 3.2.1), uncompressed. */
static const uint8_t points[3][POINT_MAX] = {
    { 0x04, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5,
      0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4,
      0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a,
      0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33,
      0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5 },
    { 0x04, 0xaa, 0x87, 0xca, 0x22, 0xbe, 0x8b, 0x05, 0x37, 0x8e, 0xb1, 0xc7, 0x1e, 0xf3,
      0x20, 0xad, 0x74, 0x6e, 0x1d, 0x3b, 0x62, 0x8b, 0xa7, 0x9b, 0x98, 0x59, 0xf7, 0x41,
      0xe0, 0x82, 0x54, 0x2a, 0x38, 0x55, 0x02, 0xf2, 0x5d, 0xbf, 0x55, 0x29, 0x6c, 0x3a,
      0x54, 0x5e, 0x38, 0x72, 0x76, 0x0a, 0xb7, 0x36, 0x17, 0xde, 0x4a, 0x96, 0x26, 0x2c,
      0x6f, 0x5d, 0x9e, 0x98, 0xbf, 0x92, 0x92, 0xdc, 0x29, 0xf8, 0xf4, 0x1d, 0xbd, 0x28,
      0x9a, 0x14, 0x7c, 0xe9, 0xda, 0x31, 0x13, 0xb5, 0xf0, 0xb8, 0xc0, 0x0a, 0x60, 0xb1,
      0xce, 0x1d, 0x7e, 0x81, 0x9d, 0x7a, 0x43, 0x1d, 0x7c, 0x90, 0xea, 0x0e, 0x5f },
    { 0x04, 0x00, 0xc6, 0x85, 0x8e, 0x06, 0xb7, 0x04, 0x04, 0xe9, 0xcd, 0x9e, 0x3e, 0xcb, 0x66,
      0x23, 0x95, 0xb4, 0x42, 0x9c, 0x64, 0x81, 0x39, 0x05, 0x3f, 0xb5, 0x21, 0xf8, 0x28, 0xaf,
      0x60, 0x6b, 0x4d, 0x3d, 0xba, 0xa1, 0x4b, 0x5e, 0x77, 0xef, 0xe7, 0x59, 0x28, 0xfe, 0x1d,
      0xc1, 0x27, 0xa2, 0xff, 0xa8, 0xde, 0x33, 0x48, 0xb3, 0xc1, 0x85, 0x6a, 0x42, 0x9b, 0xf9,
      0x7e, 0x7e, 0x31, 0xc2, 0xe5, 0xbd, 0x66, 0x01, 0x18, 0x39, 0x29, 0x6a, 0x78, 0x9a, 0x3b,
      0xc0, 0x04, 0x5c, 0x8a, 0x5f, 0xb4, 0x2c, 0x7d, 0x1b, 0xd9, 0x98, 0xf5, 0x44, 0x49, 0x57,
      0x9b, 0x44, 0x68, 0x17, 0xaf, 0xbd, 0x17, 0x27, 0x3e, 0x66, 0x2c, 0x97, 0xee, 0x72, 0x99,
      0x5e, 0xf4, 0x26, 0x40, 0xc5, 0x50, 0xb9, 0x01, 0x3f, 0xad, 0x07, 0x61, 0x35, 0x3c, 0x70,
      0x86, 0xa2, 0x72, 0xc2, 0x40, 0x88, 0xbe, 0x94, 0x76, 0x9f, 0xd1, 0x66, 0x50 },
};

static const struct ssh_kex_method *method_named(struct ssh_span name)
{
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (wire_ssh_span_is(name, methods[i].name)) {
            return &methods[i];
        }
    }
    return NULL;
}

const struct ssh_kex_method *wire_ssh_kex_find(struct ssh_span name)
{
    return method_named(name);
}

const struct ssh_kex_method *wire_ssh_kex_best(struct ssh_span list)
{
    const struct ssh_kex_method *best = NULL;
    struct ssh_span name;

    while (wire_ssh_name_next(&list, &name)) {
        const struct ssh_kex_method *method = method_named(name);

        best = method != NULL && (best == NULL || method < best) ? method : best;
    }
    return best;
}

/* Between 2^(8n-2) and 2^(8n-1): below every prime of n whole bytes. */
static void put_number(struct builder *builder, const uint8_t *noise, size_t length)
{
    uint8_t number[SSH_KEX_ROOM];

    if (length == 0 || length > sizeof number) {
        builder->overflow = true;
        return;
    }
    memcpy(number, noise, length);
    number[0] = (uint8_t) ((number[0] & 0x3f) | 0x40);
    wire_ssh_put_mpint(builder, number, length);
}

/* Zeros are a well-formed key of either method: each coefficient is in its range. */
static void put_hybrid(struct builder *builder, const uint8_t *noise, size_t length)
{
    builder_u32(builder, (uint32_t) length + X25519_LENGTH);
    for (size_t i = 0; i < length; i++) {
        builder_u8(builder, 0);
    }
    builder_put(builder, noise, X25519_LENGTH);
}

size_t wire_ssh_kex_begin(const struct ssh_kex_method *method, struct ssh_span prime,
                          const uint8_t *noise, void *room, size_t size)
{
    struct builder builder = builder_over(room, size);
    unsigned bits = wire_ssh_bits(prime);

    builder_u8(&builder, method->way == SSH_KEX_GROUP ? SSH_MSG_GEX_INIT : SSH_MSG_KEX_INIT);
    switch (method->way) {
    case SSH_KEX_POINT:
        wire_ssh_put_string(&builder,
                            points[method->length == 65   ? 0
                                   : method->length == 97 ? 1
                                                          : 2],
                            method->length);
        break;
    case SSH_KEX_RANDOM:
        wire_ssh_put_string(&builder, noise, method->length);
        break;
    case SSH_KEX_NUMBER:
        put_number(&builder, noise, method->length);
        break;
    case SSH_KEX_HYBRID:
        put_hybrid(&builder, noise, method->length);
        break;
    case SSH_KEX_GROUP:
        put_number(&builder, noise, bits > 0 ? (bits - 1) / 8 : 0);
        break;
    }
    return builder.overflow ? 0 : builder.length;
}

static bool span_contains(struct ssh_span span, const char *text)
{
    return span.length > 0 && memmem(span.data, span.length, text, strlen(text)) != NULL;
}

bool wire_ssh_is_marker(struct ssh_span name)
{
    static const char *const markers[] = { "ext-info-s",
                                           "ext-info-c",
                                           "kex-strict-s-v00@openssh.com",
                                           "kex-strict-c-v00@openssh.com",
                                           "kex-strict-s",
                                           "kexguess2@matt.ucc.asn.au" };

    for (size_t i = 0; i < sizeof markers / sizeof markers[0]; i++) {
        if (wire_ssh_span_is(name, markers[i])) {
            return true;
        }
    }
    return false;
}

bool wire_ssh_is_post_quantum(struct ssh_span name)
{
    return span_contains(name, "mlkem") || span_contains(name, "sntrup") ||
           span_contains(name, "kyber") || span_contains(name, "frodokem");
}

bool wire_ssh_is_chacha(struct ssh_span cipher)
{
    return wire_ssh_span_is(cipher, "chacha20-poly1305@openssh.com") ||
           wire_ssh_span_is(cipher, "chacha20-poly1305");
}

bool wire_ssh_is_cbc(struct ssh_span cipher)
{
    return span_contains(cipher, "-cbc");
}

bool wire_ssh_is_etm(struct ssh_span mac)
{
    return span_contains(mac, "-etm@openssh.com");
}
