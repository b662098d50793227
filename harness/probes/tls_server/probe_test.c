/* Invented servers answer the survey, some with bytes recorded from real ones.  What
 * matters is what the survey claims when a server is odd, slow, or dies half-way. */
#include "invented.h"
#include "probe/probe.h"
#include "probe/tls_findings.h"
#include "probe/tls_primes.h"
#include "probe/tls_report.h"

#include "channel/sha256.h"

#include <criterion/criterion.h>
#include <mbedtls/dhm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct probe probe_tls_server;

/* New reference: the facts, checked against the declared table. */
static json_t *facts_from(enum status (*dial)(void *, struct exchange *const[], size_t,
                                              struct error *),
                          void *context)
{
    struct survey *survey = calloc(1, sizeof *survey);
    struct dialer dialer = { .context = context, .dial = dial, .seed = 1 };
    struct transcript transcript = transcript_start(1024);
    struct error error = { 0 };
    json_t *params = json_object();
    struct probe_call call = { .params = params,
                               .transcript = &transcript,
                               .facts = json_object() };
    static const char *const alpn[] = { "h2" };

    cr_assert_not_null(survey);
    tls_server_survey_start(survey, &dialer, NULL);
    cr_assert_eq(tls_server_survey_run(survey, alpn, 1, &error), STATUS_OK, "%s", error.message);
    tls_server_report_findings(&call, survey);
    cr_assert_eq(tls_server_report(&call, survey, &error), STATUS_OK, "%s", error.message);
    cr_assert_eq(facts_check(probe_tls_server.decl.facts, call.facts, &error), STATUS_OK, "%s",
                 error.message);
    tls_server_survey_done(survey);
    free(survey);
    json_decref(params);
    transcript_done(&transcript);
    return call.facts;
}

static json_t *facts_of(struct server *server)
{
    return facts_from(invented_serve, server);
}

/* The fact as compact JSON; "(none)" when it is left out. */
static void expect(const json_t *facts, const char *name, const char *wanted)
{
    const json_t *value = json_object_get(facts, name);
    char *text = value == NULL ? NULL : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

    cr_expect_str_eq(text == NULL ? "(none)" : text, wanted, "%s is %s, not %s", name,
                     text == NULL ? "(none)" : text, wanted);
    free(text);
}

static struct server modern(void)
{
    return (struct server){ .versions = { TLS_VERSION_13, TLS_VERSION_12 },
                            .version_count = 2,
                            .suites = { 0x1302, 0x1301, 0xc030, 0xc02f },
                            .suite_count = 4 };
}

Test(tls_server, a_sound_server)
{
    struct server server = modern();
    json_t *facts = facts_of(&server);

    expect(facts, "versions", "[\"TLSv1.2\",\"TLSv1.3\"]");
    expect(facts, "suites",
           "{\"TLSv1.3\":[\"TLS_AES_256_GCM_SHA384\",\"TLS_AES_128_GCM_SHA256\"],"
           "\"TLSv1.2\":[\"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384\","
           "\"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\"]}");
    expect(facts, "server_preference", "true");
    expect(facts, "groups", "[\"x25519\",\"secp256r1\"]");
    expect(facts, "fallback_scsv", "true");
    expect(facts, "signature_algorithms_13", "[\"rsa_pss_rsae_sha256\"]");
    expect(facts, "speaks_tls", "true");
    expect(facts, "undetermined", "(none)");
    json_decref(facts);
}

#define FOUR                                                                                       \
    "[\"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\",\"TLS_RSA_WITH_3DES_EDE_CBC_SHA\","                \
    "\"TLS_RSA_WITH_AES_128_CBC_SHA\",\"TLS_RSA_WITH_RC4_128_SHA\"]"
#define WEAK_SUITES "{\"TLSv1.2\":" FOUR ",\"TLSv1.0\":" FOUR ",\"SSLv3\":" FOUR "}"

