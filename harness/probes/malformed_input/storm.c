#include "storm.h"

#include "base/clock.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { BEAT_MS = 1000, PAUSE_MS = 100, FRONTS_MAX = 2 };

/* One layer of a service: https is TLS on the wire and HTTP inside it. */
struct front {
    const char *protocol;
    enum raw_way way;
    size_t cases;
};

struct storm {
    const struct storm_ask *ask;
    struct storm_result *result;
    struct arena *arena;
    struct front fronts[FRONTS_MAX];
    size_t front_count;
    uint64_t beats; /* so many questions were asked: no two are the same */
};

static void front_add(struct storm *storm, const char *protocol, enum raw_way way)
{
    bool udp = way == RAW_UDP;

    if (cases_know(protocol, udp)) {
        storm->fronts[storm->front_count++] =
            (struct front){ protocol, way, cases_written(protocol, udp) + storm->ask->damaged };
    }
}

static void fronts_find(struct storm *storm)
{
    const char *protocol = storm->ask->heartbeat.protocol;

    if (storm->ask->heartbeat.udp) {
        front_add(storm, protocol, RAW_UDP);
    } else if (text_equal(protocol, "https") || text_equal(protocol, "mqtts")) {
        front_add(storm, "tls", RAW_TCP);
        front_add(storm, text_equal(protocol, "https") ? "http" : "mqtt", RAW_TLS);
    } else {
        front_add(storm, protocol, RAW_TCP);
    }
    for (size_t i = 0; i < storm->front_count; i++) {
        storm->result->planned += (unsigned) storm->fronts[i].cases;
    }
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void pause_briefly(void)
{
    struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };

    (void) nanosleep(&pause, NULL);
}

/* Asks until the service answers or within_ms are over: one lost question is no stop. */
static enum status beats_within(struct storm *storm, unsigned within_ms,
                                struct heartbeat_answer *answer, struct error *reterr)
{
    int64_t until_ms = earlier(clock_monotonic_ms() + within_ms, storm->ask->deadline_ms);
    struct heartbeat_ask ask = storm->ask->heartbeat;

    for (;;) {
        ask.seed = storm->ask->heartbeat.seed + storm->beats++;
        ask.deadline_ms = earlier(clock_monotonic_ms() + BEAT_MS, storm->ask->deadline_ms);
        TRY(heartbeat_ask(&ask, storm->ask->transcript, answer, reterr));
        if (answer->alive || clock_left_ms(until_ms) == 0) {
            return STATUS_OK;
        }
        pause_briefly();
    }
}

static bool time_is_out(const struct storm *storm)
{
    return clock_left_ms(storm->ask->deadline_ms) == 0;
}

static enum status send_case(const struct storm *storm, const struct front *front,
                             const struct malformed *message, enum raw_event *ret_event,
                             struct error *reterr)
{
    const struct raw_ask ask = {
        .host = storm->ask->heartbeat.host,
        .port = storm->ask->heartbeat.port,
        .way = front->way,
        .data = message->bytes,
        .length = message->length,
        .wait_ms = storm->ask->wait_ms,
        .deadline_ms = earlier(clock_monotonic_ms() + BEAT_MS, storm->ask->deadline_ms),
    };

    transcript_note(storm->ask->transcript, 0, "case %s", message->name);
    return raw_exchange(&ask, storm->ask->transcript, ret_event, reterr);
}

/* Waits for the service to come back, and sends the message once more: a stop that can be
 * repeated is the message's doing. */
