/* Heartbleed (CVE-2014-0160): a heartbeat request that says to carry more than it does. */
#include "base/clock.h"
#include "weaknesses.h"

/* Small: what comes back may be somebody's secret.  Nothing of it is kept. */
enum { CLAIMED = 64, SENT = 3, PADDING = 16, ANSWERS_MAX = 8 };

static enum status requests_send(struct talk *talk, struct error *reterr)
{
    static const uint8_t provoking[] = "provoke";
    uint8_t room[64];
    struct builder builder = builder_over(room, sizeof room);

    wire_tls_heartbeat_put(&builder, talk->version, CLAIMED);
    /* A sound server may discard the request without a word (RFC 6520 section 4): application data
     * during a handshake makes it say something, after whatever the request brought. */
    wire_tls_piece_put(&builder, TLS_CONTENT_APPLICATION_DATA, talk->version, provoking,
                       sizeof provoking);
    return talk_send(talk, room, builder.length, reterr);
}

static enum status answers_hear(struct weaknesses *all, struct talk *talk, struct error *reterr)
{
    int64_t until_ms = clock_monotonic_ms() + bench_quiet_ms(&all->bench);

    for (int i = 0; i < ANSWERS_MAX; i++) {
        TRY(talk_hear(talk, until_ms, reterr));
        if (talk->heard == HEARD_HEARTBEAT && wire_tls_heartbeat_answers(&talk->piece) &&
            talk->piece.length > SENT + PADDING) {
            /* Padding is the answerer's own (RFC 6520 section 4). */
            all->heartbeat_excess = talk->piece.length - SENT - PADDING;
            all->heartbeat_measured = true;
            weakness_seen(all, WEAKNESS_HEARTBLEED, true);
            return STATUS_OK;
        }
        if (talk_ended(talk)) {
            weakness_seen(all, WEAKNESS_HEARTBLEED, false);
            return STATUS_OK;
        }
        if (talk->heard == HEARD_NOTHING || talk->heard == HEARD_GARBLED) {
            break;
        }
    }
    weakness_unknown(all, WEAKNESS_HEARTBLEED, "the server neither answered nor ended it");
    return STATUS_OK;
}

enum status heartbleed_try(struct weaknesses *all, struct error *reterr)
{
    DEFER(talk_done) struct talk talk = TALK_CLOSED;
    struct tls_hello hello = talk_hello_of(&all->bench, all->offered, all->offered_count);
    bool whole = false;

    hello.heartbeat = true;
    TRY(talk_start(&talk, &all->bench, &hello, &whole, reterr));
    if (!whole) {
        char text[TALK_TEXT_SIZE];

        talk_text(&talk, text);
        weakness_unknown(all, WEAKNESS_HEARTBLEED, "a hello that offers heartbeats: %s", text);
        return STATUS_OK;
    }
    all->heartbeat_asked = true;
    all->heartbeat_offered = talk.hello.heartbeat;
    talk.withhold = "what came back for a heartbeat";
    TRY(requests_send(&talk, reterr));
    return answers_hear(all, &talk, reterr);
}
