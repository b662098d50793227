/* Invented servers answer the survey, and recorded datagrams of real ones the exchange.  What
 * matters is what the survey claims when a server is odd, silent, or dies half-way. */
#include "facts.h"
#include "invented.h"
#include "support/survey_facts.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct probe probe_dtls_server;

static enum status report(struct probe_call *call, struct survey *survey, struct error *reterr)
{
    return dtls_server_report(call, survey, 1, 2, reterr);
}

static json_t *facts_of(struct server *server)
{
    const struct survey_way way = { .probe = &probe_dtls_server,
                                    .dial = invented_serve,
                                    .start = dtls_server_survey_start,
                                    .report = report };

    return survey_facts(&way, server);
}

static struct server modern(void)
{
    return (struct server){ .versions = { TLS_VERSION_13, TLS_VERSION_12 },
                            .version_count = 2,
                            .suites = { 0x1301, 0xc02f, 0xc0a8 },
                            .suite_count = 3,
                            .cookie = COOKIE_ASKED,
                            .hint = "who",
                            .connection_id = true };
}

Test(dtls_server, a_sound_server)
{
    struct server server = modern();
    json_t *facts = facts_of(&server);

    expect(facts, "speaks_dtls", "true");
    expect(facts, "versions", "[\"DTLSv1.2\",\"DTLSv1.3\"]");
    expect(facts, "suites",
           "{\"DTLSv1.3\":[\"TLS_AES_128_GCM_SHA256\"],\"DTLSv1.2\":["
           "\"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\",\"TLS_PSK_WITH_AES_128_CCM_8\"]}");
    expect(facts, "server_preference", "true");
    expect(facts, "groups", "[\"x25519\"]");
    expect(facts, "cookie_demanded", "true");
    expect(facts, "cookie_verified", "true");
    expect(facts, "connection_id", "true");
    expect(facts, "psk_identity_hint", "\"who\"");
    expect(facts, "certificates", "(none)");
    cr_expect_lt(json_integer_value(json_object_get(facts, "amplification_percent")), 100);
    json_decref(facts);
}

Test(dtls_server, an_old_server_without_cookies)
{
    struct server server = { .versions = { TLS_VERSION_11 },
                             .version_count = 1,
                             .suites = { 0x0005, 0xc013 },
                             .suite_count = 2,
                             .padding = 1200 };
    json_t *facts = facts_of(&server);

    expect(facts, "versions", "[\"DTLSv1.0\"]");
    expect(facts, "suites",
           "{\"DTLSv1.0\":[\"TLS_RSA_WITH_RC4_128_SHA\",\"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA\"]}");
    expect(facts, "cookie_demanded", "false");
    expect(facts, "cookie_verified", "(none)");
    expect(facts, "connection_id", "(none)");
    cr_expect_gt(json_integer_value(json_object_get(facts, "amplification_percent")), 300);
    json_decref(facts);
}

Test(dtls_server, no_certificate_is_a_fact_where_all_suites_share_keys)
{
    struct server server = { .versions = { TLS_VERSION_12 },
                             .version_count = 1,
                             .suites = { 0xc0a8, 0x00a8 },
                             .suite_count = 2,
                             .cookie = COOKIE_UNVERIFIED };
    json_t *facts = facts_of(&server);

    expect(facts, "certificates", "[]");
    expect(facts, "cookie_verified", "false");
    expect(facts, "psk_identity_hint", "(none)");
    expect(facts, "connection_id", "false");
    json_decref(facts);
}

/* As RFC 6347 section 4.1.2.7 lets it; proven by answering others meanwhile. */
Test(dtls_server, silence_refuses_while_others_are_answered)
{
    struct server server = modern();
    json_t *facts;

    server.refuses_silently = true;
    facts = facts_of(&server);
    expect(facts, "versions", "[\"DTLSv1.2\",\"DTLSv1.3\"]");
    json_decref(facts);
}

/* Whenever it dies, the survey never says that something is not accepted. */
Test(dtls_server, a_server_that_dies_half_way_proves_nothing_absent)
{
    struct server whole = modern();
    json_t *facts;

    whole.refuses_silently = true;
    json_decref(facts_of(&whole));
    for (unsigned after = 1; after < whole.hellos; after++) {
        struct server server = modern();

        server.refuses_silently = true;
        server.dies_after = after;
        facts = facts_of(&server);
        expect(facts, "versions", "(none)");
        expect(facts, "suites", "(none)");
        json_decref(facts);
    }
}

