/* A whole TLS 1.2 server by hand, for those who insist on a stapled OCSP answer (RFC 6066 section
 * 8): some look at it before they give their part of the key exchange, some when all is done, so
 * the handshake has to be completed. */
#include "stage.h"

#include "base/clock.h"
#include "channel/tls_agreement.h"
#include "wire/tls_server_flight.h"

#include <stdlib.h>
#include <string.h>

enum {
    HANDSHAKE_CLIENT_KEY_EXCHANGE = 16,
    HANDSHAKE_FINISHED = 20,
    MESSAGE_HEADER = 4,
    SCHEME_RSA_PKCS1_SHA256 = 0x0401,
    ALERT_CLOSE_NOTIFY = 0,
    TRANSCRIPT_MAX = HELLO_BYTES_MAX + TLS_FLIGHT_LENGTH_MAX + 4096,
    HEARD_MAX = 1 << 16,
    QUIET_MS = 150
};

struct show {
    struct stage *stage;
    struct tcp *tcp;
    struct tls_callee_answer *answer;
    const struct tls_client_hello *hello;
    struct tls_server_choice choice;
    const struct tls_cipher *cipher;
    struct tls_agreement *agreement;
    struct builder transcript; /* all handshake messages */
    uint8_t master[TLS_MASTER_LENGTH];
    struct tls_direction theirs;
    struct tls_direction ours;
    struct bytes heard;
    size_t used;
    bool keyed;
    bool protected;
    bool over;
    int64_t until_ms;
    int64_t last_ms;
};

/* The client's first that we have with an RSA key, for authenticated encryption. */
static const struct tls_cipher *cipher_pick(const struct tls_client_hello *hello)
{
    for (size_t i = 0; i < hello->suite_count; i++) {
        const struct tls_cipher *cipher = tls_ciphers_find(hello->suites[i]);
        const struct tls_suite *suite = wire_tls_suites_find(hello->suites[i]);

        if (cipher != NULL && suite != NULL && !cipher->rsa && cipher->mac == 0 &&
            suite->auth == TLS_AUTH_RSA) {
            return cipher;
        }
    }
    return NULL;
}

/* The messages in records that we sent are heard by nobody but us. */
static void transcript_add(struct show *show, const struct builder *records)
{
    size_t at = 0;

    while (at + TLS_RECORD_HEADER_LENGTH <= records->length) {
        const uint8_t *record = records->start + at;
        size_t length = (size_t) (record[3] << 8 | record[4]);

        builder_put(&show->transcript, record + TLS_RECORD_HEADER_LENGTH, length);
        at += TLS_RECORD_HEADER_LENGTH + length;
    }
}

static enum status key_exchange(struct show *show, struct builder *flight, struct error *reterr)
{
    uint8_t whole[64 + TLS_POINT_MAX];
    uint8_t signature[FORGE_SIGNATURE_MAX];
    size_t signature_length = 0;
    size_t length = 0;

    TRY(tls_agreement_new(&show->agreement, whole + 64, &length, reterr));
    memcpy(whole, show->hello->random, 32);
    memcpy(whole + 32, show->choice.random, 32);
    TRY(forge_sign(show->stage->forge, &show->stage->chain, true, whole, 64 + length, signature,
                   &signature_length, reterr));
    wire_tls_key_exchange_build(TLS_VERSION_12, whole + 64, length, SCHEME_RSA_PKCS1_SHA256,
                                signature, signature_length, flight);
    return STATUS_OK;
}

static enum status flight_send(struct show *show, bool revoked, struct error *reterr)
{
    const struct forged *chain = &show->stage->chain;
    uint8_t *room = malloc(TLS_FLIGHT_LENGTH_MAX);
    struct builder flight = builder_over(room, TLS_FLIGHT_LENGTH_MAX);
    uint8_t staple[FORGE_STAPLE_MAX];
    size_t staple_length = 0;
    enum tcp_event event = TCP_OK;
    enum status status = STATUS_OK;

    if (room == NULL) {
        abort();
    }
    wire_tls_server_hello_build(&show->choice, &flight);
    wire_tls_certificate_build(TLS_VERSION_12, chain->ders, chain->lengths, chain->count, &flight);
    if (show->choice.staple) {
        status = forge_staple(show->stage->forge, chain, revoked, staple, &staple_length, reterr);
        wire_tls_certificate_status_build(TLS_VERSION_12, staple, staple_length, &flight);
    }
    if (status == STATUS_OK) {
        status = key_exchange(show, &flight, reterr);
    }
    wire_tls_server_done_build(TLS_VERSION_12, &flight);
    if (status == STATUS_OK) {
        transcript_add(show, &flight);
        status = tcp_send(show->tcp, room, flight.length, show->until_ms, &event, reterr);
    }
    free(room);
    return status;
}

