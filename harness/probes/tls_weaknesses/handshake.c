/* The steps of a handshake; see talk.h. */
#include "base/clock.h"
#include "talk.h"

#include <string.h>

enum { FLIGHT_MESSAGES_MAX = 32 };

size_t talk_suites(enum suites_wanted wanted, uint16_t suites[TALK_SUITES_MAX])
{
    size_t count = 0;

    for (size_t i = 0; i < tls_ciphers_count && count < TALK_SUITES_MAX; i++) {
        const struct tls_cipher *cipher = &tls_ciphers[i];

        if (wanted == SUITES_ALL || (wanted == SUITES_CBC && cipher->mode == TLS_MODE_CBC) ||
            (wanted == SUITES_RSA && cipher->rsa)) {
            suites[count++] = cipher->suite;
        }
    }
    return count;
}

struct tls_hello talk_hello_of(struct bench *bench, const uint16_t *suites, size_t count)
{
    static const uint16_t groups[] = { 0x0017, 0x001d, 0x0018, 0x0019 };
    struct tls_hello hello = { .version = TLS_VERSION_12,
                               .suites = suites,
                               .suite_count = count,
                               .groups = groups,
                               .group_count = sizeof groups / sizeof *groups,
                               .schemes = bench->schemes,
                               .scheme_count = bench->scheme_count,
                               .server_name = bench->server_name,
                               .bare = true };

    tls_keys_numbers(&bench->seed, hello.random, sizeof hello.random);
    return hello;
}

enum status talk_hello(struct talk *talk, const struct tls_hello *hello, struct error *reterr)
{
    uint8_t room[TLS_HELLO_LENGTH_MAX];
    struct builder builder = builder_over(room, sizeof room);

    if (!wire_tls_hello_build(hello, &builder) || builder.length <= TLS_RECORD_HEADER_LENGTH) {
        return fail(reterr, STATUS_INTERNAL, "a ClientHello does not fit in %zu bytes",
                    sizeof room);
    }
    memcpy(talk->client_random, hello->random, sizeof talk->client_random);
    bytes_clear(&talk->said);
    TRY(bytes_append(&talk->said, room + TLS_RECORD_HEADER_LENGTH,
                     builder.length - TLS_RECORD_HEADER_LENGTH, reterr));
    if (talk->out_protected) {
        return talk_record(talk, TLS_RECORD_RIGHT, TLS_CONTENT_HANDSHAKE,
                           room + TLS_RECORD_HEADER_LENGTH,
                           builder.length - TLS_RECORD_HEADER_LENGTH, reterr);
    }
    return talk_send(talk, room, builder.length, reterr);
}

/* False: no ServerHello of TLS 1.0 to 1.2. */
static bool flight_hello(struct talk *talk)
{
    struct tls_server_hello hello;

    if (!wire_tls_server_hello_read(&talk->message, &hello) || hello.version < TLS_VERSION_10 ||
        hello.version > TLS_VERSION_12 || hello.session_id_length > sizeof talk->session_id ||
        hello.random == NULL) {
        return false;
    }
    memcpy(talk->server_random, hello.random, sizeof talk->server_random);
    if (hello.session_id_length > 0) {
        memcpy(talk->session_id, hello.session_id, hello.session_id_length);
    }
    talk->hello = hello;
    talk->version = hello.version;
    talk->cipher = tls_ciphers_find(hello.suite);
    if (talk->cipher != NULL && talk->cipher->only_12 && hello.version != TLS_VERSION_12) {
        talk->cipher = NULL;
    }
    return true;
}

static enum status flight_certificate(struct talk *talk, struct error *reterr)
{
    struct reader list;
    const uint8_t *der;
    size_t length;

    bytes_clear(&talk->certificate);
    if (wire_tls_certificates_read(&talk->message, &list) &&
        wire_tls_certificates_next(&list, &der, &length) && length <= talk->certificate.limit) {
        TRY(bytes_append(&talk->certificate, der, length, reterr));
    }
    return STATUS_OK;
}

static enum status flight_message(struct talk *talk, struct error *reterr)
{
    switch (talk->message.type) {
    case TLS_HANDSHAKE_CERTIFICATE:
        return flight_certificate(talk, reterr);
    case TLS_HANDSHAKE_SERVER_KEY_EXCHANGE:
        bytes_clear(&talk->key_exchange);
        if (talk->message.length <= talk->key_exchange.limit) {
            TRY(bytes_append(&talk->key_exchange, talk->message.body, talk->message.length,
                             reterr));
        }
        return STATUS_OK;
    case TLS_HANDSHAKE_CERTIFICATE_REQUEST:
        talk->certificate_requested = true;
        return STATUS_OK;
    default:
        return STATUS_OK;
    }
}

