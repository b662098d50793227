#include "wire/tls_server_flight.h"

#include "wire/nist_points.h"
#include "wire/tls_hello.h"
#include "wire/tls_record.h"

#include <string.h>

enum { HANDSHAKE_SERVER_KEY_EXCHANGE = 12, HANDSHAKE_CLIENT_KEY_EXCHANGE = 16 };

enum { HANDSHAKE_CERTIFICATE_STATUS = 22, STATUS_OCSP = 1 };

struct places {
    size_t record;
    size_t message;
};

static struct places message_open(uint16_t version, uint8_t type, struct builder *builder)
{
    struct places places;

    builder_u8(builder, TLS_CONTENT_HANDSHAKE);
    builder_u16(builder, version);
    places.record = builder_open(builder, 2);
    builder_u8(builder, type);
    places.message = builder_open(builder, 3);
    return places;
}

static void message_close(struct places places, struct builder *builder)
{
    builder_close(builder, places.message, 3);
    builder_close(builder, places.record, 2);
}

void wire_tls_server_hello_build(const struct tls_server_choice *choice, struct builder *builder)
{
    static const uint8_t renegotiation[] = { 0xff, 0x01, 0, 1, 0 };
    static const uint8_t status_request[] = { 0, 5, 0, 0 };
    size_t extensions;
    struct places places = message_open(choice->version, TLS_HANDSHAKE_SERVER_HELLO, builder);

    builder_u16(builder, choice->version);
    builder_put(builder, choice->random, sizeof choice->random);
    builder_u8(builder, 0); /* no session to come back to */
    builder_u16(builder, choice->suite);
    builder_u8(builder, 0);
    if (choice->renegotiation_info || choice->staple) {
        extensions = builder_open(builder, 2);
        if (choice->renegotiation_info) {
            builder_put(builder, renegotiation, sizeof renegotiation);
        }
        if (choice->staple) {
            builder_put(builder, status_request, sizeof status_request);
        }
        builder_close(builder, extensions, 2);
    }
    message_close(places, builder);
}

void wire_tls_certificate_build(uint16_t version, const uint8_t *ders, const size_t *lengths,
                                size_t count, struct builder *builder)
{
    struct places places = message_open(version, TLS_HANDSHAKE_CERTIFICATE, builder);
    size_t list = builder_open(builder, 3);

    for (size_t i = 0; i < count; i++) {
        builder_u24(builder, (uint32_t) lengths[i]);
        builder_put(builder, ders, lengths[i]);
        ders += lengths[i];
    }
    builder_close(builder, list, 3);
    message_close(places, builder);
}

void wire_tls_certificate_status_build(uint16_t version, const uint8_t *response, size_t length,
                                       struct builder *builder)
{
    struct places places = message_open(version, HANDSHAKE_CERTIFICATE_STATUS, builder);

    builder_u8(builder, STATUS_OCSP);
    builder_u24(builder, (uint32_t) length);
    builder_put(builder, response, length);
    message_close(places, builder);
}

void wire_tls_key_exchange_build(uint16_t version, const uint8_t *params, size_t params_length,
                                 uint16_t scheme, const uint8_t *signature, size_t signature_length,
                                 struct builder *builder)
{
    struct places places = message_open(version, HANDSHAKE_SERVER_KEY_EXCHANGE, builder);

    builder_put(builder, params, params_length);
    if (signature_length > 0) {
        if (version >= TLS_VERSION_12) {
            builder_u16(builder, scheme);
        }
        builder_u16(builder, (uint16_t) signature_length);
        builder_put(builder, signature, signature_length);
    }
    message_close(places, builder);
}

void wire_tls_server_done_build(uint16_t version, struct builder *builder)
{
    message_close(message_open(version, TLS_HANDSHAKE_SERVER_HELLO_DONE, builder), builder);
}

void wire_tls_ecdh_params_build(struct builder *builder)
{
    builder_u8(builder, 3); /* named_curve */
    builder_u16(builder, 0x0017);
    builder_u8(builder, sizeof wire_point_p256);
    builder_put(builder, wire_point_p256, sizeof wire_point_p256);
}

bool wire_tls_is_key_exchange(const void *stream, size_t length)
{
    const uint8_t *at = stream;

    return length > TLS_RECORD_HEADER_LENGTH && at[0] == TLS_CONTENT_HANDSHAKE &&
           at[TLS_RECORD_HEADER_LENGTH] == HANDSHAKE_CLIENT_KEY_EXCHANGE;
}
