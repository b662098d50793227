#include "probe/tls_exchange.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { STREAM_LIMIT = 1 << 17, ROOM_SIZE = 1 << 16 };

const char *tls_server_end_word(enum exchange_end end)
{
    static const char *const words[END_COUNT] = {
        [END_SILENT] = "no answer",
        [END_ANSWERED] = "answered",
        [END_ALERT] = "alert",
        [END_CLOSED] = "closed",
        [END_RESET] = "reset",
        [END_GARBLED] = "garbled answer",
        [END_NOT_CONNECTED] = "no connection",
        [END_NOT_UPGRADED] = "STARTTLS failed",
    };

    return words[end];
}

struct exchange tls_server_exchange(const struct tls_hello *hello)
{
    return (struct exchange){ .hello = *hello,
                              .stream = bytes_bounded(STREAM_LIMIT),
                              .room = bytes_bounded(ROOM_SIZE) };
}

void tls_server_exchange_done(struct exchange *exchange)
{
    bytes_done(&exchange->stream);
    bytes_done(&exchange->room);
}

enum status tls_server_exchange_restart(struct exchange *exchange, struct error *reterr)
{
    uint8_t *room = NULL;

    bytes_clear(&exchange->stream);
    TRY(bytes_reserve(&exchange->room, ROOM_SIZE, &room, reterr));
    exchange->flight = wire_tls_flight_start(room, ROOM_SIZE);
    exchange->talk = (struct dtls_talk){ .hello_due = true };
    exchange->opening = (struct opening){ 0 };
    if (exchange->hello.datagram) {
        TRY(bytes_reserve(&exchange->stream, STREAM_LIMIT, &room, reterr));
        exchange->talk.flight = wire_dtls_flight_start(&exchange->flight, room, STREAM_LIMIT);
    }
    exchange->end = END_SILENT;
    exchange->spoke_tls = false;
    exchange->hello_read = false;
    exchange->done_read = false;
    exchange->malformed = false;
    exchange->cut = false;
    exchange->suite = NULL;
    exchange->key_exchange_read = false;
    exchange->chain_length = 0;
    exchange->staple = (struct span){ 0 };
    exchange->detail[0] = '\0';
    return STATUS_OK;
}

static void exchange_chain(struct exchange *exchange, const struct tls_message *message)
{
    struct reader list;
    struct span *next = exchange->chain;

    if (!wire_tls_certificates_read(message, &list)) {
        return;
    }
    exchange->chain_length = 0;
    while (exchange->chain_length < EXCHANGE_CHAIN_MAX &&
           wire_tls_certificates_next(&list, &next->data, &next->length)) {
        exchange->chain_length++;
        next++;
    }
}

static void exchange_chain_13(struct exchange *exchange, const struct tls_message *message)
{
    struct reader list;
    struct span staple;
    struct span *next = exchange->chain;

    if (!wire_tls13_certificates_read(message, &list)) {
        return;
    }
    exchange->chain_length = 0;
    while (exchange->chain_length < EXCHANGE_CHAIN_MAX &&
           wire_tls13_certificates_next(&list, &next->data, &next->length, &staple.data,
                                        &staple.length)) {
        if (exchange->chain_length == 0) {
            exchange->staple = staple;
        }
        exchange->chain_length++;
        next++;
    }
}

/* Behind the ServerHello of TLS 1.3. */
static void exchange_message_13(struct exchange *exchange, const struct tls_message *message)
{
    switch (message->type) {
    case TLS_HANDSHAKE_ENCRYPTED_EXTENSIONS:
        (void) wire_tls13_extensions_read(message, &exchange->answer);
        break;
    case TLS_HANDSHAKE_CERTIFICATE:
        exchange_chain_13(exchange, message);
        break;
    case TLS_HANDSHAKE_CERTIFICATE_VERIFY:
        exchange->key_exchange = (struct tls_key_exchange){ .group = exchange->answer.group };
        exchange->key_exchange_read =
            wire_tls13_verify_read(message, &exchange->key_exchange.scheme);
        break;
    case TLS_HANDSHAKE_FINISHED:
        exchange->done_read = true;
        break;
    default:
        break;
    }
}

