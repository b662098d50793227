#include "channel/coap.h"

#include "base/clock.h"
#include "base/text.h"
#include "channel/coap_path.h"
#include "channel/coap_presence.h"
#include "channel/tcp.h"

#include <coap3/coap.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
    TOKEN_SIZE = 8,
    STEP_MS = 100,      /* how soon a turn of the library's loop looks at the deadline again */
    FAREWELL_MS = 1000, /* for the answer to a deregistration */
    PRESENCE_MS = 1500,
    FINISH_MS = 1500,  /* from our key to the end of the handshake, one repetition included; */
    FINISH_TIMES = 10, /* or so many times what came before, if that is more */
    NOTES_MAX = 64,
    LEVEL_WARNING = 4 /* syslog's number in every version of the library */
};

/* Newer versions put a Request-Tag (RFC 9175) into every request unless told not to; a device may
 * be too old to pass over it. */
#ifndef COAP_BLOCK_NO_PREEMPTIVE_RTAG
#define COAP_BLOCK_NO_PREEMPTIVE_RTAG 0
#endif

struct coap_client {
    struct coap_client_target target;
    struct transcript *transcript;
    unsigned connection;
    unsigned notes;
    coap_context_t *context;
    coap_session_t *session; /* NULL: none, or it has ended */
    bool established;
    int64_t started_ms;
    int64_t key_asked_ms; /* when the device came to the point where it needs our key; 0: not yet */
    coap_dtls_cpsk_info_t psk;
    struct coap_client_answer *answer; /* of the request under way */
    const struct coap_client_ask *ask;
    uint8_t token[TOKEN_SIZE];
    bool done;
    bool farewell; /* what comes now answers a deregistration */
    enum status status;
    struct error error;
};

/* The library's log handler is called without a context. */
static struct coap_client *alive;

const char *coap_client_event_word(enum coap_client_event event)
{
    static const char *const words[] = {
        [COAP_CLIENT_ANSWERED] = "answered", [COAP_CLIENT_RESET] = "reset",
        [COAP_CLIENT_CLOSED] = "closed",     [COAP_CLIENT_REFUSED] = "refused",
        [COAP_CLIENT_TIMEOUT] = "timeout",   [COAP_CLIENT_BROKEN] = "broken",
    };

    return words[event];
}

static void note(struct coap_client *client, const char *text)
{
    char room[256];

    if (client->notes++ < NOTES_MAX) {
        text_printable(text, strcspn(text, "\n"), room, sizeof room);
        transcript_note(client->transcript, client->connection, "%s", room);
    }
}

static void log_hear(coap_log_t level, const char *message)
{
    (void) level;
    if (alive != NULL) {
        note(alive, message);
    }
}

static void finish(struct coap_client *client, enum coap_client_event event, const char *detail)
{
    if (client->done || client->answer == NULL || client->farewell) {
        client->done = true;
        return;
    }
    client->done = true;
    client->answer->event = event;
    (void) snprintf(client->answer->detail, sizeof client->answer->detail, "%s", detail);
}

/* The state rather than the library's event, which not every version tells. */
static void state_look(struct coap_client *client)
{
    if (!client->established && client->session != NULL &&
        client->target.security != COAP_CLIENT_PLAIN &&
        coap_session_get_state(client->session) == COAP_SESSION_STATE_ESTABLISHED) {
        client->established = true;
        note(client, "DTLS: the handshake is complete");
    }
}

static int event_hear(coap_session_t *session, const coap_event_t event)
{
    struct coap_client *client = coap_session_get_app_data(session);

    if (client == NULL) {
        return 0;
    }
    state_look(client);
    if (event == COAP_EVENT_DTLS_CLOSED || event == COAP_EVENT_DTLS_ERROR) {
        finish(client, client->established ? COAP_CLIENT_BROKEN : COAP_CLIENT_REFUSED,
               client->established ? "DTLS was ended" : "the handshake was ended");
    }
    return 0;
}