Test(tls_server, a_weak_server)
{
    struct server server = { .versions = { TLS_VERSION_12, TLS_VERSION_10, TLS_VERSION_SSL3 },
                             .version_count = 3,
                             .suites = { 0x0005, 0xc02f, 0x000a, 0x002f },
                             .suite_count = 4,
                             .follows_client = true };
    json_t *facts = facts_of(&server);

    expect(facts, "versions", "[\"SSLv3\",\"TLSv1.0\",\"TLSv1.2\"]");
    expect(facts, "suites", WEAK_SUITES);
    expect(facts, "suites_seen", "(none)");
    expect(facts, "server_preference", "false");
    expect(facts, "renegotiation", "false");
    json_decref(facts);
}

Test(tls_server, a_version_met_with_silence_is_neither_accepted_nor_refused)
{
    struct server server = modern();
    json_t *facts;

    server.silent_version = TLS_VERSION_10;
    facts = facts_of(&server);
    expect(facts, "versions", "(none)");
    expect(facts, "suites", "(none)");
    expect(facts, "undetermined", "[\"TLSv1.0: accepted or not is unknown (no answer)\"]");
    json_decref(facts);
}

/* As some servers do for versions they do not speak; proven by answering others. */
Test(tls_server, refusing_without_a_word_counts_while_others_are_answered)
{
    static const enum exchange_end ways[] = { END_CLOSED, END_RESET };

    for (size_t i = 0; i < 2; i++) {
        struct server server = modern();
        json_t *facts;

        server.refuses_by = ways[i];
        facts = facts_of(&server);
        expect(facts, "versions", "[\"TLSv1.2\",\"TLSv1.3\"]");
        /* The alert of RFC 7507 is the only proof of that protection. */
        expect(facts, "fallback_scsv", "(none)");
        json_decref(facts);
    }
}

/* Whenever it dies, the survey never says that something is not accepted. */
Test(tls_server, a_server_that_dies_half_way_proves_nothing_absent)
{
    static const enum exchange_end ways[] = { END_SILENT, END_CLOSED, END_RESET, END_NOT_CONNECTED,
                                              END_NOT_UPGRADED };
    struct server whole = modern();
    json_t *facts = facts_of(&whole);
    unsigned needed = whole.answered;

    json_decref(facts);
    for (size_t way = 0; way < sizeof ways / sizeof ways[0]; way++) {
        for (unsigned answers = 1; answers < needed; answers++) {
            struct server server = modern();

            server.dies_after = answers;
            server.dies_by = ways[way];
            facts = facts_of(&server);
            cr_expect_null(json_object_get(facts, "versions"), "%zu %u", way, answers);
            cr_expect_null(json_object_get(facts, "suites"), "%zu %u", way, answers);
            cr_expect_null(json_object_get(facts, "groups"), "%zu %u", way, answers);
            cr_expect_null(json_object_get(facts, "compression"), "%zu %u", way, answers);
            cr_expect_null(json_object_get(facts, "weaknesses"), "%zu %u", way, answers);
            cr_expect_null(json_object_get(facts, "tolerance"), "%zu %u", way, answers);
            cr_expect_not_null(json_object_get(facts, "undetermined"), "%zu %u", way, answers);
            json_decref(facts);
        }
    }
}

/* Away for a while, at any moment: what is claimed afterwards is nevertheless true. */
Test(tls_server, a_server_that_was_away_is_not_misjudged)
{
    static const enum exchange_end ways[] = { END_SILENT, END_CLOSED, END_RESET, END_NOT_CONNECTED,
                                              END_NOT_UPGRADED };
    static const char *const names[] = { "versions", "suites",    "groups",
                                         "alpn",     "tolerance", "weaknesses" };
    struct server whole = modern();
    json_t *truth = facts_of(&whole);
    unsigned complete = 0;

    for (size_t way = 0; way < sizeof ways / sizeof ways[0]; way++) {
        for (unsigned at = 1; at < whole.answered; at++) {
            for (unsigned length = 1; length < 8; length++) {
                struct server server = modern();
                json_t *facts;

                server.dies_after = at;
                server.dies_by = ways[way];
                server.away_for = length;
                facts = facts_of(&server);
                for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
                    const json_t *claimed = json_object_get(facts, names[i]);

                    cr_expect(claimed == NULL ||
                                  json_equal(claimed, json_object_get(truth, names[i])),
                              "%s: way %zu, after %u, for %u", names[i], way, at, length);
                }
                complete += json_object_get(facts, "suites") != NULL ? 1 : 0;
                json_decref(facts);
            }
        }
    }
    cr_expect_gt(complete, 0); /* short absences are borne */
    json_decref(truth);
}