enum status talk_greeting(struct talk *talk, bool *ret_answered, struct error *reterr)
{
    *ret_answered = false;
    for (int i = 0; i < FLIGHT_MESSAGES_MAX; i++) {
        TRY(talk_hear(talk, talk->deadline_ms, reterr));
        /* unrecognized_name may be a warning before the hello (RFC 6066 section 3). */
        if (talk->heard == HEARD_ALERT && talk->piece.content[0] == 1 && talk->alert != 0) {
            continue;
        }
        if (talk->heard == HEARD_MESSAGE) {
            *ret_answered = flight_hello(talk);
            talk->heard = *ret_answered ? HEARD_MESSAGE : HEARD_GARBLED;
        }
        return STATUS_OK;
    }
    talk->heard = HEARD_GARBLED;
    return STATUS_OK;
}

static void bench_slow(struct bench *bench, int64_t since_ms)
{
    int64_t took_ms = clock_monotonic_ms() - since_ms;

    if (took_ms > bench->slowest_ms) {
        bench->slowest_ms = took_ms;
    }
}

enum status talk_flight(struct talk *talk, bool *ret_whole, struct error *reterr)
{
    int64_t begun_ms = clock_monotonic_ms();
    bool greeted = false;

    *ret_whole = false;
    TRY(talk_greeting(talk, &greeted, reterr));
    for (int i = 0; greeted && i < FLIGHT_MESSAGES_MAX; i++) {
        TRY(talk_hear(talk, talk->deadline_ms, reterr));
        if (talk->heard != HEARD_MESSAGE) {
            return STATUS_OK;
        }
        if (talk->message.type == TLS_HANDSHAKE_SERVER_HELLO_DONE) {
            bench_slow(talk->bench, begun_ms);
            *ret_whole = true;
            return STATUS_OK;
        }
        TRY(flight_message(talk, reterr));
    }
    talk->heard = greeted ? HEARD_GARBLED : talk->heard;
    return STATUS_OK;
}

enum status talk_start(struct talk *talk, struct bench *bench, const struct tls_hello *hello,
                       bool *ret_whole, struct error *reterr)
{
    bool open = false;

    *ret_whole = false;
    TRY(talk_open(talk, bench, &open, reterr));
    if (!open) {
        return STATUS_OK;
    }
    TRY(talk_hello(talk, hello, reterr));
    return talk_flight(talk, ret_whole, reterr);
}

/* Sends one handshake message, and remembers it for Finished. */
static enum status message_send(struct talk *talk, uint8_t type, const void *body, size_t length,
                                enum tls_record_flaw flaw, struct error *reterr)
{
    uint8_t room[TLS_PLAIN_MAX + 64];
    struct builder builder = builder_over(room, sizeof room);

    builder_u8(&builder, type);
    builder_u24(&builder, (uint32_t) length);
    builder_put(&builder, body, length);
    if (builder.overflow) {
        return fail(reterr, STATUS_INTERNAL, "a message of %zu bytes", length);
    }
    TRY(bytes_append(&talk->said, room, builder.length, reterr));
    return talk_record(talk, flaw, TLS_CONTENT_HANDSHAKE, room, builder.length, reterr);
}

/* A client that has no certificate (RFC 5246 section 7.4.6). */
static enum status certificate_send(struct talk *talk, struct error *reterr)
{
    static const uint8_t none[] = { 0, 0, 0 };

    return talk->certificate_requested ? message_send(talk, TLS_HANDSHAKE_CERTIFICATE, none,
                                                      sizeof none, TLS_RECORD_RIGHT, reterr)
                                       : STATUS_OK;
}

static enum status master_make(struct talk *talk, const uint8_t *secret, size_t length,
                               struct error *reterr)
{
    uint8_t seed[64];

    memcpy(seed, talk->client_random, 32);
    memcpy(seed + 32, talk->server_random, 32);
    return tls_keys_derive(talk->version, talk->cipher->hash_384, secret, length, "master secret",
                           seed, sizeof seed, talk->master, sizeof talk->master, reterr);
}

enum status talk_key_exchange_rsa(struct talk *talk, enum tls_block kind, bool *ret_possible,
                                  struct error *reterr)
{
    uint8_t random[TLS_BLOCK_LENGTH_MAX];
    uint8_t block[TLS_BLOCK_LENGTH_MAX];
    uint8_t body[2 + TLS_BLOCK_LENGTH_MAX];
    uint8_t premaster[TLS_PREMASTER_LENGTH];
    struct tls_rsa_key key;
    size_t length;

