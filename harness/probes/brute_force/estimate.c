#include "estimate.h"

#define DAY_MS (24 * 60 * 60 * 1000LL)

const char *growth_word(enum growth growth)
{
    static const char *const words[] = { [GROWTH_NONE] = "none",
                                         [GROWTH_STEP] = "step",
                                         [GROWTH_LINEAR] = "linear",
                                         [GROWTH_EXPONENTIAL] = "exponential" };

    return words[growth];
}

const char *bound_word(enum bound bound)
{
    static const char *const words[] = { [BOUND_MEASURED] = "measured",
                                         [BOUND_EXTRAPOLATED] = "extrapolated",
                                         [BOUND_AT_MOST] = "at_most" };

    return words[bound];
}

const char *limit_word(enum limit limit)
{
    static const char *const words[] = {
        [LIMIT_NONE] = "none",   [LIMIT_DELAY] = "delay",
        [LIMIT_BURST] = "burst", [LIMIT_GROWING_DELAY] = "growing delay",
        [LIMIT_LOCK] = "lock",   [LIMIT_GROWING_LOCK] = "growing lock",
    };

    return words[limit];
}

const char *scope_word(enum scope scope)
{
    static const char *const words[] = { [SCOPE_UNKNOWN] = NULL,
                                         [SCOPE_CONNECTION] = "connection",
                                         [SCOPE_ACCOUNT] = "account",
                                         [SCOPE_SOURCE] = "source" };

    return words[scope];
}

/* Where the rise begins (the last value that is still the floor) and where it ends (the
 * first that is nearly the ceiling). */
static void rise_find(const int64_t *delays, size_t count, int64_t slack, size_t *ret_from,
                      size_t *ret_to)
{
    int64_t floor = delays[0];
    int64_t ceiling = delays[count - 1];
    int64_t near = slack < (ceiling - floor) / 16 ? slack : (ceiling - floor) / 16;

    *ret_from = 0;
    for (size_t i = 0; i < count && delays[i] <= floor + near; i++) {
        *ret_from = i;
    }
    *ret_to = count - 1;
    while (*ret_to > *ret_from + 1 && delays[*ret_to - 1] >= ceiling - ceiling / 16) {
        (*ret_to)--;
    }
}

/* Halfway through a rise a line has come half the way; a doubling much less. */
enum growth growth_of(const int64_t *delays_ms, size_t count, int64_t slack_ms)
{
    int64_t first;
    int64_t last;
    size_t from;
    size_t to;
    size_t half;
    double share;
    double middle;

    if (count < 3) {
        return GROWTH_NONE;
    }
    first = delays_ms[0];
    last = delays_ms[count - 1];
    if (last - first < slack_ms || (double) last < 1.5 * (double) first) {
        return GROWTH_NONE;
    }
    rise_find(delays_ms, count, slack_ms, &from, &to);
    if (to - from < 2) {
        return GROWTH_STEP;
    }
    /* With an even number of steps there is a value in the very middle. */
    from += (to - from) % 2;
    first = delays_ms[from];
    last = delays_ms[to];
    if (last <= first) {
        return GROWTH_STEP;
    }
    half = from + (to - from) / 2;
    middle = (double) (delays_ms[half] - first);
    share = middle / (double) (last - first);
    return share > 0.42 ? GROWTH_LINEAR : GROWTH_EXPONENTIAL;
}

enum limit limit_of_delays(const int64_t *delays_ms, size_t count, int64_t slack_ms)
{
    int64_t least = INT64_MAX;

    switch (growth_of(delays_ms, count, slack_ms)) {
    case GROWTH_STEP:
        return LIMIT_BURST;
    case GROWTH_LINEAR:
    case GROWTH_EXPONENTIAL:
        return LIMIT_GROWING_DELAY;
    case GROWTH_NONE:
        break;
    }
    for (size_t i = 0; i < count; i++) {
        least = delays_ms[i] < least ? delays_ms[i] : least;
    }
    return count > 0 && least >= LIMIT_DELAY_LEAST_MS ? LIMIT_DELAY : LIMIT_NONE;
}

enum scope scope_of(bool connection_tried, bool connection_free, bool names_tried,
                    bool names_locked)
{
    if (connection_tried && connection_free) {
        return SCOPE_CONNECTION;
    }
    if (!names_tried) {
        return SCOPE_UNKNOWN;
    }
    return names_locked ? SCOPE_SOURCE : SCOPE_ACCOUNT;
}

