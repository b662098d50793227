#include "invented.h"
#include "probe/tls_findings.h"
#include "probe/tls_report.h"
#include "support/fixture.h"
#include "support/survey_facts.h"

#include <criterion/criterion.h>
#include <psa/crypto.h>
#include <stdio.h>
#include <string.h>

extern const struct probe probe_tls_server;

/* A share of x25519 like any other; what is shared with a private value of 1 is the same. */
static const uint8_t server_share[32] = { 7, 7, 7 };

/* A hello as the server sees it. */
struct seen_hello {
    uint16_t version; /* the best one offered */
    uint16_t suites[PICK_MAX];
    size_t suite_count;
    uint16_t groups[128];
    size_t group_count;
    bool pkcs1_sha256; /* offered, or no list was sent */
    bool pss_sha256;
    bool fallback;
    bool empty_key_share;
    uint16_t share_group; /* the first; 0: none */
    size_t length;        /* of the message's body */
    uint8_t session_id;
    bool grease;
    bool unknown_extension;
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
            uint16_t scheme = reader_u16(&body);

            seen->pkcs1_sha256 = scheme == 0x0401 || seen->pkcs1_sha256;
            seen->pss_sha256 = scheme == 0x0804 || seen->pss_sha256;
        }
    } else if (type == 43) {
        (void) reader_u8(&body);
        while (reader_left(&body) > 0) {
            uint16_t version = reader_u16(&body);

            seen->grease = seen->grease || (version & 0x0f0f) == 0x0a0a;
            seen->version = version;
        }
    } else if (type == 51) {
        seen->empty_key_share = reader_u16(&body) == 0;
        seen->share_group = reader_u16(&body);
    } else if (type == 0xfe5a) {
        seen->unknown_extension = true;
    }
    seen->grease = seen->grease || (type & 0x0f0f) == 0x0a0a;
}

static struct seen_hello see(const struct exchange *exchange)
{
    uint8_t room[TLS_HELLO_LONGEST];
    struct builder builder = builder_over(room, sizeof room);
    struct seen_hello seen = { .pkcs1_sha256 = true };
    const size_t first = 5 + (1 << 14); /* the longest record */
    struct reader reader;
    struct reader list;

    cr_assert(wire_tls_hello_build(&exchange->hello, &builder));
    if (builder.length > first) {
        builder.length -= 5;
        memmove(room + first, room + first + 5, builder.length - first);
    }
    seen.length = builder.length - 9;
    reader = reader_over(room + 9, builder.length - 9);
    seen.version = reader_u16(&reader);
    (void) reader_take(&reader, 32);
    seen.session_id = reader_u8(&reader);
    (void) reader_take(&reader, seen.session_id);
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
    if (reader_left(&reader) > 0) { /* SSL 3.0 has none */
        list = reader_sub(&reader, reader_u16(&reader));
    }
    cr_assert(reader_ok(&list) && reader_ok(&reader) && reader_left(&reader) == 0);
    while (reader_left(&list) > 0) {
        uint16_t type = reader_u16(&list);

        see_extension(type, reader_sub(&list, reader_u16(&list)), &seen);
    }
    return seen;
}

static bool has(const uint16_t *list, size_t count, uint16_t value)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i] == value) {
            return true;
        }
    }
    return false;
}

void invented_put(struct exchange *exchange, const void *data, size_t length)
{
    cr_assert_eq(bytes_append(&exchange->stream, data, length, NULL), STATUS_OK);
}

static void put_alert(struct exchange *exchange, uint8_t alert)
{
    const uint8_t record[] = { 21, 3, 3, 0, 2, 2, alert };

    invented_put(exchange, record, sizeof record);
}

static void put_shared(struct builder *builder, uint16_t group, uint16_t share_group)
{
    builder_u16(builder, 51);
    builder_u16(builder, share_group == 0 ? 2 : 4 + 32);
    builder_u16(builder, group);
    if (share_group != 0) {
        builder_u16(builder, 32);
        builder_put(builder, server_share, sizeof server_share);
    }
}

static void put_server_hello(struct exchange *exchange, uint16_t version, uint16_t suite,
                             uint16_t group, uint16_t share_group)
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
        put_shared(&builder, group, share_group);
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
    invented_put(exchange, room, builder.length);
}

/* EncryptedExtensions, CertificateVerify by rsa_pss_rsae_sha256, and a Finished of one byte; only
 * the suites with 16 bytes of tag. */
