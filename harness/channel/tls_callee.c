#include "channel/tls_callee.h"

#include "base/clock.h"
#include "wire/tls_record.h"

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_cookie.h>
#include <psa/crypto.h>
#include <string.h>

enum { PENDING_MAX = 1 << 16, QUIET_MS = 150, TALK_ROOM = 4096, LEFTOVERS_MAX = 4 };

/* Of a handshake over UDP, when something is sent again (RFC 6347 section 4.2.4.1). */
enum { RESEND_MIN_MS = 400, RESEND_MAX_MS = 3200 };

const char *tls_callee_end_word(enum tls_callee_end end)
{
    static const char *const words[] = {
        [TLS_CALLEE_LEFT] = "left",     [TLS_CALLEE_RESET] = "reset",
        [TLS_CALLEE_ALERT] = "alert",   [TLS_CALLEE_SILENT] = "silent",
        [TLS_CALLEE_ENOUGH] = "enough", [TLS_CALLEE_NONSENSE] = "nonsense",
    };

    return words[end];
}

/* Everything that one call holds; ended by call_done. */
struct call {
    const struct tls_callee_ask *ask;
    struct tls_callee_answer *answer;
    struct tcp *tcp;
    int64_t until_ms;
    struct bytes pending; /* received, not read by Mbed TLS yet */
    size_t pending_used;
    size_t record_left;   /* of a record whose beginning has come */
    bool gone;            /* its port over UDP has been closed */
    bool lost;            /* it is not known where the next record begins */
    int plain_alert;      /* -1: none */
    enum tcp_event event; /* the last that was not TCP_OK */
    enum status status;   /* our own fault inside a callback */
    struct error error;
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context drbg;
    mbedtls_ssl_cookie_ctx cookies;
    int64_t resend_soon_ms; /* the two times that Mbed TLS asks about; */
    int64_t resend_ms;      /* 0: none */
    mbedtls_x509_crt chain;
    mbedtls_ssl_config config;
    mbedtls_ssl_context ssl;
};

static void call_start(struct call *call)
{
    mbedtls_entropy_init(&call->entropy);
    mbedtls_ctr_drbg_init(&call->drbg);
    mbedtls_x509_crt_init(&call->chain);
    mbedtls_ssl_cookie_init(&call->cookies);
    mbedtls_ssl_config_init(&call->config);
    mbedtls_ssl_init(&call->ssl);
}

static void call_done(struct call *call)
{
    mbedtls_ssl_free(&call->ssl);
    mbedtls_ssl_config_free(&call->config);
    mbedtls_x509_crt_free(&call->chain);
    mbedtls_ssl_cookie_free(&call->cookies);
    mbedtls_ctr_drbg_free(&call->drbg);
    mbedtls_entropy_free(&call->entropy);
    if (call->pending.data != NULL) {
        secret_wipe(call->pending.data, call->pending.capacity);
    }
    bytes_done(&call->pending);
}

static int call_fault(struct call *call, enum status status)
{
    call->status = status;
    return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
}

static int call_event(struct call *call, enum tcp_event event)
{
    call->event = event;
    return event == TCP_TIMEOUT ? MBEDTLS_ERR_SSL_TIMEOUT : MBEDTLS_ERR_NET_CONN_RESET;
}

static int call_send(void *context, const unsigned char *data, size_t length)
{
    struct call *call = context;
    enum tcp_event event = TCP_OK;
    enum status status = tcp_send(call->tcp, data, length, call->until_ms, &event, &call->error);

    if (status != STATUS_OK) {
        return call_fault(call, status);
    }
    if (call->ask->datagrams && event != TCP_OK) {
        call->gone = true; /* what it said before is still to be read */
        return (int) length;
    }
    return event == TCP_OK ? (int) length : call_event(call, event);
}

/* A client that objects to the chain may do so before it begins to encrypt, where Mbed TLS takes
 * nothing but encrypted records (RFC 8446 section 5.1): the alert is read here. */
static void alert_look(struct call *call)
{
    const uint8_t *at = call->pending.data;
    size_t left = call->pending.length;

    while (left > 0 && !call->lost) {
        size_t step = call->record_left < left ? call->record_left : left;

        if (call->record_left == 0) {
            if (left < TLS_RECORD_HEADER_LENGTH) {
                call->lost = true;
                return;
            }
            call->record_left = TLS_RECORD_HEADER_LENGTH + (size_t) (at[3] << 8 | at[4]);
            if (at[0] == TLS_CONTENT_ALERT && call->record_left == 7 && left >= 7 && at[5] == 2) {
                call->plain_alert = at[6];
            }
            continue;
        }
        at += step;
        left -= step;
        call->record_left -= step;
    }
}

/* More bytes, while questions for names are answered. */
static enum status call_hear(struct call *call, int64_t until_ms, enum tcp_event *ret_event)
{
    enum door_event ready = DOOR_TIMEOUT;