static void nack_hear(coap_session_t *session, const coap_pdu_t *sent,
                      const coap_nack_reason_t reason, const coap_mid_t mid)
{
    struct coap_client *client = coap_session_get_app_data(session);

    (void) sent;
    (void) mid;
    if (client == NULL) {
        return;
    }
    if (reason == COAP_NACK_RST) {
        finish(client, COAP_CLIENT_RESET, "the message was rejected");
    } else if (client->established) {
        finish(client, COAP_CLIENT_BROKEN, "DTLS was ended");
    } else if (reason == COAP_NACK_TLS_FAILED) {
        finish(client, COAP_CLIENT_REFUSED, "DTLS failed");
    } else if (reason == COAP_NACK_NOT_DELIVERABLE || reason == COAP_NACK_ICMP_ISSUE) {
        finish(client, COAP_CLIENT_CLOSED, "nobody listens there");
    } else {
        finish(client, COAP_CLIENT_TIMEOUT, "no answer");
    }
}

static void body_take(struct coap_client *client, const coap_pdu_t *received)
{
    struct coap_client_answer *answer = client->answer;
    size_t length = 0;
    size_t offset = 0;
    size_t total = 0;
    const uint8_t *data = NULL;

    if (coap_get_data_large(received, &length, &data, &offset, &total) == 0 || length == 0) {
        return;
    }
    if (client->ask->answer_is_secret) {
        transcript_look(client->transcript, client->connection, data, length);
        transcript_withheld(client->transcript, client->connection, "payload", length);
    } else {
        transcript_received(client->transcript, client->connection, data, length);
    }
    if (answer->body.length + length > COAP_CLIENT_BODY_MAX) {
        answer->body_cut = true;
        return;
    }
    client->status = bytes_append(&answer->body, data, length, &client->error);
}

static bool more_blocks(const coap_pdu_t *received)
{
    coap_block_t block;

    return coap_get_block(received, COAP_OPTION_BLOCK2, &block) != 0 && block.m != 0;
}

static void options_take(struct coap_client *client, const coap_pdu_t *received)
{
    coap_opt_iterator_t iterator;
    const coap_opt_t *option = coap_check_option(received, COAP_OPTION_CONTENT_FORMAT, &iterator);

    if (option != NULL) {
        client->answer->content_format =
            (int) coap_decode_var_bytes(coap_opt_value(option), coap_opt_length(option));
    }
    if (coap_check_option(received, COAP_OPTION_OBSERVE, &iterator) != NULL &&
        client->ask->observe) {
        client->answer->observed = true;
    }
}

static void answer_take(struct coap_client *client, const coap_pdu_t *received)
{
    struct coap_client_answer *answer = client->answer;
    unsigned code = (unsigned) coap_pdu_get_code(received);
    char text[128];

    answer->code = (code >> 5) * 100 + (code & 0x1f);
    options_take(client, received);
    (void) snprintf(text, sizeof text, "%u.%02u%s, content format %d", answer->code / 100,
                    answer->code % 100, answer->observed ? ", observed" : "",
                    answer->content_format);
    note(client, text);
    body_take(client, received);
    if (answer->body_cut || client->status != STATUS_OK || !more_blocks(received)) {
        finish(client, COAP_CLIENT_ANSWERED, "");
    }
}

static coap_response_t response_hear(coap_session_t *session, const coap_pdu_t *sent,
                                     const coap_pdu_t *received, const coap_mid_t mid)
{
    struct coap_client *client = coap_session_get_app_data(session);
    coap_bin_const_t token = coap_pdu_get_token(received);

    (void) sent;
    (void) mid;
    if (client != NULL) {
        state_look(client);
    }
    if (client == NULL || client->answer == NULL || token.length != TOKEN_SIZE ||
        memcmp(token.s, client->token, TOKEN_SIZE) != 0) {
        return COAP_RESPONSE_FAIL;
    }
    if (client->farewell) {
        client->answer->deregistered = true;
        client->done = true;
    } else if (!client->done) {
        answer_take(client, received);
    }
    return COAP_RESPONSE_OK;
}

static const coap_dtls_cpsk_info_t *key_give(coap_str_const_t *hint, coap_session_t *session,
                                             void *argument)
{
    struct coap_client *client = argument;

    (void) hint;
    (void) session;
    if (client->key_asked_ms == 0) {
        client->key_asked_ms = clock_monotonic_ms();
    }
    return &client->psk;
}

static void session_end(struct coap_client *client)
{
    if (client->session != NULL) {
        coap_session_set_app_data(client->session, NULL);
        coap_session_release(client->session);
        client->session = NULL;
    }
}

