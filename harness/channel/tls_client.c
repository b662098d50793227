#include "channel/tls_client.h"

#include "base/clock.h"

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/error.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <psa/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tls_client_session {
    mbedtls_ssl_session session;
};

/* Everything one visit holds; ended by visit_done. */
struct visit {
    const struct tls_client_ask *ask;
    struct tls_client_answer *answer;
    struct tcp tcp;
    struct bytes pending; /* received, not read by Mbed TLS yet */
    size_t pending_used;
    bool certificate_seen;
    enum tcp_event event; /* the last that was not TCP_OK */
    enum status status;   /* our own fault inside a callback */
    struct error error;
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context drbg;
    mbedtls_ssl_config config;
    mbedtls_ssl_context ssl;
};

static void visit_start(struct visit *visit, const struct tls_client_ask *ask,
                        struct tls_client_answer *answer)
{
    *visit = (struct visit){
        .ask = ask, .answer = answer, .tcp = { .fd = -1 }, .pending = bytes_bounded(1 << 16)
    };
    mbedtls_entropy_init(&visit->entropy);
    mbedtls_ctr_drbg_init(&visit->drbg);
    mbedtls_ssl_config_init(&visit->config);
    mbedtls_ssl_init(&visit->ssl);
}

static void visit_done(struct visit *visit)
{
    mbedtls_ssl_free(&visit->ssl);
    mbedtls_ssl_config_free(&visit->config);
    mbedtls_ctr_drbg_free(&visit->drbg);
    mbedtls_entropy_free(&visit->entropy);
    tcp_done(&visit->tcp);
    bytes_done(&visit->pending);
}

static int visit_fault(struct visit *visit, enum status status)
{
    visit->status = status;
    return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
}

static int visit_event(struct visit *visit, enum tcp_event event)
{
    visit->event = event;
    return event == TCP_TIMEOUT ? MBEDTLS_ERR_SSL_TIMEOUT : MBEDTLS_ERR_NET_CONN_RESET;
}

static int visit_send(void *context, const unsigned char *data, size_t length)
{
    struct visit *visit = context;
    enum tcp_event event = TCP_OK;
    enum status status =
        tcp_send(&visit->tcp, data, length, visit->ask->deadline_ms, &event, &visit->error);

    if (status != STATUS_OK) {
        return visit_fault(visit, status);
    }
    return event == TCP_OK ? (int) length : visit_event(visit, event);
}

static int visit_receive(void *context, unsigned char *data, size_t length)
{
    struct visit *visit = context;
    size_t left = visit->pending.length - visit->pending_used;

    if (left == 0) {
        enum tcp_event event = TCP_OK;
        enum status status;

        bytes_clear(&visit->pending);
        visit->pending_used = 0;
        status = tcp_receive(&visit->tcp, &visit->pending, visit->ask->deadline_ms, &event,
                             &visit->error);
        if (status != STATUS_OK) {
            return visit_fault(visit, status);
        }
        if (event == TCP_CLOSED) {
            visit->event = event;
            return 0;
        }
        if (event != TCP_OK) {
            return visit_event(visit, event);
        }
        left = visit->pending.length;
    }
    length = length < left ? length : left;
    memcpy(data, visit->pending.data + visit->pending_used, length);
    visit->pending_used += length;
    return (int) length;
}

/* Called once for each certificate, the root's side first. */
static int visit_certificate(void *context, mbedtls_x509_crt *certificate, int depth,
                             uint32_t *flags)
{
    struct visit *visit = context;

    visit->certificate_seen = true;
    (void) certificate;
    (void) depth;
    *flags = 0;
    return 0;
}

static enum status visit_set_up(struct visit *visit, struct error *reterr)
{
    int code = psa_crypto_init() == PSA_SUCCESS ? 0 : MBEDTLS_ERR_SSL_INTERNAL_ERROR;

