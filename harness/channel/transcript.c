#include "channel/transcript.h"

#include "base/clock.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What an event costs beside its content, so that many tiny ones are bounded too. */
enum { EVENT_COST = 64, NOTE_MAX = 256 };

struct transcript transcript_start(size_t limit)
{
    struct transcript transcript = {
        .events = json_array(),
        .limit = limit,
        .started_ms = clock_monotonic_ms(),
    };

    if (transcript.events == NULL) {
        abort();
    }
    return transcript;
}

void transcript_done(struct transcript *transcript)
{
    json_decref(transcript->events);
    veil_tail_drop(&transcript->tail);
    for (size_t i = 0; i < TRANSCRIPT_STREAMS_MAX; i++) {
        veil_tail_drop(&transcript->streams[i].tail);
    }
    *transcript = (struct transcript){ 0 };
}

static void mark(uint8_t *bits, unsigned connection)
{
    bits[connection / 8] |= (uint8_t) (1U << connection % 8);
}

static bool is_marked(const uint8_t *bits, unsigned connection)
{
    return connection < TRANSCRIPT_MARKED_MAX && (bits[connection / 8] >> connection % 8 & 1) != 0;
}

static void add(json_t *event, const char *name, json_t *value)
{
    if (value == NULL || json_object_set_new(event, name, value) != 0) {
        abort();
    }
}

/* A new event with its fixed members, or NULL once the ceiling was met.  *length is
 * cut to what may still be stored: the first event that does not fit keeps its
 * beginning and is the last. */
static json_t *event_new(struct transcript *transcript, unsigned connection, const char *kind,
                         size_t *length)
{
    json_t *event;
    size_t room;

    if (transcript->cut || is_marked(transcript->hushed_bits, connection)) {
        return NULL;
    }
    if (transcript->limit - transcript->stored < EVENT_COST) {
        transcript->cut = true;
        return NULL;
    }
    transcript->stored += EVENT_COST;
    room = transcript->limit - transcript->stored;
    if (*length > room) {
        transcript->cut = true;
        *length = room;
    }
    transcript->stored += *length;
    event = json_object();
    if (event == NULL || json_array_append_new(transcript->events, event) != 0) {
        abort();
    }
    add(event, "ms", json_integer(clock_monotonic_ms() - transcript->started_ms));
    add(event, "conn", json_integer((json_int_t) connection));
    add(event, "kind", json_string(kind));
    return event;
}

static void text_event(struct transcript *transcript, unsigned connection, const char *kind,
                       const char *text, const size_t *said_length)
{
    char printable[NOTE_MAX];
    size_t length;
    json_t *event;

    if (veil_hides(transcript->veil, text, strlen(text), VEIL_TRANSCRIPT_LEAST)) {
        text = "(withheld: repeats a secret)";
    }
    text_printable(text, strlen(text), printable, sizeof printable);
    length = strlen(printable);
    event = event_new(transcript, connection, kind, &length);
    if (event != NULL) {
        add(event, "text", json_stringn(printable, length));
        if (said_length != NULL) {
            add(event, "length", json_integer((json_int_t) *said_length));
        }
    }
}

/* What came before on this connection in this direction. */
static struct veil_tail *tail_of(struct transcript *transcript, unsigned connection,
                                 const char *kind)
{
    struct transcript_stream *stream = transcript->streams;

    for (size_t i = 0; i < TRANSCRIPT_STREAMS_MAX; i++, stream++) {
        if (stream->kind != NULL && stream->connection == connection &&
            text_equal(stream->kind, kind)) {
            return &stream->tail;
        }
    }
    stream = &transcript->streams[transcript->stream_next++ % TRANSCRIPT_STREAMS_MAX];
    veil_tail_drop(&stream->tail);
    stream->connection = connection;
    stream->kind = kind;
    return &stream->tail;
}

static const char repeating[] = "bytes that repeat a secret";

/* The beginning of a secret was stored before its end came: takes back what holds the last `back`
 * bytes of that direction. */
static void take_back(struct transcript *transcript, unsigned connection, const char *kind,
                      size_t back)
{
    for (size_t i = json_array_size(transcript->events); i > 0 && back > 0; i--) {
        json_t *event = json_array_get(transcript->events, i - 1);
        size_t length = (size_t) json_integer_value(json_object_get(event, "length"));

        if (json_integer_value(json_object_get(event, "conn")) == (json_int_t) connection &&
            text_equal(json_string_value(json_object_get(event, "kind")), kind)) {
            add(event, "kind", json_string("withheld"));
            add(event, "text", json_string(repeating));
            (void) json_object_del(event, "bytes");
            back -= length < back ? length : back;
        }
    }
}