/* *ret_record: NULL when there will be no further one; the answer says why. */
static enum status record_next(struct show *show, uint8_t **ret_record, size_t *ret_length,
                               struct error *reterr)
{
    struct bytes *heard = &show->heard;
    enum tcp_event event = TCP_OK;

    *ret_record = NULL;
    memmove(heard->data, heard->data + show->used, heard->length - show->used);
    heard->length -= show->used;
    show->used = 0;
    while (event == TCP_OK) {
        size_t length = heard->length < TLS_RECORD_HEADER_LENGTH
                            ? 0
                            : (size_t) (heard->data[3] << 8 | heard->data[4]);

        if (length > TLS_RECORD_LENGTH_MAX) {
            show->answer->end = TLS_CALLEE_NONSENSE;
            return STATUS_OK;
        }
        if (length > 0 && heard->length >= TLS_RECORD_HEADER_LENGTH + length) {
            *ret_record = heard->data;
            *ret_length = length;
            show->used = TLS_RECORD_HEADER_LENGTH + length;
            return STATUS_OK;
        }
        TRY(stage_hear(show->stage, show->tcp, heard, show->until_ms, &event, reterr));
    }
    show->answer->end = event == TCP_TIMEOUT  ? TLS_CALLEE_SILENT
                        : event == TCP_CLOSED ? TLS_CALLEE_LEFT
                                              : TLS_CALLEE_RESET;
    return STATUS_OK;
}

static enum status key_taken(struct show *show, const uint8_t *message, size_t length,
                             struct error *reterr)
{
    builder_put(&show->transcript, message, length);
    show->keyed = tls_agreement_master(show->agreement, show->cipher, message + MESSAGE_HEADER,
                                       length - MESSAGE_HEADER, show->hello->random,
                                       show->choice.random, show->master);
    return !show->keyed ? STATUS_OK
                        : tls_keys_expand(TLS_VERSION_12, show->cipher, show->master,
                                          sizeof show->master, show->hello->random,
                                          show->choice.random, &show->theirs, &show->ours, reterr);
}

static enum status finish(struct show *show, const uint8_t *message, size_t length,
                          struct error *reterr)
{
    static const uint8_t change[] = { TLS_CONTENT_CHANGE_CIPHER_SPEC, 3, 3, 0, 1, 1 };
    uint8_t own[MESSAGE_HEADER + TLS_VERIFY_LENGTH] = { HANDSHAKE_FINISHED, 0, 0,
                                                        TLS_VERIFY_LENGTH };
    uint8_t verify[TLS_VERIFY_LENGTH];
    uint8_t room[256];
    struct builder said = builder_over(room, sizeof room);
    enum tcp_event event = TCP_OK;
    uint64_t seed = 0;

    TRY(tls_keys_verify(TLS_VERSION_12, show->cipher, show->master, true, show->transcript.start,
                        show->transcript.length, verify, reterr));
    if (length != sizeof own || memcmp(message, own, MESSAGE_HEADER) != 0 ||
        memcmp(message + MESSAGE_HEADER, verify, sizeof verify) != 0) {
        return STATUS_OK;
    }
    builder_put(&show->transcript, message, length);
    TRY(tls_keys_verify(TLS_VERSION_12, show->cipher, show->master, false, show->transcript.start,
                        show->transcript.length, own + MESSAGE_HEADER, reterr));
    TRY(tls_agreement_random(&seed, sizeof seed, reterr));
    builder_put(&said, change, sizeof change);
    TRY(tls_direction_seal(&show->ours, TLS_RECORD_RIGHT, TLS_CONTENT_HANDSHAKE, own, sizeof own,
                           &seed, &said, reterr));
    TRY(tcp_send(show->tcp, room, said.length, show->until_ms, &event, reterr));
    show->answer->completed = true;
    show->answer->version = TLS_VERSION_12;
    show->answer->suite = show->cipher->suite;
    show->last_ms = clock_monotonic_ms() + show->stage->talk_ms;
    show->until_ms = show->last_ms;
    return STATUS_OK;
}

static void alert_taken(struct show *show, const uint8_t *alert, size_t length)
{
    if (length != 2) {
        return;
    }
    show->over = true;
    if (alert[0] == 2) {
        show->answer->alert = alert[1];
        show->answer->end = TLS_CALLEE_ALERT;
    } else {
        show->over = alert[1] == ALERT_CLOSE_NOTIFY;
        show->answer->end = TLS_CALLEE_LEFT;
    }
}

static void data_taken(struct show *show, const uint8_t *data, size_t length)
{
    struct tls_callee_answer *answer = show->answer;
    int64_t quiet_ms = clock_monotonic_ms() + QUIET_MS;

    if (answer->data_length == 0 && length > 0) {
        wire_client_talk(data, length, answer->data);
    }
    answer->data_length += length;
    show->until_ms = quiet_ms < show->last_ms ? quiet_ms : show->last_ms;
    show->over = answer->data_length >= TLS_CALLEE_DATA_MAX;
}