    if (code == 0) {
        code = mbedtls_ctr_drbg_seed(&visit->drbg, mbedtls_entropy_func, &visit->entropy, NULL, 0);
    }
    if (code == 0) {
        code =
            mbedtls_ssl_config_defaults(&visit->config, MBEDTLS_SSL_IS_CLIENT,
                                        MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
    }
    if (code == 0) {
        /* "Optional" keeps the chain without demanding that it be trusted. */
        mbedtls_ssl_conf_authmode(&visit->config, MBEDTLS_SSL_VERIFY_OPTIONAL);
        mbedtls_ssl_conf_verify(&visit->config, visit_certificate, visit);
        mbedtls_ssl_conf_rng(&visit->config, mbedtls_ctr_drbg_random, &visit->drbg);
#if MBEDTLS_VERSION_NUMBER >= 0x03060100
        /* Before 3.6.1 they were always told. */
        mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets(
            &visit->config, MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED);
#endif
        if (visit->ask->only_13) {
            mbedtls_ssl_conf_min_tls_version(&visit->config, MBEDTLS_SSL_VERSION_TLS1_3);
        }
        if (visit->ask->only_12) {
            mbedtls_ssl_conf_max_tls_version(&visit->config, MBEDTLS_SSL_VERSION_TLS1_2);
        }
        if (visit->ask->alpn != NULL) {
            code = mbedtls_ssl_conf_alpn_protocols(&visit->config, visit->ask->alpn);
        }
    }
    if (code == 0) {
        code = mbedtls_ssl_setup(&visit->ssl, &visit->config);
    }
    if (code == 0) {
        code = mbedtls_ssl_set_hostname(&visit->ssl, visit->ask->server_name);
    }
    if (code == 0 && visit->ask->resumed != NULL) {
        code = mbedtls_ssl_set_session(&visit->ssl, &visit->ask->resumed->session);
    }
    mbedtls_ssl_set_bio(&visit->ssl, visit, visit_send, visit_receive, NULL);
    return code == 0 ? STATUS_OK
                     : fail(reterr, STATUS_CRYPTO, "a TLS client cannot be set up (-0x%04x)",
                            (unsigned) -code);
}

static void visit_failed(struct visit *visit, int code)
{
    struct tls_client_answer *answer = visit->answer;
    int alert =
        code == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE ? visit->ssl.MBEDTLS_PRIVATE(in_msg)[1] : -1;

    answer->alert = alert;
    if (alert >= 0) {
        answer->event = TLS_CLIENT_REFUSED;
        (void) snprintf(answer->detail, sizeof answer->detail, "alert %d", alert);
    } else if (visit->event != TCP_OK) {
        answer->event = visit->event == TCP_TIMEOUT ? TLS_CLIENT_TIMEOUT : TLS_CLIENT_REFUSED;
        (void) snprintf(answer->detail, sizeof answer->detail, "%s", tcp_event_word(visit->event));
    } else {
        answer->event = TLS_CLIENT_FAILED;
        mbedtls_strerror(code, answer->detail, sizeof answer->detail);
    }
}

static enum status visit_look(struct visit *visit, struct error *reterr)
{
    struct tls_client_answer *answer = visit->answer;
    const char *alpn = mbedtls_ssl_get_alpn_protocol(&visit->ssl);

    answer->event = TLS_CLIENT_DONE;
    answer->version = (uint16_t) mbedtls_ssl_get_version_number(&visit->ssl);
    answer->suite = (uint16_t) mbedtls_ssl_get_ciphersuite_id_from_ssl(&visit->ssl);
    (void) snprintf(answer->alpn, sizeof answer->alpn, "%s", alpn != NULL ? alpn : "");
    for (const mbedtls_x509_crt *at = mbedtls_ssl_get_peer_cert(&visit->ssl);
         at != NULL && answer->count < TLS_CLIENT_CHAIN_MAX; at = at->next) {
        TRY(bytes_append(&answer->der, at->raw.p, at->raw.len, reterr));
        answer->lengths[answer->count++] = at->raw.len;
    }
    return STATUS_OK;
}

void tls_client_session_free(struct tls_client_session *session)
{
    if (session != NULL) {
        mbedtls_ssl_session_free(&session->session);
        free(session);
    }
}

/* In TLS 1.3 tickets come after the handshake, if at all.  A server that has been told that we
 * leave ends its side, and what it had to say came before. */
static bool visit_await_ticket(struct visit *visit)
{
    unsigned char room[512];
    int code;

    if (mbedtls_ssl_get_version_number(&visit->ssl) != MBEDTLS_SSL_VERSION_TLS1_3) {
        return true;
    }
    (void) mbedtls_ssl_close_notify(&visit->ssl);
    do {
        code = mbedtls_ssl_read(&visit->ssl, room, sizeof room);
    } while ((code > 0 || code == MBEDTLS_ERR_SSL_WANT_READ) &&
             clock_left_ms(visit->ask->deadline_ms) > 0);
    visit->answer->ticket_awaited =
        code == 0 || code == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY || visit->event == TCP_CLOSED;
    return code == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET;
}

static void visit_keep(struct visit *visit)
{
    struct tls_client_answer *answer = visit->answer;
    struct tls_client_session *kept;

    if (!visit_await_ticket(visit)) {
        return;
    }
    kept = calloc(1, sizeof *kept);
    if (kept == NULL) {
        abort();
    }
    mbedtls_ssl_session_init(&kept->session);
    if (mbedtls_ssl_get_session(&visit->ssl, &kept->session) != 0) {
        tls_client_session_free(kept);
        return;
    }
    answer->session = kept;
    answer->ticket = kept->session.MBEDTLS_PRIVATE(ticket) != NULL;
    answer->ticket_awaited = true;
    answer->ticket_lifetime_s = kept->session.MBEDTLS_PRIVATE(ticket_lifetime);
}

static enum status visit_handshake(struct visit *visit, struct error *reterr)
{
    int code;

