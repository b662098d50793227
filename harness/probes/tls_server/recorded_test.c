/* What real servers sent, byte for byte. */
#include "invented.h"
#include "wire/ocsp.h"

#include <criterion/criterion.h>
#include <string.h>

/* A recorded flight, whole and cut at every length, given to one exchange. */
Test(tls_server, recorded_flights_cut_short)
{
    static const char *const names[] = { "nginx_12_ecdsa.bin", "openssl_12_dhe.bin",
                                         "openssl_10_rsa.bin", "openssl_12_psk.bin" };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct replay replay = invented_recorded(names[i], SIZE_MAX, TCP_CLOSED);

        for (size_t cut = 0; cut <= replay.length; cut++) {
            struct tls_hello hello = { .version = TLS_VERSION_12 };
            struct exchange exchange = tls_server_exchange(&hello);
            bool enough;

            exchange.whole_flight = true;
            cr_assert_eq(tls_server_exchange_restart(&exchange, NULL), STATUS_OK);
            invented_put(&exchange, replay.bytes, cut);
            enough = tls_server_exchange_absorb(&exchange);
            tls_server_exchange_finish(&exchange, true, TCP_CLOSED);
            cr_assert_eq(enough, cut == replay.length, "%s %zu", names[i], cut);
            cr_assert(exchange.end == END_ANSWERED || exchange.end == END_CLOSED);
            cr_assert(cut < replay.length || exchange.end == END_ANSWERED);
            tls_server_exchange_done(&exchange);
        }
    }
}

/* The hello that openssl_13_staple.bin begins with, behind its length. */
static struct exchange opening_exchange(const struct replay *replay)
{
    static const uint16_t suites[] = { 0x1301 };
    static const uint16_t groups[] = { 0x001d };
    static const uint16_t schemes[] = { 0x0403, 0x0804, 0x0401 };
    static const char *const alpn[] = { "h2" };
    struct tls_hello hello = { .version = TLS_VERSION_13,
                               .suites = suites,
                               .suite_count = 1,
                               .groups = groups,
                               .group_count = 1,
                               .schemes = schemes,
                               .scheme_count = 3,
                               .certificate_schemes = schemes,
                               .certificate_scheme_count = 3,
                               .alpn = alpn,
                               .alpn_count = 1,
                               .server_name = "device.example",
                               .share_group = 0x001d,
                               .status_request = true };
    struct exchange exchange = tls_server_exchange(&hello);
    uint8_t room[TLS_HELLO_LENGTH_MAX];
    struct builder builder = builder_over(room, sizeof room);

    exchange.whole_flight = true;
    cr_assert(wire_tls_hello_build(&hello, &builder));
    cr_assert_eq(builder.length, (size_t) (replay->bytes[0] << 8 | replay->bytes[1]),
                 "the hello has changed: record the fixture again");
    cr_assert_eq(memcmp(room, replay->bytes + 2, builder.length), 0,
                 "the hello has changed: record the fixture again");
    return exchange;
}

/* What TLS 1.3 encrypts is opened, whole and in pieces; cut short it is never taken for whole. */
Test(tls_server, a_recorded_flight_of_tls13_is_opened)
{
    struct replay replay = invented_recorded("openssl_13_staple.bin", SIZE_MAX, TCP_CLOSED);
    size_t begin = 2 + (size_t) (replay.bytes[0] << 8 | replay.bytes[1]);

    for (size_t cut = begin; cut <= replay.length; cut++) {
        struct exchange exchange = opening_exchange(&replay);
        bool enough;

        cr_assert_eq(tls_server_exchange_restart(&exchange, NULL), STATUS_OK);
        invented_put(&exchange, replay.bytes + begin, (cut - begin) / 2);
        (void) tls_server_exchange_absorb(&exchange);
        invented_put(&exchange, replay.bytes + begin + (cut - begin) / 2,
                     cut - begin - (cut - begin) / 2);
        enough = tls_server_exchange_absorb(&exchange);
        tls_server_exchange_finish(&exchange, true, TCP_CLOSED);
        cr_assert_eq(enough, cut == replay.length, "%zu", cut);
        cr_assert_eq(exchange.done_read, cut == replay.length, "%zu", cut);
        cr_assert_not(exchange.opening.failed);
        if (exchange.done_read) {
            cr_expect_eq(exchange.answer.alpn_length, 2);
            cr_expect_eq(exchange.chain_length, 1);
            cr_expect_eq(exchange.key_exchange.scheme, 0x0403);
            cr_expect_eq(wire_ocsp_read(exchange.staple.data, exchange.staple.length), OCSP_GOOD);
        }
        tls_server_exchange_done(&exchange);
    }
}

/* A bit that is another one anywhere behind the ServerHello's header ends the opening; but for the
 * change_cipher_spec, which stands for nothing (RFC 8446 appendix D.4). */
Test(tls_server, a_changed_flight_of_tls13_is_not_believed)
{
    struct replay replay = invented_recorded("openssl_13_staple.bin", SIZE_MAX, TCP_CLOSED);
    size_t begin = 2 + (size_t) (replay.bytes[0] << 8 | replay.bytes[1]);

    for (size_t at = begin + 11; at < replay.length; at += 3) {
        struct exchange exchange;

        if (at >= begin + 95 && at < begin + 101) {
            continue;
        }
        exchange = opening_exchange(&replay);
        replay.bytes[at] ^= 0x10;
        cr_assert_eq(tls_server_exchange_restart(&exchange, NULL), STATUS_OK);
        invented_put(&exchange, replay.bytes + begin, replay.length - begin);
        (void) tls_server_exchange_absorb(&exchange);
        tls_server_exchange_finish(&exchange, true, TCP_CLOSED);
        cr_expect_not(exchange.done_read, "%zu", at);
        replay.bytes[at] ^= 0x10;
        tls_server_exchange_done(&exchange);
    }
}
