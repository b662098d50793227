#include "wire/dtls_server_flight.h"

#include "wire/dtls_record.h"
#include "wire/tls_server_flight.h"

#include <criterion/criterion.h>
#include <string.h>

enum { ROOM = 8192, CERTIFICATE = 3000 };

/* What a client would put together again. */
struct listener {
    uint8_t room[ROOM];
    uint8_t store[ROOM];
    struct tls_flight messages;
    struct dtls_flight flight;
    unsigned datagrams;
};

static void hear(struct dtls_speech *speech, struct listener *listener)
{
    uint8_t room[DTLS_DATAGRAM_ROOM];
    struct builder datagram = builder_over(room, sizeof room);

    while (wire_dtls_speech_next(speech, &datagram)) {
        cr_assert_not(datagram.overflow);
        cr_expect(wire_dtls_flight_datagram(&listener->flight, room, datagram.length));
        listener->datagrams++;
        datagram.length = 0;
    }
}

static void expect_next(struct listener *listener, uint8_t type, size_t length)
{
    struct tls_message message;

    cr_assert(wire_tls_flight_message(&listener->messages, &message));
    cr_expect_eq(message.type, type);
    cr_expect_eq(message.length, length);
    if (type == TLS_HANDSHAKE_SERVER_HELLO) {
        cr_expect_eq(message.body[0] << 8 | message.body[1], DTLS_VERSION_10);
    }
}

Test(dtls_server_flight, what_is_said_is_put_together_again)
{
    static uint8_t certificate[CERTIFICATE] = { [0] = 0x30 };
    static uint8_t records[ROOM];
    static uint8_t messages[ROOM];
    static struct listener listener;
    const size_t length = sizeof certificate;
    const struct tls_server_choice choice = { .version = TLS_VERSION_11, .suite = 0x002f };
    struct dtls_speech speech = { .version = DTLS_VERSION_10 };
    struct builder flight = builder_over(records, sizeof records);

    listener.messages = wire_tls_flight_start(listener.room, sizeof listener.room);
    listener.flight =
        wire_dtls_flight_start(&listener.messages, listener.store, sizeof listener.store);
    wire_tls_server_hello_build(&choice, &flight);
    wire_dtls_speech_load(&speech, flight.start, flight.length, messages, sizeof messages);
    hear(&speech, &listener);
    expect_next(&listener, TLS_HANDSHAKE_SERVER_HELLO, 38);

    flight.length = 0;
    wire_tls_certificate_build(TLS_VERSION_11, certificate, &length, 1, &flight);
    wire_tls_server_done_build(TLS_VERSION_11, &flight);
    wire_dtls_speech_load(&speech, flight.start, flight.length, messages, sizeof messages);
    hear(&speech, &listener);
    expect_next(&listener, TLS_HANDSHAKE_CERTIFICATE, 3 + 3 + CERTIFICATE);
    expect_next(&listener, TLS_HANDSHAKE_SERVER_HELLO_DONE, 0);
    cr_expect_eq(listener.datagrams, 1 + 3 + 1);
    cr_expect_eq(listener.flight.garbled, 0);
}

#define HEADER(type, epoch, length) type "\xfe\xfd\x00" epoch "\x00\x00\x00\x00\x00\x01\x00" length

static struct dtls_word word_of(const char *said, size_t length)
{
    return wire_dtls_word(said, length);
}

#define WORD(said) word_of(said, sizeof(said) - 1)

Test(dtls_server_flight, a_key_exchange_and_an_alert_are_told)
{
    static const char key[] = HEADER("\x16", "\x00", "\x0d") "\x10\0\0\1\0\1\0\0\0\0\0\1\4" HEADER(
        "\x14", "\x00", "\x01") "\x01";
    static const char finished[] = HEADER("\x16", "\x01", "\x02") "\x10\x00";

    cr_expect(WORD(key).key);
    cr_expect_eq(WORD(key).alert, -1);
    cr_expect_not(WORD(finished).key, "it is protected");
    cr_expect_eq(WORD(HEADER("\x15", "\x00", "\x02") "\x02\x2a").alert, 42);
    cr_expect_eq(WORD(HEADER("\x15", "\x00", "\x02") "\x01\x00").alert, -1, "a warning");
    cr_expect_eq(WORD(HEADER("\x15", "\x00", "\x09") "\x02\x2a").alert, -1, "cut off");
    cr_expect_eq(WORD("\x15\x03\x03\x00\x02\x02\x2a").alert, -1, "no DTLS");
}

Test(dtls_server_flight, a_hello_is_told_with_its_number)
{
    static const char hello[] = HEADER("\x16", "\x00", "\x0c") "\x01\0\0\x80\0\7\0\0\0\0\0\0";
    static const char answer[] = HEADER("\x16", "\x00", "\x0c") "\x02\0\0\x80\0\7\0\0\0\0\0\0";
    uint16_t sequence = 0;

    cr_expect(wire_dtls_is_hello(hello, sizeof hello - 1, &sequence));
    cr_expect_eq(sequence, 7);
    cr_expect_not(wire_dtls_is_hello(answer, sizeof answer - 1, &sequence));
    cr_expect_not(wire_dtls_is_hello(hello, 20, &sequence));
    cr_expect_not(wire_dtls_is_hello("", 0, &sequence));
}