Test(tls_server, an_older_version_in_answer_is_no_acceptance)
{
    struct server server = { .versions = { TLS_VERSION_10 },
                             .version_count = 1,
                             .suites = { 0xc014 },
                             .suite_count = 1,
                             .negotiates_down = true };
    json_t *facts = facts_of(&server);

    expect(facts, "versions", "[\"TLSv1.0\"]");
    expect(facts, "suites", "{\"TLSv1.0\":[\"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA\"]}");
    json_decref(facts);
}

Test(tls_server, silence_to_ssl2_leaves_its_absence_unclaimed)
{
    struct server server = modern();
    json_t *facts;

    server.silent_to_ssl2 = true;
    facts = facts_of(&server);
    expect(facts, "versions", "(none)");
    expect(facts, "undetermined", "[\"SSLv2: accepted or not is unknown (no answer)\"]");
    json_decref(facts);
}

/* A weak suite that was seen stays seen, whatever happens afterwards. */
Test(tls_server, what_was_proven_before_it_died_is_kept)
{
    struct server server = modern();
    json_t *facts;

    server.suites[0] = 0x0005;
    server.suites[1] = 0xc02f;
    server.suite_count = 2;
    server.versions[0] = TLS_VERSION_12;
    server.version_count = 1;
    server.dies_after = 9;
    facts = facts_of(&server);
    expect(facts, "suites", "(none)");
    expect(facts, "suites_seen",
           "[\"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\",\"TLS_RSA_WITH_RC4_128_SHA\"]");
    json_decref(facts);
}

Test(tls_server, a_server_that_cannot_bear_long_hellos_is_asked_in_short_ones)
{
    static const enum exchange_end ways[] = { END_ALERT, END_CLOSED, END_RESET, END_SILENT };

    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        struct server server = modern();
        json_t *facts;

        server.versions[0] = TLS_VERSION_12;
        server.version_count = 1;
        server.suites[0] = 0x0018; /* DH_anon_WITH_RC4: far back in our list */
        server.suites_max = 150;
        server.at_many = ways[i];
        facts = facts_of(&server);
        expect(facts, "versions", "[\"TLSv1.2\"]");
        expect(facts, "suites",
               "{\"TLSv1.2\":[\"TLS_DH_anon_WITH_RC4_128_MD5\","
               "\"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384\","
               "\"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\"]}");
        json_decref(facts);
    }
}

Test(tls_server, a_server_that_bears_what_it_has_to)
{
    struct server server = modern();
    json_t *facts = facts_of(&server);

    expect(facts, "intolerant", "[]");
    cr_expect_eq(json_array_size(json_object_get(facts, "tolerance")), TOLERANCE_COUNT);
    expect(facts, "weaknesses", "[]");
    json_decref(facts);
}

Test(tls_server, what_a_server_does_not_bear)
{
    static const enum exchange_end ways[] = { END_CLOSED, END_RESET, END_SILENT };
    static const char *const met[] = { "closed", "closed", "silent" };

    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        struct server server = modern();
        json_t *facts;

        server.length_max = 4000;
        server.fails_on_grease = true;
        server.at_many = ways[i];
        facts = facts_of(&server);
        expect(facts, "intolerant", "[\"grease\",\"hello over 4096\",\"hello over 16384\"]");
        cr_expect_str_eq(
            json_string_value(json_object_get(
                json_array_get(json_object_get(facts, "tolerance"), TOLERANCE_GREASE), "met")),
            met[i]);
        json_decref(facts);
    }
}

