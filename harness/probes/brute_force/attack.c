#include "attack.h"

#include "base/clock.h"
#include "probe/web.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

enum {
    NAME_LENGTH = 6,
    UNCLEAR_MAX = 3,
    EARLY_MS = 1500,    /* Retry-After is rounded up to a second */
    RESERVE_MS = 2000,  /* kept for the last right log-in and for writing down */
    STEP_FIRST_MS = 20, /* between two right log-ins while a lock of unknown length lasts */
    STEP_SHARE = 20     /* later: a twentieth of the time waited, which is the precision */
};

const char *way_word(enum way way)
{
    static const char *const words[] = { [WAY_SERIAL] = "serial",
                                         [WAY_RECONNECT] = "reconnect",
                                         [WAY_PARALLEL] = "parallel",
                                         [WAY_USERS] = "users" };

    return words[way];
}

bool attack_limited(const struct guess *guess)
{
    return guess->word == ATTEMPT_LOCKED || guess->word == ATTEMPT_CLOSED;
}

bool attack_has_time(const struct attack *attack, int64_t need_ms)
{
    return clock_monotonic_ms() + need_ms + RESERVE_MS < attack->call->deadline_ms;
}

void attack_sleep(struct attack *attack, int64_t ms)
{
    struct timespec left = { .tv_sec = (time_t) (ms / 1000), .tv_nsec = ms % 1000 * 1000000 };

    probe_waiting(attack->call, attack->sent, attack->budget, ms);
    while (ms > 0 && nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
    attack->waited_ms += ms;
}

void attack_take(struct attack *attack, const struct guess *guess)
{
    attack->unclear += guess->word == ATTEMPT_UNCLEAR;
    attack->accepted += guess->word == ATTEMPT_ACCEPTED;
    if (attack_limited(guess) && guess->retry_after_s >= 0) {
        attack->said_until_ms = guess->end_ms + guess->retry_after_s * 1000;
    }
    if (guess->word == ATTEMPT_REJECTED) {
        if (attack->answered++ == 0) {
            attack->first_ms = guess->begin_ms;
        }
        if (guess->end_ms > attack->last_ms) {
            attack->last_ms = guess->end_ms;
        }
    }
}

static enum status attempt_make(struct attack *attack, const struct candidate *candidate,
                                struct attempt *ret_attempt, struct error *reterr)
{
    TRY(mechanism_try(attack->mechanism, attack->state, attack->call, candidate, ret_attempt,
                      reterr));
    if (ret_attempt->word != ATTEMPT_ACCEPTED && ret_attempt->word != ATTEMPT_REJECTED) {
        (void) snprintf(attack->detail, sizeof attack->detail, "%s", ret_attempt->detail);
    }
    return STATUS_OK;
}

void attack_password(struct attack *attack, char room[PASSWORD_LENGTH + 1])
{
    web_random_text(&attack->random, room, PASSWORD_LENGTH);
}

enum status attack_guess(struct attack *attack, bool other_name, struct guess *ret_guess,
                         struct error *reterr)
{
    char name[NAME_LENGTH + 1];
    char password[PASSWORD_LENGTH + 1];
    struct candidate candidate = { .label = "random", .user = attack->user, .password = password };
    struct attempt attempt;

    if (other_name) {
        web_random_text(&attack->random, name, NAME_LENGTH);
        candidate.user = name;
    }
    attack_password(attack, password);
    attack->sent++;
    ret_guess->begin_ms = clock_monotonic_ms();
    TRY(attempt_make(attack, &candidate, &attempt, reterr));
    ret_guess->end_ms = clock_monotonic_ms();
    ret_guess->word = attempt.word;
    ret_guess->retry_after_s = attempt.retry_after_s;
    if (!other_name) {
        attack_take(attack, ret_guess);
    }
    probe_progress(attack->call, attack->sent, attack->budget);
    return STATUS_OK;
}

enum status attack_right(struct attack *attack, struct attempt *ret_attempt, struct error *reterr)
{
    return attempt_make(attack, attack->right, ret_attempt, reterr);
}

/* How long until the next try, or -1: not that long. */
static int64_t patience(const struct attack *attack, long long said_s, int64_t waited_ms)
{
    int64_t step_ms = waited_ms / STEP_SHARE;

    if (said_s >= 0 && !attack->said_untrue) {
        step_ms = said_s < 1000000 ? said_s * 1000 : INT32_MAX;
    }
    step_ms = step_ms > STEP_FIRST_MS ? step_ms : STEP_FIRST_MS;
    if (attack->waited_ms + step_ms > attack->lock_max || !attack_has_time(attack, step_ms)) {
        return -1;
    }
    return step_ms;
}

enum status attack_recover(struct attack *attack, int64_t *ret_refused_ms, bool *ret_works,
                           struct error *reterr)
{
    int64_t begin_ms = clock_monotonic_ms();

    *ret_refused_ms = 0;
    *ret_works = false;
    for (;;) {
        struct attempt attempt;
        int64_t now_ms = clock_monotonic_ms();
        int64_t step_ms;

        TRY(attack_right(attack, &attempt, reterr));
        if (attempt.word == ATTEMPT_ACCEPTED) {
            *ret_works = true;
            return STATUS_OK;
        }
        *ret_refused_ms = now_ms;
        step_ms = patience(attack, attempt.retry_after_s, now_ms - begin_ms);
        if (step_ms < 0) {
            return STATUS_OK;
        }
        attack_sleep(attack, step_ms);
    }
}

struct walk {
    enum way way;
    unsigned limit;   /* sent in all */
    unsigned unclear; /* in a row */
    unsigned guesses; /* looked at on the account */
    int64_t begin_ms;
    int64_t end_ms;
    int64_t last_delay_ms;
    bool limited;
    bool over;
};

static void walk_take(struct attack *attack, struct walk *walk, const struct guess *guess)
{
    walk->unclear = guess->word == ATTEMPT_UNCLEAR ? walk->unclear + 1 : 0;
    walk->limited = attack_limited(guess);
    walk->over = walk->limited || guess->word == ATTEMPT_ACCEPTED || walk->unclear >= UNCLEAR_MAX;
    if (walk->limited) {
        attack->said_s = guess->retry_after_s;
        attack->closed = guess->word == ATTEMPT_CLOSED;
    }
    if (guess->word != ATTEMPT_REJECTED) {
        return;
    }
    walk->guesses++;
    walk->end_ms = guess->end_ms;
    walk->last_delay_ms = guess->end_ms - guess->begin_ms;
    if (walk->way == WAY_SERIAL && attack->delay_count < GUESSES_MAX) {
        attack->delays_ms[attack->delay_count++] = walk->last_delay_ms;
    }
}

/* Where delays double, one more than fits in slow_max would take as long as all before. */
static bool may_go_on(struct attack *attack, const struct walk *walk)
{
    int64_t now_ms = clock_monotonic_ms();

    if (walk->over || attack->sent + (walk->way == WAY_USERS) >= walk->limit) {
        return false;
    }
    if (!attack_has_time(attack, 2 * walk->last_delay_ms)) {
        attack->out_of_time = true;
        return false;
    }
    return now_ms - walk->begin_ms + 2 * walk->last_delay_ms <= attack->slow_max;
}

/* serial, reconnect or users: one guess after the other. */
static enum status walk_way(struct attack *attack, enum way way, unsigned count,
                            struct walk *ret_walk, struct error *reterr)
{
    struct walk walk = { .way = way,
                         .limit = attack->sent + count,
                         .begin_ms = clock_monotonic_ms(),
                         .last_delay_ms = attack->delay_count == 0
                                              ? 0
                                              : attack->delays_ms[attack->delay_count - 1] };

    walk.limit = walk.limit < attack->budget ? walk.limit : attack->budget;
    while (may_go_on(attack, &walk)) {
        struct guess guess;

        if (way == WAY_RECONNECT) {
            TRY(attack->mechanism->reconnect(attack->state, reterr));
        }
        if (way == WAY_USERS) {
            TRY(attack_guess(attack, true, &guess, reterr));
            attack->others_tried = true;
            attack->others_locked |= attack_limited(&guess);
        }
        TRY(attack_guess(attack, false, &guess, reterr));
        attack->tried[way] = true;
        walk_take(attack, &walk, &guess);
    }
    if (walk.guesses > 0) {
        attack->rate_guesses[way] = walk.guesses;
        attack->rate_ms[way] = walk.end_ms - walk.begin_ms;
    }
    *ret_walk = walk;
    return STATUS_OK;
}

static enum status walk_parallel(struct attack *attack, unsigned each_count, struct walk *ret_walk,
                                 struct error *reterr)
{
    struct guess guesses[GUESSES_MAX];
    size_t count = 0;
    int64_t begin_ms = INT64_MAX;
    int64_t end_ms = 0;

    *ret_walk = (struct walk){ .way = WAY_PARALLEL };
    if (attack->lanes < 2) {
        return STATUS_OK;
    }
    TRY(attack_parallel(attack, attack->lanes, each_count, guesses, &count, reterr));
    attack->tried[WAY_PARALLEL] = count > 0;
    for (size_t i = 0; i < count; i++) {
        bool limited = ret_walk->limited;

        begin_ms = guesses[i].begin_ms < begin_ms ? guesses[i].begin_ms : begin_ms;
        end_ms = guesses[i].end_ms > end_ms ? guesses[i].end_ms : end_ms;
        walk_take(attack, ret_walk, &guesses[i]);
        ret_walk->limited |= limited;
    }
    if (ret_walk->guesses > 0) {
        attack->rate_guesses[WAY_PARALLEL] = ret_walk->guesses;
        attack->rate_ms[WAY_PARALLEL] = end_ms - begin_ms;
    }
    return STATUS_OK;
}

static void serial_settle(struct attack *attack)
{
    attack->delay_growth = growth_of(attack->delays_ms, attack->delay_count, NOISE_MS);
    /* What had grown does not shrink for one who goes on: the last delay is what repeats. */
    if (attack->delay_growth != GROWTH_NONE) {
        attack->rate_guesses[WAY_SERIAL] = 1;
        attack->rate_ms[WAY_SERIAL] = attack->delays_ms[attack->delay_count - 1];
    }
}

/* A device that takes few connections at once refuses some of many: not a lock. */
static enum status parallel_confirm(struct attack *attack, struct walk *walk, struct error *reterr)
{
    struct guess guess;

    if (walk->limited && attack->sent < attack->budget) {
        TRY(attack_guess(attack, false, &guess, reterr));
        walk->limited = attack_limited(&guess);
        attack->said_s = walk->limited ? guess.retry_after_s : -1;
        attack->closed = walk->limited && guess.word == ATTEMPT_CLOSED;
    }
    return STATUS_OK;
}

/* The shares: half in a row, a sixth over new connections, a sixth side by side, the rest
 * with other names in between. */
static enum status walk_all(struct attack *attack, bool *ret_limited, struct error *reterr)
{
    unsigned sixth = attack->budget / 6 > 0 ? attack->budget / 6 : 1;
    unsigned each_count;
    struct walk walk;

    TRY(walk_way(attack, WAY_SERIAL, attack->budget - 3 * sixth, &walk, reterr));
    serial_settle(attack);
    if (!walk.over) {
        TRY(walk_way(attack, WAY_RECONNECT, sixth, &walk, reterr));
    }
    if (!walk.over && attack->sent + sixth < attack->budget &&
        attack_has_time(attack, 2 * walk.last_delay_ms)) {
        attack->lanes = attack->lanes < sixth ? attack->lanes : sixth;
        each_count = attack->lanes == 0 ? 0 : sixth / attack->lanes;
        TRY(walk_parallel(attack, each_count, &walk, reterr));
        TRY(parallel_confirm(attack, &walk, reterr));
        walk.over = walk.limited || attack->accepted > 0;
    }
    if (!walk.over) {
        TRY(walk_way(attack, WAY_USERS, attack->budget - attack->sent, &walk, reterr));
    }
    *ret_limited = walk.limited;
    return STATUS_OK;
}

/* The account may be locked although every answer looked the same. */
static enum status recover_last(struct attack *attack, struct error *reterr)
{
    int64_t refused_ms = 0;
    struct cycle *last = attack->cycle_count == 0 ? NULL : &attack->cycles[attack->cycle_count - 1];

    if (attack->right == NULL) {
        return STATUS_OK;
    }
    TRY(attack_recover(attack, &refused_ms, &attack->right_after, reterr));
    attack->left_locked = !attack->right_after;
    attack->right_before_until =
        attack->right_after && clock_monotonic_ms() + EARLY_MS < attack->said_until_ms;
    if (refused_ms > 0 && !attack->locked && attack->answered > 0) {
        attack->locked = true;
        attack->mute = true;
        attack->locked_after = attack->answered;
        last = &attack->cycles[attack->cycle_count++];
        *last = (struct cycle){ .guesses = attack->answered,
                                .busy_ms = attack->last_ms - attack->first_ms };
    }
    if (last != NULL && last->lock_ms == 0 && refused_ms > attack->last_ms) {
        last->lock_ms = refused_ms - attack->last_ms;
    }
    if (last != NULL && last->lock_ms > 0) {
        attack->lock_ms = last->lock_ms;
    }
    return STATUS_OK;
}

enum status attack_run(struct attack *attack, struct error *reterr)
{
    bool limited = false;

    if (attack->budget < ATTEMPTS_LEAST) {
        attack->right_after = attack->right_before; /* nothing was guessed in between */
        return STATUS_OK;
    }
    TRY(walk_all(attack, &limited, reterr));
    if (limited) {
        TRY(attack_locked(attack, reterr));
    }
    TRY(recover_last(attack, reterr));
    if (attack->right_after) {
        TRY(attack_source_rate(attack, reterr));
    }
    return STATUS_OK;
}

/* Delays that doubled are locks of one guess each. */
static struct day day_of_delays(const struct attack *attack)
{
    struct cycle cycles[CYCLES_MAX] = { 0 };
    size_t count = attack->delay_count < CYCLES_MAX ? attack->delay_count : CYCLES_MAX;

    for (size_t i = 0; i < count; i++) {
        cycles[i] = (struct cycle){ .guesses = 1,
                                    .lock_ms = attack->delays_ms[attack->delay_count - count + i] };
    }
    return day_of_cycles(cycles, count, attack->doubling_max_ms);
}

struct day attack_day(const struct attack *attack)
{
    struct day day = { .bound = BOUND_MEASURED };

    if (attack->source_ms > 0) {
        day.guesses = day_of_rate(attack->source_count, attack->source_ms);
    } else if (attack->locked) {
        day = day_of_cycles(attack->cycles, attack->cycle_count, attack->doubling_max_ms);
    } else if (attack->delay_growth != GROWTH_NONE && attack->delay_growth != GROWTH_STEP) {
        day = day_of_delays(attack);
    }
    for (size_t way = 0; way < WAY_COUNT && !attack->mute; way++) {
        bool counts =
            attack->locked ? attack->bypassed[way] : way != WAY_SERIAL || day.guesses == 0;

        if (counts && attack->rate_guesses[way] > 0) {
            long long guesses = day_of_rate(attack->rate_guesses[way], attack->rate_ms[way]);

            if (guesses > day.guesses) {
                day = (struct day){ .guesses = guesses, .bound = BOUND_MEASURED };
            }
        }
    }
    /* An answer that was not understood may have been a refusal to look; a lock may follow
     * the last guess of a budget that was cut. */
    if (attack->unclear > 0 || (attack->shortened && !attack->locked)) {
        day.bound = BOUND_AT_MOST;
    }
    return day;
}
