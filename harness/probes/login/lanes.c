#include "lanes.h"

#include "base/clock.h"
#include "base/text.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum {
    LANES_MOST = 8,
    AGAIN_MAX = 2,
    RESERVE_MS = 500,
    TRANSCRIPT_SHARE = 2 /* of what the run's transcript may hold, for all lanes together */
};

struct lane {
    struct lanes *lanes;
    struct arena *arena;
    struct transcript transcript;
    struct probe_call call;
    struct mechanism_setting setting;
    void *state;
    const char *user; /* of the last candidate: many servers bind a connection to one */
    enum status status;
    struct error error;
};

struct lanes {
    struct course *course;
    struct lane lane[LANES_MOST];
    unsigned count;

    /* Of one run; the lock guards these and the course. */
    pthread_mutex_t lock;
    bool *taken; /* one per candidate */
    size_t first;
    size_t end;
    unsigned left; /* log-ins that may still be sent */
    bool halted;   /* nothing more is begun */
    bool clear;
};

static enum status lane_open(struct lanes *lanes, struct lane *lane, struct error *reterr)
{
    const struct course *course = lanes->course;

    lane->lanes = lanes;
    lane->arena = arena_new();
    lane->call = *course->call;
    lane->transcript =
        transcript_start(course->call->transcript->limit / (TRANSCRIPT_SHARE * course->lanes));
    lane->transcript.veil = course->call->transcript->veil;
    lane->transcript.started_ms = course->call->transcript->started_ms;
    lane->call.transcript = &lane->transcript;
    lane->setting = *course->setting;
    lane->setting.call = &lane->call;
    return course->mechanism->open(&lane->setting, lane->arena, &lane->state, reterr);
}

enum status lanes_open(struct course *course, struct arena *arena, struct lanes **ret_lanes,
                       struct error *reterr)
{
    struct lanes *lanes;

    *ret_lanes = NULL;
    if (course->lanes <= 1 || course->pause_ms > 0 || !course->mechanism->side_by_side) {
        return STATUS_OK;
    }
    lanes = arena_alloc(arena, sizeof *lanes);
    *lanes = (struct lanes){ .course = course };
    lanes->taken = arena_array(arena, course->candidates->count, sizeof *lanes->taken);
    if (pthread_mutex_init(&lanes->lock, NULL) != 0) {
        return fail(reterr, STATUS_LIMIT, "no lock for log-ins side by side");
    }
    *ret_lanes = lanes;
    while (lanes->count < course->lanes && lanes->count < LANES_MOST) {
        TRY(lane_open(lanes, &lanes->lane[lanes->count++], reterr));
    }
    return STATUS_OK;
}

/* The next candidate for a lane, one of the same user first; NULL: nothing is left. */
static const struct candidate *take(struct lane *lane, size_t *ret_index)
{
    struct lanes *lanes = lane->lanes;
    const struct course *course = lanes->course;
    const struct candidate *items = course->candidates->items;
    size_t found = lanes->end;

    if (lanes->halted || lanes->left == 0 ||
        clock_monotonic_ms() + RESERVE_MS >= course->call->deadline_ms) {
        return NULL;
    }
    for (size_t i = lanes->first; i < lanes->end; i++) {
        if (lanes->taken[i] || course->results[i] != COURSE_UNTRIED) {
            continue;
        }
        if (found == lanes->end || text_equal(items[i].user, lane->user)) {
            found = i;
        }
        if (text_equal(items[i].user, lane->user)) {
            break;
        }
    }
    if (found == lanes->end) {
        return NULL;
    }
    lanes->taken[found] = true;
    lane->user = items[found].user;
    *ret_index = found;
    return &items[found];
}

