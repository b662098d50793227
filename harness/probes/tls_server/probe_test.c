/* Invented servers answer the survey: each is a small machine that sees our hello and
 * gives back bytes, some of them recorded from real servers.  What matters is what the
 * survey claims when a server is odd, slow, or dies half-way. */
#include "probe/probe.h"
#include "report.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct probe probe_tls_server;

/* ---- a hello as the server sees it ---- */

struct seen_hello {
    uint16_t version; /* the best one offered */
    uint16_t suites[PICK_MAX];
    size_t suite_count;
    uint16_t groups[128];
    size_t group_count;
    bool pkcs1_sha256; /* offered, or no list was sent */
    bool fallback;
    bool empty_key_share;
};

static void see_extension(uint16_t type, struct reader body, struct seen_hello *seen)
{
    if (type == 10) {
        (void) reader_u16(&body);
        while (reader_left(&body) >= 2 && seen->group_count < 128) {
            seen->groups[seen->group_count++] = reader_u16(&body);
        }
    } else if (type == 13) {
        seen->pkcs1_sha256 = false;
        (void) reader_u16(&body);
        while (reader_left(&body) >= 2) {
            seen->pkcs1_sha256 = reader_u16(&body) == 0x0401 || seen->pkcs1_sha256;
        }
    } else if (type == 43) {
        (void) reader_u8(&body);
        seen->version = reader_u16(&body);
    } else if (type == 51) {
        seen->empty_key_share = reader_u16(&body) == 0;
    }
}

static struct seen_hello see(const struct exchange *exchange)
{
    uint8_t room[TLS_HELLO_LENGTH_MAX];
    struct builder builder = builder_over(room, sizeof room);
    struct seen_hello seen = { .pkcs1_sha256 = true };
    struct reader reader;
    struct reader list;

    cr_assert(wire_tls_hello_build(&exchange->hello, &builder));
    reader = reader_over(room + 9, builder.length - 9);
    seen.version = reader_u16(&reader);
    (void) reader_take(&reader, 32 + 1);
    list = reader_sub(&reader, reader_u16(&reader));
    while (reader_left(&list) > 0) {
        uint16_t code = reader_u16(&list);

        if (code == TLS_SCSV_FALLBACK) {
            seen.fallback = true;
        } else if (code != TLS_SCSV_RENEGOTIATION) {
            seen.suites[seen.suite_count++] = code;
        }
    }
    (void) reader_sub(&reader, reader_u8(&reader));
    list = reader_sub(&reader, reader_u16(&reader));
    while (reader_left(&list) > 0) {
        uint16_t type = reader_u16(&list);

        see_extension(type, reader_sub(&list, reader_u16(&list)), &seen);
    }
    return seen;
}

/* ---- servers ---- */

struct server {
    uint16_t versions[6];
    size_t version_count;
    uint16_t suites[8]; /* in its order */
    size_t suite_count;
    bool follows_client;
    enum exchange_end refuses_by; /* instead of an alert */
    size_t suites_max;            /* of a hello that it can bear; 0: any */
    enum exchange_end at_many;    /* what it does with more */
    uint16_t silent_version;      /* met with silence; 0: none */
    unsigned dies_after;          /* answers so many exchanges; 0: lives */
    bool dies_by_closing;
    bool no_retry; /* refuses an empty key_share */
    unsigned answered;
};

static bool has(const uint16_t *list, size_t count, uint16_t value)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i] == value) {
            return true;
        }
    }
    return false;
}

static void put(struct exchange *exchange, const void *data, size_t length)
{
    cr_assert_eq(bytes_append(&exchange->stream, data, length, NULL), STATUS_OK);
}

static void put_alert(struct exchange *exchange, uint8_t alert)
{
    const uint8_t record[] = { 21, 3, 3, 0, 2, 2, alert };

    put(exchange, record, sizeof record);
}

static void put_server_hello(struct exchange *exchange, uint16_t version, uint16_t suite,
                             uint16_t group)
{
    static const uint8_t done[] = { 14, 0, 0, 0 };
    bool is_13 = version == TLS_VERSION_13;
    uint8_t room[512];
    struct builder builder = builder_over(room, sizeof room);
    size_t record;
    size_t message;
    size_t list;

    builder_u8(&builder, 22);
    builder_u16(&builder, 0x0303);
    record = builder_open(&builder, 2);
    builder_u8(&builder, 2);
    message = builder_open(&builder, 3);
    builder_u16(&builder, is_13 ? TLS_VERSION_12 : version);
    builder_put(&builder, exchange->hello.random, 32);
    builder_u8(&builder, 0);
    builder_u16(&builder, suite);
    builder_u8(&builder, 0);
    list = builder_open(&builder, 2);
    if (is_13) {
        builder_u16(&builder, 43);
        builder_u16(&builder, 2);
        builder_u16(&builder, TLS_VERSION_13);
        builder_u16(&builder, 51);
        builder_u16(&builder, 2);
        builder_u16(&builder, group);
    }
    builder_close(&builder, list, 2);
    builder_close(&builder, message, 3);
    if (!is_13) {
        /* Named curve, a point of one byte, rsa_pkcs1_sha256, an empty signature. */
        const uint8_t key_exchange[] = { 12, 0, 0, 9, 3, (uint8_t) (group >> 8), (uint8_t) group, 1,
                                         4,  4, 1, 0, 0 };

        if (wire_tls_suites_find(suite)->kx == TLS_KX_ECDHE) {
            builder_put(&builder, key_exchange, sizeof key_exchange);
        }
        builder_put(&builder, done, sizeof done);
    }
    builder_close(&builder, record, 2);
    put(exchange, room, builder.length);
}

