#include "stage.h"

#include "wire/dtls_record.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static uint8_t data[4096];

static size_t recording(const char *name)
{
    char path[512];
    FILE *file;
    size_t length;

    (void) snprintf(path, sizeof path, "%s%s", FIXTURES, name);
    file = fopen(path, "rbe");
    cr_assert_not_null(file, "%s", path);
    length = fread(data, 1, sizeof data, file);
    (void) fclose(file);
    return length;
}

static bool recorded(const char *name, struct tls_client_hello *ret_hello)
{
    static uint8_t room[4096];
    struct tls_flight flight = wire_tls_flight_start(room, sizeof room);
    struct tls_message message;
    size_t length = recording(name);

    wire_tls_flight_absorb(&flight, data, length);
    return wire_tls_flight_message(&flight, &message) &&
           wire_tls_client_hello_read(&message, ret_hello);
}

static unsigned count_of(const struct tls_client_hello *hello, enum suite_class wanted)
{
    unsigned count = 0;

    for (size_t i = 0; i < hello->suite_count; i++) {
        count += stage_suite_is(hello->suites[i], wanted);
    }
    return count;
}

Test(hello, curl_offers_two_versions_and_names_the_host)
{
    struct tls_client_hello hello;

    cr_assert(recorded("curl_hello.bin", &hello));
    cr_expect_eq(hello.version_count, 2);
    cr_expect_eq(hello.versions[0], TLS_VERSION_13);
    cr_expect_str_eq(hello.server_name, "localhost");
    cr_expect_eq(hello.alpn_count, 2);
    cr_expect_str_eq(hello.alpn[1], "http/1.1");
    cr_expect(wire_tls_client_hello_offers(&hello, 0x1301));
    cr_expect_eq(count_of(&hello, SUITES_NULL) + count_of(&hello, SUITES_ANONYMOUS) +
                     count_of(&hello, SUITES_EXPORT),
                 0, "the signalling suites are no suites");
    cr_expect_not(hello.cut);
}

Test(hello, others_are_read_too)
{
    struct tls_client_hello hello;

    cr_assert(recorded("mosquitto_hello.bin", &hello));
    cr_expect_eq(hello.alpn_count, 0);
    cr_assert(recorded("mbed_hello.bin", &hello));
    cr_expect_str_eq(hello.server_name, "cloud.example.test");
    cr_expect_gt(hello.group_count, 2);
    cr_expect_not(wire_tls_client_hello_offers(&hello, 0x003b));
}

/* Its cookie is empty, as in any first one. */
Test(hello, one_over_udp_is_read_as_well)
{
    static uint8_t room[4096];
    static uint8_t store[4096];
    struct tls_flight messages = wire_tls_flight_start(room, sizeof room);
    struct dtls_flight flight = wire_dtls_flight_start(&messages, store, sizeof store);
    struct tls_message message;
    struct tls_client_hello hello;
    uint16_t sequence = 1;
    size_t length = recording("coap_hello.bin");

    cr_assert(wire_dtls_is_hello(data, length, &sequence));
    cr_expect_eq(sequence, 0);
    flight.anchored = true;
    cr_expect(wire_dtls_flight_datagram(&flight, data, length));
    cr_assert(wire_tls_flight_message(&messages, &message));
    cr_assert(wire_tls_client_hello_read(&message, &hello));
    cr_expect_eq(hello.legacy_version, DTLS_VERSION_12);
    cr_expect_str_eq(hello.server_name, "localhost");
    cr_expect(wire_tls_client_hello_offers(&hello, 0xc02b));
}

Test(hello, suites_without_protection_are_found)
{
    struct tls_client_hello hello;

    cr_assert(recorded("stub_bare_hello.bin", &hello));
    cr_expect_eq(count_of(&hello, SUITES_NULL), 1);
    cr_expect_eq(count_of(&hello, SUITES_ANONYMOUS), 1);
    cr_expect_eq(count_of(&hello, SUITES_EXPORT), 0);
    cr_expect(stage_suite_is(0x0003, SUITES_EXPORT));
}

Test(hello, no_client_hello_is_none)
{
    static const uint8_t body[] = { 3, 3 };
    struct tls_message message = { .type = TLS_HANDSHAKE_CLIENT_HELLO,
                                   .body = body,
                                   .length = sizeof body };
    struct tls_client_hello hello;

    cr_expect_not(wire_tls_client_hello_read(&message, &hello));
    message.type = TLS_HANDSHAKE_SERVER_HELLO;
    cr_expect_not(wire_tls_client_hello_read(&message, &hello));
}
