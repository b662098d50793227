#include "probe/tls_exchange.h"

#include "wire/tls_share.h"

#include <string.h>

bool tls_server_exchange_opens(const struct exchange *exchange)
{
    return exchange->hello_read && exchange->whole_flight && exchange->hello.share_group != 0 &&
           exchange->answer.version == TLS_VERSION_13 && !exchange->answer.retry_request &&
           !exchange->hello.datagram && !exchange->opening.failed;
}

/* The ClientHello as it was sent and the ServerHello as it came. */
static enum status opening_hellos(const struct exchange *exchange, struct bytes *hellos)
{
    const uint8_t *server = exchange->flight.messages.start;
    uint8_t room[TLS_HELLO_LENGTH_MAX];
    struct builder builder = builder_over(room, sizeof room);

    if (!wire_tls_hello_build(&exchange->hello, &builder) || exchange->flight.messages.length < 4) {
        return STATUS_INTERNAL;
    }
    TRY(bytes_append(hellos, room + TLS_RECORD_HEADER_LENGTH,
                     builder.length - TLS_RECORD_HEADER_LENGTH, NULL));
    return bytes_append(hellos, server,
                        4 + ((size_t) server[1] << 16 | (size_t) server[2] << 8 | server[3]), NULL);
}

static bool opening_begin(struct exchange *exchange)
{
    const struct tls_server_hello *answer = &exchange->answer;
    DEFER(bytes_done) struct bytes hellos = bytes_bounded(1 << 17);
    const uint8_t *secret;
    size_t length;

    return tls13_suite_known(answer->suite) && answer->group == exchange->hello.share_group &&
           wire_tls_share_secret(answer->group, answer->share, answer->share_length, &secret,
                                 &length) &&
           opening_hellos(exchange, &hellos) == STATUS_OK &&
           tls13_key_derive(answer->suite, secret, length, hellos.data, hellos.length,
                            &exchange->opening.key, NULL) == STATUS_OK;
}

/* The records before are in clear, or stand for middleboxes (RFC 8446 appendix D.4). */
static void opening_record(struct exchange *exchange, const uint8_t *header, size_t length)
{
    uint8_t room[TLS13_PLAIN_MAX];
    size_t plain = 0;
    uint8_t type = 0;

    if (header[0] != TLS_CONTENT_APPLICATION_DATA) {
        return;
    }
    if (!tls13_open(&exchange->opening.key, exchange->opening.records, header,
                    header + TLS_RECORD_HEADER_LENGTH, length, room, &type, &plain)) {
        exchange->opening.failed = true;
        return;
    }
    exchange->opening.records++;
    wire_tls_flight_record(&exchange->flight, type, room, plain);
}

void tls_server_exchange_open(struct exchange *exchange)
{
    struct opening *opening = &exchange->opening;

    if (!opening->begun) {
        opening->begun = true;
        opening->failed = !opening_begin(exchange);
    }
    while (!opening->failed && exchange->flight.end != TLS_FLIGHT_ALERT &&
           exchange->flight.end != TLS_FLIGHT_TOO_LONG) {
        const uint8_t *at = exchange->stream.data + opening->stream_used;
        size_t left = exchange->stream.length - opening->stream_used;
        size_t length = left < TLS_RECORD_HEADER_LENGTH ? 0 : (size_t) (at[3] << 8 | at[4]);

        if (left < TLS_RECORD_HEADER_LENGTH + length || left < TLS_RECORD_HEADER_LENGTH) {
            return;
        }
        opening->stream_used += TLS_RECORD_HEADER_LENGTH + length;
        opening_record(exchange, at, length);
    }
    opening->failed = opening->failed || exchange->flight.end == TLS_FLIGHT_TOO_LONG;
}