static coap_session_t *session_with_key(struct coap_client *client, const coap_address_t *peer)
{
    coap_dtls_cpsk_t setup = { .version = COAP_DTLS_CPSK_SETUP_VERSION };
    char *name = client->target.server_name == NULL ? NULL : strdup(client->target.server_name);
    coap_session_t *session;

    setup.validate_ih_call_back = key_give;
    setup.ih_call_back_arg = client;
    setup.client_sni = name;
    setup.psk_info = client->psk;
    session = coap_new_client_session_psk2(client->context, NULL, peer, COAP_PROTO_DTLS, &setup);
    free(name);
    return session;
}

static coap_session_t *session_with_certificate(struct coap_client *client,
                                                const coap_address_t *peer)
{
    coap_dtls_pki_t setup = { .version = COAP_DTLS_PKI_SETUP_VERSION };
    char *name = client->target.server_name == NULL ? NULL : strdup(client->target.server_name);
    coap_session_t *session;

    setup.client_sni = name;
    setup.pki_key.key_type = COAP_PKI_KEY_PEM_BUF;
    if (client->target.pem != NULL) {
        const uint8_t *pem = (const uint8_t *) client->target.pem;
        size_t length = strlen(client->target.pem) + 1; /* libcoap wants the NUL counted */

        setup.pki_key.key.pem_buf.public_cert = pem;
        setup.pki_key.key.pem_buf.public_cert_len = length;
        setup.pki_key.key.pem_buf.private_key = pem;
        setup.pki_key.key.pem_buf.private_key_len = length;
    }
    session = coap_new_client_session_pki(client->context, NULL, peer, COAP_PROTO_DTLS, &setup);
    free(name);
    return session;
}

static enum status session_start(struct coap_client *client, struct error *reterr)
{
    struct sockaddr_storage address;
    socklen_t length = 0;
    coap_address_t peer;

    if (client->session != NULL) {
        return STATUS_OK;
    }
    TRY(tcp_address(client->target.host, client->target.port, &address, &length, reterr));
    coap_address_init(&peer);
    memcpy(&peer.addr, &address, length);
    peer.size = length;
    client->established = false;
    client->key_asked_ms = 0;
    client->started_ms = clock_monotonic_ms();
    if (client->target.security == COAP_CLIENT_PLAIN) {
        client->session = coap_new_client_session(client->context, NULL, &peer, COAP_PROTO_UDP);
    } else if (client->target.security == COAP_CLIENT_PSK) {
        client->session = session_with_key(client, &peer);
    } else {
        client->session = session_with_certificate(client, &peer);
    }
    if (client->session == NULL) {
        return fail(reterr, STATUS_IO, "no CoAP session towards %s port %u can be made",
                    client->target.host, (unsigned) client->target.port);
    }
    coap_session_set_app_data(client->session, client);
    /* The least that RFC 7252 section 4.8.1 allows: more tries before our deadline. */
    coap_session_set_ack_timeout(client->session, (coap_fixed_point_t){ .integer_part = 1 });
    return STATUS_OK;
}

static bool number_add(coap_optlist_t **list, uint16_t option, unsigned value)
{
    uint8_t room[4];

    return coap_insert_optlist(
               list,
               coap_new_optlist(option, coap_encode_var_safe(room, sizeof room, value), room)) != 0;
}

static bool request_fill(struct coap_client *client, coap_pdu_t *pdu)
{
    const struct coap_client_ask *ask = client->ask;
    coap_optlist_t *options = NULL;
    bool filled =
        coap_add_token(pdu, TOKEN_SIZE, client->token) != 0 && coap_path_add(&options, ask->path) &&
        (!ask->observe || number_add(&options, COAP_OPTION_OBSERVE, COAP_OBSERVE_ESTABLISH)) &&
        (ask->body == NULL || ask->content_format < 0 ||
         number_add(&options, COAP_OPTION_CONTENT_FORMAT, (unsigned) ask->content_format)) &&
        (options == NULL || coap_add_optlist_pdu(pdu, &options) != 0);

    coap_delete_optlist(options);
    return filled &&
           (ask->body == NULL || coap_add_data_large_request(client->session, pdu, ask->body_length,
                                                             ask->body, NULL, NULL) != 0);
}

static enum status request_send(struct coap_client *client, struct error *reterr)
{
    static const char *const words[] = { "", "GET", "POST", "PUT", "DELETE" };
    const struct coap_client_ask *ask = client->ask;
    coap_pdu_t *pdu;
    char text[256];

