#include "course.h"

#include "base/clock.h"
#include "lanes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    CLOSED_MAX = 3,  /* refused connections in a row that look like a lock-out */
    UNCLEAR_MAX = 5, /* answers in a row that say nothing: the device is not itself */
    AGAIN_MAX = 2,   /* new connections for one candidate */
    LOCKS_MAX = 8,   /* locks waited for in one run */
    CLOSED_WAIT_MS = 1000,
    RESERVE_MS = 500 /* kept for writing down what was found */
};

/* Where the walk is. */
struct walk {
    struct course *course;
    struct lanes *lanes; /* NULL: one by one */
    size_t next;         /* the first that is untried, or to be tried again */
    size_t reach;        /* none at or behind this one was tried since the right log-in */
    size_t sure;         /* candidates before this one are confirmed by a right log-in */
    unsigned guesses;    /* log-ins sent since the right log-in */
    bool redone;         /* the stretch from `sure` was already repeated */
    bool checks;         /* the right log-in is known to work */
    unsigned locks;
    unsigned closed;
    unsigned unclear;
    unsigned again;  /* times in a row that the connection ended in place of an answer */
    unsigned wait_s; /* next wait of unknown length */
};

static bool time_is_left(const struct course *course, int64_t need_ms)
{
    return clock_monotonic_ms() + need_ms + RESERVE_MS < course->call->deadline_ms;
}

static void sleep_ms(int64_t ms)
{
    struct timespec left = { .tv_sec = (time_t) (ms / 1000), .tv_nsec = ms % 1000 * 1000000 };

    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}

/* False: the lock lasts longer than may be waited. */
static bool wait_out(struct walk *walk, long long said_s)
{
    struct course *course = walk->course;
    unsigned wait_s = said_s >= 0 && said_s < 100000 ? (unsigned) said_s : walk->wait_s;

    course->locked = true;
    if (said_s < 0) {
        walk->wait_s = walk->wait_s > 0 ? 2 * walk->wait_s : 1;
    }
    if (wait_s == 0) {
        wait_s = 1;
    }
    if (said_s >= 100000 || ++walk->locks > LOCKS_MAX ||
        course->waited_s + wait_s > course->lock_max_s ||
        !time_is_left(course, (int64_t) wait_s * 1000)) {
        return false;
    }
    transcript_note(course->call->transcript, 0, "waiting %u s for a lock to end", wait_s);
    probe_waiting(course->call, (unsigned) walk->next, (unsigned) course->candidates->count,
                  (int64_t) wait_s * 1000);
    sleep_ms((int64_t) wait_s * 1000);
    course->waited_s += wait_s;
    return true;
}

static enum status try_one(struct course *course, const struct candidate *candidate,
                           struct attempt *attempt, struct error *reterr)
{
    return mechanism_try(course->mechanism, course->state, course->call, candidate, attempt,
                         reterr);
}

/* The right log-in; waits for a lock to end.  A lock that outlasts the waiting leaves
 * *ret_works false. */
static enum status right_try(struct walk *walk, bool patient, bool *ret_works, struct error *reterr)
{
    struct course *course = walk->course;
    struct attempt attempt;
    unsigned again = 0;

    *ret_works = false;
    while (time_is_left(course, 0)) {
        TRY(try_one(course, course->right, &attempt, reterr));
        if (attempt.word == ATTEMPT_ACCEPTED) {
            course->right_proof = attempt.proof;
            *ret_works = true;
            return STATUS_OK;
        }
        (void) snprintf(course->detail, sizeof course->detail, "%s", attempt.detail);
        if (attempt.word == ATTEMPT_AGAIN && ++again <= AGAIN_MAX) {
            continue;
        }
        if (!patient && attempt.word != ATTEMPT_LOCKED) {
            return STATUS_OK;
        }
        if (!wait_out(walk, attempt.retry_after_s)) {
            return STATUS_OK;
        }
    }
    return STATUS_OK;
}