/* By what was seen alone; a survey without an end still says what it met. */
Test(tls_server, weaknesses_by_what_was_seen)
{
    struct server server = { .versions = { TLS_VERSION_11, TLS_VERSION_SSL3 },
                             .version_count = 2,
                             .suites = { 0x0003, 0x0018, 0x0001, 0x000a, 0x0014, 0xc013 },
                             .suite_count = 6 };
    json_t *facts = facts_of(&server);

    expect(facts, "weaknesses",
           "[\"anonymous\",\"export\",\"freak\",\"logjam\",\"null\",\"poodle\",\"rc4\","
           "\"sweet32\"]");
    json_decref(facts);
    server.answered = 0;
    server.dies_after = 12;
    facts = facts_of(&server);
    expect(facts, "suites", "(none)");
    cr_expect_gt(json_array_size(json_object_get(facts, "weaknesses")), 0);
    json_decref(facts);
}

Test(tls_server, a_server_that_does_not_ask_for_a_key_share)
{
    struct server server = modern();
    json_t *facts;

    server.no_retry = true;
    facts = facts_of(&server);
    expect(facts, "versions", "[\"TLSv1.2\",\"TLSv1.3\"]");
    /* Its TLS 1.3 groups could not be listed this way. */
    expect(facts, "groups", "(none)");
    json_decref(facts);
}

Test(tls_server, a_pre_shared_key_server_is_in_no_known_tier)
{
    struct server server = {
        .versions = { TLS_VERSION_12 }, .version_count = 1, .suites = { 0x00a8 }, .suite_count = 1
    };
    json_t *facts = facts_of(&server);

    expect(facts, "suites", "{\"TLSv1.2\":[\"TLS_PSK_WITH_AES_128_GCM_SHA256\"]}");
    json_decref(facts);
}

static struct replay recorded(const char *name, size_t length_max, enum tcp_event then)
{
    struct replay replay = { .then = then };
    char path[512];
    FILE *file;

    (void) snprintf(path, sizeof path, "%s%s", FIXTURES, name);
    file = fopen(path, "rbe");
    cr_assert_not_null(file, "%s", path);
    replay.length = fread(replay.bytes, 1, sizeof replay.bytes, file);
    (void) fclose(file);
    if (replay.length > length_max) {
        replay.length = length_max;
    }
    return replay;
}

static void expect_nothing_claimed(const json_t *facts)
{
    expect(facts, "versions", "(none)");
    expect(facts, "suites", "(none)");
    expect(facts, "certificates", "(none)");
    expect(facts, "renegotiation", "(none)");
}

Test(tls_server, an_http_server_does_not_speak_tls)
{
    struct replay replay = recorded("nginx_plain_http.bin", SIZE_MAX, TCP_CLOSED);
    json_t *facts = facts_from(invented_replay, &replay);

    expect(facts, "speaks_tls", "false");
    expect_nothing_claimed(facts);
    json_decref(facts);
}

/* STARTTLS refused each time: the hellos were never seen, so nothing was refused. */
Test(tls_server, a_service_that_does_not_begin_tls_was_never_asked)
{
    struct server server = modern();
    json_t *facts;

    server.dies_by = END_NOT_UPGRADED;
    server.dies_after = 1;
    server.answered = 1;
    facts = facts_of(&server);
    expect(facts, "speaks_tls", "(none)");
    expect_nothing_claimed(facts);
    cr_expect_not_null(json_object_get(facts, "undetermined"));
    cr_expect_lt(json_integer_value(json_object_get(facts, "handshakes")), 12);
    json_decref(facts);
}

Test(tls_server, a_silent_service_may_or_may_not_speak_tls)
{
    struct replay replay = { .then = TCP_TIMEOUT };
    json_t *facts = facts_from(invented_replay, &replay);

    expect(facts, "speaks_tls", "(none)");
    expect_nothing_claimed(facts);
    json_decref(facts);
}