static void put_sealed(struct exchange *exchange, uint16_t suite)
{
    static const uint8_t plain[] = {
        8, 0, 0, 2, 0, 0, 15, 0, 0, 4, 8, 4, 0, 0, 20, 0, 0, 1, 0, 22
    };
    const uint8_t header[] = { 23, 3, 3, 0, sizeof plain + 16 };
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    mbedtls_svc_key_id_t id = MBEDTLS_SVC_KEY_ID_INIT;
    uint8_t hellos[TLS_HELLO_LENGTH_MAX];
    struct builder builder = builder_over(hellos, sizeof hellos);
    uint8_t sealed[sizeof plain + 16];
    struct tls13_key key;
    size_t length;

    cr_assert(wire_tls_hello_build(&exchange->hello, &builder));
    memmove(hellos, hellos + 5, builder.length - 5);
    builder.length -= 5;
    builder_put(&builder, exchange->stream.data + 5, exchange->stream.length - 5);
    cr_assert_eq(tls13_key_derive(suite, server_share, sizeof server_share, hellos, builder.length,
                                  &key, NULL),
                 STATUS_OK);
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_ENCRYPT);
    psa_set_key_algorithm(&attributes, PSA_ALG_GCM);
    psa_set_key_type(&attributes, PSA_KEY_TYPE_AES);
    cr_assert_eq(psa_import_key(&attributes, key.key, key.key_length, &id), PSA_SUCCESS);
    cr_assert_eq(psa_aead_encrypt(id, PSA_ALG_GCM, key.iv, sizeof key.iv, header, sizeof header,
                                  plain, sizeof plain, sealed, sizeof sealed, &length),
                 PSA_SUCCESS);
    cr_assert_eq(psa_destroy_key(id), PSA_SUCCESS);
    invented_put(exchange, header, sizeof header);
    invented_put(exchange, sealed, length);
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

static bool is_away(const struct server *server)
{
    if (server->down_of > 0 && server->answered % server->down_of == 0) {
        return true;
    }
    return server->dies_after > 0 && server->answered > server->dies_after &&
           (server->away_for == 0 || server->answered <= server->dies_after + server->away_for);
}

static enum tcp_event serve(struct server *server, struct exchange *exchange)
{
    struct seen_hello seen;
    uint16_t suite;
    uint16_t group;

    server->answered++;
    if (is_away(server)) {
        if (server->busy_alert) {
            put_alert(exchange, 0);
        }
        return end_event(server->dies_by);
    }
    if (exchange->ssl2 && server->silent_to_ssl2) {
        return TCP_TIMEOUT;
    }
    if (exchange->ssl2) {
        return refuse(server, exchange, 70);
    }
    seen = see(exchange);
    if (server->silent_version == seen.version) {
        return TCP_TIMEOUT;
    }
    if ((server->length_max > 0 && seen.length > server->length_max) ||
        (server->fails_on_grease && seen.grease)) {
        return end_event(server->at_many);
    }
    if (server->suites_max > 0 && seen.suite_count > server->suites_max) {
        if (server->at_many == END_ALERT) {
            put_alert(exchange, 50);
        }
        return end_event(server->at_many);
    }
    if (server->negotiates_down && seen.version != TLS_VERSION_13 &&
        seen.version > server->versions[0]) {
        seen.version = server->versions[0];
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
    if (suite == 0 || group == 0 || (server->no_retry && seen.empty_key_share) ||
        !(seen.version == TLS_VERSION_13 ? seen.pss_sha256 : seen.pkcs1_sha256)) {
        return refuse(server, exchange, 40);
    }
    put_server_hello(exchange, seen.version, suite, group, seen.share_group);
    if (seen.version == TLS_VERSION_13 && seen.share_group != 0) {
        put_sealed(exchange, suite);
    }
    return TCP_OK;
}

enum status invented_serve(void *context, struct exchange *const exchanges[], size_t count,
                           struct error *reterr)
{
    (void) reterr;
    for (size_t i = 0; i < count; i++) {
        struct server *server = context;
        enum tcp_event event = serve(server, exchanges[i]);
        bool gone = server->dies_by == END_NOT_CONNECTED && is_away(server);

        (void) tls_server_exchange_absorb(exchanges[i]);
        tls_server_exchange_finish(exchanges[i], !gone, event);
        if (server->dies_by == END_NOT_UPGRADED && is_away(server)) {
            tls_server_exchange_not_upgraded(exchanges[i], "refused");
        }
    }
    return STATUS_OK;
}

enum status invented_replay(void *context, struct exchange *const exchanges[], size_t count,
                            struct error *reterr)
{
    const struct replay *replay = context;

    (void) reterr;
    for (size_t i = 0; i < count; i++) {
        invented_put(exchanges[i], replay->bytes, replay->length);
        (void) tls_server_exchange_absorb(exchanges[i]);
        tls_server_exchange_finish(exchanges[i], true, replay->then);
    }
    return STATUS_OK;
}

struct replay invented_recorded(const char *name, size_t length_max, enum tcp_event then)
{
    struct replay replay = { .then = then };
    size_t length = fixture(name, replay.bytes, sizeof replay.bytes);

    replay.length = length < length_max ? length : length_max;
    return replay;
}

static enum status report(struct probe_call *call, struct survey *survey, struct error *reterr)
{
    tls_server_report_findings(call, survey);
    return tls_server_report(call, survey, reterr);
}

json_t *invented_facts(enum status (*dial)(void *, struct exchange *const[], size_t,
                                           struct error *),
                       void *context)
{
    const struct survey_way way = {
        .probe = &probe_tls_server, .dial = dial, .start = tls_server_survey_start, .report = report
    };

    return survey_facts(&way, context);
}