    do {
        code = mbedtls_ssl_handshake(&visit->ssl);
    } while ((code == MBEDTLS_ERR_SSL_WANT_READ || code == MBEDTLS_ERR_SSL_WANT_WRITE) &&
             clock_left_ms(visit->ask->deadline_ms) > 0);
    if (visit->status != STATUS_OK) {
        return fail(reterr, visit->status, "%.400s", visit->error.message);
    }
    if (code != 0) {
        visit_failed(visit, code);
        return STATUS_OK;
    }
    TRY(visit_look(visit, reterr));
    visit->answer->resumed = !visit->certificate_seen;
    if (visit->ask->keep) {
        visit_keep(visit);
    }
    (void) mbedtls_ssl_close_notify(&visit->ssl);
    return STATUS_OK;
}

/* *ret_over: TLS cannot begin, and answer says why. */
static enum status visit_upgrade(struct visit *visit, bool *ret_over, struct error *reterr)
{
    const struct tls_client_ask *ask = visit->ask;
    DEFER(bytes_done) struct bytes clear = bytes_bounded(STARTTLS_STREAM_MAX);
    struct starttls talk = wire_starttls_start(ask->starttls, ask->server_name);
    enum starttls_step step = wire_starttls_step(&talk, NULL, 0);
    enum tcp_event event = TCP_OK;

    while (event == TCP_OK && (step == STARTTLS_WAIT || step == STARTTLS_SEND)) {
        if (step == STARTTLS_SEND) {
            TRY(tcp_send(&visit->tcp, talk.message, talk.message_length, ask->deadline_ms, &event,
                         reterr));
        } else if (clear.length == clear.limit) {
            break;
        } else {
            TRY(tcp_receive(&visit->tcp, &clear, ask->deadline_ms, &event, reterr));
        }
        step = wire_starttls_step(&talk, clear.data, clear.length);
    }
    *ret_over = event != TCP_OK || step != STARTTLS_GO || talk.used != clear.length;
    if (*ret_over) {
        visit->answer->event = TLS_CLIENT_REFUSED;
        (void) snprintf(visit->answer->detail, sizeof visit->answer->detail, "STARTTLS: %s",
                        event == TCP_OK ? "refused" : tcp_event_word(event));
    }
    return STATUS_OK;
}

enum status tls_client_visit(const struct tls_client_ask *ask, struct transcript *transcript,
                             struct tls_client_answer *answer, struct error *reterr)
{
    DEFER(visit_done) struct visit visit;
    enum tcp_event event = TCP_OK;
    bool over = false;

    *answer = (struct tls_client_answer){ .der = bytes_bounded(TLS_CLIENT_DER_MAX), .alert = -1 };
    visit_start(&visit, ask, answer);
    TRY(tcp_open(&visit.tcp, ask->host, ask->port, ask->deadline_ms, transcript, &event, reterr));
    if (event != TCP_OK) {
        answer->event = TLS_CLIENT_NO_CONNECTION;
        (void) snprintf(answer->detail, sizeof answer->detail, "%s", tcp_event_word(event));
        return STATUS_OK;
    }
    TRY(visit_upgrade(&visit, &over, reterr));
    if (over) {
        return STATUS_OK;
    }
    TRY(visit_set_up(&visit, reterr));
    return visit_handshake(&visit, reterr);
}

void tls_client_answer_done(struct tls_client_answer *answer)
{
    bytes_done(&answer->der);
    tls_client_session_free(answer->session);
    answer->session = NULL;
}