    *ret_event = TCP_TIMEOUT;
    bytes_clear(&call->pending);
    call->pending_used = 0;
    TRY(door_wait(call->ask->door, call->tcp->fd, until_ms, NULL, &ready, &call->error));
    /* Mbed TLS reads on over warnings for as long as they come. */
    if (ready == DOOR_TIMEOUT || clock_left_ms(until_ms) == 0) {
        return STATUS_OK;
    }
    TRY(tcp_receive(call->tcp, &call->pending, until_ms, ret_event, &call->error));
    if (!call->ask->datagrams) {
        alert_look(call);
    }
    return STATUS_OK;
}

static int call_receive(void *context, unsigned char *data, size_t length)
{
    struct call *call = context;

    if (call->pending.length == call->pending_used) {
        enum tcp_event event = TCP_OK;
        enum status status = call_hear(call, call->until_ms, &event);

        if (status != STATUS_OK) {
            return call_fault(call, status);
        }
        if (event == TCP_CLOSED) {
            call->event = event;
            return 0;
        }
        if (event != TCP_OK) {
            return call_event(call, event);
        }
    }
    if (length > call->pending.length - call->pending_used) {
        length = call->pending.length - call->pending_used;
    }
    memcpy(data, call->pending.data + call->pending_used, length);
    call->pending_used += length;
    return (int) length;
}

/* One datagram.  A device that has closed its port is told from one that is silent. */
static int call_receive_datagram(void *context, unsigned char *data, size_t length,
                                 uint32_t timeout_ms)
{
    struct call *call = context;
    int64_t until_ms = clock_monotonic_ms() + timeout_ms;
    enum tcp_event event = TCP_OK;
    enum status status = STATUS_OK;

    until_ms = timeout_ms != 0 && until_ms < call->until_ms ? until_ms : call->until_ms;
    while (status == STATUS_OK && call->pending.length == 0 && event != TCP_TIMEOUT) {
        status = call_hear(call, call->gone ? clock_monotonic_ms() : until_ms, &event);
        if (event != TCP_OK && event != TCP_TIMEOUT) {
            call->gone = true;
        }
    }
    event = event == TCP_TIMEOUT && call->gone ? TCP_RESET : event;
    if (status != STATUS_OK) {
        return call_fault(call, status);
    }
    call->event = event;
    if (event != TCP_OK) {
        return event == TCP_TIMEOUT && clock_left_ms(call->until_ms) > 0
                   ? MBEDTLS_ERR_SSL_TIMEOUT
                   : MBEDTLS_ERR_NET_CONN_RESET;
    }
    length = length < call->pending.length ? length : call->pending.length;
    memcpy(data, call->pending.data, length);
    bytes_clear(&call->pending);
    return (int) length;
}

static void timer_set(void *context, uint32_t soon_ms, uint32_t late_ms)
{
    struct call *call = context;
    int64_t now_ms = clock_monotonic_ms();

    call->resend_soon_ms = now_ms + soon_ms;
    call->resend_ms = late_ms != 0 ? now_ms + late_ms : 0;
}

/* As mbedtls_ssl_get_timer_t has it. */
static int timer_get(void *context)
{
    const struct call *call = context;
    int64_t now_ms = clock_monotonic_ms();

    if (call->resend_ms == 0) {
        return -1;
    }
    return now_ms >= call->resend_ms ? 2 : now_ms >= call->resend_soon_ms ? 1 : 0;
}

/* What a cookie is made of besides: the address is the socket's own affair. */
static int cookie_begin(struct call *call)
{
    static const unsigned char place[] = "the device";

    return mbedtls_ssl_set_client_transport_id(&call->ssl, place, sizeof place);
}

static int datagrams_set_up(struct call *call)
{
    int code = mbedtls_ssl_cookie_setup(&call->cookies, mbedtls_ctr_drbg_random, &call->drbg);

    mbedtls_ssl_conf_dtls_cookies(&call->config, mbedtls_ssl_cookie_write, mbedtls_ssl_cookie_check,
                                  &call->cookies);
    mbedtls_ssl_conf_handshake_timeout(&call->config, RESEND_MIN_MS, RESEND_MAX_MS);
    mbedtls_ssl_set_bio(&call->ssl, call, call_send, NULL, call_receive_datagram);
    mbedtls_ssl_set_timer_cb(&call->ssl, call, timer_set, timer_get);
    return code != 0 ? code : cookie_begin(call);
}

/* A signature that a short key can make as RFC 8446 section 4.2.3 wants it. */
static const uint16_t short_schemes[] = { MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA256,
                                          MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA256,
                                          MBEDTLS_TLS1_3_SIG_NONE };

