/* What a lock is worth: whether it holds on other ways, when it ends, and what comes
 * after it. */
#include "attack.h"

#include "base/clock.h"

enum {
    SLACK_SHARE = 16, /* a lock whose length was measured is given so much more time */
    EXTENSIONS_MAX = 3,
    BURST_MAX = 3,
    MOMENT_MS = 2000,    /* a lock shorter than this is a limit of the rate */
    SOURCE_STEP_MS = 20, /* between two log-ins that ask whether it lets one through */
    SOURCE_COUNT = 12,
    SOURCE_MAX_MS = 6000,
    GRACE_MS = 30 /* a device's second ends when its own clock says so */
};

static struct cycle *cycle_last(struct attack *attack)
{
    return &attack->cycles[attack->cycle_count - 1];
}

static bool looked_at(const struct guess *guess)
{
    return guess->word == ATTEMPT_REJECTED || guess->word == ATTEMPT_ACCEPTED;
}

static void said_take(struct attack *attack, const struct guess *guess)
{
    if (attack_limited(guess) && guess->retry_after_s >= 0) {
        attack->said_s = guess->retry_after_s;
    }
}

/* Can so many be spent, and still two for each lock that is to be seen? */
static bool can_spare(const struct attack *attack, size_t locks_seen, unsigned count)
{
    size_t ahead = attack->locks > locks_seen ? attack->locks - locks_seen : 0;

    return attack->sent + count + 2 * ahead <= attack->budget;
}

/* Does another way get through? */
static enum status bypasses_try(struct attack *attack, struct error *reterr)
{
    struct guess guesses[GUESSES_MAX];
    size_t count = 0;
    unsigned burst = attack->lanes < BURST_MAX ? attack->lanes : BURST_MAX;

    if (attack->sent < attack->budget) {
        TRY(attack->mechanism->reconnect(attack->state, reterr));
        TRY(attack_guess(attack, false, &guesses[0], reterr));
        said_take(attack, &guesses[0]);
        attack->tried[WAY_RECONNECT] = true;
        attack->bypassed[WAY_RECONNECT] = looked_at(&guesses[0]);
    }
    if (attack->sent + 2 <= attack->budget && !attack->bypassed[WAY_RECONNECT]) {
        TRY(attack_guess(attack, true, &guesses[0], reterr));
        attack->others_tried = true;
        attack->others_locked = attack_limited(&guesses[0]);
        TRY(attack_guess(attack, false, &guesses[0], reterr));
        said_take(attack, &guesses[0]);
        attack->tried[WAY_USERS] = true;
        attack->bypassed[WAY_USERS] = looked_at(&guesses[0]);
    }
    if (burst > 1 && can_spare(attack, attack->cycle_count, burst) &&
        !attack->bypassed[WAY_RECONNECT] && !attack->bypassed[WAY_USERS]) {
        TRY(attack_parallel(attack, burst, 1, guesses, &count, reterr));
        attack->tried[WAY_PARALLEL] = true;
        for (size_t i = 0; i < count; i++) {
            said_take(attack, &guesses[i]);
            attack->bypassed[WAY_PARALLEL] |= looked_at(&guesses[i]);
        }
    }
    return STATUS_OK;
}

/* The way that gets through, again whenever it is locked. */
static enum status bypass_measure(struct attack *attack, enum way way, struct error *reterr)
{
    int64_t begin_ms = clock_monotonic_ms();
    int64_t end_ms = begin_ms;
    unsigned guesses = 0;
    unsigned locked = 0;
    struct guess guess;

    while (attack->sent + 1 < attack->budget && locked < 2 && attack->accepted == 0 &&
           attack_has_time(attack, 0)) {
        TRY(attack_guess(attack, false, &guess, reterr));
        if (!attack_limited(&guess)) {
            guesses += looked_at(&guess);
            end_ms = guess.end_ms;
            locked = 0;
            continue;
        }
        locked++;
        if (way == WAY_RECONNECT) {
            TRY(attack->mechanism->reconnect(attack->state, reterr));
        } else {
            TRY(attack_guess(attack, true, &guess, reterr));
        }
    }
    if (guesses > 0) {
        attack->rate_guesses[way] = guesses;
        attack->rate_ms[way] = end_ms - begin_ms;
    }
    return STATUS_OK;
}

/* False: longer than may be waited. */
static bool wait_ms(struct attack *attack, int64_t ms)
{
    if (attack->waited_ms + ms > attack->lock_max || !attack_has_time(attack, ms)) {
        return false;
    }
    attack_sleep(attack, ms);
    return true;
}

/* Waits for a lock whose length the device has said.  Half-way through the first one,
 * one guess sees whether it means it. */
