#include "wire/ssh_names.h"

#include "wire/nist_points.h"

#include <string.h>

enum { X25519_LENGTH = 32 };

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

static const uint8_t *const points[] = { wire_point_p256, wire_point_p384, wire_point_p521 };

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