static enum status call_set_up(struct call *call, struct error *reterr)
{
    const struct forged *forged = call->ask->chain;
    const uint8_t *der = forged->ders;
    int code = psa_crypto_init() == PSA_SUCCESS ? 0 : MBEDTLS_ERR_SSL_INTERNAL_ERROR;

    code = code != 0
               ? code
               : mbedtls_ctr_drbg_seed(&call->drbg, mbedtls_entropy_func, &call->entropy, NULL, 0);
    code = code != 0
               ? code
               : mbedtls_ssl_config_defaults(&call->config, MBEDTLS_SSL_IS_SERVER,
                                             call->ask->datagrams ? MBEDTLS_SSL_TRANSPORT_DATAGRAM
                                                                  : MBEDTLS_SSL_TRANSPORT_STREAM,
                                             MBEDTLS_SSL_PRESET_DEFAULT);
    for (size_t i = 0; code == 0 && i < forged->count; i++) {
        code = mbedtls_x509_crt_parse_der(&call->chain, der, forged->lengths[i]);
        der += forged->lengths[i];
    }
    mbedtls_ssl_conf_rng(&call->config, mbedtls_ctr_drbg_random, &call->drbg);
    if (forged->short_key) {
        mbedtls_ssl_conf_sig_algs(&call->config, short_schemes);
    }
    mbedtls_ssl_conf_authmode(&call->config, MBEDTLS_SSL_VERIFY_NONE);
    code = code != 0 ? code : mbedtls_ssl_conf_own_cert(&call->config, &call->chain, forged->key);
    code = code != 0 ? code : mbedtls_ssl_setup(&call->ssl, &call->config);
    mbedtls_ssl_set_bio(&call->ssl, call, call_send, call_receive, NULL);
    if (code == 0 && call->ask->datagrams) {
        code = datagrams_set_up(call);
    }
    if (code != 0) {
        return fail(reterr, STATUS_CRYPTO, "a TLS server cannot be set up (-0x%04x)",
                    (unsigned) -code);
    }
    TRY(bytes_append(&call->pending, call->ask->begun, call->ask->begun_length, reterr));
    if (!call->ask->datagrams) {
        alert_look(call);
    }
    return STATUS_OK;
}

/* Why Mbed TLS stopped. */
static void call_ended(struct call *call, int code)
{
    struct tls_callee_answer *answer = call->answer;

    if (code == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE) {
        answer->end = TLS_CALLEE_ALERT;
        answer->alert = call->ssl.MBEDTLS_PRIVATE(in_msg)[1];
    } else if (call->plain_alert >= 0) {
        answer->end = TLS_CALLEE_ALERT;
        answer->alert = call->plain_alert;
    } else if (code == 0 || code == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY ||
               code == MBEDTLS_ERR_SSL_CONN_EOF || call->event == TCP_CLOSED) {
        answer->end = TLS_CALLEE_LEFT;
    } else if (call->event != TCP_OK) {
        answer->end = call->event == TCP_TIMEOUT ? TLS_CALLEE_SILENT : TLS_CALLEE_RESET;
    } else {
        answer->end = TLS_CALLEE_NONSENSE;
    }
}

static bool wants_more(int code)
{
    return code == MBEDTLS_ERR_SSL_WANT_READ || code == MBEDTLS_ERR_SSL_WANT_WRITE ||
           code == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET;
}

static void call_write(struct call *call, const uint8_t *data, size_t length)
{
    while (length > 0 && clock_left_ms(call->until_ms) > 0) {
        int code = mbedtls_ssl_write(&call->ssl, data, length);

        if (code <= 0 && !wants_more(code)) {
            return;
        }
        data += code > 0 ? code : 0;
        length -= code > 0 ? (size_t) code : 0;
    }
}

/* Hands on what the client says until there is something to say to it. */
static void call_serve(struct call *call)
{
    DEFER(bytes_done) struct bytes reply = bytes_bounded(TLS_CALLEE_REPLY_MAX);
    struct tls_callee_answer *answer = call->answer;
    unsigned char room[TALK_ROOM];
    int code = 0;

    call->until_ms = clock_monotonic_ms() + call->ask->talk_ms;
    call->event = TCP_OK;
    while (call->status == STATUS_OK && reply.length == 0 &&
           answer->data_length < TLS_CALLEE_DATA_MAX && clock_left_ms(call->until_ms) > 0) {
        code = mbedtls_ssl_read(&call->ssl, room, sizeof room);
        if (code > 0) {
            answer->data_length += (size_t) code;
            call->status = call->ask->serve(call->ask->serve_context, room, (size_t) code, &reply,
                                            &call->error);
        } else if (!wants_more(code)) {
            break;
        }
    }
    secret_wipe(room, sizeof room);
    if (reply.length == 0) {
        call_ended(call, code);
    } else {
        answer->end = TLS_CALLEE_ENOUGH;
        call_write(call, reply.data, reply.length);
    }
    (void) mbedtls_ssl_close_notify(&call->ssl);
}