static enum status wait_said(struct attack *attack, bool *ret_ended, struct guess *early,
                             struct error *reterr)
{
    struct cycle *cycle = cycle_last(attack);
    bool first = attack->cycle_count == 1;
    int64_t left_ms = attack->said_s * 1000;
    int64_t seen_ms = clock_monotonic_ms() - attack->last_ms;

    cycle->lock_ms = first && attack->first_said_s >= 0 ? attack->first_said_s * 1000 : left_ms;
    if (first && can_spare(attack, attack->cycle_count, 1) && attack->sent + 2 < attack->budget &&
        attack->waited_ms + left_ms <= attack->lock_max) {
        *ret_ended = wait_ms(attack, left_ms / 2);
        if (!*ret_ended) {
            return STATUS_OK;
        }
        TRY(attack_guess(attack, false, early, reterr));
        if (looked_at(early)) {
            cycle->lock_ms = seen_ms;
            attack->said_untrue = true;
            *ret_ended = true;
            return STATUS_OK;
        }
        said_take(attack, early);
        /* Rounded up to a second, the rest may have come out longer than it is. */
        left_ms = attack->said_s * 1000 <= left_ms / 2 + 1000 ? left_ms - left_ms / 2
                                                              : attack->said_s * 1000;
    }
    early->word = ATTEMPT_UNCLEAR;
    *ret_ended = wait_ms(attack, left_ms + GRACE_MS);
    return STATUS_OK;
}

/* The length of a lock that the device does not say, by the right log-in, which makes the
 * device forget the count. */
static enum status wait_measured(struct attack *attack, bool *ret_ended, bool *ret_reset,
                                 struct error *reterr)
{
    struct cycle *cycle = cycle_last(attack);
    int64_t refused_ms = 0;

    if (attack->lock_ms > 0) {
        cycle->lock_ms = attack->lock_ms;
        *ret_ended = wait_ms(attack, attack->lock_ms + attack->lock_ms / SLACK_SHARE + GRACE_MS);
        return STATUS_OK;
    }
    *ret_ended = false;
    if (attack->right == NULL) {
        return STATUS_OK;
    }
    TRY(attack_recover(attack, &refused_ms, ret_ended, reterr));
    *ret_reset = *ret_ended;
    cycle->lock_ms = refused_ms > attack->last_ms ? refused_ms - attack->last_ms : 1;
    attack->lock_ms = cycle->lock_ms;
    return STATUS_OK;
}

/* May another lock be provoked, and still be waited for afterwards? */
static bool may_lock_again(const struct attack *attack)
{
    const struct cycle *cycle = &attack->cycles[attack->cycle_count - 1];
    int64_t next_ms = 2 * cycle->lock_ms;

    return attack->cycle_count < attack->locks && attack->cycle_count < CYCLES_MAX &&
           attack->sent + 2 <= attack->budget && attack->accepted == 0 &&
           attack->waited_ms + next_ms <= attack->lock_max && attack_has_time(attack, next_ms);
}

struct burst {
    unsigned guesses;
    unsigned locked;
    int64_t begin_ms;
};

static void burst_take(struct attack *attack, struct burst *burst, const struct guess *guess)
{
    burst->guesses += looked_at(guess);
    burst->locked += attack_limited(guess);
    if (looked_at(guess) && (burst->begin_ms == 0 || guess->begin_ms < burst->begin_ms)) {
        burst->begin_ms = guess->begin_ms;
    }
    said_take(attack, guess);
}

/* One cycle after a lock: guesses until the next one.  The second cycle begins with
 * several at once: a device that counts too late looks at all of them. */
static enum status cycle_walk(struct attack *attack, const struct guess *early, bool side_by_side,
                              struct burst *burst, struct error *reterr)
{
    struct guess guesses[GUESSES_MAX];
    size_t count = 0;

    attack->said_s = -1;
    if (early->word == ATTEMPT_REJECTED) {
        burst_take(attack, burst, early);
    }
    if (side_by_side && can_spare(attack, attack->cycle_count + 1, BURST_MAX)) {
        TRY(attack_parallel(attack, BURST_MAX, 1, guesses, &count, reterr));
        for (size_t i = 0; i < count; i++) {
            burst_take(attack, burst, &guesses[i]);
        }
    }
    while (burst->locked == 0 && attack->sent < attack->budget && attack->accepted == 0 &&
           attack_has_time(attack, 0)) {
        TRY(attack_guess(attack, false, &guesses[0], reterr));
        burst_take(attack, burst, &guesses[0]);
        if (guesses[0].word == ATTEMPT_UNCLEAR) {
            break;
        }
    }
    return STATUS_OK;
}

/* A lock of measured length that is still there when it should be over has grown. */
static enum status extension_wait(struct attack *attack, unsigned *extensions, bool *ret_ended,
                                  struct error *reterr)
{
    struct cycle *cycle = cycle_last(attack);

