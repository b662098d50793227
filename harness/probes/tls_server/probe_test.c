/* Invented servers answer the survey, some with bytes recorded from real ones.  What
 * matters is what the survey claims when a server is odd, slow, or dies half-way. */
#include "invented.h"
#include "support/survey_facts.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *facts_of(struct server *server)
{
    return invented_facts(invented_serve, server);
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
    expect(facts, "certificates_complete", "true");
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
            cr_expect_not(json_is_true(json_object_get(facts, "certificates_complete")));
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

/* One of several servers behind a port is down, and they are met in turn: a question that is put
 * again after a look at the service meets the same one.  Nothing untrue is claimed. */
Test(tls_server, a_broken_server_among_others_refuses_nothing)
{
    static const enum exchange_end ways[] = { END_CLOSED, END_RESET };
    static const char *const names[] = { "versions", "suites",    "groups",
                                         "alpn",     "tolerance", "weaknesses" };
    struct server whole = modern();
    json_t *truth = facts_of(&whole);

    for (unsigned i = 0; i < 12; i++) {
        struct server server = modern();
        json_t *facts;

        server.down_of = 2 + i / 4;
        server.dies_by = ways[i % 2];
        server.busy_alert = i / 2 % 2 == 1;
        facts = facts_of(&server);
        for (size_t at = 0; at < sizeof names / sizeof names[0]; at++) {
            const json_t *claimed = json_object_get(facts, names[at]);

            cr_expect(claimed == NULL || json_equal(claimed, json_object_get(truth, names[at])),
                      "%s: 1 of %u down, %u", names[at], server.down_of, i);
        }
        json_decref(facts);
    }
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

/* The invented server never shows its prime, which may be a short one. */
Test(tls_server, no_weakness_is_not_claimed_of_a_prime_that_was_not_read)
{
    struct server server = { .versions = { TLS_VERSION_12 },
                             .version_count = 1,
                             .suites = { 0x009e, 0x009f },
                             .suite_count = 2 };
    json_t *facts = facts_of(&server);

    cr_expect_eq(json_array_size(json_object_get(json_object_get(facts, "suites"), "TLSv1.2")), 2);
    expect(facts, "dh_bits", "(none)");
    expect(facts, "weaknesses", "(none)");
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

static void expect_nothing_claimed(const json_t *facts)
{
    expect(facts, "versions", "(none)");
    expect(facts, "suites", "(none)");
    expect(facts, "certificates", "(none)");
    expect(facts, "renegotiation", "(none)");
}

Test(tls_server, an_http_server_does_not_speak_tls)
{
    struct replay replay = invented_recorded("nginx_plain_http.bin", SIZE_MAX, TCP_CLOSED);
    json_t *facts = invented_facts(invented_replay, &replay);

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
    json_t *facts = invented_facts(invented_replay, &replay);

    expect(facts, "speaks_tls", "(none)");
    expect_nothing_claimed(facts);
    json_decref(facts);
}

Test(tls_server, refusing_everything_is_not_accepting_nothing)
{
    struct replay replay = invented_recorded("nginx_alert_version.bin", SIZE_MAX, TCP_CLOSED);
    json_t *facts = invented_facts(invented_replay, &replay);

    expect(facts, "speaks_tls", "true");
    expect_nothing_claimed(facts);
    json_decref(facts);
}

/* One server that always answers the same: it picks what was not offered. */
Test(tls_server, a_server_that_repeats_itself_is_not_believed)
{
    struct replay replay = invented_recorded("openssl_12_ecdhe_rsa.bin", SIZE_MAX, TCP_OK);
    json_t *facts = invented_facts(invented_replay, &replay);

    expect(facts, "speaks_tls", "true");
    expect(facts, "suites", "(none)");
    cr_expect_not_null(json_object_get(facts, "undetermined"));
    json_decref(facts);
}