long long day_of_rate(unsigned guesses, int64_t elapsed_ms)
{
    return (long long) guesses * DAY_MS / (elapsed_ms > 0 ? elapsed_ms : 1);
}

/* What repeats: the last whole cycle that nothing had made fresh. */
static const struct cycle *steady_of(const struct cycle *cycles, size_t count)
{
    for (size_t i = count; i-- > 1;) {
        if (cycles[i].guesses > 0 && !cycles[i].after_reset) {
            return &cycles[i];
        }
    }
    return &cycles[0];
}

static enum growth lock_growth(const struct cycle *cycles, size_t count)
{
    int64_t locks[CYCLES_MAX];
    size_t used = 0;

    for (size_t i = 0; i < count && used < CYCLES_MAX; i++) {
        if (cycles[i].lock_ms > 0) {
            locks[used++] = cycles[i].lock_ms;
        }
    }
    return growth_of(locks, used, 1);
}

enum limit limit_of_locks(const struct cycle *cycles, size_t count)
{
    return lock_growth(cycles, count) == GROWTH_NONE ? LIMIT_LOCK : LIMIT_GROWING_LOCK;
}

/* cycle again and again until the day is over; each lock twice the one before while
 * doubling_max_ms allows. */
static long long rest_of_day(struct cycle cycle, int64_t left_ms, int64_t doubling_max_ms)
{
    long long guesses = 0;

    while (left_ms > 0 && cycle.lock_ms > 0 && doubling_max_ms > cycle.lock_ms) {
        cycle.lock_ms *= 2;
        cycle.lock_ms = cycle.lock_ms < doubling_max_ms ? cycle.lock_ms : doubling_max_ms;
        left_ms -= cycle.busy_ms + cycle.lock_ms;
        guesses += cycle.guesses;
    }
    if (left_ms > 0) {
        int64_t period_ms = cycle.busy_ms + cycle.lock_ms;

        guesses += left_ms * cycle.guesses / (period_ms > 0 ? period_ms : 1);
    }
    return guesses;
}

struct day day_of_cycles(const struct cycle *cycles, size_t count, int64_t doubling_max_ms)
{
    struct day day = { .bound = BOUND_MEASURED };
    const struct cycle *steady;
    struct cycle repeated;
    int64_t left_ms = DAY_MS;
    enum growth growth;

    if (count == 0) {
        return day;
    }
    steady = steady_of(cycles, count);
    growth = lock_growth(cycles, count);
    for (size_t i = 0; i < count && left_ms > 0; i++) {
        if (!cycles[i].after_reset) {
            day.guesses += cycles[i].guesses;
            left_ms -= cycles[i].busy_ms + cycles[i].lock_ms;
        }
    }
    repeated = *steady;
    if (repeated.lock_ms < cycles[count - 1].lock_ms) {
        repeated.lock_ms = cycles[count - 1].lock_ms;
    }
    if (growth == GROWTH_EXPONENTIAL && doubling_max_ms > repeated.lock_ms) {
        day.bound = BOUND_EXTRAPOLATED;
        day.guesses += rest_of_day(repeated, left_ms, doubling_max_ms);
        return day;
    }
    /* Two locks show no shape, but that the second is longer shows that the first is none. */
    if (count == 2 && 2 * cycles[1].lock_ms >= 3 * cycles[0].lock_ms) {
        day.bound = BOUND_AT_MOST;
    }
    if (steady == &cycles[0] || growth == GROWTH_EXPONENTIAL || growth == GROWTH_LINEAR) {
        day.bound = BOUND_AT_MOST;
    }
    day.guesses += rest_of_day(repeated, left_ms, 0);
    return day;
}

static double space_of(unsigned pool, unsigned length)
{
    double space = 1;

    for (unsigned i = 0; i < length && space < 1e300; i++) {
        space *= pool;
    }
    return space;
}

long long chance_ppb(unsigned pool, unsigned length, unsigned guesses)
{
    double space = space_of(pool, length);
    double chance = space >= 1 ? guesses / space : 1;
    double ppb = (chance < 1 ? chance : 1) * 1e9;
    long long whole = (long long) ppb;

    return (double) whole < ppb ? whole + 1 : whole;
}

long long days_to_half(unsigned pool, unsigned length, long long guesses_per_day)
{
    double days = 0.5 * space_of(pool, length);

    days /= guesses_per_day > 0 ? (double) guesses_per_day : 1.0;
    return days < (double) DAYS_MAX ? (long long) days : DAYS_MAX;
}