/* What is neither expected nor an alert ends it. */
static enum status record_taken(struct show *show, uint8_t *record, size_t length,
                                struct error *reterr)
{
    const uint8_t type = record[0];
    const uint8_t *content = record + TLS_RECORD_HEADER_LENGTH;

    show->answer->end = TLS_CALLEE_NONSENSE;
    if (show->protected &&
        !tls_direction_open(&show->theirs, type, record + TLS_RECORD_HEADER_LENGTH, length,
                            &content, &length)) {
        show->over = true;
        return STATUS_OK;
    }
    if (type == TLS_CONTENT_ALERT) {
        alert_taken(show, content, length);
        return STATUS_OK;
    }
    if (type == TLS_CONTENT_HANDSHAKE && !show->keyed && length > MESSAGE_HEADER &&
        content[0] == HANDSHAKE_CLIENT_KEY_EXCHANGE) {
        TRY(key_taken(show, content, length, reterr));
        show->over = !show->keyed;
    } else if (type == TLS_CONTENT_CHANGE_CIPHER_SPEC && show->keyed && !show->protected) {
        show->protected = true;
    } else if (type == TLS_CONTENT_HANDSHAKE && show->protected && !show->answer->completed) {
        TRY(finish(show, content, length, reterr));
        show->over = !show->answer->completed;
    } else if (type == TLS_CONTENT_APPLICATION_DATA && show->answer->completed) {
        data_taken(show, content, length);
    } else {
        show->over = true;
    }
    return STATUS_OK;
}

/* As the library's server would say that it has heard enough. */
static enum status hang_up(struct show *show, struct error *reterr)
{
    static const uint8_t close_notify[] = { 1, ALERT_CLOSE_NOTIFY };
    uint8_t room[128];
    struct builder said = builder_over(room, sizeof room);
    enum tcp_event event = TCP_OK;
    uint64_t seed = 0;

    TRY(tls_agreement_random(&seed, sizeof seed, reterr));
    TRY(tls_direction_seal(&show->ours, TLS_RECORD_RIGHT, TLS_CONTENT_ALERT, close_notify,
                           sizeof close_notify, &seed, &said, reterr));
    return tcp_send(show->tcp, room, said.length, clock_monotonic_ms() + QUIET_MS, &event, reterr);
}

static enum status show_run(struct show *show, const struct bytes *begun, bool revoked,
                            struct error *reterr)
{
    struct tls_flight flight = wire_tls_flight_start(show->transcript.start, HELLO_BYTES_MAX);
    struct tls_message first;
    uint8_t *record;
    size_t length = 0;

    wire_tls_flight_absorb(&flight, begun->data, begun->length);
    if (show->cipher == NULL || !wire_tls_flight_message(&flight, &first)) {
        show->answer->end = TLS_CALLEE_NONSENSE;
        return STATUS_OK;
    }
    show->transcript.length = MESSAGE_HEADER + first.length;
    show->choice.suite = show->cipher->suite;
    TRY(tls_agreement_random(show->choice.random, sizeof show->choice.random, reterr));
    TRY(flight_send(show, revoked, reterr));
    while (!show->over) {
        TRY(record_next(show, &record, &length, reterr));
        if (record == NULL) {
            break;
        }
        TRY(record_taken(show, record, length, reterr));
    }
    if (show->answer->data_length > 0 && show->answer->end != TLS_CALLEE_LEFT) {
        show->answer->end = TLS_CALLEE_ENOUGH;
    }
    return show->answer->completed ? hang_up(show, reterr) : STATUS_OK;
}

enum status stage_stapled(struct stage *stage, struct tcp *tcp, const struct bytes *begun,
                          const struct tls_client_hello *hello, bool revoked,
                          struct tls_callee_answer *ret_answer, struct error *reterr)
{
    struct show show = {
        .stage = stage,
        .tcp = tcp,
        .answer = ret_answer,
        .hello = hello,
        .choice = { .version = TLS_VERSION_12,
                    .renegotiation_info = hello->renegotiation_info,
                    .staple = hello->status_request },
        .cipher = cipher_pick(hello),
        .heard = bytes_bounded(HEARD_MAX),
        .until_ms = clock_monotonic_ms() + stage->hello_ms,
    };
    uint8_t *room = malloc(TRANSCRIPT_MAX);
    uint8_t *at = NULL;
    enum status status;

    *ret_answer = (struct tls_callee_answer){ .alert = -1 };
    if (room == NULL) {
        abort();
    }
    show.transcript = builder_over(room, TRANSCRIPT_MAX);
    status = bytes_reserve(&show.heard, TLS_RECORD_LENGTH_MAX, &at, reterr);
    if (status == STATUS_OK) {
        status = show_run(&show, begun, revoked, reterr);
    }
    tls_agreement_done(&show.agreement);
    secret_wipe(show.heard.data, show.heard.capacity);
    secret_wipe(&show.master, sizeof show.master);
    bytes_done(&show.heard);
    free(room);
    return status;
}
