#include "talk.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>

enum {
    STREAM_LIMIT = 1 << 17,
    MESSAGE_LIMIT = 1 << 16,
    SAID_LIMIT = 1 << 18,
    HELD_LIMIT = 1 << 14,
    DER_LIMIT = 1 << 16
};

static int64_t earlier(int64_t one, int64_t other)
{
    return one < other ? one : other;
}

void talk_begin(struct talk *talk, struct bench *bench)
{
    *talk = (struct talk){ .bench = bench,
                           .tcp = { .fd = -1 },
                           .heard = HEARD_NO_CONNECTION,
                           .stream = bytes_bounded(STREAM_LIMIT),
                           .hands = bytes_bounded(MESSAGE_LIMIT + STREAM_LIMIT),
                           .held = bytes_bounded(HELD_LIMIT),
                           .said = bytes_bounded(SAID_LIMIT),
                           .certificate = bytes_bounded(DER_LIMIT),
                           .key_exchange = bytes_bounded(DER_LIMIT) };
}

enum status talk_open(struct talk *talk, struct bench *bench, bool *ret_open, struct error *reterr)
{
    enum tcp_event event = TCP_OK;

    talk_begin(talk, bench);
    *ret_open = false;
    tls_server_pace(&bench->pace, bench->deadline_ms);
    if (clock_left_ms(bench->deadline_ms) == 0) {
        return STATUS_OK;
    }
    bench->connections++;
    talk->deadline_ms = earlier(clock_monotonic_ms() + bench->timeout_ms, bench->deadline_ms);
    TRY(tcp_open(&talk->tcp, bench->host, bench->port, talk->deadline_ms, bench->transcript, &event,
                 reterr));
    if (event == TCP_OK) {
        talk->heard = HEARD_NOTHING;
        *ret_open = true;
    }
    return STATUS_OK;
}

void talk_done(struct talk *talk)
{
    tcp_done(&talk->tcp);
    bytes_done(&talk->stream);
    bytes_done(&talk->hands);
    bytes_done(&talk->held);
    bytes_done(&talk->said);
    bytes_done(&talk->certificate);
    bytes_done(&talk->key_exchange);
}

int64_t bench_quiet_ms(const struct bench *bench)
{
    return bench->quiet_ms + 4 * bench->slowest_ms;
}

bool talk_ended(const struct talk *talk)
{
    return talk->heard == HEARD_CLOSED || talk->heard == HEARD_RESET ||
           (talk->heard == HEARD_ALERT && talk->alert != TLS_ALERT_NO_RENEGOTIATION);
}

void talk_text(const struct talk *talk, char room[TALK_TEXT_SIZE])
{
    static const char *const words[] = {
        [HEARD_NOTHING] = "no answer",
        [HEARD_MESSAGE] = "handshake",
        [HEARD_DATA] = "application data",
        [HEARD_HEARTBEAT] = "heartbeat",
        [HEARD_CIPHER_CHANGE] = "handshake",
        [HEARD_CLOSED] = "closed",
        [HEARD_RESET] = "reset",
        [HEARD_GARBLED] = "garbled answer",
        [HEARD_NO_CONNECTION] = "no connection",
    };

    if (talk->heard == HEARD_ALERT) {
        (void) snprintf(room, TALK_TEXT_SIZE, "alert %s", wire_tls_alert_name(talk->alert));
    } else {
        (void) snprintf(room, TALK_TEXT_SIZE, "%s", words[talk->heard]);
    }
}

/* A connection that is over by now was ended by the server. */
static void talk_over(struct talk *talk, enum tcp_event event)
{
    talk->heard = event == TCP_TIMEOUT  ? HEARD_NOTHING
                  : event == TCP_CLOSED ? HEARD_CLOSED
                                        : HEARD_RESET;
}

enum status talk_send(struct talk *talk, const void *data, size_t length, struct error *reterr)
{
    enum tcp_event event = TCP_OK;

    if (talk->holds) {
        return bytes_append(&talk->held, data, length, reterr);
    }
    if (talk->tcp.fd < 0) {
        return STATUS_OK; /* nobody is there to hear it */
    }
    /* What the server said before it went is still to be heard: no event here is the last word. */
    return tcp_send(&talk->tcp, data, length, talk->deadline_ms, &event, reterr);
}