/* From here on one by one. */
static void lanes_leave(struct walk *walk)
{
    lanes_close(walk->lanes);
    walk->lanes = NULL;
}

static void settled_skip(struct walk *walk)
{
    const struct course *course = walk->course;

    while (walk->next < course->candidates->count &&
           course->results[walk->next] != COURSE_UNTRIED &&
           course->results[walk->next] != COURSE_DEFERRED) {
        walk->next++;
    }
}

static void stretch_forget(struct walk *walk, enum course_result result)
{
    struct course *course = walk->course;

    for (size_t i = walk->sure; i < walk->reach; i++) {
        if (course->results[i] != COURSE_ACCEPTED) {
            course->results[i] = result;
        }
    }
}

/* Were the guesses since the last right log-in looked at? */
static enum status stretch_check(struct walk *walk, struct error *reterr)
{
    struct course *course = walk->course;
    unsigned waited = course->waited_s;
    bool works = false;

    if (!walk->checks || walk->guesses == 0) {
        return STATUS_OK;
    }
    walk->guesses = 0;
    TRY(right_try(walk, true, &works, reterr));
    course->right_after_known = true;
    course->right_after = works;
    if (!works) {
        course->locked = true;
        course->stopped = true;
        stretch_forget(walk, COURSE_UNTRIED);
        return STATUS_OK;
    }
    if (course->waited_s != waited && !walk->redone) {
        /* It had locked without a word, somewhere in this stretch. */
        stretch_forget(walk, COURSE_UNTRIED);
        lanes_leave(walk);
        walk->redone = true;
        walk->next = walk->sure;
        return STATUS_OK;
    }
    if (course->waited_s != waited) {
        stretch_forget(walk, COURSE_UNCLEAR);
        settled_skip(walk);
    }
    walk->sure = walk->next;
    walk->reach = walk->next;
    walk->redone = false;
    return STATUS_OK;
}

/* What the answer means for the walk; candidate `next` is done unless it is to be
 * tried again. */
static void attempt_take(struct walk *walk, const struct attempt *attempt)
{
    struct course *course = walk->course;
    enum course_result result = COURSE_UNCLEAR;

    walk->closed = attempt->word == ATTEMPT_CLOSED ? walk->closed + 1 : 0;
    walk->unclear = attempt->word == ATTEMPT_UNCLEAR ? walk->unclear + 1 : 0;
    if (attempt->word != ATTEMPT_ACCEPTED && attempt->word != ATTEMPT_REJECTED) {
        (void) snprintf(course->detail, sizeof course->detail, "%s", attempt->detail);
    }
    walk->again = attempt->word == ATTEMPT_AGAIN ? walk->again + 1 : 0;
    if (attempt->word == ATTEMPT_AGAIN && walk->again <= AGAIN_MAX) {
        return;
    }
    if (attempt->word == ATTEMPT_LOCKED) {
        course->stopped = !wait_out(walk, attempt->retry_after_s);
        return;
    }
    if (attempt->word == ATTEMPT_CLOSED) {
        course->locked |= walk->closed >= CLOSED_MAX && walk->next > 0;
        course->stopped = walk->closed >= CLOSED_MAX || !time_is_left(course, CLOSED_WAIT_MS);
        if (!course->stopped) {
            sleep_ms(CLOSED_WAIT_MS);
        }
        return;
    }
    if (attempt->word == ATTEMPT_ACCEPTED) {
        course->accepted += course->results[walk->next] != COURSE_ACCEPTED;
        result = COURSE_ACCEPTED;
    } else if (attempt->word == ATTEMPT_REJECTED) {
        result = COURSE_REJECTED;
    }
    course->results[walk->next] = result;
    course->proofs[walk->next] = attempt->proof;
    course->stopped = walk->unclear >= UNCLEAR_MAX;
    walk->next++;
}

