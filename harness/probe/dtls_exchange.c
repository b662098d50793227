#include "probe/tls_exchange.h"

#include <string.h>

enum { FORGED_COOKIE_LENGTH = 20, GARBLED_MAX = 4 };

enum status dtls_server_exchange_hello(struct exchange *exchange, struct builder *builder,
                                       struct error *reterr)
{
    struct dtls_talk *talk = &exchange->talk;
    struct tls_hello hello = exchange->hello;
    /* Who shows a cookie has been asked for one by message 0. */
    unsigned skipped = exchange->forged_cookie ? 1 : 0;

    if (exchange->forged_cookie && talk->hellos == 0) {
        memcpy(talk->cookie, hello.random, FORGED_COOKIE_LENGTH);
        talk->cookie_length = FORGED_COOKIE_LENGTH;
    }
    if (talk->hello_due) {
        talk->hellos++;
        talk->hello_due = false;
    }
    hello.cookie_in_extension = exchange->forged_cookie && hello.version == TLS_VERSION_13;
    hello.cookie = talk->cookie;
    hello.cookie_length = talk->cookie_length;
    if (!wire_dtls_hello_build(&hello, (uint16_t) (talk->hellos - 1 + skipped), talk->records++,
                               builder)) {
        return fail(reterr, STATUS_INTERNAL, "a ClientHello does not fit in %zu bytes",
                    builder->capacity);
    }
    if (talk->hellos == 1) {
        talk->asked = builder->length;
    }
    return STATUS_OK;
}

void dtls_server_exchange_cookie(struct exchange *exchange, const struct tls_message *message)
{
    struct dtls_talk *talk = &exchange->talk;
    const uint8_t *cookie;
    size_t length;

    if (!wire_dtls_cookie_read(message, &cookie, &length)) {
        exchange->malformed = true;
        return;
    }
    wire_dtls_flight_again(&talk->flight);
    /* The answer to a hello that was repeated. */
    if (length == talk->cookie_length && memcmp(cookie, talk->cookie, length) == 0) {
        return;
    }
    if (++talk->cookies > DTLS_COOKIES_MAX) {
        return;
    }
    memcpy(talk->cookie, cookie, length);
    talk->cookie_length = length;
    talk->hello_due = true;
}

bool dtls_server_exchange_take(struct exchange *exchange, const void *datagram, size_t length)
{
    struct dtls_talk *talk = &exchange->talk;
    bool unproven = talk->cookies == 0;
    bool fresh = wire_dtls_flight_datagram(&talk->flight, datagram, length);

    if (unproven && fresh) {
        talk->answered += length;
    }
    exchange->spoke_tls = talk->flight.records > 0;
    if (tls_server_exchange_read(exchange) || talk->cookies > DTLS_COOKIES_MAX) {
        return true;
    }
    return ++talk->datagrams >= DTLS_DATAGRAMS_MAX ||
           (!exchange->spoke_tls && talk->flight.garbled >= GARBLED_MAX);
}

bool dtls_server_exchange_cookie_asked(const struct exchange *exchange)
{
    return exchange->talk.cookies > 0 ||
           (exchange->hello_read && exchange->answer.cookie_length > 0);
}