    (void) reterr;
    *ret_ended = false;
    if (++*extensions > EXTENSIONS_MAX || attack->sent + 1 >= attack->budget) {
        return STATUS_OK;
    }
    if (attack->said_s >= 0 && !attack->said_untrue) {
        cycle->lock_ms += attack->said_s * 1000;
        *ret_ended = wait_ms(attack, attack->said_s * 1000 + GRACE_MS);
    } else {
        cycle->lock_ms = clock_monotonic_ms() - attack->last_ms;
        attack->lock_ms = cycle->lock_ms;
        *ret_ended = wait_ms(attack, cycle->lock_ms / 2);
    }
    return STATUS_OK;
}

static enum status cycle_next(struct attack *attack, bool *ret_go_on, struct error *reterr)
{
    struct guess early = { .word = ATTEMPT_UNCLEAR };
    struct burst burst = { 0 };
    unsigned extensions = 0;
    unsigned lanes = attack->lanes;
    bool reset = false;
    bool ended = false;
    int64_t busy_end;

    *ret_go_on = false;
    if (attack->said_s >= 0 && !attack->said_untrue) {
        TRY(wait_said(attack, &ended, &early, reterr));
    } else {
        TRY(wait_measured(attack, &ended, &reset, reterr));
    }
    while (ended && may_lock_again(attack)) {
        TRY(cycle_walk(attack, &early, lanes > 1 && attack->cycle_count == 1, &burst, reterr));
        if (burst.guesses > 0 || reset) {
            break;
        }
        TRY(extension_wait(attack, &extensions, &ended, reterr));
        burst.locked = 0;
    }
    /* Without a lock at its end the cycle is not whole, and says nothing. */
    if (burst.locked == 0) {
        return STATUS_OK;
    }
    *ret_go_on = true;
    if (burst.guesses > 0) {
        busy_end = attack->last_ms > burst.begin_ms ? attack->last_ms - burst.begin_ms : 0;
        attack->cycles[attack->cycle_count++] =
            (struct cycle){ .guesses = burst.guesses, .busy_ms = busy_end, .after_reset = reset };
    }
    return STATUS_OK;
}

enum status attack_locked(struct attack *attack, struct error *reterr)
{
    bool go_on = true;

    attack->locked = true;
    attack->locked_after = attack->answered;
    attack->first_said_s = attack->said_s;
    attack->cycles[attack->cycle_count++] =
        (struct cycle){ .guesses = attack->answered,
                        .busy_ms = attack->last_ms - attack->first_ms };
    TRY(bypasses_try(attack, reterr));
    TRY(attack_siblings(attack, reterr));
    for (enum way way = 0; way < WAY_COUNT; way++) {
        if (attack->bypassed[way] && way != WAY_PARALLEL) {
            return bypass_measure(attack, way, reterr);
        }
    }
    /* Bounded twice: cycles that are not whole add nothing to the count. */
    for (unsigned i = 0; go_on && i < 2 * CYCLES_MAX && attack->cycle_count < attack->locks; i++) {
        TRY(cycle_next(attack, &go_on, reterr));
    }
    if (attack->said_s >= 0 && !attack->said_untrue && cycle_last(attack)->lock_ms == 0) {
        cycle_last(attack)->lock_ms = attack->said_s * 1000;
    }
    return STATUS_OK;
}

enum status attack_source_rate(struct attack *attack, struct error *reterr)
{
    int64_t begin_ms = clock_monotonic_ms();
    int64_t first_ms = 0;
    int64_t last_ms = 0;
    unsigned count = 0;
    unsigned refused = 0;
    int64_t ended_ms = 0;

    if (!attack->locked || attack->mute || !attack->others_locked || attack->first_said_s >= 0 ||
        attack->lock_ms == 0 || attack->lock_ms >= MOMENT_MS) {
        return STATUS_OK;
    }
    while (count < SOURCE_COUNT && clock_monotonic_ms() - begin_ms < SOURCE_MAX_MS &&
           wait_ms(attack, SOURCE_STEP_MS)) {
        struct attempt attempt;

        TRY(attack_right(attack, &attempt, reterr));
        if (attempt.word != ATTEMPT_ACCEPTED) {
            refused++;
            continue;
        }
        last_ms = clock_monotonic_ms();
        first_ms = count++ == 0 ? last_ms : first_ms;
    }
    /* Without refusals in between it was no limit of the rate. */
    if (count > 2 && refused >= count) {
        attack->source_count = count - 1;
        attack->source_ms = last_ms - first_ms;
    }
    return attack_recover(attack, &ended_ms, &attack->right_after, reterr);
}