    if (getrandom(client->token, sizeof client->token, 0) != (ssize_t) sizeof client->token) {
        return fail(reterr, STATUS_IO, "no random bytes for a token");
    }
    pdu = coap_new_pdu(COAP_MESSAGE_CON, (coap_pdu_code_t) ask->method, client->session);
    if (pdu == NULL) {
        return fail(reterr, STATUS_LIMIT, "no CoAP message can be made");
    }
    if (!request_fill(client, pdu)) {
        coap_delete_pdu(pdu);
        return fail(reterr, STATUS_BAD_INPUT, "no CoAP request can be made of the path %s",
                    ask->path);
    }
    (void) snprintf(text, sizeof text, "%s %.200s%s", words[ask->method], ask->path,
                    ask->observe ? ", observe" : "");
    note(client, text);
    if (ask->body != NULL && ask->body_is_secret) {
        transcript_look(client->transcript, client->connection, ask->body, ask->body_length);
        transcript_withheld(client->transcript, client->connection, "payload", ask->body_length);
    } else if (ask->body != NULL) {
        transcript_sent(client->transcript, client->connection, ask->body, ask->body_length);
    }
    if (coap_send(client->session, pdu) == COAP_INVALID_MID) {
        finish(client, COAP_CLIENT_CLOSED, "the message could not be sent");
    }
    return STATUS_OK;
}

/* A server that cannot decrypt our end of the handshake drops it (RFC 6347 section 4.1.2.7). */
static int left_ms(const struct coap_client *client, int64_t deadline_ms)
{
    /* A device, or a machine, that was slow so far may be slow to the end. */
    int64_t so_far_ms = FINISH_TIMES * (client->key_asked_ms - client->started_ms);
    int64_t finish_ms = client->key_asked_ms + (so_far_ms > FINISH_MS ? so_far_ms : FINISH_MS);

    return clock_left_ms(
        client->key_asked_ms != 0 && !client->established && finish_ms < deadline_ms ? finish_ms
                                                                                     : deadline_ms);
}

static void turn(struct coap_client *client, int64_t deadline_ms)
{
    int left = left_ms(client, deadline_ms);

    for (; !client->done && left > 0; left = left_ms(client, deadline_ms)) {
        /* 0 would mean for ever. */
        if (coap_io_process(client->context, (uint32_t) (left < STEP_MS ? left : STEP_MS)) < 0) {
            break;
        }
        state_look(client);
    }
}

/* What has not been answered, told apart by what came before. */
static void silence_name(struct coap_client *client)
{
    if (client->done) {
        return;
    }
    if (client->answer->code != 0) {
        client->answer->body_cut = true;
        finish(client, COAP_CLIENT_ANSWERED, "the blocks stopped before the last");
    } else if (client->target.security != COAP_CLIENT_PLAIN && client->key_asked_ms != 0 &&
               !client->established) {
        finish(client, COAP_CLIENT_REFUSED,
               "the handshake was not completed once the key was used");
    } else {
        finish(client, COAP_CLIENT_TIMEOUT, "no answer");
    }
}

static void presence_say(struct coap_client_answer *answer, enum coap_presence presence,
                         bool is_dtls)
{
    const char *detail = "no answer";

    answer->event = COAP_CLIENT_TIMEOUT;
    if (presence == COAP_PRESENCE_CLOSED) {
        answer->event = COAP_CLIENT_CLOSED;
        detail = "nobody listens there";
    } else if (is_dtls && presence == COAP_PRESENCE_THERE) {
        answer->event = COAP_CLIENT_REFUSED;
        detail = "a DTLS server is there and completes no handshake with this client";
    } else if (is_dtls) {
        detail = "no DTLS server answers";
    }
    (void) snprintf(answer->detail, sizeof answer->detail, "%s", detail);
}

/* To the library a handshake that ends early is the same whether a server refused it or nobody is
 * there, and a closed port is the same as a device that cannot be reached. */
static enum status presence_look(struct coap_client *client, struct error *reterr)
{
    struct coap_client_answer *answer = client->answer;
    enum coap_presence presence = COAP_PRESENCE_SILENT;
    bool is_dtls = client->target.security != COAP_CLIENT_PLAIN;
    bool early = is_dtls && !client->established && client->key_asked_ms == 0 &&
                 (answer->event == COAP_CLIENT_TIMEOUT || answer->event == COAP_CLIENT_REFUSED);

