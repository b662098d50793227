#include "channel/coap_presence.h"

#include "base/clock.h"
#include "channel/udp.h"
#include "wire/udp_hello.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/random.h>

enum { AGAIN_MS = 400 };

static enum status hello_send(struct udp *udp, const struct wire_udp_hello *hello,
                              const struct wire_udp_ask *ask, struct error *reterr)
{
    uint8_t room[WIRE_UDP_HELLO_MAX];
    struct builder builder = builder_over(room, sizeof room);
    enum udp_event event = UDP_NOTHING;

    hello->write(ask, &builder);
    return udp_send(udp, room, builder.length, &event, reterr);
}

static enum status hello_await(struct udp *udp, const struct wire_udp_hello *hello,
                               const struct wire_udp_ask *ask, uint8_t *room, int64_t deadline_ms,
                               enum coap_presence *ret_presence, struct error *reterr)
{
    while (*ret_presence == COAP_PRESENCE_SILENT && clock_left_ms(deadline_ms) > 0) {
        struct pollfd pollfd = { .fd = udp->fd, .events = POLLIN };
        char detail[WIRE_UDP_DETAIL_SIZE];
        enum udp_event event = UDP_NOTHING;
        size_t length = 0;

        (void) poll(&pollfd, 1, clock_left_ms(deadline_ms));
        TRY(udp_take(udp, room, UDP_DATAGRAM_MAX, &length, &event, reterr));
        if (event == UDP_CLOSED) {
            *ret_presence = COAP_PRESENCE_CLOSED;
        } else if (event == UDP_ANSWER && hello->read(ask, room, length, detail)) {
            *ret_presence = COAP_PRESENCE_THERE;
        }
    }
    return STATUS_OK;
}

enum status coap_presence_ask(const char *host, uint16_t port, bool dtls, int64_t deadline_ms,
                              enum coap_presence *ret_presence, struct error *reterr)
{
    DEFER(udp_done) struct udp udp = { .fd = -1 };
    const struct wire_udp_hello *hello = dtls ? &wire_dtls_hello : &wire_coap_ping_hello;
    struct wire_udp_ask ask = { .host = host, .port = port };
    uint8_t *room;
    enum status status = STATUS_OK;

    *ret_presence = COAP_PRESENCE_SILENT;
    if (getrandom(ask.nonce, sizeof ask.nonce, 0) != (ssize_t) sizeof ask.nonce) {
        return fail(reterr, STATUS_IO, "no random bytes for a DTLS hello");
    }
    TRY(udp_open(&udp, host, port, reterr));
    room = malloc(UDP_DATAGRAM_MAX);
    if (room == NULL) {
        return fail(reterr, STATUS_LIMIT, "no memory for a datagram");
    }
    while (status == STATUS_OK && *ret_presence == COAP_PRESENCE_SILENT &&
           clock_left_ms(deadline_ms) > 0) {
        int64_t until_ms = clock_monotonic_ms() + AGAIN_MS;

        status = hello_send(&udp, hello, &ask, reterr);
        if (status == STATUS_OK) {
            status =
                hello_await(&udp, hello, &ask, room,
                            until_ms < deadline_ms ? until_ms : deadline_ms, ret_presence, reterr);
        }
    }
    free(room);
    return status;
}
