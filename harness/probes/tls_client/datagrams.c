/* The same over UDP: hellos in pieces, flights of our own in datagrams, and what comes back. */
#include "stage.h"

#include "base/clock.h"
#include "wire/dtls_record.h"

#include <stdlib.h>

enum { ALERT_HANDSHAKE_FAILURE = 40 };

void stage_talk(const struct stage *stage, const void *data, size_t length,
                char room[CLIENT_TALK_SIZE])
{
    if (stage->datagrams) {
        wire_client_talk_datagram(data, length, room);
    } else {
        wire_client_talk(data, length, room);
    }
}

bool stage_is_protected(const struct stage *stage, const void *data, size_t length)
{
    return stage->datagrams ? wire_client_talk_is_dtls(data, length)
                            : wire_client_talk_is_tls(data, length);
}

/* With the numbers that TLS writes, so that both are looked at alike. */
static void versions_translate(struct tls_client_hello *hello)
{
    hello->legacy_version = wire_dtls_version(hello->legacy_version);
    for (size_t i = 0; i < hello->version_count; i++) {
        hello->versions[i] = wire_dtls_version(hello->versions[i]);
    }
}

static enum status hello_gather(struct stage *stage, struct tcp *tcp, struct bytes *begun,
                                struct dtls_flight *flight, struct tls_message *ret_message,
                                bool *ret_whole, struct error *reterr)
{
    int64_t until_ms = clock_monotonic_ms() + stage->hello_ms;
    enum tcp_event event = TCP_OK;
    size_t used = 0;

    while (event == TCP_OK && begun->length < HELLO_BYTES_MAX) {
        (void) wire_dtls_flight_datagram(flight, begun->data + used, begun->length - used);
        *ret_whole = wire_tls_flight_message(flight->messages, ret_message);
        if (*ret_whole) {
            return STATUS_OK;
        }
        used = begun->length;
        TRY(stage_hear(stage, tcp, begun, until_ms, &event, reterr));
    }
    return STATUS_OK;
}

enum status stage_hello_datagrams(struct stage *stage, struct tcp *tcp, struct bytes *begun,
                                  struct tls_client_hello *hello, bool *ret_whole,
                                  struct error *reterr)
{
    uint8_t *room;
    struct tls_flight messages;
    struct dtls_flight flight;
    struct tls_message message;
    enum status status;
    uint16_t sequence = 0;

    *ret_whole = false;
    if (!wire_dtls_is_hello(begun->data, begun->length, &sequence)) {
        return STATUS_OK;
    }
    room = malloc((size_t) 2 * HELLO_BYTES_MAX);
    if (room == NULL) {
        abort();
    }
    messages = wire_tls_flight_start(room, HELLO_BYTES_MAX);
    flight = wire_dtls_flight_start(&messages, room + HELLO_BYTES_MAX, HELLO_BYTES_MAX);
    flight.anchored = true;
    flight.next = sequence;
    status = hello_gather(stage, tcp, begun, &flight, &message, ret_whole, reterr);
    if (status == STATUS_OK && *ret_whole) {
        *ret_whole = wire_tls_client_hello_read(&message, hello);
        versions_translate(hello);
        hello->session_id = NULL; /* it lies in the room */
    }
    free(room);
    return status;
}

enum status stage_say_datagrams(struct dtls_speech *speech, struct tcp *tcp, int64_t deadline_ms,
                                enum tcp_event *ret_event, struct error *reterr)
{
    uint8_t room[DTLS_DATAGRAM_ROOM];
    struct builder datagram = builder_over(room, sizeof room);

    *ret_event = TCP_OK;
    while (*ret_event == TCP_OK && wire_dtls_speech_next(speech, &datagram)) {
        TRY(tcp_send(tcp, room, datagram.length, deadline_ms, ret_event, reterr));
        datagram.length = 0;
    }
    return STATUS_OK;
}

enum status stage_give_up(struct stage *stage, struct tcp *tcp, uint32_t record,
                          struct error *reterr)
{
    uint8_t room[32];
    struct builder alert = builder_over(room, sizeof room);
    enum tcp_event event;

    wire_dtls_alert_build(ALERT_HANDSHAKE_FAILURE, record, &alert);
    return tcp_send(tcp, room, alert.length, clock_monotonic_ms() + stage->object_ms, &event,
                    reterr);
}

enum status stage_hear_datagrams(struct stage *stage, struct tcp *tcp, int64_t deadline_ms,
                                 struct dtls_word *ret_word, enum tcp_event *ret_event,
                                 struct error *reterr)
{
    DEFER(bytes_done) struct bytes heard = bytes_bounded(DOOR_DATAGRAM_MAX);

    *ret_word = (struct dtls_word){ .alert = -1 };
    for (;;) {
        bytes_clear(&heard);
        TRY(stage_hear(stage, tcp, &heard, deadline_ms, ret_event, reterr));
        if (*ret_event != TCP_OK) {
            return STATUS_OK;
        }
        *ret_word = wire_dtls_word(heard.data, heard.length);
        if (ret_word->key || ret_word->alert >= 0 || clock_left_ms(deadline_ms) == 0) {
            return STATUS_OK;
        }
    }
}