static enum status stop_examine(struct storm *storm, const struct front *front,
                                const struct malformed *message,
                                const struct heartbeat_answer *silence, struct error *reterr)
{
    struct stop *stop = &storm->result->stops[storm->result->stop_count++];
    struct malformed *kept = arena_alloc(storm->arena, sizeof *kept);
    struct heartbeat_answer answer = { .alive = false };
    enum raw_event event = RAW_NOT_SENT;

    *kept = *message;
    *stop = (struct stop){ .message = kept };
    (void) snprintf(stop->detail, sizeof stop->detail, "%s", silence->detail);
    TRY(beats_within(storm, storm->ask->recovery_ms, &answer, reterr));
    stop->recovered = answer.alive;
    if (!answer.alive) {
        return STATUS_OK;
    }
    TRY(send_case(storm, front, message, &event, reterr));
    if (event == RAW_NOT_SENT) {
        return STATUS_OK;
    }
    TRY(beats_within(storm, storm->ask->patience_ms, &answer, reterr));
    stop->tried_again = answer.alive || !time_is_out(storm);
    stop->confirmed = !answer.alive && stop->tried_again;
    if (stop->confirmed) {
        TRY(beats_within(storm, storm->ask->recovery_ms, &answer, reterr));
        stop->recovered = answer.alive;
    }
    return STATUS_OK;
}

/* Sends it and asks whether the service still answers; a connection that failed while it does is
 * tried once more. */
static enum status send_and_ask(struct storm *storm, const struct front *front,
                                const struct malformed *message, struct heartbeat_answer *answer,
                                struct error *reterr)
{
    struct storm_result *result = storm->result;
    enum raw_event event = RAW_NOT_SENT;

    TRY(send_case(storm, front, message, &event, reterr));
    TRY(beats_within(storm, storm->ask->patience_ms, answer, reterr));
    if (event == RAW_NOT_SENT && answer->alive) {
        TRY(send_case(storm, front, message, &event, reterr));
        TRY(beats_within(storm, storm->ask->patience_ms, answer, reterr));
    }
    result->sent += event != RAW_NOT_SENT ? 1 : 0;
    result->unsent += event == RAW_NOT_SENT ? 1 : 0;
    return STATUS_OK;
}

/* *ret_on: false when going on makes no sense. */
static enum status try_case(struct storm *storm, const struct front *front, size_t number,
                            bool *ret_on, struct error *reterr)
{
    static struct malformed message;
    struct storm_result *result = storm->result;
    struct heartbeat_answer answer = { .alive = false };
    bool made = cases_make(front->protocol, front->way == RAW_UDP, storm->ask->heartbeat.host,
                           number, storm->ask->seed, &message);

    *ret_on = true;
    if (!made || message.length == 0) {
        result->left_out++;
        return STATUS_OK;
    }
    if (storm->ask->only != NULL && !text_equal(storm->ask->only, message.name)) {
        return STATUS_OK;
    }
    TRY(send_and_ask(storm, front, &message, &answer, reterr));
    if (time_is_out(storm)) { /* also in the middle of a question: its silence is ours */
        *ret_on = false;
    } else if (!answer.alive) {
        TRY(stop_examine(storm, front, &message, &answer, reterr));
        *ret_on = result->stops[result->stop_count - 1].recovered &&
                  result->stop_count < STOPS_MAX && !time_is_out(storm);
    }
    return STATUS_OK;
}

enum status storm_run(const struct storm_ask *ask, struct arena *arena,
                      struct storm_result *ret_result, struct error *reterr)
{
    struct storm storm = { .ask = ask, .result = ret_result, .arena = arena };
    struct heartbeat_answer answer = { .alive = false };
    unsigned done = 0;
    bool on = true;

    *ret_result = (struct storm_result){ .planned = 0 };
    fronts_find(&storm);
    TRY(beats_within(&storm, ask->patience_ms, &answer, reterr));
    ret_result->answered_before = answer.alive;
    on = answer.alive;
    for (size_t i = 0; i < storm.front_count && on; i++) {
        for (size_t number = 0; number < storm.fronts[i].cases && on; number++) {
            TRY(try_case(&storm, &storm.fronts[i], number, &on, reterr));
            if (ask->progress != NULL) {
                ask->progress(ask->progress_context, ++done, ret_result->planned);
            }
        }
    }
    ret_result->complete = on && ret_result->answered_before && ret_result->unsent == 0;
    TRY(beats_within(&storm, 0, &answer, reterr));
    ret_result->answered_after = answer.alive;
    ret_result->asked_after = answer.alive || !time_is_out(&storm);
    return STATUS_OK;
}
