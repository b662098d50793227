/* One connection of the device's. */
#include "stage.h"

#include "base/clock.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CLEAR_MAX = 1 << 16,
    AFTER_PLAIN_MS = 700,
    AFTER_DATAGRAM_MS = 200,
    DTLS_RECORD_HEADER = 13
};

struct greeting {
    const char *protocol;
    const char *text;
    size_t length;
};

/* What a server of the protocol might say in clear, without agreeing to anything. */
static const struct greeting *greeting_of(const struct client *client)
{
    static const char http_answer[] =
        "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    static const struct greeting greetings[] = {
        { "https", http_answer, sizeof http_answer - 1 },
        /* CONNACK, server unavailable, and DISCONNECT: together as long as the header of a record,
         * which a client waits for (MQTT 3.1.1 section 3.2.2.3, MQTT 5.0 section 3.14). */
        { "mqtts", "\x20\x02\x00\x03\xe0\x00", 6 },
        /* 2.04 Changed, that acknowledges some message (RFC 7252 section 3). */
        { "coaps", "\x60\x44\x00\x01", 4 },
        { "tls", "220 ready\r\n", 11 },
    };

    for (size_t i = 0; i < 3; i++) {
        if (strcmp(greetings[i].protocol, client->protocol) == 0) {
            return &greetings[i];
        }
    }
    return &greetings[3];
}

enum status stage_hear(struct stage *stage, struct tcp *tcp, struct bytes *into,
                       int64_t deadline_ms, enum tcp_event *ret_event, struct error *reterr)
{
    enum door_event ready = DOOR_TIMEOUT;

    *ret_event = TCP_TIMEOUT;
    TRY(door_wait(&stage->door, tcp->fd, deadline_ms, NULL, &ready, reterr));
    return ready == DOOR_TIMEOUT ? STATUS_OK
                                 : tcp_receive(tcp, into, deadline_ms, ret_event, reterr);
}

static void heard_clear(const struct stage *stage, struct scene *scene, const uint8_t *data,
                        size_t length)
{
    if (scene->clear_length == 0) {
        stage_talk(stage, data, length, scene->clear);
    }
    scene->clear_length += length;
}

static void wipe(struct bytes *bytes)
{
    if (bytes->data != NULL) {
        secret_wipe(bytes->data, bytes->capacity);
    }
    bytes_done(bytes);
}

static const char *end_word(enum tcp_event event)
{
    return event == TCP_TIMEOUT ? "silent" : event == TCP_CLOSED ? "left" : "reset";
}

/* Counts what comes in clear, says what the server would, and counts on. */
static enum status clear_listen(struct stage *stage, struct scene *scene, struct tcp *tcp,
                                struct bytes *heard, struct error *reterr)
{
    const struct greeting *greeting = greeting_of(stage->client);
    /* Over UDP nobody says that it was all. */
    int64_t until_ms =
        clock_monotonic_ms() + (stage->datagrams ? AFTER_DATAGRAM_MS : stage->talk_ms);
    enum tcp_event event = TCP_OK;

    heard_clear(stage, scene, heard->data, heard->length);
    TRY(tcp_send(tcp, greeting->text, greeting->length, until_ms, &event, reterr));
    while (event == TCP_OK && scene->clear_length < CLEAR_MAX) {
        bytes_clear(heard);
        TRY(stage_hear(stage, tcp, heard, until_ms, &event, reterr));
        if (event == TCP_OK) {
            heard_clear(stage, scene, heard->data, heard->length);
        }
    }
    scene->clear_calls++;
    scene->end = event == TCP_OK ? "enough" : end_word(event);
    transcript_withheld(stage->call->transcript, tcp->connection, "bytes in clear",
                        scene->clear_length);
    return STATUS_OK;
}

enum status stage_take_clear(struct stage *stage, struct scene *scene, struct tcp *tcp,
                             struct error *reterr)
{
    DEFER(wipe) struct bytes heard = bytes_bounded(CLEAR_MAX);
    enum tcp_event event = TCP_OK;

    if (stage->datagrams) {
        TRY(bytes_append(&heard, stage->door.first, stage->door.first_length, reterr));
    } else {
        TRY(stage_hear(stage, tcp, &heard, clock_monotonic_ms() + stage->talk_ms, &event, reterr));
    }
    if (heard.length == 0) {
        scene->clear_calls++;
        transcript_note(stage->call->transcript, tcp->connection, "nothing was said: %s",
                        end_word(event));
        return STATUS_OK;
    }
    /* TLS on the port for clear text is nothing in clear. */
    return stage_is_protected(stage, heard.data, heard.length)
               ? STATUS_OK
               : clear_listen(stage, scene, tcp, &heard, reterr);
}

static size_t record_length(const uint8_t *record)
{
    return TLS_RECORD_HEADER_LENGTH + (size_t) (record[3] << 8 | record[4]);
}

/* Takes whole records of TLS off the front: they may come in pieces, of which only the first looks
 * like one. */