static enum tcp_event end_event(enum exchange_end end)
{
    return end == END_CLOSED ? TCP_CLOSED : end == END_RESET ? TCP_RESET : TCP_TIMEOUT;
}

static enum tcp_event refuse(const struct server *server, struct exchange *exchange, uint8_t alert)
{
    if (server->refuses_by == END_CLOSED || server->refuses_by == END_RESET) {
        return end_event(server->refuses_by);
    }
    put_alert(exchange, alert);
    return TCP_CLOSED;
}

static uint16_t choose(const struct server *server, const struct seen_hello *seen)
{
    const uint16_t *first = server->follows_client ? seen->suites : server->suites;
    const uint16_t *second = server->follows_client ? server->suites : seen->suites;
    size_t first_count = server->follows_client ? seen->suite_count : server->suite_count;
    size_t second_count = server->follows_client ? server->suite_count : seen->suite_count;

    for (size_t i = 0; i < first_count; i++) {
        const struct tls_suite *suite = wire_tls_suites_find(first[i]);

        if (has(second, second_count, first[i]) &&
            wire_tls_suites_is_13(suite) == (seen->version == TLS_VERSION_13)) {
            return first[i];
        }
    }
    return 0;
}

static enum tcp_event serve(struct server *server, struct exchange *exchange)
{
    struct seen_hello seen;
    uint16_t suite;
    uint16_t group;

    server->answered++;
    if (server->dies_after > 0 && server->answered > server->dies_after) {
        return server->dies_by_closing ? TCP_CLOSED : TCP_TIMEOUT;
    }
    if (exchange->ssl2) {
        return refuse(server, exchange, 70);
    }
    seen = see(exchange);
    if (server->silent_version == seen.version) {
        return TCP_TIMEOUT;
    }
    if (server->suites_max > 0 && seen.suite_count > server->suites_max) {
        if (server->at_many == END_ALERT) {
            put_alert(exchange, 50);
        }
        return end_event(server->at_many);
    }
    if (!has(server->versions, server->version_count, seen.version)) {
        return refuse(server, exchange, 70);
    }
    if (seen.fallback && server->versions[0] != seen.version) {
        return refuse(server, exchange, 86);
    }
    suite = choose(server, &seen);
    group = has(seen.groups, seen.group_count, 0x001d)   ? 0x001d
            : has(seen.groups, seen.group_count, 0x0017) ? 0x0017
                                                         : 0;
    if (seen.version == TLS_VERSION_SSL3) {
        group = 0x0017;
    }
    if (suite == 0 || group == 0 || !seen.pkcs1_sha256 ||
        (server->no_retry && seen.empty_key_share)) {
        return refuse(server, exchange, 40);
    }
    put_server_hello(exchange, seen.version, suite, group);
    return TCP_OK;
}

static enum status serve_all(void *context, struct exchange *const exchanges[], size_t count,
                             struct error *reterr)
{
    (void) reterr;
    for (size_t i = 0; i < count; i++) {
        enum tcp_event event = serve(context, exchanges[i]);

        (void) tls_server_exchange_absorb(exchanges[i]);
        tls_server_exchange_finish(exchanges[i], true, event);
    }
    return STATUS_OK;
}

/* Replays one recorded answer to every hello. */
struct replay {
    uint8_t bytes[8192];
    size_t length;
    enum tcp_event then;
};

static enum status replay_all(void *context, struct exchange *const exchanges[], size_t count,
                              struct error *reterr)
{
    const struct replay *replay = context;

    (void) reterr;
    for (size_t i = 0; i < count; i++) {
        put(exchanges[i], replay->bytes, replay->length);
        (void) tls_server_exchange_absorb(exchanges[i]);
        tls_server_exchange_finish(exchanges[i], true, replay->then);
    }
    return STATUS_OK;
}

/* ---- running the survey ---- */

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
    return facts_from(serve_all, server);
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
    expect(facts, "suites_weak", "[]");
    expect(facts, "crypto_tier", "\"high\"");
    expect(facts, "groups", "[\"x25519\",\"secp256r1\"]");
    expect(facts, "fallback_scsv", "true");
    expect(facts, "speaks_tls", "true");
    expect(facts, "undetermined", "(none)");
    json_decref(facts);
}