static void exchange_message(struct exchange *exchange, const struct tls_message *message)
{
    bool datagram = exchange->hello.datagram;

    if (!exchange->hello_read) {
        if (datagram && message->type == TLS_HANDSHAKE_HELLO_VERIFY_REQUEST) {
            dtls_server_exchange_cookie(exchange, message);
            return;
        }
        if (!(datagram ? wire_dtls_server_hello_read(message, &exchange->answer)
                       : wire_tls_server_hello_read(message, &exchange->answer))) {
            exchange->malformed = true;
            return;
        }
        exchange->hello_read = true;
        exchange->suite = wire_tls_suites_find(exchange->answer.suite);
        return;
    }
    if (exchange->answer.version >= TLS_VERSION_13) {
        exchange_message_13(exchange, message);
        return;
    }
    switch (message->type) {
    case TLS_HANDSHAKE_CERTIFICATE:
        exchange_chain(exchange, message);
        break;
    case TLS_HANDSHAKE_CERTIFICATE_STATUS:
        if (!wire_tls_status_read(message, &exchange->staple.data, &exchange->staple.length)) {
            exchange->staple = (struct span){ 0 };
        }
        break;
    case TLS_HANDSHAKE_SERVER_KEY_EXCHANGE:
        exchange->key_exchange_read =
            exchange->suite != NULL &&
            wire_tls_key_exchange_read(message, exchange->suite, exchange->answer.version,
                                       &exchange->key_exchange);
        break;
    case TLS_HANDSHAKE_SERVER_HELLO_DONE:
        exchange->done_read = true;
        break;
    default:
        break;
    }
}

static bool exchange_absorb_ssl2(struct exchange *exchange)
{
    const uint8_t *at = exchange->stream.data;

    exchange->hello_read =
        wire_tls_ssl2_hello_read(at, exchange->stream.length, &exchange->answer_ssl2);
    if (exchange->hello_read) {
        return true;
    }
    /* Servers of a later age answer with an alert record of theirs. */
    if (exchange->stream.length > 0 && (at[0] & 0x80) == 0) {
        wire_tls_flight_absorb(&exchange->flight, at, exchange->stream.length);
        exchange->spoke_tls = exchange->flight.records > 0;
    }
    return exchange->flight.end != TLS_FLIGHT_OPEN;
}

bool tls_server_exchange_read(struct exchange *exchange)
{
    struct tls_message message;

    while (!exchange->malformed && !exchange->done_read &&
           wire_tls_flight_message(&exchange->flight, &message)) {
        exchange_message(exchange, &message);
    }
    if (!exchange->malformed && tls_server_exchange_opens(exchange)) {
        return exchange->done_read || exchange->flight.end == TLS_FLIGHT_ALERT;
    }
    if (exchange->malformed || exchange->flight.end != TLS_FLIGHT_OPEN) {
        return true;
    }
    return exchange->hello_read && (!exchange->whole_flight || exchange->done_read ||
                                    exchange->answer.version >= TLS_VERSION_13);
}

bool tls_server_exchange_absorb(struct exchange *exchange)
{
    if (exchange->ssl2) {
        return exchange_absorb_ssl2(exchange);
    }
    wire_tls_flight_absorb(&exchange->flight, exchange->stream.data, exchange->stream.length);
    exchange->spoke_tls = exchange->flight.records > 0;
    if (tls_server_exchange_read(exchange)) {
        return true;
    }
    if (!tls_server_exchange_opens(exchange)) {
        return false;
    }
    tls_server_exchange_open(exchange);
    return tls_server_exchange_read(exchange);
}

static enum exchange_end exchange_end_of(const struct exchange *exchange, enum tcp_event event)
{
    if (exchange->hello_read) {
        return END_ANSWERED;
    }
    if (exchange->flight.end == TLS_FLIGHT_ALERT) {
        return END_ALERT;
    }
    if (exchange->malformed || exchange->flight.end != TLS_FLIGHT_OPEN ||
        (exchange->talk.flight.garbled > 0 && exchange->talk.flight.records == 0)) {
        return END_GARBLED;
    }
    if (event == TCP_CLOSED) {
        return END_CLOSED;
    }
    return event == TCP_RESET ? END_RESET : END_SILENT;
}

void tls_server_exchange_finish(struct exchange *exchange, bool connected, enum tcp_event event)
{
    exchange->end = connected ? exchange_end_of(exchange, event) : END_NOT_CONNECTED;
    exchange->cut = exchange->hello_read && exchange->whole_flight && !exchange->done_read &&
                    exchange->flight.end == TLS_FLIGHT_OPEN &&
                    (event == TCP_CLOSED || event == TCP_RESET);
    if (exchange->end == END_ALERT) {
        (void) snprintf(exchange->detail, sizeof exchange->detail, "alert %s",
                        wire_tls_alert_name(exchange->flight.alert));
    } else if (exchange->end == END_NOT_CONNECTED) {
        (void) snprintf(exchange->detail, sizeof exchange->detail, "no connection: %s",
                        tcp_event_word(event));
    } else if (exchange->talk.cookies > DTLS_COOKIES_MAX) {
        (void) snprintf(exchange->detail, sizeof exchange->detail, "asks for a cookie endlessly");
    } else {
        (void) snprintf(exchange->detail, sizeof exchange->detail, "%s",
                        tls_server_end_word(exchange->end));
    }
}

void tls_server_exchange_not_upgraded(struct exchange *exchange, const char *why)
{
    exchange->end = END_NOT_UPGRADED;
    (void) snprintf(exchange->detail, sizeof exchange->detail, "STARTTLS: %s", why);
}