void talk_hold(struct talk *talk)
{
    talk->holds = true;
}

enum status talk_release(struct talk *talk, struct error *reterr)
{
    talk->holds = false;
    TRY(talk_send(talk, talk->held.data, talk->held.length, reterr));
    bytes_clear(&talk->held);
    return STATUS_OK;
}

enum status talk_record(struct talk *talk, enum tls_record_flaw flaw, uint8_t type,
                        const void *plain, size_t length, struct error *reterr)
{
    uint8_t room[TLS_PLAIN_MAX + 256];
    struct builder builder = builder_over(room, sizeof room);

    if (talk->out_protected) {
        TRY(tls_direction_seal(&talk->out, flaw, type, plain, length, &talk->bench->seed, &builder,
                               reterr));
    } else {
        wire_tls_piece_put(&builder, type, talk->version, plain, length);
    }
    if (builder.overflow) {
        return fail(reterr, STATUS_INTERNAL, "a record of %zu bytes does not fit", length);
    }
    return talk_send(talk, room, builder.length, reterr);
}

static enum status talk_receive(struct talk *talk, int64_t deadline_ms, enum tcp_event *ret_event,
                                struct error *reterr)
{
    struct transcript *transcript = talk->bench->transcript;
    size_t before;
    enum status status;

    if (talk->used == talk->stream.length) {
        bytes_clear(&talk->stream);
        talk->used = 0;
    }
    before = talk->stream.length;
    talk->tcp.transcript = talk->withhold == NULL ? transcript : NULL;
    status = tcp_receive(&talk->tcp, &talk->stream, deadline_ms, ret_event, reterr);
    talk->tcp.transcript = transcript;
    if (talk->withhold != NULL && talk->stream.length > before) {
        transcript_withheld(transcript, talk->tcp.connection, talk->withhold,
                            talk->stream.length - before);
    }
    return status;
}

/* The next whole message of those that were received; it counts for Finished. */
static enum status message_take(struct talk *talk, bool *ret_there, struct error *reterr)
{
    struct tls_message message = { 0 };
    struct reader reader;

    *ret_there = false;
    if (talk->hands_at == talk->hands.length) {
        return STATUS_OK;
    }
    reader = reader_over(talk->hands.data + talk->hands_at, talk->hands.length - talk->hands_at);
    message.type = reader_u8(&reader);
    message.length = reader_u24(&reader);
    message.body = reader_take(&reader, message.length);
    *ret_there = reader_ok(&reader);
    if (!*ret_there) {
        return STATUS_OK;
    }
    if (message.type != TLS_HANDSHAKE_HELLO_REQUEST && message.type != TLS_HANDSHAKE_FINISHED &&
        talk->said.length + message.length + 4 <= SAID_LIMIT) {
        TRY(bytes_append(&talk->said, talk->hands.data + talk->hands_at, message.length + 4,
                         reterr));
    }
    talk->hands_at += message.length + 4;
    talk->message = message;
    talk->heard = HEARD_MESSAGE;
    return STATUS_OK;
}

static enum status handshake_absorb(struct talk *talk, const struct tls_piece *piece,
                                    struct error *reterr)
{
    struct reader ahead;

    if (talk->hands_at == talk->hands.length) {
        bytes_clear(&talk->hands);
        talk->hands_at = 0;
    }
    if (piece->length == 0 || talk->hands.length + piece->length > MESSAGE_LIMIT) {
        talk->heard = HEARD_GARBLED;
        return STATUS_OK;
    }
    TRY(bytes_append(&talk->hands, piece->content, piece->length, reterr));
    ahead = reader_over(talk->hands.data + talk->hands_at, talk->hands.length - talk->hands_at);
    (void) reader_u8(&ahead);
    if (reader_u24(&ahead) > MESSAGE_LIMIT) {
        talk->heard = HEARD_GARBLED;
    }
    return STATUS_OK;
}