/* What the answer means; false: the lane stops. */
static bool settle(struct lane *lane, size_t index, const struct attempt *attempt)
{
    struct lanes *lanes = lane->lanes;
    struct course *course = lanes->course;

    if (attempt->word == ATTEMPT_ACCEPTED || attempt->word == ATTEMPT_REJECTED) {
        bool accepted = attempt->word == ATTEMPT_ACCEPTED;

        course->results[index] = accepted ? COURSE_ACCEPTED : COURSE_REJECTED;
        course->proofs[index] = attempt->proof;
        course->accepted += accepted;
        lanes->halted |= course->accepted >= course->stop_after;
    } else {
        (void) snprintf(course->detail, sizeof course->detail, "%s", attempt->detail);
        course->results[index] = COURSE_DEFERRED;
        lanes->halted = true;
        lanes->clear = false;
    }
    return !lanes->halted;
}

/* What mechanism_try does, with the lock held: the account's attempts are shared by all lanes. */
static enum status spend(struct lane *lane, const struct candidate *candidate)
{
    return candidate->is_secret ? STATUS_OK
                                : probe_attempt_spend(lane->lanes->course->call, &lane->error);
}

static enum status attempt_send(struct lane *lane, const struct candidate *candidate,
                                struct attempt *attempt)
{
    *attempt = (struct attempt){ .word = ATTEMPT_UNCLEAR, .retry_after_s = -1, .proof = "none" };
    return lane->lanes->course->mechanism->attempt(lane->state, candidate, attempt, &lane->error);
}

static void *lane_walk(void *context)
{
    struct lane *lane = context;
    struct lanes *lanes = lane->lanes;
    const struct candidate *candidate;
    size_t index = 0;
    bool on = true;

    (void) pthread_mutex_lock(&lanes->lock);
    while (on && lane->status == STATUS_OK && (candidate = take(lane, &index)) != NULL) {
        struct attempt attempt = { .word = ATTEMPT_AGAIN };

        for (int i = 0; i <= AGAIN_MAX && attempt.word == ATTEMPT_AGAIN && lanes->left > 0 &&
                        lane->status == STATUS_OK;
             i++) {
            lanes->left--;
            lanes->course->attempts++;
            lane->status = spend(lane, candidate);
            if (lane->status == STATUS_OK) {
                (void) pthread_mutex_unlock(&lanes->lock);
                lane->status = attempt_send(lane, candidate, &attempt);
                (void) pthread_mutex_lock(&lanes->lock);
            }
        }
        if (lane->status == STATUS_OK && attempt.word == ATTEMPT_AGAIN && lanes->left == 0) {
            break; /* the budget ends here: the candidate stays untried */
        }
        on = lane->status == STATUS_OK && settle(lane, index, &attempt);
    }
    (void) pthread_mutex_unlock(&lanes->lock);
    return NULL;
}

enum status lanes_run(struct lanes *lanes, size_t first, size_t end, unsigned most, bool *ret_clear,
                      struct error *reterr)
{
    pthread_t threads[LANES_MOST];
    unsigned begun = 0;

    memset(lanes->taken, 0, lanes->course->candidates->count * sizeof *lanes->taken);
    lanes->first = first;
    lanes->end = end;
    lanes->left = most;
    lanes->halted = false;
    lanes->clear = true;
    while (begun < lanes->count && begun < end - first &&
           pthread_create(&threads[begun], NULL, lane_walk, &lanes->lane[begun]) == 0) {
        begun++;
    }
    for (unsigned i = 0; i < begun; i++) {
        (void) pthread_join(threads[i], NULL);
    }
    *ret_clear = lanes->clear && begun > 0;
    for (unsigned i = 0; i < begun; i++) {
        if (lanes->lane[i].status != STATUS_OK) {
            return fail(reterr, lanes->lane[i].status, "%s", lanes->lane[i].error.message);
        }
    }
    return STATUS_OK;
}

void lanes_close(struct lanes *lanes)
{
    if (lanes == NULL) {
        return;
    }
    for (unsigned i = 0; i < lanes->count; i++) {
        struct lane *lane = &lanes->lane[i];

        if (lane->state != NULL) {
            lanes->course->mechanism->close(lane->state);
        }
        transcript_take_over(lanes->course->call->transcript, &lane->transcript);
        transcript_done(&lane->transcript);
        arena_free(lane->arena);
    }
    (void) pthread_mutex_destroy(&lanes->lock);
}