static void data_event(struct transcript *transcript, unsigned connection, const char *kind,
                       const void *data, size_t length)
{
    size_t kept = length;
    size_t back = 0;
    json_t *event;
    char *room;

    if (transcript->veil != NULL &&
        veil_hides_on(transcript->veil, tail_of(transcript, connection, kind), data, length,
                      VEIL_TRANSCRIPT_LEAST, &back)) {
        take_back(transcript, connection, kind, back);
        text_event(transcript, connection, "withheld", repeating, &length);
        return;
    }
    event = event_new(transcript, connection, kind, &kept);
    if (event == NULL) {
        return;
    }
    room = malloc(4 * ((kept + 2) / 3) + 1);
    if (room == NULL) {
        abort();
    }
    text_base64(data, kept, room);
    add(event, "bytes", json_string(room));
    add(event, "length", json_integer((json_int_t) length));
    free(room);
}

unsigned transcript_open(struct transcript *transcript, const char *peer)
{
    unsigned connection;

    if (transcript == NULL) {
        return 0;
    }
    connection = ++transcript->connections;
    text_event(transcript, connection, "open", peer, NULL);
    return connection;
}

void transcript_protected(struct transcript *transcript, unsigned connection)
{
    if (transcript != NULL && connection < TRANSCRIPT_MARKED_MAX) {
        mark(transcript->protected_bits, connection);
    }
}

enum status transcript_hush(struct transcript *transcript, unsigned connection,
                            struct error *reterr)
{
    if (transcript != NULL && connection >= TRANSCRIPT_MARKED_MAX) {
        return fail(reterr, STATUS_LIMIT, "more than %d connections", TRANSCRIPT_MARKED_MAX);
    }
    if (transcript != NULL) {
        mark(transcript->hushed_bits, connection);
    }
    return STATUS_OK;
}

/* A number too high to be remembered counts as protected: it is never held against a device. */
static bool is_protected(const struct transcript *transcript, unsigned connection)
{
    return connection >= TRANSCRIPT_MARKED_MAX || is_marked(transcript->protected_bits, connection);
}

struct look {
    struct transcript *transcript;
    unsigned connection;
};

static bool sighting_keep(void *context, const struct sighting *sighting)
{
    const struct look *look = context;
    struct transcript *transcript = look->transcript;

    if (transcript->sighting_count < TRANSCRIPT_SIGHTINGS_MAX) {
        transcript->sightings[transcript->sighting_count] =
            (struct transcript_sighting){ .connection = look->connection, .what = *sighting };
    }
    transcript->sighting_count++;
    return true;
}

void transcript_look(struct transcript *transcript, unsigned connection, const void *data,
                     size_t length)
{
    struct look look = { .transcript = transcript, .connection = connection };

    if (transcript == NULL || is_protected(transcript, connection)) {
        return;
    }
    if (transcript->tail_of != connection) {
        veil_tail_drop(&transcript->tail);
        transcript->tail_of = connection;
    }
    veil_each_on(transcript->watch, &transcript->tail, data, length, VEIL_FACT_LEAST, sighting_keep,
                 &look);
}

void transcript_sent(struct transcript *transcript, unsigned connection, const void *data,
                     size_t length)
{
    if (transcript != NULL) {
        transcript->sent += length;
        transcript_look(transcript, connection, data, length);
        data_event(transcript, connection, "sent", data, length);
    }
}

void transcript_received(struct transcript *transcript, unsigned connection, const void *data,
                         size_t length)
{
    if (transcript != NULL) {
        transcript->received += length;
        transcript_look(transcript, connection, data, length);
        data_event(transcript, connection, "received", data, length);
    }
}

void transcript_withheld(struct transcript *transcript, unsigned connection, const char *what,
                         size_t length)
{
    if (transcript != NULL) {
        transcript->sent += length;
        text_event(transcript, connection, "withheld", what, &length);
    }
}

void transcript_note(struct transcript *transcript, unsigned connection, const char *format, ...)
{
    char text[NOTE_MAX];
    va_list list;

    if (transcript == NULL) {
        return;
    }
    va_start(list, format);
    (void) vsnprintf(text, sizeof text, format, list);
    va_end(list);
    text_event(transcript, connection, "note", text, NULL);
}

/* A text or base64 takes no less room than what it stands for. */
static size_t event_cost(const json_t *event)
{
    return EVENT_COST + json_string_length(json_object_get(event, "text")) +
           json_string_length(json_object_get(event, "bytes"));
}

void transcript_take_over(struct transcript *into, const struct transcript *from)
{
    int64_t later_ms = from->started_ms - into->started_ms;
    size_t index;
    json_t *event;

    json_array_foreach(from->events, index, event)
    {
        json_int_t connection = json_integer_value(json_object_get(event, "conn"));
        json_int_t ms = json_integer_value(json_object_get(event, "ms"));
        size_t cost = event_cost(event);

        if (into->cut || into->limit - into->stored < cost) {
            into->cut = true;
            break;
        }
        into->stored += cost;
        if (json_array_append(into->events, event) != 0) {
            abort();
        }
        add(event, "ms", json_integer(ms + later_ms));
        add(event, "conn", json_integer(connection > 0 ? connection + into->connections : 0));
    }
    into->connections += from->connections;
    into->sent += from->sent;
    into->received += from->received;
    into->cut |= from->cut;
}