/* Until it has been quiet for a moment after its first word, has said a lot, or has left. */
static void call_listen(struct call *call)
{
    struct tls_callee_answer *answer = call->answer;
    unsigned char room[TALK_ROOM];
    int64_t last_ms = clock_monotonic_ms() + call->ask->talk_ms;
    int code;

    call->until_ms = last_ms;
    call->event = TCP_OK;
    do {
        code = mbedtls_ssl_read(&call->ssl, room, sizeof room);
        if (code > 0) {
            if (answer->data_length == 0) {
                (call->ask->datagrams ? wire_client_talk_datagram
                                      : wire_client_talk)(room, (size_t) code, answer->data);
            }
            answer->data_length += (size_t) code;
            call->until_ms = clock_monotonic_ms() + QUIET_MS;
            call->until_ms = call->until_ms < last_ms ? call->until_ms : last_ms;
        }
    } while (answer->data_length < TLS_CALLEE_DATA_MAX &&
             (code > 0 || (wants_more(code) && clock_left_ms(call->until_ms) > 0)));
    secret_wipe(room, sizeof room);
    call_ended(call, code);
    if (answer->data_length > 0 && (code > 0 || answer->end == TLS_CALLEE_SILENT)) {
        answer->end = TLS_CALLEE_ENOUGH;
        call->until_ms = clock_monotonic_ms() + QUIET_MS;
        if (call->ask->reply_length > 0) {
            (void) mbedtls_ssl_write(&call->ssl, call->ask->reply, call->ask->reply_length);
        }
    }
    (void) mbedtls_ssl_close_notify(&call->ssl);
}

/* A client that objects leaves while we are still sending: its alert waits to be read. */
static enum status call_leftovers(struct call *call)
{
    enum tcp_event event = call->event;

    for (unsigned i = 0; i < LEFTOVERS_MAX && call->plain_alert < 0; i++) {
        bytes_clear(&call->pending);
        TRY(tcp_receive(call->tcp, &call->pending, clock_monotonic_ms() + QUIET_MS, &event,
                        &call->error));
        if (event != TCP_OK) {
            break;
        }
        alert_look(call);
    }
    return STATUS_OK;
}

static int call_handshake(struct call *call)
{
    int code;

    do {
        code = mbedtls_ssl_handshake(&call->ssl);
        if (code == MBEDTLS_ERR_SSL_HELLO_VERIFY_REQUIRED) {
            /* What was heard of it is not known to be the client's own until it comes again. */
            code = mbedtls_ssl_session_reset(&call->ssl);
            code = code != 0 ? code : cookie_begin(call);
            code = code != 0 ? code : MBEDTLS_ERR_SSL_WANT_READ;
        }
    } while (wants_more(code) && clock_left_ms(call->until_ms) > 0);
    call->answer->cookie =
        call->ask->datagrams && call->ssl.MBEDTLS_PRIVATE(state) > MBEDTLS_SSL_CLIENT_HELLO;
    if (code != 0 && call->ask->datagrams) {
        /* No end of a connection tells the client to begin anew. */
        (void) mbedtls_ssl_send_alert_message(&call->ssl, MBEDTLS_SSL_ALERT_LEVEL_FATAL,
                                              MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE);
    }
    return code;
}

enum status tls_callee_take(struct tcp *tcp, const struct tls_callee_ask *ask,
                            struct tls_callee_answer *ret_answer, struct error *reterr)
{
    DEFER(call_done)
    struct call call = { .ask = ask,
                         .answer = ret_answer,
                         .tcp = tcp,
                         .until_ms = ask->handshake_until_ms,
                         .plain_alert = -1,
                         .pending = bytes_bounded(PENDING_MAX) };
    int code;

    *ret_answer = (struct tls_callee_answer){ .alert = -1 };
    call_start(&call);
    TRY(call_set_up(&call, reterr));
    code = call_handshake(&call);
    if (code == 0) {
        ret_answer->completed = true;
        ret_answer->version = (uint16_t) mbedtls_ssl_get_version_number(&call.ssl);
        ret_answer->suite = (uint16_t) mbedtls_ssl_get_ciphersuite_id_from_ssl(&call.ssl);
        if (ask->serve != NULL) {
            call_serve(&call);
        } else {
            call_listen(&call);
        }
    } else {
        if (call.status == STATUS_OK && !ask->datagrams &&
            (call.event == TCP_CLOSED || call.event == TCP_RESET)) {
            call.status = call_leftovers(&call);
        }
        call_ended(&call, code);
    }
    return call.status == STATUS_OK ? STATUS_OK
                                    : fail(reterr, call.status, "%.400s", call.error.message);
}