Test(dtls_server, silence_alone_is_no_fact)
{
    struct server server = { .refuses_silently = true };
    json_t *facts = facts_of(&server);

    expect(facts, "speaks_dtls", "(none)");
    expect(facts, "versions", "(none)");
    expect(facts, "cookie_demanded", "(none)");
    expect(facts, "amplification_percent", "(none)");
    cr_expect_leq(server.hellos, 12);
    json_decref(facts);
}

Test(dtls_server, endless_cookies_end)
{
    struct server server = modern();
    json_t *facts;

    server.version_count = 0;
    server.cookie = COOKIE_ENDLESS;
    facts = facts_of(&server);
    expect(facts, "speaks_dtls", "true");
    expect(facts, "versions", "(none)");
    cr_expect_leq(server.hellos, 150);
    json_decref(facts);
}

Test(dtls_server, fragments_in_any_order_and_overlapping)
{
    static const struct {
        size_t fragment;
        size_t overlap;
        bool backwards;
    } ways[] = { { 40, 0, false }, { 40, 17, false }, { 40, 17, true }, { 7, 0, true } };
    struct server whole = modern();
    json_t *wanted;

    whole.padding = 300;
    wanted = facts_of(&whole);
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        struct server server = modern();
        json_t *facts;

        server.padding = 300;
        server.fragment = ways[i].fragment;
        server.overlap = ways[i].overlap;
        server.backwards = ways[i].backwards;
        facts = facts_of(&server);
        cr_expect(json_equal(json_object_get(facts, "suites"), json_object_get(wanted, "suites")),
                  "way %zu", i);
        cr_expect(json_equal(json_object_get(facts, "groups"), json_object_get(wanted, "groups")),
                  "way %zu", i);
        json_decref(facts);
    }
    json_decref(wanted);
}

/* More certificate than we keep: the hello counts, the rest is not waited for. */
Test(dtls_server, an_endless_certificate_is_bounded)
{
    struct server server = modern();
    json_t *facts;

    server.padding = (1 << 16) - 16;
    server.fragment = 1200;
    server.suites[2] = 0xc030;
    facts = facts_of(&server);
    expect(facts, "speaks_dtls", "true");
    expect(facts, "certificates", "(none)");
    json_decref(facts);
}

static struct exchange recorded(const char *file)
{
    const struct tls_hello hello = { .version = TLS_VERSION_12, .datagram = true };
    struct exchange exchange = tls_server_exchange(&hello);
    uint8_t bytes[2048];
    char path[512];
    FILE *stream;

    (void) snprintf(path, sizeof path, "%s%s", FIXTURES, file);
    stream = fopen(path, "rb");
    cr_assert_not_null(stream, "%s", path);
    exchange.whole_flight = true;
    cr_assert_eq(tls_server_exchange_restart(&exchange, NULL), STATUS_OK);
    /* flight and talk point into the exchange: it must not move, so it is copied afterwards. */
    (void) dtls_server_exchange_take(&exchange, bytes, fread(bytes, 1, sizeof bytes, stream));
    (void) fclose(stream);
    tls_server_exchange_finish(&exchange, true, TCP_TIMEOUT);
    return exchange;
}

Test(dtls_server, recorded_answers)
{
    struct exchange exchange = recorded("openssl_cookie.bin");

    cr_expect_eq(exchange.talk.cookies, 1);
    cr_expect_eq(exchange.talk.cookie_length, 20);
    tls_server_exchange_done(&exchange);
    exchange = recorded("coap_gnutls_cookie.bin");
    cr_expect_eq(exchange.talk.cookie_length, 16);
    tls_server_exchange_done(&exchange);
    exchange = recorded("openssl_alert.bin");
    cr_expect_eq(exchange.end, END_ALERT);
    cr_expect_str_eq(exchange.detail, "alert handshake_failure");
    tls_server_exchange_done(&exchange);
    exchange = recorded("gnutls_12_ecdsa.bin");
    cr_expect_eq(exchange.end, END_ANSWERED);
    cr_expect(exchange.done_read);
    cr_expect_eq(exchange.chain_length, 1);
    cr_expect_eq(exchange.answer.version, TLS_VERSION_12);
    cr_expect(exchange.key_exchange_read && exchange.key_exchange.signature_length > 64);
    tls_server_exchange_done(&exchange);
    exchange = recorded("coap_gnutls_psk.bin");
    cr_expect(exchange.done_read);
    cr_expect_eq(exchange.answer.suite, 0xc0a4);
    cr_expect_eq(exchange.key_exchange.hint_length, 6);
    tls_server_exchange_done(&exchange);
}