Test(tls_server, a_weak_server)
{
    struct server server = { .versions = { TLS_VERSION_12, TLS_VERSION_10, TLS_VERSION_SSL3 },
                             .version_count = 3,
                             .suites = { 0x0005, 0xc02f, 0x000a, 0x002f },
                             .suite_count = 4,
                             .follows_client = true };
    json_t *facts = facts_of(&server);

    expect(facts, "versions", "[\"SSLv3\",\"TLSv1.0\",\"TLSv1.2\"]");
    expect(facts, "suites_weak",
           "[\"TLS_RSA_WITH_3DES_EDE_CBC_SHA\",\"TLS_RSA_WITH_AES_128_CBC_SHA\","
           "\"TLS_RSA_WITH_RC4_128_SHA\"]");
    expect(facts, "crypto_tier", "\"none\"");
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
    expect(facts, "suites_weak", "(none)");
    expect(facts, "crypto_tier", "(none)");
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
        expect(facts, "crypto_tier", "\"high\"");
        /* The alert of RFC 7507 is the only proof of that protection. */
        expect(facts, "fallback_scsv", "(none)");
        json_decref(facts);
    }
}

/* Whenever it dies, the survey never says that something is not accepted. */
Test(tls_server, a_server_that_dies_half_way_proves_nothing_absent)
{
    struct server whole = modern();
    json_t *facts = facts_of(&whole);
    unsigned needed = whole.answered;

    json_decref(facts);
    for (unsigned closing = 0; closing < 2; closing++) {
        for (unsigned answers = 1; answers < needed; answers++) {
            struct server server = modern();

            server.dies_after = answers;
            server.dies_by_closing = closing == 1;
            facts = facts_of(&server);
            cr_expect_null(json_object_get(facts, "versions"), "%u %u", closing, answers);
            cr_expect_null(json_object_get(facts, "suites"), "%u %u", closing, answers);
            cr_expect_null(json_object_get(facts, "suites_weak"), "%u %u", closing, answers);
            cr_expect_null(json_object_get(facts, "crypto_tier"), "%u %u", closing, answers);
            cr_expect_null(json_object_get(facts, "groups"), "%u %u", closing, answers);
            cr_expect_null(json_object_get(facts, "compression"), "%u %u", closing, answers);
            cr_expect_not_null(json_object_get(facts, "undetermined"), "%u %u", closing, answers);
            json_decref(facts);
        }
    }
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
    expect(facts, "suites_weak", "[\"TLS_RSA_WITH_RC4_128_SHA\"]");
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
        expect(facts, "crypto_tier", "\"none\"");
        json_decref(facts);
    }
}

Test(tls_server, a_server_that_does_not_ask_for_a_key_share)
{
    struct server server = modern();
    json_t *facts;

    server.no_retry = true;
    facts = facts_of(&server);
    expect(facts, "versions", "[\"TLSv1.2\",\"TLSv1.3\"]");
    expect(facts, "crypto_tier", "\"high\"");
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
    expect(facts, "suites_weak", "[]");
    expect(facts, "crypto_tier", "(none)");
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
    expect(facts, "suites_weak", "(none)");
    expect(facts, "crypto_tier", "(none)");
    expect(facts, "certificates", "(none)");
    expect(facts, "renegotiation", "(none)");
}

Test(tls_server, an_http_server_does_not_speak_tls)
{
    struct replay replay = recorded("nginx_plain_http.bin", SIZE_MAX, TCP_CLOSED);
    json_t *facts = facts_from(replay_all, &replay);

    expect(facts, "speaks_tls", "false");
    expect_nothing_claimed(facts);
    json_decref(facts);
}

Test(tls_server, a_silent_service_may_or_may_not_speak_tls)
{
    struct replay replay = { .then = TCP_TIMEOUT };
    json_t *facts = facts_from(replay_all, &replay);

    expect(facts, "speaks_tls", "(none)");
    expect_nothing_claimed(facts);
    json_decref(facts);
}

Test(tls_server, refusing_everything_is_not_accepting_nothing)
{
    struct replay replay = recorded("nginx_alert_version.bin", SIZE_MAX, TCP_CLOSED);
    json_t *facts = facts_from(replay_all, &replay);

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
            put(&exchange, replay.bytes, cut);
            enough = tls_server_exchange_absorb(&exchange);
            tls_server_exchange_finish(&exchange, true, TCP_CLOSED);
            cr_assert_eq(enough, cut == replay.length, "%s %zu", names[i], cut);
            cr_assert(exchange.end == END_ANSWERED || exchange.end == END_CLOSED);
            cr_assert(cut < replay.length || exchange.end == END_ANSWERED);
            tls_server_exchange_done(&exchange);
        }
    }
}

/* One server that always answers the same: it picks what was not offered. */
Test(tls_server, a_server_that_repeats_itself_is_not_believed)
{
    struct replay replay = recorded("openssl_12_ecdhe_rsa.bin", SIZE_MAX, TCP_OK);
    json_t *facts = facts_from(replay_all, &replay);

    expect(facts, "speaks_tls", "true");
    expect(facts, "suites", "(none)");
    expect(facts, "crypto_tier", "(none)");
    cr_expect_not_null(json_object_get(facts, "undetermined"));
    json_decref(facts);
}
