/* A server's stream: records, reassembly and every message reader.  The first byte
 * picks the suite, so that each shape of key exchange is reached. */
#include "wire/tls_answer.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_message(const struct tls_message *message, const struct tls_suite *suite)
{
    struct tls_server_hello hello;
    struct tls_key_exchange exchange;
    struct reader list;
    const uint8_t *der = NULL;
    size_t length = 0;

    if (wire_tls_server_hello_read(message, &hello) && hello.alpn_length > message->length) {
        abort();
    }
    (void) wire_tls_key_exchange_read(message, suite, TLS_VERSION_12, &exchange);
    if (wire_tls_certificates_read(message, &list)) {
        while (wire_tls_certificates_next(&list, &der, &length)) {
            if (der < message->body || der + length > message->body + message->length) {
                abort();
            }
        }
    }
}

static bool is_inside(const struct tls_message *message, const uint8_t *at, size_t length)
{
    return at >= message->body && at + length <= message->body + message->length;
}

static void read_message_13(const struct tls_message *message)
{
    struct tls_server_hello hello = { 0 };
    struct reader list;
    const uint8_t *der = NULL;
    const uint8_t *staple = NULL;
    size_t length = 0;
    size_t staple_length = 0;
    uint16_t scheme;

    (void) wire_tls13_extensions_read(message, &hello);
    (void) wire_tls13_verify_read(message, &scheme);
    if (wire_tls_status_read(message, &staple, &length) && !is_inside(message, staple, length)) {
        abort();
    }
    if (!wire_tls13_certificates_read(message, &list)) {
        return;
    }
    while (wire_tls13_certificates_next(&list, &der, &length, &staple, &staple_length)) {
        if (!is_inside(message, der, length) ||
            (staple != NULL && !is_inside(message, staple, staple_length))) {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t room[2048];
    struct tls_flight flight = wire_tls_flight_start(room, sizeof room);
    struct tls_message message;
    struct tls_ssl2_hello ssl2;
    const struct tls_suite *suite;

    if (size < 2) {
        return 0;
    }
    suite = &wire_tls_suites[(size_t) (data[0] << 8 | data[1]) % wire_tls_suites_count];
    data += 2;
    size -= 2;
    (void) wire_tls_ssl2_hello_read(data, size, &ssl2);
    wire_tls_flight_absorb(&flight, data, size / 2);
    wire_tls_flight_absorb(&flight, data, size);
    while (wire_tls_flight_message(&flight, &message)) {
        read_message(&message, suite);
    }
    message = (struct tls_message){ .type = (uint8_t) suite->code, .body = data, .length = size };
    read_message(&message, suite);
    read_message_13(&message);
    return 0;
}