Test(tls_server, refusing_everything_is_not_accepting_nothing)
{
    struct replay replay = recorded("nginx_alert_version.bin", SIZE_MAX, TCP_CLOSED);
    json_t *facts = facts_from(invented_replay, &replay);

    expect(facts, "speaks_tls", "true");
    expect_nothing_claimed(facts);
    json_decref(facts);
}

/* A recorded flight, whole and cut at every length, given to one exchange. */
Test(tls_server, recorded_flights_cut_short)
{
    static const char *const names[] = { "nginx_12_ecdsa.bin", "openssl_12_dhe.bin",
                                         "openssl_10_rsa.bin", "openssl_12_psk.bin" };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct replay replay = recorded(names[i], SIZE_MAX, TCP_CLOSED);

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
    struct replay replay = recorded("openssl_13_staple.bin", SIZE_MAX, TCP_CLOSED);
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
    struct replay replay = recorded("openssl_13_staple.bin", SIZE_MAX, TCP_CLOSED);
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

/* One server that always answers the same: it picks what was not offered. */
Test(tls_server, a_server_that_repeats_itself_is_not_believed)
{
    struct replay replay = recorded("openssl_12_ecdhe_rsa.bin", SIZE_MAX, TCP_OK);
    json_t *facts = facts_from(invented_replay, &replay);

    expect(facts, "speaks_tls", "true");
    expect(facts, "suites", "(none)");
    cr_expect_not_null(json_object_get(facts, "undetermined"));
    json_decref(facts);
}

/* Against Mbed TLS's own copies of the primes. */
Test(tls_server, shared_primes_have_names)
{
    static const uint8_t modp_2048[] = MBEDTLS_DHM_RFC3526_MODP_2048_P_BIN;
    static const uint8_t modp_3072[] = MBEDTLS_DHM_RFC3526_MODP_3072_P_BIN;
    static const uint8_t modp_4096[] = MBEDTLS_DHM_RFC3526_MODP_4096_P_BIN;
    static const uint8_t ffdhe_2048[] = MBEDTLS_DHM_RFC7919_FFDHE2048_P_BIN;
    static const uint8_t ffdhe_3072[] = MBEDTLS_DHM_RFC7919_FFDHE3072_P_BIN;
    static const uint8_t ffdhe_4096[] = MBEDTLS_DHM_RFC7919_FFDHE4096_P_BIN;
    static const uint8_t ffdhe_6144[] = MBEDTLS_DHM_RFC7919_FFDHE6144_P_BIN;
    static const uint8_t ffdhe_8192[] = MBEDTLS_DHM_RFC7919_FFDHE8192_P_BIN;
    static const struct {
        const uint8_t *prime;
        size_t length;
        const char *name;
    } wanted[] = {
        { modp_2048, sizeof modp_2048, "RFC 3526 group 14" },
        { modp_3072, sizeof modp_3072, "RFC 3526 group 15" },
        { modp_4096, sizeof modp_4096, "RFC 3526 group 16" },
        { ffdhe_2048, sizeof ffdhe_2048, "RFC 7919 ffdhe2048" },
        { ffdhe_3072, sizeof ffdhe_3072, "RFC 7919 ffdhe3072" },
        { ffdhe_4096, sizeof ffdhe_4096, "RFC 7919 ffdhe4096" },
        { ffdhe_6144, sizeof ffdhe_6144, "RFC 7919 ffdhe6144" },
        { ffdhe_8192, sizeof ffdhe_8192, "RFC 7919 ffdhe8192" },
    };
    char digest[SHA256_TEXT_SIZE];

    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        cr_assert_eq(sha256_text(wanted[i].prime, wanted[i].length, digest, NULL), STATUS_OK);
        cr_expect_str_eq(tls_server_prime_name(digest), wanted[i].name);
    }
    digest[0] = 'x';
    cr_expect_null(tls_server_prime_name(digest));
}
