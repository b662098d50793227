/* attack.h - wrong log-ins on one account, within a budget, and what became of each.
 *
 * The attack never knows more than a stranger would, but for two things: it asks with
 * the declared credentials whether the account still works, and it stops. */
#pragma once

#include "base/arena.h"
#include "estimate.h"
#include "probe/mechanism.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    GUESSES_MAX = 512,
    LANES_MAX = 16,
    SIBLINGS_MAX = 4,
    ATTEMPTS_LEAST = 6,
    NOISE_MS = 100 /* a delay that grows by less has not grown */
};

enum way { WAY_SERIAL, WAY_RECONNECT, WAY_PARALLEL, WAY_USERS, WAY_COUNT };

const char *way_word(enum way way);

/* One wrong log-in on the account (other names are counted apart). */
struct guess {
    enum attempt_word word;
    long long retry_after_s; /* -1: not said */
    int64_t begin_ms;
    int64_t end_ms;
};

/* Another declared way to log in to the same account, on a service of its own perhaps. */
struct sibling {
    struct probe_call call;
    struct subject subject;
    const struct mechanism *mechanism;
    struct mechanism_setting setting;
    void *state;
    enum attempt_word word; /* what a guess met there while this way was locked */
};

struct attack {
    /* Given. */
    const struct probe_call *call;
    const struct mechanism *mechanism;
    struct mechanism_setting setting;
    void *state;
    struct arena *arena;
    const char *user;              /* the account */
    const struct candidate *right; /* or NULL */
    unsigned budget;
    bool shortened;          /* the budget is less than the check wanted */
    unsigned lanes;          /* 1: parallel connections are not tried */
    unsigned locks;          /* how many locks to see */
    int64_t lock_max;        /* ms of waiting for locks, all together */
    int64_t slow_max;        /* ms that one way may take without a lock */
    int64_t doubling_max_ms; /* declared; 0: none */

    /* Found. */
    uint64_t random;
    unsigned sent;     /* wrong log-ins, other names included */
    unsigned answered; /* looked at and refused */
    unsigned unclear;
    unsigned accepted; /* wrong ones that were let in */
    bool out_of_time;
    bool tried[WAY_COUNT];
    unsigned rate_guesses[WAY_COUNT]; /* looked at on the account ... */
    int64_t rate_ms[WAY_COUNT];       /* ... within so long, in the steady state */
    int64_t delays_ms[GUESSES_MAX];   /* of those answered one after the other */
    size_t delay_count;
    enum growth delay_growth;

    bool locked;
    bool mute;   /* the answers did not tell */
    bool closed; /* the lock takes no connection */
    unsigned locked_after;
    long long said_s; /* Retry-After of the latest lock; -1: not said */
    long long first_said_s;
    bool said_untrue;        /* a lock ended long before the time that was said */
    int64_t first_ms;        /* the first guess */
    int64_t last_ms;         /* the last guess that was looked at */
    int64_t said_until_ms;   /* the end that the device announced for its latest lock; 0: none */
    bool right_before_until; /* the right log-in was accepted before it */
    int64_t lock_ms;         /* of the latest lock that was seen to end; 0: none */
    int64_t waited_ms;
    bool bypassed[WAY_COUNT]; /* looked at while another way was locked */
    bool others_locked;
    bool others_tried;
    struct sibling siblings[SIBLINGS_MAX];
    size_t sibling_count; /* those that were asked */
    struct cycle cycles[CYCLES_MAX];
    size_t cycle_count;

    unsigned source_count; /* log-ins that a limit of the source let through ... */
    int64_t source_ms;     /* ... within so long; 0: not measured */

    bool right_before;
    bool right_after;
    bool left_locked;
    char detail[192];
};

/* The right log-in once; *ret_attempt says how it went. */
enum status attack_right(struct attack *attack, struct attempt *ret_attempt,
                         struct error *reterr) MUST_CHECK;

/* The right log-in until it works, patience or time is over; *ret_refused_ms: when it was
 * last refused, 0: never. */
enum status attack_recover(struct attack *attack, int64_t *ret_refused_ms, bool *ret_works,
                           struct error *reterr) MUST_CHECK;

/* One wrong log-in on the account, or on a name that does not exist. */
enum status attack_guess(struct attack *attack, bool other_name, struct guess *ret_guess,
                         struct error *reterr) MUST_CHECK;

/* each_count wrong log-ins on each of `lanes` connections at the same time. */
enum status attack_parallel(struct attack *attack, unsigned lanes, unsigned each_count,
                            struct guess *guesses, size_t *ret_count,
                            struct error *reterr) MUST_CHECK;

/* A random wrong password. */
enum { PASSWORD_LENGTH = 12 };
void attack_password(struct attack *attack, char room[PASSWORD_LENGTH + 1]);

/* Everything between the first right log-in and the last. */
enum status attack_run(struct attack *attack, struct error *reterr) MUST_CHECK;

/* From the first answer that said "locked" to the last lock that is provoked. */
enum status attack_locked(struct attack *attack, struct error *reterr) MUST_CHECK;

/* Where every name is held back for moments only: how often a log-in comes through.  Asked with
 * the right one, which such a limit counts like any other. */
enum status attack_source_rate(struct attack *attack, struct error *reterr) MUST_CHECK;

/* While this way is locked: one guess by each other declared way to the account. */
enum status attack_siblings(struct attack *attack, struct error *reterr) MUST_CHECK;
void attack_siblings_close(struct attack *attack);

/* What follows from it, if at least one guess was looked at. */
struct day attack_day(const struct attack *attack);

/* Bookkeeping that serial and parallel guesses share. */
void attack_take(struct attack *attack, const struct guess *guess);
bool attack_limited(const struct guess *guess); /* locked, or no connection taken */
bool attack_has_time(const struct attack *attack, int64_t need_ms);
void attack_sleep(struct attack *attack, int64_t ms);
