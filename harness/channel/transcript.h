/* transcript.h - what a channel said and heard, kept for the evidence.
 *
 * Bounded from birth: past its ceiling only counts grow, and the transcript says so.
 * Bytes that hold a secret are never stored: the caller names what was withheld.
 * Connection 0 stands for the run as a whole.  Every function but start and done
 * takes a NULL transcript as "keep nothing". */
#pragma once

#include "base/bytes.h"
#include "channel/veil.h"

#include <jansson.h>
#include <stdint.h>

enum { TRANSCRIPT_SIGHTINGS_MAX = 32, TRANSCRIPT_MARKED_MAX = 512, TRANSCRIPT_STREAMS_MAX = 32 };

/* A watched secret on a connection that nothing encrypts. */
struct transcript_sighting {
    unsigned connection;
    struct sighting what;
};

/* One direction of a connection, for secrets that come in pieces. */
struct transcript_stream {
    unsigned connection;
    const char *kind; /* NULL: free */
    struct veil_tail tail;
};

struct transcript {
    /* Owned array of {"ms","conn","kind","bytes"|"text","length"}.  kind: "open" and
     * "note" with a text; "sent" and "received" with bytes (base64, of which `length`
     * is the whole length even when only the beginning was kept); "withheld" with a
     * text and the length of what it stands for. */
    json_t *events;
    size_t stored; /* bytes kept so far, a fixed cost per event included */
    size_t limit;
    unsigned connections;
    uint64_t sent;
    uint64_t received;
    int64_t started_ms;
    bool cut;                /* something was not stored */
    const struct veil *veil; /* borrowed; what it hides is never stored; NULL: none */
    struct transcript_stream streams[TRANSCRIPT_STREAMS_MAX]; /* the ones used last */
    size_t stream_next;

    /* Borrowed; its secrets are looked for in all bytes of connections that are not protected,
     * withheld ones included.  NULL: none. */
    const struct veil *watch;
    struct transcript_sighting sightings[TRANSCRIPT_SIGHTINGS_MAX];
    size_t sighting_count; /* may be more than are kept */
    struct veil_tail tail; /* of the connection that was looked at last */
    unsigned tail_of;
    uint8_t protected_bits[TRANSCRIPT_MARKED_MAX / 8];
    uint8_t hushed_bits[TRANSCRIPT_MARKED_MAX / 8];
};

struct transcript transcript_start(size_t limit);
void transcript_done(struct transcript *transcript);

/* A number for a new connection; `peer` is "127.0.0.1:443/tcp". */
unsigned transcript_open(struct transcript *transcript, const char *peer);
/* What the caller reports of this connection travels encrypted. */
void transcript_protected(struct transcript *transcript, unsigned connection);

/* From now on nothing of this connection is stored; it is looked at all the same.  LIMIT: the
 * number is too high to be remembered, and nothing may be said on the connection. */
enum status transcript_hush(struct transcript *transcript, unsigned connection,
                            struct error *reterr) MUST_CHECK;
void transcript_sent(struct transcript *transcript, unsigned connection, const void *data,
                     size_t length);
void transcript_received(struct transcript *transcript, unsigned connection, const void *data,
                         size_t length);

/* In place of sent or received bytes that carry a secret; what: "password". */
void transcript_withheld(struct transcript *transcript, unsigned connection, const char *what,
                         size_t length);

/* Looks for watched secrets in bytes that are withheld, and forgets the bytes.  transcript_sent
 * and transcript_received do so themselves. */
void transcript_look(struct transcript *transcript, unsigned connection, const void *data,
                     size_t length);

/* Adds what another transcript holds, as connections of its own behind the known ones.  What
 * does not fit any more is left out, and said to be. */
void transcript_take_over(struct transcript *into, const struct transcript *from);

/* A remark such as "reset by peer" or "no answer within 3000 ms". */
void transcript_note(struct transcript *transcript, unsigned connection, const char *format, ...)
    PRINTF_LIKE(3, 4);