static enum status step(struct walk *walk, struct error *reterr)
{
    struct course *course = walk->course;
    struct attempt attempt;

    if (course->attempts > 0 && course->pause_ms > 0) {
        sleep_ms(course->pause_ms);
    }
    course->attempts++;
    walk->guesses++;
    if (walk->reach <= walk->next) {
        walk->reach = walk->next + 1;
    }
    TRY(try_one(course, &course->candidates->items[walk->next], &attempt, reterr));
    attempt_take(walk, &attempt);
    return STATUS_OK;
}

/* The rest of the stretch, or of the budget where no right log-in is known. */
static enum status stretch(struct walk *walk, struct error *reterr)
{
    struct course *course = walk->course;
    unsigned before = course->attempts;
    unsigned most = course->budget - course->attempts;
    size_t end = course->candidates->count;
    bool clear = false;

    if (walk->checks && course->check_every - walk->guesses < most) {
        most = course->check_every - walk->guesses;
    }
    if (end - walk->next > most) {
        end = walk->next + most;
    }
    TRY(lanes_run(walk->lanes, walk->next, end, most, &clear, reterr));
    walk->guesses += course->attempts - before;
    walk->reach = end > walk->reach ? end : walk->reach;
    if (!clear) {
        lanes_leave(walk);
    }
    return STATUS_OK;
}

static enum status right_before(struct walk *walk, struct error *reterr)
{
    struct course *course = walk->course;

    if (course->right == NULL || !course->candidates->guesses) {
        return STATUS_OK;
    }
    TRY(right_try(walk, false, &course->right_before, reterr));
    course->right_before_known = true;
    walk->checks = course->right_before;
    return STATUS_OK;
}

static enum status walk_all(struct walk *walk, struct error *reterr)
{
    struct course *course = walk->course;
    size_t count = course->candidates->count;

    TRY(right_before(walk, reterr));
    while (walk->next < count && !course->stopped && course->accepted < course->stop_after) {
        if (course->attempts >= course->budget) {
            course->budget_exhausted = true;
            break;
        }
        if (!time_is_left(course, course->pause_ms)) {
            course->stopped = true;
            break;
        }
        TRY(walk->lanes != NULL ? stretch(walk, reterr) : step(walk, reterr));
        settled_skip(walk);
        probe_progress(course->call, (unsigned) walk->next, (unsigned) count);
        if (walk->guesses >= course->check_every || walk->next == count) {
            TRY(stretch_check(walk, reterr));
        }
    }
    if (!course->stopped || course->locked) {
        TRY(stretch_check(walk, reterr));
        /* The budget may forbid the repetition that this has asked for. */
        course->budget_exhausted |= walk->next < count && course->attempts >= course->budget;
    }
    return STATUS_OK;
}

enum status course_run(struct course *course, struct arena *arena, struct error *reterr)
{
    struct walk walk = { .course = course, .wait_s = course->lock_wait_s };
    size_t count = course->candidates->count;
    enum status status;

    course->results = arena_array(arena, count, sizeof *course->results);
    course->proofs = arena_array(arena, count, sizeof *course->proofs);
    status = lanes_open(course, arena, &walk.lanes, reterr);
    if (status == STATUS_OK) {
        status = walk_all(&walk, reterr);
    }
    lanes_close(walk.lanes);
    return status;
}

bool course_is_complete(const struct course *course)
{
    bool open_end = course->budget_exhausted;

    if (course->stopped || course->attempts == 0) {
        return false;
    }
    if ((course->right_before_known && !course->right_before) ||
        (course->right_after_known && !course->right_after)) {
        return false;
    }
    for (size_t i = 0; i < course->candidates->count; i++) {
        if (course->results[i] == COURSE_UNCLEAR || course->results[i] == COURSE_DEFERRED ||
            (course->results[i] == COURSE_UNTRIED && !open_end)) {
            return false;
        }
    }
    return true;
}