    if (!early && answer->event != COAP_CLIENT_CLOSED) {
        return STATUS_OK;
    }
    TRY(coap_presence_ask(client->target.host, client->target.port, is_dtls,
                          clock_monotonic_ms() + PRESENCE_MS, &presence, reterr));
    presence_say(answer, presence, is_dtls);
    return STATUS_OK;
}

static void deregister(struct coap_client *client)
{
    coap_binary_t token = { .length = TOKEN_SIZE, .s = client->token };

    if (client->session == NULL || !client->answer->observed) {
        return;
    }
    client->done = false;
    client->farewell = true;
    note(client, "GET, observation ends");
    if (coap_cancel_observe(client->session, &token, COAP_MESSAGE_CON) != 0) {
        turn(client, clock_monotonic_ms() + FAREWELL_MS);
    }
    client->farewell = false;
}

static enum status ask_through(struct coap_client *client, struct error *reterr)
{
    TRY(session_start(client, reterr));
    TRY(request_send(client, reterr));
    turn(client, client->ask->deadline_ms);
    silence_name(client);
    TRY(presence_look(client, reterr));
    deregister(client);
    return client->status == STATUS_OK
               ? STATUS_OK
               : fail(reterr, client->status, "%.300s", client->error.message);
}

enum status coap_client_ask(struct coap_client *client, const struct coap_client_ask *ask,
                            struct coap_client_answer *answer, struct error *reterr)
{
    enum status status;

    *answer = (struct coap_client_answer){ .event = COAP_CLIENT_TIMEOUT,
                                           .content_format = -1,
                                           .body = bytes_bounded(COAP_CLIENT_BODY_MAX) };
    client->answer = answer;
    client->ask = ask;
    client->done = false;
    client->status = STATUS_OK;
    status = ask_through(client, reterr);
    answer->secured = client->established;
    note(client, answer->event == COAP_CLIENT_ANSWERED ? "answered" : answer->detail);
    client->answer = NULL;
    client->ask = NULL;
    if (status != STATUS_OK || answer->event != COAP_CLIENT_ANSWERED || answer->body_cut ||
        answer->observed) {
        session_end(client); /* nothing that is still under way reaches the next request */
    }
    return status;
}

void coap_client_answer_done(struct coap_client_answer *answer)
{
    bytes_done(&answer->body);
}

enum status coap_client_new(const struct coap_client_target *target, struct transcript *transcript,
                            struct coap_client **ret_client, struct error *reterr)
{
    struct coap_client *client = calloc(1, sizeof *client);
    char peer[160];

    if (client == NULL) {
        return fail(reterr, STATUS_LIMIT, "no memory for a CoAP client");
    }
    client->target = *target;
    client->transcript = transcript;
    client->psk.identity =
        (coap_bin_const_t){ .s = (const uint8_t *) target->identity,
                            .length = target->identity == NULL ? 0 : strlen(target->identity) };
    client->psk.key = (coap_bin_const_t){ .s = target->key, .length = target->key_length };
    coap_startup();
    coap_set_log_handler(log_hear);
    coap_set_log_level((coap_log_t) LEVEL_WARNING);
    coap_dtls_set_log_level((coap_log_t) 0);
    client->context = coap_new_context(NULL);
    if (client->context == NULL) {
        free(client);
        return fail(reterr, STATUS_LIMIT, "no CoAP context can be made");
    }
    (void) snprintf(peer, sizeof peer, "%s:%u/udp", target->host, (unsigned) target->port);
    client->connection = transcript_open(transcript, peer);
    if (target->security != COAP_CLIENT_PLAIN) {
        transcript_protected(transcript, client->connection);
    }
    coap_context_set_block_mode(client->context,
                                COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_NO_PREEMPTIVE_RTAG);
    coap_register_response_handler(client->context, response_hear);
    coap_register_nack_handler(client->context, nack_hear);
    coap_register_event_handler(client->context, event_hear);
    alive = client;
    *ret_client = client;
    return STATUS_OK;
}

void coap_client_free(struct coap_client *client)
{
    if (client == NULL) {
        return;
    }
    session_end(client);
    coap_free_context(client->context);
    alive = NULL;
    free(client);
}
