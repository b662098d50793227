/* What a device may send to our TLS port before anything is encrypted. */
#include "stage.h"

#include "wire/dtls_record.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void hello_look(const struct tls_message *message)
{
    static struct tls_client_hello hello;

    if (!wire_tls_client_hello_read(message, &hello)) {
        return;
    }
    if (hello.suite_count > TLS_CLIENT_SUITES_MAX || hello.group_count > TLS_CLIENT_GROUPS_MAX ||
        hello.version_count > TLS_CLIENT_VERSIONS_MAX || hello.alpn_count > TLS_CLIENT_ALPN_MAX ||
        strlen(hello.server_name) >= TLS_CLIENT_NAME_SIZE || hello.session_id_length > 32) {
        abort();
    }
    for (size_t i = 0; i < hello.suite_count; i++) {
        (void) stage_suite_is(hello.suites[i], SUITES_NULL);
        (void) stage_suite_is(hello.suites[i], SUITES_EXPORT);
        (void) stage_suite_is(hello.suites[i], SUITES_ANONYMOUS);
    }
}

/* The same bytes as two datagrams. */
static void datagrams_look(const uint8_t *data, size_t size)
{
    static uint8_t room[HELLO_BYTES_MAX];
    static uint8_t store[HELLO_BYTES_MAX];
    struct tls_flight messages = wire_tls_flight_start(room, sizeof room);
    struct dtls_flight flight = wire_dtls_flight_start(&messages, store, sizeof store);
    struct tls_message message;
    char talk[CLIENT_TALK_SIZE];

    (void) wire_dtls_word(data, size);
    flight.anchored = wire_dtls_is_hello(data, size, &flight.next);
    (void) wire_dtls_flight_datagram(&flight, data, size / 2);
    (void) wire_dtls_flight_datagram(&flight, data + size / 2, size - size / 2);
    while (wire_tls_flight_message(&messages, &message)) {
        hello_look(&message);
    }
    wire_client_talk_datagram(data, size, talk);
    if (strlen(talk) >= sizeof talk || (size > 0) != (talk[0] != '\0')) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t room[HELLO_BYTES_MAX];
    struct tls_flight flight = wire_tls_flight_start(room, sizeof room);
    struct tls_message message = { .type = TLS_HANDSHAKE_CLIENT_HELLO,
                                   .body = data,
                                   .length = size };
    char talk[CLIENT_TALK_SIZE];

    datagrams_look(data, size);
    hello_look(&message);
    wire_tls_flight_absorb(&flight, data, size / 2);
    wire_tls_flight_absorb(&flight, data, size);
    while (wire_tls_flight_message(&flight, &message)) {
        hello_look(&message);
    }
    (void) wire_client_talk_is_tls(data, size);
    wire_client_talk(data, size, talk);
    if (strlen(talk) >= sizeof talk || (size > 0) != (talk[0] != '\0')) {
        abort();
    }
    return 0;
}
