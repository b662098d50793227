#include "invented.h"

#include <criterion/criterion.h>
#include <string.h>

enum { COOKIE_LENGTH = 8, DATAGRAMS_MAX = 512 };

/* A hello as the server sees it. */
struct seen_hello {
    uint16_t version;
    uint8_t cookie[DTLS_COOKIE_MAX];
    size_t cookie_length;
    uint16_t suites[PICK_MAX];
    size_t suite_count;
    bool x25519;
    bool connection_id;
    uint16_t message;
};

struct out {
    struct builder datagrams[DATAGRAMS_MAX];
    uint8_t room[DATAGRAMS_MAX][1500];
    size_t count;
    uint16_t message;
};

static void see_extensions(struct reader list, struct seen_hello *seen)
{
    while (reader_left(&list) > 0) {
        uint16_t type = reader_u16(&list);
        struct reader body = reader_sub(&list, reader_u16(&list));

        if (type == 43) {
            (void) reader_u8(&body);
            seen->version = wire_dtls_version(reader_u16(&body));
        } else if (type == 10) {
            (void) reader_u16(&body);
            while (reader_left(&body) > 0) {
                seen->x25519 = reader_u16(&body) == 0x001d || seen->x25519;
            }
        } else if (type == 44) {
            seen->cookie_length = reader_u16(&body);
        } else if (type == 54) {
            seen->connection_id = true;
        }
    }
}

static struct seen_hello see(const struct builder *datagram)
{
    struct seen_hello seen = { 0 };
    struct reader reader = reader_over(datagram->start, datagram->length);
    struct reader list;

    (void) reader_take(&reader, 13 + 4);
    seen.message = reader_u16(&reader);
    (void) reader_take(&reader, 6);
    seen.version = wire_dtls_version(reader_u16(&reader));
    (void) reader_take(&reader, 32 + 1);
    seen.cookie_length = reader_u8(&reader);
    list = reader_sub(&reader, seen.cookie_length);
    if (seen.cookie_length > 0) {
        memcpy(seen.cookie, list.at, seen.cookie_length);
    }
    list = reader_sub(&reader, reader_u16(&reader));
    while (reader_left(&list) > 0) {
        seen.suites[seen.suite_count++] = reader_u16(&list);
    }
    (void) reader_sub(&reader, reader_u8(&reader));
    see_extensions(reader_sub(&reader, reader_u16(&reader)), &seen);
    cr_assert(reader_ok(&reader));
    return seen;
}

static struct builder *datagram_open(struct out *out, uint8_t type, size_t length)
{
    struct builder *datagram = &out->datagrams[out->count];

    cr_assert_lt(out->count, DATAGRAMS_MAX);
    *datagram = builder_over(out->room[out->count], sizeof out->room[0]);
    out->count++;
    builder_u8(datagram, type);
    builder_u16(datagram, DTLS_VERSION_12);
    builder_u16(datagram, 0);
    builder_u16(datagram, 0);
    builder_u32(datagram, (uint32_t) out->count);
    builder_u16(datagram, (uint16_t) length);
    return datagram;
}

static void put_fragment(struct out *out, uint8_t type, const struct builder *body, size_t from,
                         size_t length)
{
    struct builder *datagram = datagram_open(out, 22, 12 + length);

    builder_u8(datagram, type);
    builder_u24(datagram, (uint32_t) body->length);
    builder_u16(datagram, out->message);
    builder_u24(datagram, (uint32_t) from);
    builder_u24(datagram, (uint32_t) length);
    builder_put(datagram, body->start + from, length);
    cr_assert_not(datagram->overflow);
}

static void put_message(const struct server *server, struct out *out, uint8_t type,
                        const struct builder *body)
{
    size_t step = server->fragment == 0 ? body->length : server->fragment;

    if (body->length == 0) {
        put_fragment(out, type, body, 0, 0);
    }
    for (size_t at = 0; at < body->length; at += step) {
        size_t from = at > server->overlap ? at - server->overlap : 0;
        size_t to = at + step < body->length ? at + step : body->length;

        put_fragment(out, type, body, from, to - from);
    }
    out->message++;
}

static void put_alert(struct out *out, uint8_t alert)
{
    struct builder *datagram = datagram_open(out, 21, 2);

    builder_u8(datagram, 2);
    builder_u8(datagram, alert);
}

static void put_cookie(const struct server *server, struct out *out)
{
    uint8_t room[64];
    struct builder body = builder_over(room, sizeof room);
    uint8_t first = server->cookie == COOKIE_ENDLESS ? (uint8_t) server->hellos : 7;
    const uint8_t cookie[COOKIE_LENGTH] = { first, 1, 2, 3, 4, 5, 6, 7 };

    builder_u16(&body, DTLS_VERSION_10);
    builder_u8(&body, COOKIE_LENGTH);
    builder_put(&body, cookie, sizeof cookie);
    put_fragment(out, 3, &body, 0, body.length);
}