/* Sets heard to what a record says; it stays HEARD_NOTHING for a part of a message. */
static enum status piece_take(struct talk *talk, struct tls_piece piece, struct error *reterr)
{
    if (talk->in_protected) {
        uint8_t *content = talk->stream.data + (piece.content - talk->stream.data);

        if (!tls_direction_open(&talk->in, piece.type, content, piece.length, &piece.content,
                                &piece.length)) {
            talk->heard = HEARD_GARBLED;
            return STATUS_OK;
        }
    }
    talk->piece = piece;
    switch (piece.type) {
    case TLS_CONTENT_HANDSHAKE:
        return handshake_absorb(talk, &piece, reterr);
    case TLS_CONTENT_ALERT:
        talk->heard = piece.length == 2 ? HEARD_ALERT : HEARD_GARBLED;
        talk->alert = piece.length == 2 ? piece.content[1] : 0;
        break;
    case TLS_CONTENT_CHANGE_CIPHER_SPEC:
        talk->heard = HEARD_CIPHER_CHANGE;
        talk->in_protected = true;
        break;
    case TLS_CONTENT_HEARTBEAT:
        talk->heard = HEARD_HEARTBEAT;
        break;
    default:
        /* Empty ones only protect the IV of TLS 1.0. */
        talk->heard = piece.length > 0 ? HEARD_DATA : HEARD_NOTHING;
    }
    return STATUS_OK;
}

/* The next thing among the bytes that are there. */
static enum status stream_take(struct talk *talk, bool *ret_there, struct error *reterr)
{
    TRY(message_take(talk, ret_there, reterr));
    while (!*ret_there && talk->used < talk->stream.length) {
        struct reader reader =
            reader_over(talk->stream.data + talk->used, talk->stream.length - talk->used);
        struct tls_piece piece;
        enum tls_piece_state state = wire_tls_piece_next(&reader, &piece);

        if (state == TLS_PIECE_SHORT) {
            return STATUS_OK;
        }
        if (state == TLS_PIECE_NOT_TLS) {
            talk->heard = HEARD_GARBLED;
            *ret_there = true;
            return STATUS_OK;
        }
        talk->used = (size_t) (reader.at - talk->stream.data);
        talk->heard = HEARD_NOTHING;
        TRY(piece_take(talk, piece, reterr));
        *ret_there = talk->heard != HEARD_NOTHING;
        if (!*ret_there) {
            TRY(message_take(talk, ret_there, reterr));
        }
    }
    return STATUS_OK;
}

enum status talk_hear(struct talk *talk, int64_t deadline_ms, struct error *reterr)
{
    bool there = false;

    deadline_ms = earlier(deadline_ms, talk->deadline_ms);
    for (;;) {
        enum tcp_event event = TCP_OK;

        TRY(stream_take(talk, &there, reterr));
        if (there) {
            return STATUS_OK;
        }
        if (talk->stream.length == STREAM_LIMIT) {
            talk->heard = HEARD_GARBLED;
            return STATUS_OK;
        }
        if (talk->tcp.fd < 0) {
            talk->heard = HEARD_CLOSED;
            return STATUS_OK;
        }
        TRY(talk_receive(talk, deadline_ms, &event, reterr));
        if (event != TCP_OK) {
            talk_over(talk, event);
            return STATUS_OK;
        }
        /* A drip of bytes that never make a record is not listened to for ever. */
        if (clock_left_ms(deadline_ms) == 0) {
            talk->heard = HEARD_NOTHING;
            TRY(stream_take(talk, &there, reterr));
            return STATUS_OK;
        }
    }
}

enum status talk_hear_out(struct talk *talk, int64_t quiet_ms, bool *ret_spoke, bool *ret_quiet,
                          struct error *reterr)
{
    enum { PIECES_MAX = 32 };

    *ret_spoke = false;
    *ret_quiet = false;
    for (int i = 0; i < PIECES_MAX && !*ret_quiet; i++) {
        TRY(talk_hear(talk, clock_monotonic_ms() + quiet_ms, reterr));
        if (talk->heard == HEARD_DATA) {
            *ret_spoke = true;
        } else if (talk->heard != HEARD_MESSAGE) {
            *ret_quiet = talk->heard == HEARD_NOTHING && clock_left_ms(talk->deadline_ms) > 0;
            break;
        }
    }
    return STATUS_OK;
}