static void records_take(struct scene *scene, struct bytes *heard)
{
    const uint8_t *data = heard->data;
    size_t at = 0;

    while (heard->length - at >= TLS_RECORD_HEADER_LENGTH &&
           wire_client_talk_is_tls(data + at, heard->length - at) &&
           record_length(data + at) <= heard->length - at) {
        size_t length = record_length(data + at);

        if (data[at] == TLS_CONTENT_ALERT && length == TLS_RECORD_HEADER_LENGTH + 2) {
            scene->alert = data[at + TLS_RECORD_HEADER_LENGTH + 1];
        }
        at += length;
    }
    if (at > 0) {
        heard->length -= at;
        memmove(heard->data, heard->data + at, heard->length);
    }
}

static void plain_heard(struct stage *stage, struct scene *scene, struct bytes *heard)
{
    struct dtls_word word;

    if (!stage->datagrams) {
        records_take(scene, heard);
    }
    if (heard->length == 0) {
        return;
    }
    if (!stage_is_protected(stage, heard->data, heard->length)) {
        heard_clear(stage, scene, heard->data, heard->length);
        bytes_clear(heard);
    } else if (stage->datagrams) {
        word = wire_dtls_word(heard->data, heard->length);
        scene->alert = word.alert >= 0 ? word.alert : scene->alert;
        bytes_clear(heard);
    }
}

/* Answers a ClientHello as a server would that has never heard of TLS.  begun: the hello, and what
 * came with it already. */
static enum status plain_answer(struct stage *stage, struct scene *scene, struct tcp *tcp,
                                const struct bytes *begun, struct error *reterr)
{
    DEFER(wipe) struct bytes heard = bytes_bounded(CLEAR_MAX + TLS_RECORD_LENGTH_MAX);
    const struct greeting *greeting = greeting_of(stage->client);
    int64_t until_ms = clock_monotonic_ms() + AFTER_PLAIN_MS;
    const size_t before = scene->clear_length;
    enum tcp_event event = TCP_OK;

    if (!stage->datagrams) {
        TRY(bytes_append(&heard, begun->data, begun->length, reterr));
        plain_heard(stage, scene, &heard);
    }
    TRY(tcp_send(tcp, greeting->text, greeting->length, until_ms, &event, reterr));
    while (event == TCP_OK && scene->clear_length < CLEAR_MAX) {
        TRY(stage_hear(stage, tcp, &heard, until_ms, &event, reterr));
        plain_heard(stage, scene, &heard);
    }
    /* Datagrams that are no DTLS are dropped without a word (RFC 6347 section 4.1.2.7). */
    scene->turned_down +=
        scene->clear_length == before && (event != TCP_TIMEOUT || stage->datagrams);
    if (stage->datagrams) {
        TRY(stage_give_up(stage, tcp, 0, reterr));
    }
    scene->end = end_word(event);
    return STATUS_OK;
}

static void chain_scene(struct scene *scene, const struct stage *stage,
                        const struct tls_callee_answer *answer)
{
    scene->end = tls_callee_end_word(answer->end);
    scene->alert = answer->alert >= 0 ? answer->alert : scene->alert;
    scene->completed += answer->completed;
    scene->version = answer->completed ? answer->version : scene->version;
    scene->kept_open +=
        answer->completed && answer->data_length == 0 && answer->end == TLS_CALLEE_SILENT;
    scene->turned_down += answer->data_length == 0 && (answer->cookie || !stage->datagrams) &&
                          (answer->end == TLS_CALLEE_LEFT || answer->end == TLS_CALLEE_RESET ||
                           answer->end == TLS_CALLEE_ALERT);
    if (scene->data_length == 0 && answer->data_length > 0) {
        memcpy(scene->data, answer->data, sizeof scene->data);
    }
    scene->data_length += answer->data_length;
}

static enum status chain_show(struct stage *stage, struct scene *scene, struct tcp *tcp,
                              const struct bytes *begun, const struct tls_client_hello *hello,
                              struct error *reterr)
{
    const struct greeting *greeting = greeting_of(stage->client);
    const enum presentation_staple staple = scene->shown->staple;
    struct tls_callee_answer answer = { .alert = -1 };
    const struct tls_callee_ask ask = { .door = &stage->door,
                                        .chain = &stage->chain,
                                        .datagrams = stage->datagrams,
                                        .begun = begun->data,
                                        .begun_length = begun->length,
                                        .reply = greeting->text,
                                        .reply_length = stage->datagrams ? 0 : greeting->length,
                                        .handshake_until_ms =
                                            clock_monotonic_ms() + stage->hello_ms,
                                        .talk_ms = stage->talk_ms };

    if (stage->staples && staple != STAPLE_NONE) {
        TRY(stage_stapled(stage, tcp, begun, hello, staple == STAPLE_REVOKED, &answer, reterr));
    } else {
        TRY(tls_callee_take(tcp, &ask, &answer, reterr));
    }
    chain_scene(scene, stage, &answer);
    transcript_note(stage->call->transcript, tcp->connection,
                    "%s: handshake %s, %zu bytes of application data, %s", scene->shown->name,
                    answer.completed ? "completed" : "not completed", answer.data_length,
                    scene->end);
    return STATUS_OK;
}

