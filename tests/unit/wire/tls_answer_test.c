/* The fixtures *.bin are what servers sent after one ClientHello, byte for byte. */
#include "support/fixture.h"
#include "wire/tls_answer.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

struct seen {
    struct tls_server_hello hello;
    struct tls_key_exchange exchange;
    bool has_hello;
    bool has_exchange;
    bool has_done;
    size_t certificates;
};

static struct seen look(struct tls_flight *flight)
{
    struct seen seen = { 0 };
    struct tls_message message;
    struct reader list;
    const uint8_t *der;
    size_t length;

    while (wire_tls_flight_message(flight, &message)) {
        seen.has_hello = wire_tls_server_hello_read(&message, &seen.hello) || seen.has_hello;
        if (seen.has_hello &&
            wire_tls_key_exchange_read(&message, wire_tls_suites_find(seen.hello.suite),
                                       seen.hello.version, &seen.exchange)) {
            seen.has_exchange = true;
        }
        if (wire_tls_certificates_read(&message, &list)) {
            while (wire_tls_certificates_next(&list, &der, &length)) {
                seen.certificates++;
            }
        }
        seen.has_done = seen.has_done || message.type == TLS_HANDSHAKE_SERVER_HELLO_DONE;
    }
    return seen;
}

static struct seen look_at(const char *name)
{
    static uint8_t stream[1 << 16];
    static uint8_t room[1 << 16];
    size_t length = fixture(name, stream, sizeof stream);
    struct tls_flight flight = wire_tls_flight_start(room, sizeof room);

    wire_tls_flight_absorb(&flight, stream, length);
    return look(&flight);
}

Test(tls_answer, nginx_tls12_ecdsa)
{
    struct seen seen = look_at("nginx_12_ecdsa.bin");

    cr_assert(seen.has_hello && seen.has_exchange && seen.has_done);
    cr_assert_eq(seen.hello.version, TLS_VERSION_12);
    cr_assert_eq(seen.hello.suite, 0xc02c);
    cr_assert(seen.hello.renegotiation_info && seen.hello.extended_master_secret);
    cr_assert_eq(seen.exchange.group, 0x001d);
    cr_assert_eq(seen.exchange.scheme, 0x0403);
    cr_assert_eq(seen.certificates, 1);
}

Test(tls_answer, openssl_dhe_tells_its_prime)
{
    struct seen seen = look_at("openssl_12_dhe.bin");

    cr_assert_eq(seen.hello.suite, 0x009e);
    cr_assert_eq(seen.exchange.dh_bits, 2048);
    cr_assert_eq(seen.exchange.group, 0);
}

Test(tls_answer, openssl_psk_has_a_hint_before_its_curve)
{
    struct seen seen = look_at("openssl_12_psk.bin");

    cr_assert(seen.has_exchange);
    cr_assert_eq(seen.exchange.group, 0x001d);
    cr_assert_eq(seen.certificates, 0);
}

Test(tls_answer, openssl_tls10_static_rsa)
{
    struct seen seen = look_at("openssl_10_rsa.bin");

    cr_assert_eq(seen.hello.version, TLS_VERSION_10);
    cr_assert_not(seen.has_exchange);
    cr_assert(seen.has_done);
    cr_assert_eq(seen.certificates, 1);
}

Test(tls_answer, a_hello_retry_request_is_told_by_its_random)
{
    struct seen seen = look_at("nginx_13_retry.bin");

    cr_assert(seen.hello.retry_request);
    cr_assert_eq(seen.hello.legacy_version, TLS_VERSION_12);
    cr_assert_eq(seen.hello.version, TLS_VERSION_13);
    cr_assert_eq(seen.hello.group, 0x001d);
}

Test(tls_answer, an_alert_ends_the_flight)
{
    uint8_t stream[16];
    uint8_t room[64];
    size_t length = fixture("nginx_alert_version.bin", stream, sizeof stream);
    struct tls_flight flight = wire_tls_flight_start(room, sizeof room);

    wire_tls_flight_absorb(&flight, stream, length - 1);
    cr_assert_eq(flight.end, TLS_FLIGHT_OPEN);
    wire_tls_flight_absorb(&flight, stream, length);
    cr_assert_eq(flight.end, TLS_FLIGHT_ALERT);
    cr_assert_eq(flight.alert, TLS_ALERT_PROTOCOL_VERSION);
    cr_assert_str_eq(wire_tls_alert_name(flight.alert), "protocol_version");
}

/* Whatever the cut, no more is seen than was sent, and byte by byte ends the same. */
Test(tls_answer, any_cut_shows_a_prefix)
{
    static uint8_t stream[1 << 16];
    static uint8_t room[1 << 16];
    static uint8_t room_slow[1 << 16];
    size_t length = fixture("openssl_12_ecdhe_rsa.bin", stream, sizeof stream);
    struct tls_flight slow = wire_tls_flight_start(room_slow, sizeof room_slow);
    struct seen whole = look_at("openssl_12_ecdhe_rsa.bin");

    cr_assert(whole.has_done && whole.has_exchange);
    for (size_t cut = 0; cut < length; cut++) {
        struct tls_flight flight = wire_tls_flight_start(room, sizeof room);
        struct seen seen;

        wire_tls_flight_absorb(&flight, stream, cut);
        wire_tls_flight_absorb(&slow, stream, cut);
        seen = look(&flight);
        cr_assert_eq(flight.end, TLS_FLIGHT_OPEN);
        cr_assert_not(seen.has_done);
        cr_assert_eq(flight.messages.length, slow.messages.length);
    }
    wire_tls_flight_absorb(&slow, stream, length);
    cr_assert(look(&slow).has_done);
}

