#include "wire/tls_server_flight.h"

#include "wire/tls_answer.h"
#include "wire/tls_record.h"

#include <criterion/criterion.h>

/* What we say as a server is what we read of one. */
Test(tls_server_flight, its_own_reader_reads_it)
{
    static const uint8_t ders[] = { 0x30, 1, 5, 0x30, 0 };
    static const size_t lengths[] = { 3, 2 };
    const struct tls_server_choice choice = { .version = TLS_VERSION_10,
                                              .suite = 0xc013,
                                              .renegotiation_info = true };
    uint8_t said[2048];
    uint8_t params[256];
    uint8_t room[2048];
    struct builder flight = builder_over(said, sizeof said);
    struct builder key = builder_over(params, sizeof params);
    struct tls_flight read = wire_tls_flight_start(room, sizeof room);
    struct tls_message message;
    struct tls_server_hello hello;
    struct tls_key_exchange exchange;
    struct reader list;
    const uint8_t *der = NULL;
    size_t length = 0;

    wire_tls_server_hello_build(&choice, &flight);
    wire_tls_certificate_build(choice.version, ders, lengths, 2, &flight);
    wire_tls_ecdh_params_build(&key);
    wire_tls_key_exchange_build(choice.version, params, key.length, 0, ders, 5, &flight);
    wire_tls_server_done_build(choice.version, &flight);
    cr_assert_not(flight.overflow);
    wire_tls_flight_absorb(&read, said, flight.length);
    cr_assert(wire_tls_flight_message(&read, &message));
    cr_assert(wire_tls_server_hello_read(&message, &hello));
    cr_expect_eq(hello.version, TLS_VERSION_10);
    cr_expect_eq(hello.suite, 0xc013);
    cr_expect(hello.renegotiation_info);
    cr_assert(wire_tls_flight_message(&read, &message));
    cr_assert(wire_tls_certificates_read(&message, &list));
    cr_assert(wire_tls_certificates_next(&list, &der, &length));
    cr_expect_eq(length, 3);
    cr_assert(wire_tls_flight_message(&read, &message));
    cr_assert(wire_tls_key_exchange_read(&message, wire_tls_suites_find(0xc013), TLS_VERSION_10,
                                         &exchange));
    cr_expect_eq(exchange.group, 0x0017);
    cr_expect_eq(exchange.signature_length, 5);
    cr_assert(wire_tls_flight_message(&read, &message));
    cr_expect_eq(message.type, TLS_HANDSHAKE_SERVER_HELLO_DONE);
    cr_expect_eq(read.end, TLS_FLIGHT_OPEN);
}

Test(tls_server_flight, a_key_exchange_is_known_by_its_first_bytes)
{
    static const uint8_t key[] = { 22, 3, 1, 0, 1, 16 };
    static const uint8_t alert[] = { 21, 3, 1, 0, 2, 2, 70 };

    cr_expect(wire_tls_is_key_exchange(key, sizeof key));
    cr_expect_not(wire_tls_is_key_exchange(key, sizeof key - 1));
    cr_expect_not(wire_tls_is_key_exchange(alert, sizeof alert));
}