static void put_hello(const struct server *server, struct out *out, const struct seen_hello *seen,
                      uint16_t suite)
{
    static const uint16_t written[] = { DTLS_VERSION_10, DTLS_VERSION_12, DTLS_VERSION_12 };
    static const uint8_t retry[32] = { 0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11,
                                       0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
                                       0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e,
                                       0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c };
    static const uint8_t cookie[] = { 0, 44, 0, 4, 0, 2, 1, 2 };
    static const uint8_t ours[] = { 0, 54, 0, 3, 2, 9, 9 };
    bool is_13 = seen->version == TLS_VERSION_13;
    uint8_t room[256];
    struct builder body = builder_over(room, sizeof room);
    size_t list;

    builder_u16(&body, written[seen->version - TLS_VERSION_11]);
    if (is_13) {
        builder_put(&body, retry, sizeof retry);
    } else {
        memset(room + body.length, 5, 32);
        body.length += 32;
    }
    builder_u8(&body, 0);
    builder_u16(&body, suite);
    builder_u8(&body, 0);
    list = builder_open(&body, 2);
    if (is_13) {
        builder_u16(&body, 43);
        builder_u16(&body, 2);
        builder_u16(&body, DTLS_VERSION_13);
        builder_u16(&body, 51);
        builder_u16(&body, 2);
        builder_u16(&body, 0x001d);
        if (server->cookie != COOKIE_NONE) {
            builder_put(&body, cookie, sizeof cookie);
        }
    } else if (server->connection_id && seen->connection_id) {
        builder_put(&body, ours, sizeof ours);
    }
    builder_close(&body, list, 2);
    put_message(server, out, 2, &body);
}

static void put_certificate(const struct server *server, struct out *out)
{
    static uint8_t room[1 << 16];
    struct builder body = builder_over(room, sizeof room);

    memset(room, 0x30, sizeof room);
    builder_u24(&body, (uint32_t) server->padding + 3);
    builder_u24(&body, (uint32_t) server->padding);
    body.length += server->padding;
    put_message(server, out, 11, &body);
}

static void put_flight(const struct server *server, struct out *out, const struct seen_hello *seen,
                       const struct tls_suite *suite)
{
    uint8_t room[128];
    struct builder body = builder_over(room, sizeof room);

    put_hello(server, out, seen, suite->code);
    if (seen->version == TLS_VERSION_13) {
        return;
    }
    if (suite->auth != TLS_AUTH_PSK && server->padding > 0) {
        put_certificate(server, out);
    }
    if (suite->auth == TLS_AUTH_PSK && server->hint != NULL) {
        builder_u16(&body, (uint16_t) strlen(server->hint));
        builder_put(&body, server->hint, strlen(server->hint));
        put_message(server, out, 12, &body);
    } else if (suite->kx == TLS_KX_ECDHE) {
        /* Named curve x25519, a point of one byte, rsa_pkcs1_sha256, an empty signature. */
        const uint8_t exchange[] = { 3, 0, 29, 1, 4, 4, 1, 0, 0 };

        /* DTLS 1.0 names no scheme. */
        builder_put(&body, exchange, seen->version == TLS_VERSION_12 ? 9 : 5);
        builder_u16(&body, 0);
        body.length = seen->version == TLS_VERSION_12 ? 9 : 7;
        put_message(server, out, 12, &body);
    }
    body.length = 0;
    put_message(server, out, 14, &body);
}

static const struct tls_suite *choose(const struct server *server, const struct seen_hello *seen)
{
    for (size_t i = 0; i < server->suite_count; i++) {
        for (size_t at = 0; at < seen->suite_count; at++) {
            const struct tls_suite *suite = wire_tls_suites_find(server->suites[i]);

            if (seen->suites[at] == server->suites[i] &&
                wire_tls_suites_is_13(suite) == (seen->version == TLS_VERSION_13) &&
                (seen->x25519 || (suite->kx != TLS_KX_ECDHE && suite->kx != TLS_KX_TLS13))) {
                return suite;
            }
        }
    }
    return NULL;
}

static bool speaks(const struct server *server, uint16_t version)
{
    for (size_t i = 0; i < server->version_count; i++) {
        if (server->versions[i] == version) {
            return true;
        }
    }
    return false;
}

static bool wants_cookie(const struct server *server, const struct seen_hello *seen)
{
    if (server->cookie == COOKIE_NONE || seen->version == TLS_VERSION_13) {
        return false;
    }
    return server->cookie == COOKIE_ENDLESS || seen->cookie_length == 0 ||
           (server->cookie == COOKIE_ASKED &&
            (seen->cookie_length != COOKIE_LENGTH || seen->cookie[0] != 7));
}

static void serve(struct server *server, const struct builder *datagram, struct out *out)
{
    struct seen_hello seen = see(datagram);
    const struct tls_suite *suite = choose(server, &seen);

    out->count = 0;
    out->message = seen.message;
    server->hellos++;
    if (server->dies_after > 0 && server->hellos > server->dies_after) {
        return;
    }
    if (wants_cookie(server, &seen)) {
        put_cookie(server, out);
    } else if (speaks(server, seen.version) && suite != NULL &&
               !(seen.version == TLS_VERSION_13 && seen.cookie_length > 0)) {
        put_flight(server, out, &seen, suite);
    } else if (!server->refuses_silently) {
        put_alert(out, speaks(server, seen.version) ? 40 : 70);
    }
}

static bool deliver(const struct server *server, struct exchange *exchange, const struct out *out)
{
    bool over = false;

    for (size_t i = 0; i < out->count && !over; i++) {
        size_t at = server->backwards ? out->count - 1 - i : i;

        over = dtls_server_exchange_take(exchange, out->datagrams[at].start,
                                         out->datagrams[at].length);
    }
    return over;
}

enum status invented_serve(void *context, struct exchange *const exchanges[], size_t count,
                           struct error *reterr)
{
    static struct out out;
    struct server *server = context;

    for (size_t i = 0; i < count; i++) {
        bool over = false;

        while (!over && exchanges[i]->talk.hello_due) {
            uint8_t room[TLS_HELLO_LENGTH_MAX + DTLS_HEADERS_LENGTH];
            struct builder builder = builder_over(room, sizeof room);

            TRY(dtls_server_exchange_hello(exchanges[i], &builder, reterr));
            serve(server, &builder, &out);
            over = deliver(server, exchanges[i], &out);
        }
        tls_server_exchange_finish(exchanges[i], true, TCP_TIMEOUT);
    }
    return STATUS_OK;
}