Test(tls_answer, handshake_bytes_may_come_one_to_a_record)
{
    static uint8_t stream[1 << 16];
    static uint8_t split[1 << 17];
    static uint8_t room[1 << 16];
    struct tls_flight whole = wire_tls_flight_start(room, sizeof room);
    struct builder builder = builder_over(split, sizeof split);
    static uint8_t room_split[1 << 16];
    struct tls_flight flight = wire_tls_flight_start(room_split, sizeof room_split);
    struct seen seen;

    wire_tls_flight_absorb(&whole, stream, fixture("nginx_12_ecdsa.bin", stream, sizeof stream));
    for (size_t i = 0; i < whole.messages.length; i++) {
        builder_u8(&builder, 22);
        builder_u16(&builder, 0x0303);
        builder_u16(&builder, 1);
        builder_u8(&builder, room[i]);
    }
    wire_tls_flight_absorb(&flight, split, builder.length);
    seen = look(&flight);
    cr_assert(seen.has_done);
    cr_assert_eq(seen.hello.suite, 0xc02c);
    cr_assert_eq(flight.records, whole.messages.length);
}

Test(tls_answer, what_is_not_tls_is_known_from_its_first_byte)
{
    static const char *const banners[] = { "H", "220 ", "\x16\x02", "\x16\x03\x01\xff\xff" };
    uint8_t room[16];

    for (size_t i = 0; i < sizeof banners / sizeof banners[0]; i++) {
        struct tls_flight flight = wire_tls_flight_start(room, sizeof room);

        wire_tls_flight_absorb(&flight, banners[i], strlen(banners[i]));
        cr_assert_eq(flight.end, TLS_FLIGHT_NOT_TLS, "%zu", i);
        cr_assert_eq(flight.records, 0);
    }
}

Test(tls_answer, more_than_the_room_is_too_long_and_a_warning_is_passed_over)
{
    static const uint8_t stream[] = { 21, 3, 3, 0, 2, 1, 112, 22, 3, 3, 0, 4, 14, 0, 0, 0 };
    uint8_t room[4];
    struct tls_message message;
    struct tls_flight flight = wire_tls_flight_start(room, sizeof room);

    wire_tls_flight_absorb(&flight, stream, sizeof stream);
    cr_assert_eq(flight.end, TLS_FLIGHT_OPEN);
    cr_assert(wire_tls_flight_message(&flight, &message));
    cr_assert_eq(message.type, TLS_HANDSHAKE_SERVER_HELLO_DONE);
    cr_assert_not(wire_tls_flight_message(&flight, &message));
    flight = wire_tls_flight_start(room, 3);
    wire_tls_flight_absorb(&flight, stream, sizeof stream);
    cr_assert_eq(flight.end, TLS_FLIGHT_TOO_LONG);
}

Test(tls_answer, malformed_messages_are_refused)
{
    static uint8_t stream[1 << 16];
    static uint8_t room[1 << 16];
    struct tls_flight flight = wire_tls_flight_start(room, sizeof room);
    struct tls_message message;
    struct tls_message shorter;
    struct tls_server_hello hello;

    wire_tls_flight_absorb(&flight, stream, fixture("nginx_12_ecdsa.bin", stream, sizeof stream));
    cr_assert(wire_tls_flight_message(&flight, &message));
    cr_assert(wire_tls_server_hello_read(&message, &hello));
    shorter = message;
    while (shorter.length > 0) {
        size_t without_extensions = (size_t) message.body[34] + 2 + 32 + 1 + 3;

        shorter.length--;
        cr_assert_eq(wire_tls_server_hello_read(&shorter, &hello),
                     shorter.length == without_extensions);
    }
    shorter = message;
    shorter.type = TLS_HANDSHAKE_CERTIFICATE;
    cr_assert_not(wire_tls_server_hello_read(&shorter, &hello));
}

Test(tls_answer, ssl2_server_hello)
{
    static const uint8_t good[] = { 0x80, 0x15, 4, 0, 1, 0,    2, 0, 2,    0, 6, 0,
                                    2,    9,    9, 1, 0, 0x80, 7, 0, 0xc0, 1, 2 };
    struct tls_ssl2_hello hello;

    cr_assert(wire_tls_ssl2_hello_read(good, sizeof good, &hello));
    cr_assert_eq(hello.kind_count, 2);
    cr_assert_str_eq(wire_tls_ssl2_kind_name(hello.kinds), "SSL2_RC4_128_WITH_MD5");
    cr_assert_str_eq(wire_tls_ssl2_kind_name(hello.kinds + 3), "SSL2_DES_192_EDE3_CBC_WITH_MD5");
    for (size_t cut = 0; cut < sizeof good; cut++) {
        cr_assert_not(wire_tls_ssl2_hello_read(good, cut, &hello));
    }
}
