/* Any datagrams, into little room: whole messages come out, and nothing is read beyond either. */
#include "wire/dtls_record.h"

#include "wire/tls_answer.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(const struct tls_message *message)
{
    struct tls_server_hello hello;
    const uint8_t *cookie;
    size_t length;

    if (wire_dtls_server_hello_read(message, &hello) && hello.cookie_length > message->length) {
        abort();
    }
    if (wire_dtls_cookie_read(message, &cookie, &length) && length > DTLS_COOKIE_MAX) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t room[512];
    uint8_t store[1024];
    struct tls_flight messages = wire_tls_flight_start(room, sizeof room);
    struct dtls_flight flight = wire_dtls_flight_start(&messages, store, sizeof store);
    struct tls_message message;

    for (size_t at = 0; at < size; at += 200) {
        (void) wire_dtls_flight_datagram(&flight, data + at, size - at < 200 ? size - at : 200);
        while (wire_tls_flight_message(&messages, &message)) {
            look(&message);
        }
        if (at % 600 == 400) {
            wire_dtls_flight_again(&flight);
        }
    }
    return 0;
}