enum hello_state { HELLO_COME, HELLO_CLEAR, HELLO_NONE };

/* Reads until the ClientHello is whole. */
static enum status hello_stream(struct stage *stage, struct tcp *tcp, struct bytes *begun,
                                struct tls_client_hello *hello, enum hello_state *ret_state,
                                struct scene *scene, struct error *reterr)
{
    int64_t until_ms = clock_monotonic_ms() + stage->hello_ms;
    uint8_t *room = malloc(HELLO_BYTES_MAX);
    enum status status = STATUS_OK;
    enum tcp_event event = TCP_OK;
    struct tls_message message;
    struct tls_flight flight;

    if (room == NULL) {
        abort();
    }
    flight = wire_tls_flight_start(room, HELLO_BYTES_MAX);
    *ret_state = HELLO_NONE;
    while (*ret_state == HELLO_NONE && flight.end == TLS_FLIGHT_OPEN &&
           begun->length < HELLO_BYTES_MAX) {
        status = stage_hear(stage, tcp, begun, until_ms, &event, reterr);
        if (status != STATUS_OK || event != TCP_OK) {
            break;
        }
        wire_tls_flight_absorb(&flight, begun->data, begun->length);
        if (wire_tls_flight_message(&flight, &message)) {
            *ret_state = wire_tls_client_hello_read(&message, hello) ? HELLO_COME : HELLO_NONE;
            break;
        }
    }
    if (*ret_state == HELLO_NONE && begun->length > 0 &&
        !wire_client_talk_is_tls(begun->data, begun->length)) {
        *ret_state = HELLO_CLEAR;
    }
    scene->end = event == TCP_OK ? "nonsense" : end_word(event);
    free(room);
    return status;
}

/* The same over UDP.  Stray records of an earlier call begin none. */
static enum status hello_datagrams(struct stage *stage, struct tcp *tcp, struct bytes *begun,
                                   struct tls_client_hello *hello, enum hello_state *ret_state,
                                   struct scene *scene, struct error *reterr)
{
    bool whole = false;

    TRY(bytes_append(begun, stage->door.first, stage->door.first_length, reterr));
    if (!wire_client_talk_is_dtls(begun->data, begun->length)) {
        *ret_state = HELLO_CLEAR;
        return STATUS_OK;
    }
    TRY(stage_hello_datagrams(stage, tcp, begun, hello, &whole, reterr));
    *ret_state = whole ? HELLO_COME : HELLO_NONE;
    scene->end = "nonsense";
    return STATUS_OK;
}

/* Of what came with it, nothing: it need not be TLS. */
static void keep_hello(struct stage *stage, const struct tcp *tcp, const struct bytes *begun)
{
    const size_t header = stage->datagrams ? DTLS_RECORD_HEADER : TLS_RECORD_HEADER_LENGTH;
    const uint8_t *length = begun->data + header - 2;
    size_t record = header + (size_t) (length[0] << 8 | length[1]);

    transcript_received(stage->call->transcript, tcp->connection, begun->data,
                        record < begun->length ? record : begun->length);
}

enum status stage_take(struct stage *stage, struct scene *scene, struct tcp *tcp,
                       struct error *reterr)
{
    DEFER(wipe) struct bytes begun = bytes_bounded(HELLO_BYTES_MAX + TLS_RECORD_LENGTH_MAX);
    struct tls_client_hello *hello = calloc(1, sizeof *hello);
    enum hello_state state = HELLO_NONE;
    enum status status;

    if (hello == NULL) {
        abort();
    }
    status = (stage->datagrams ? hello_datagrams : hello_stream)(stage, tcp, &begun, hello, &state,
                                                                 scene, reterr);
    scene->connections += !stage->datagrams || state != HELLO_NONE;
    if (status == STATUS_OK && state == HELLO_CLEAR) {
        status = clear_listen(stage, scene, tcp, &begun, reterr);
    } else if (status == STATUS_OK && state == HELLO_COME) {
        scene->hellos++;
        keep_hello(stage, tcp, &begun);
        if (!stage->has_hello) {
            stage->has_hello = true;
            stage->hello = *hello;
            stage->hello.session_id = NULL;
        }
        if (scene->shown->kind == PRESENT_CHAIN) {
            status = chain_show(stage, scene, tcp, &begun, hello, reterr);
        } else if (scene->shown->kind == PRESENT_PLAIN) {
            status = plain_answer(stage, scene, tcp, &begun, reterr);
        } else {
            status = stage_handmade(stage, scene, tcp, hello, reterr);
        }
    } else if (status == STATUS_OK) {
        transcript_note(stage->call->transcript, tcp->connection,
                        "%zu bytes that are no ClientHello, then %s", begun.length, scene->end);
    }
    free(hello);
    return status;
}