    *ret_possible = false;
    if (!wire_tls_rsa_key_read(talk->certificate.data, talk->certificate.length, &key) ||
        key.modulus_length + 2 > TLS_PLAIN_MAX - 64) {
        return STATUS_OK;
    }
    length = key.modulus_length;
    tls_keys_numbers(&talk->bench->seed, random, length);
    wire_tls_block_fill(kind, TLS_VERSION_12, random, block, length, premaster);
    body[0] = (uint8_t) (length >> 8);
    body[1] = (uint8_t) length;
    if (!tls_keys_rsa(&key, block, body + 2)) {
        return STATUS_OK;
    }
    TRY(certificate_send(talk, reterr));
    TRY(message_send(talk, TLS_HANDSHAKE_CLIENT_KEY_EXCHANGE, body, length + 2, TLS_RECORD_RIGHT,
                     reterr));
    *ret_possible = true;
    return talk->cipher == NULL ? STATUS_OK
                                : master_make(talk, premaster, sizeof premaster, reterr);
}

enum status talk_key_exchange(struct talk *talk, bool *ret_possible, struct error *reterr)
{
    uint8_t point[TLS_POINT_MAX];
    uint8_t shared[TLS_SHARED_MAX];
    size_t point_length = 0;
    size_t shared_length = 0;

    *ret_possible = false;
    if (talk->cipher == NULL) {
        return STATUS_OK;
    }
    if (talk->cipher->rsa) {
        return talk_key_exchange_rsa(talk, TLS_BLOCK_RIGHT, ret_possible, reterr);
    }
    if (talk->key_exchange.length == 0 ||
        !tls_keys_agree(talk->key_exchange.data, talk->key_exchange.length, &talk->bench->seed,
                        point, &point_length, shared, &shared_length)) {
        return STATUS_OK;
    }
    TRY(certificate_send(talk, reterr));
    TRY(message_send(talk, TLS_HANDSHAKE_CLIENT_KEY_EXCHANGE, point, point_length, TLS_RECORD_RIGHT,
                     reterr));
    *ret_possible = true;
    return master_make(talk, shared, shared_length, reterr);
}

static void ticket_take(struct talk *talk)
{
    struct reader reader = reader_over(talk->message.body, talk->message.length);
    size_t length;
    const uint8_t *ticket;

    (void) reader_u32(&reader); /* its lifetime */
    length = reader_u16(&reader);
    ticket = reader_take(&reader, length);
    if (ticket != NULL && length > 0 && length <= sizeof talk->ticket) {
        memcpy(talk->ticket, ticket, length);
        talk->ticket_length = length;
    }
}

/* Hears the server out until its Finished, whose content nobody here depends on: its record was
 * of the right keys. */
static enum status finished_hear(struct talk *talk, bool *ret_done, struct error *reterr)
{
    for (int i = 0; i < FLIGHT_MESSAGES_MAX; i++) {
        TRY(talk_hear(talk, talk->deadline_ms, reterr));
        if (talk->heard == HEARD_CIPHER_CHANGE) {
            continue;
        }
        if (talk->heard != HEARD_MESSAGE) {
            return STATUS_OK;
        }
        if (talk->message.type == TLS_HANDSHAKE_NEW_SESSION_TICKET) {
            ticket_take(talk);
        } else if (talk->message.type == TLS_HANDSHAKE_FINISHED) {
            *ret_done = talk->in_protected;
            return STATUS_OK;
        }
    }
    talk->heard = HEARD_GARBLED;
    return STATUS_OK;
}

enum status talk_finish(struct talk *talk, enum tls_record_flaw flaw, bool *ret_done,
                        struct error *reterr)
{
    static const uint8_t change[] = { 1 };
    int64_t begun_ms = clock_monotonic_ms();

    *ret_done = false;
    TRY(tls_keys_expand(talk->version, talk->cipher, talk->master, sizeof talk->master,
                        talk->client_random, talk->server_random, &talk->out, &talk->in, reterr));
    TRY(tls_keys_verify(talk->version, talk->cipher, talk->master, true, talk->said.data,
                        talk->said.length, talk->client_verify, reterr));
    TRY(talk_record(talk, TLS_RECORD_RIGHT, TLS_CONTENT_CHANGE_CIPHER_SPEC, change, sizeof change,
                    reterr));
    talk->out_protected = true;
    TRY(message_send(talk, TLS_HANDSHAKE_FINISHED, talk->client_verify, sizeof talk->client_verify,
                     flaw, reterr));
    TRY(talk_release(talk, reterr));
    TRY(finished_hear(talk, ret_done, reterr));
    if (*ret_done) {
        bench_slow(talk->bench, begun_ms);
    }
    return STATUS_OK;
}

enum status talk_complete(struct talk *talk, struct bench *bench, const struct tls_hello *hello,
                          bool *ret_done, struct error *reterr)
{
    bool step = false;

    *ret_done = false;
    TRY(talk_start(talk, bench, hello, &step, reterr));
    if (!step) {
        return STATUS_OK;
    }
    talk_hold(talk);
    TRY(talk_key_exchange(talk, &step, reterr));
    return step ? talk_finish(talk, TLS_RECORD_RIGHT, ret_done, reterr)
                : talk_release(talk, reterr);
}
