#include "wire/ssh_keys.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

#define CERTIFICATE_SUFFIX "-cert-v01@openssh.com"

static void span_text(struct ssh_span span, char room[SSH_TYPE_SIZE])
{
    text_printable(span.data, span.length, room, SSH_TYPE_SIZE);
}

static void rsa_read(struct reader *reader, struct ssh_key *key)
{
    (void) wire_ssh_mpint(reader); /* e */
    key->bits = wire_ssh_bits(wire_ssh_mpint(reader));
    key->kind = X509_KEY_RSA;
}

static void dsa_read(struct reader *reader, struct ssh_key *key)
{
    key->bits = wire_ssh_bits(wire_ssh_mpint(reader));
    key->subgroup = wire_ssh_bits(wire_ssh_mpint(reader));
    (void) wire_ssh_mpint(reader); /* g */
    (void) wire_ssh_mpint(reader); /* y */
    key->kind = X509_KEY_DSA;
}

/* RFC 5656 section 3.1 */
static void ecdsa_read(struct reader *reader, struct ssh_key *key)
{
    static const struct {
        const char *curve;
        unsigned bits;
        size_t point;
    } curves[] = { { "nistp256", 256, 65 }, { "nistp384", 384, 97 }, { "nistp521", 521, 133 } };
    struct ssh_span curve = wire_ssh_string(reader);
    struct ssh_span point = wire_ssh_string(reader);

    key->kind = X509_KEY_EC;
    for (size_t i = 0; i < sizeof curves / sizeof curves[0]; i++) {
        if (wire_ssh_span_is(curve, curves[i].curve)) {
            key->bits = curves[i].bits;
            key->is_contradictory = point.length != curves[i].point;
        }
    }
}

/* RFC 8709 section 4 */
static void eddsa_read(struct reader *reader, struct ssh_key *key, enum x509_key_kind kind,
                       unsigned bits, size_t length)
{
    key->kind = kind;
    key->bits = bits;
    key->is_contradictory = wire_ssh_string(reader).length != length;
}

/* The strength is that of the weaker of a DSA key's two groups (SP 800-57 table 2). */
static unsigned key_strength(const struct ssh_key *key)
{
    unsigned strength = wire_x509_strength_bits(key->kind, key->bits);

    if (key->kind == X509_KEY_DSA) {
        unsigned subgroup = wire_x509_strength_bits(X509_KEY_EC, key->subgroup);

        strength = subgroup < strength ? subgroup : strength;
    }
    return key->is_contradictory ? 0 : strength;
}

bool wire_ssh_key_read(struct ssh_span blob, struct ssh_key *ret_key)
{
    struct reader reader = reader_over(blob.data, blob.length);
    struct ssh_span type = wire_ssh_string(&reader);
    char *suffix;
    char plain[SSH_TYPE_SIZE];
    bool known = true;

    *ret_key = (struct ssh_key){ 0 };
    span_text(type, ret_key->type);
    (void) snprintf(plain, sizeof plain, "%s", ret_key->type);
    suffix = strstr(plain, CERTIFICATE_SUFFIX);
    if (suffix != NULL) {
        *suffix = '\0';
        ret_key->is_certificate = true;
        (void) wire_ssh_string(&reader); /* nonce */
    }
    if (strcmp(plain, "ssh-rsa") == 0 || strncmp(plain, "rsa-sha2-", 9) == 0) {
        rsa_read(&reader, ret_key);
    } else if (strcmp(plain, "ssh-dss") == 0) {
        dsa_read(&reader, ret_key);
    } else if (strncmp(plain, "ecdsa-sha2-", 11) == 0) {
        ecdsa_read(&reader, ret_key);
    } else if (strcmp(plain, "ssh-ed25519") == 0) {
        eddsa_read(&reader, ret_key, X509_KEY_ED25519, 256, 32);
    } else if (strcmp(plain, "ssh-ed448") == 0) {
        eddsa_read(&reader, ret_key, X509_KEY_ED448, 456, 57);
    } else {
        known = false;
    }
    ret_key->strength = key_strength(ret_key);
    return reader_ok(&reader) && type.length > 0 &&
           (!known || ret_key->is_certificate || reader_left(&reader) == 0);
}

bool wire_ssh_kex_reply_read(struct ssh_span body, struct ssh_kex_reply *ret_reply)
{
    struct reader reader = reader_over(body.data, body.length);
    struct ssh_span signature;
    struct reader inner;

    *ret_reply = (struct ssh_kex_reply){ .host_key = wire_ssh_string(&reader) };
    (void) wire_ssh_string(&reader); /* the server's public value */
    signature = wire_ssh_string(&reader);
    inner = reader_over(signature.data, signature.length);
    span_text(wire_ssh_string(&inner), ret_reply->signature_format);
    return reader_ok(&reader) && reader_ok(&inner) && reader_left(&reader) == 0;
}

size_t wire_ssh_group_request(unsigned minimum, unsigned preferred, unsigned maximum, void *room,
                              size_t size)
{
    struct builder builder = builder_over(room, size);

    builder_u8(&builder, SSH_MSG_GEX_REQUEST);
    builder_u32(&builder, minimum);
    builder_u32(&builder, preferred);
    builder_u32(&builder, maximum);
    return builder.overflow ? 0 : builder.length;
}

bool wire_ssh_group_read(struct ssh_span body, struct ssh_span *ret_prime)
{
    struct reader reader = reader_over(body.data, body.length);

    *ret_prime = wire_ssh_mpint(&reader);
    (void) wire_ssh_mpint(&reader); /* the generator */
    return reader_ok(&reader) && reader_left(&reader) == 0 && ret_prime->length > 0;
}

void wire_ssh_disconnect_text(struct ssh_span body, char *room, size_t size)
{
    struct reader reader = reader_over(body.data, body.length);
    uint32_t reason = reader_u32(&reader);
    struct ssh_span text = wire_ssh_string(&reader);
    int length = snprintf(room, size, "disconnected, reason %u: ", (unsigned) reason);

    if (length > 0 && (size_t) length < size) {
        text_printable(text.data, text.length, room + length, size - (size_t) length);
    }
}
