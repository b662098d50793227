/* estimate.h - from what a device did to wrong log-ins to what it would do for a day.
 *
 * Pure arithmetic: no I/O, no clock.  Times are milliseconds.  README.md explains the
 * formula and what it does not know. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum growth {
    GROWTH_NONE,
    GROWTH_STEP, /* one rise, flat before and after */
    GROWTH_LINEAR,
    GROWTH_EXPONENTIAL
};

const char *growth_word(enum growth growth);

/* How a series of delays behaves.  A rise below slack_ms is noise. */
enum growth growth_of(const int64_t *delays_ms, size_t count, int64_t slack_ms);

/* What holds guesses back. */
enum limit {
    LIMIT_NONE,
    LIMIT_DELAY, /* each answer takes the same time */
    LIMIT_BURST, /* some are quick, all after them equally slow */
    LIMIT_GROWING_DELAY,
    LIMIT_LOCK,
    LIMIT_GROWING_LOCK
};

/* Whom it holds back. */
enum scope {
    SCOPE_UNKNOWN,
    SCOPE_CONNECTION, /* a new connection is free of it */
    SCOPE_ACCOUNT,    /* another name is */
    SCOPE_SOURCE      /* whoever asks from here: every name is held back */
};

const char *limit_word(enum limit limit);
const char *scope_word(enum scope scope); /* NULL of unknown */

/* Answers below this are as quick as a device without a limit gives. */
enum { LIMIT_DELAY_LEAST_MS = 300 };

enum limit limit_of_delays(const int64_t *delays_ms, size_t count, int64_t slack_ms);
enum scope scope_of(bool connection_tried, bool connection_free, bool names_tried,
                    bool names_locked);

/* Guesses that the device looked at, and the lock that ended them. */
struct cycle {
    unsigned guesses;
    int64_t busy_ms;  /* from the first of them until the last was answered */
    int64_t lock_ms;  /* the shortest that fits what was seen */
    bool after_reset; /* a right log-in had just made the device forget */
};

enum { CYCLES_MAX = 8 };

/* LOCK or GROWING_LOCK. */
enum limit limit_of_locks(const struct cycle *cycles, size_t count);

enum bound {
    BOUND_MEASURED,     /* the pattern that was seen, repeated */
    BOUND_EXTRAPOLATED, /* a growth that was declared and seen, carried on to the declared end */
    BOUND_AT_MOST       /* not everything was seen; the true figure may be lower */
};

const char *bound_word(enum bound bound);

struct day {
    long long guesses;
    enum bound bound;
};

/* The first 24 hours of an attack that keeps to the locks, from a fresh count.
 * doubling_max_ms: how far a declared doubling goes; 0: no doubling is declared. */
struct day day_of_cycles(const struct cycle *cycles, size_t count, int64_t doubling_max_ms);

/* `guesses` looked at within elapsed_ms, all day. */
long long day_of_rate(unsigned guesses, int64_t elapsed_ms);

/* CCC SP-151-4A: days = pool^length / (guesses a day x 2); capped at DAYS_MAX. */
#define DAYS_MAX 1000000000000000LL
long long days_to_half(unsigned pool, unsigned length, long long guesses_per_day);

/* The same, for blocking: the chance, in 1/1,000,000,000 and rounded up, that so many different
 * guesses hit one password of pool^length. */
long long chance_ppb(unsigned pool, unsigned length, unsigned guesses);
