#include "estimate.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

/* Of brute_test.c's suite: Criterion 2.4 leaks where a quick suite ends beside a slow one. */

static enum growth growth(const int64_t *delays, size_t count)
{
    return growth_of(delays, count, 100);
}

#define GROWTH(...)                                                                                \
    growth((const int64_t[]){ __VA_ARGS__ }, sizeof((const int64_t[]){ __VA_ARGS__ }) / 8)

Test(brute_force, growth)
{
    cr_assert_eq(GROWTH(3, 2, 5, 1, 9, 4), GROWTH_NONE);
    cr_assert_eq(GROWTH(2000, 2004, 1999, 2050), GROWTH_NONE);
    cr_assert_eq(GROWTH(1, 2000), GROWTH_NONE, "two values show no shape");
    cr_assert_eq(GROWTH(1, 1, 1, 2000, 2001, 2000), GROWTH_STEP);
    cr_assert_eq(GROWTH(100, 200, 300, 400, 500), GROWTH_LINEAR);
    cr_assert_eq(GROWTH(2, 1, 1001, 2002, 3001), GROWTH_LINEAR);
    cr_assert_eq(GROWTH(50, 100, 200, 400, 800), GROWTH_EXPONENTIAL);
    cr_assert_eq(GROWTH(50, 100, 200, 400, 400, 400), GROWTH_EXPONENTIAL);
    cr_assert_eq(GROWTH(1000, 2000, 4000), GROWTH_EXPONENTIAL);
    cr_assert_eq(GROWTH(1000, 2000, 3000), GROWTH_LINEAR);
}

#define LIMIT(...)                                                                                 \
    limit_of_delays((const int64_t[]){ __VA_ARGS__ },                                              \
                    sizeof((const int64_t[]){ __VA_ARGS__ }) / 8, 100)

Test(brute_force, what_delays_are_told_apart)
{
    cr_assert_eq(LIMIT(3, 2, 5, 1, 9, 4), LIMIT_NONE);
    cr_assert_eq(LIMIT(120, 130, 125), LIMIT_NONE, "a slow device is not yet a limit");
    cr_assert_eq(LIMIT(2000, 2004, 1999, 2050), LIMIT_DELAY);
    cr_assert_eq(LIMIT(1, 1, 1, 500, 501, 500, 499), LIMIT_BURST);
    cr_assert_eq(LIMIT(50, 100, 200, 400, 800), LIMIT_GROWING_DELAY);
    cr_assert_eq(LIMIT(100, 200, 300, 400, 500), LIMIT_GROWING_DELAY);
    cr_assert_eq(limit_of_delays(NULL, 0, 100), LIMIT_NONE);
}

Test(brute_force, which_locks_are_told_apart)
{
    const struct cycle same[] = { { 5, 0, 60000, false }, { 1, 0, 60000, false } };
    const struct cycle grown[] = { { 10, 0, 1000, false },
                                   { 1, 0, 2000, false },
                                   { 1, 0, 4000, false } };

    cr_assert_eq(limit_of_locks(same, 2), LIMIT_LOCK);
    cr_assert_eq(limit_of_locks(grown, 3), LIMIT_GROWING_LOCK);
    cr_assert_eq(limit_of_locks(grown, 2), LIMIT_LOCK, "two locks show no shape");
}

Test(brute_force, whom_a_lock_holds_back)
{
    cr_assert_eq(scope_of(true, true, true, false), SCOPE_CONNECTION);
    cr_assert_eq(scope_of(true, false, true, false), SCOPE_ACCOUNT);
    cr_assert_eq(scope_of(true, false, true, true), SCOPE_SOURCE);
    cr_assert_eq(scope_of(true, false, false, false), SCOPE_UNKNOWN);
    cr_assert_null(scope_word(SCOPE_UNKNOWN));
    cr_assert_str_eq(scope_word(SCOPE_SOURCE), "source");
}

Test(brute_force, the_chance_of_few_guesses)
{
    cr_assert_eq(chance_ppb(10, 4, 100), 10000000, "one in a hundred");
    cr_assert_eq(chance_ppb(62, 8, 10), 1, "never rounded to nothing");
    cr_assert_eq(chance_ppb(10, 1, 50), 1000000000, "no more than certain");
    cr_assert_eq(chance_ppb(10, 4, 0), 0);
}

Test(brute_force, a_rate_all_day)
{
    cr_assert_eq(day_of_rate(5, 1000), 432000);
    cr_assert_eq(day_of_rate(1, 36000), 2400);
    cr_assert_eq(day_of_rate(1, 0), 86400000, "nothing is faster than the clock");
}

Test(brute_force, cycles_that_repeat)
{
    const struct cycle same[] = { { 5, 100, 60000, false }, { 1, 10, 60000, false } };
    struct day day = day_of_cycles(same, 2, 0);

    /* 5 at once, then one a minute. */
    cr_assert(day.guesses >= 1442 && day.guesses <= 1445, "%lld", day.guesses);
    cr_assert_eq(day.bound, BOUND_MEASURED);
}

Test(brute_force, one_cycle_is_an_upper_bound)
{
    const struct cycle one[] = { { 5, 0, 60000, false } };
    struct day day = day_of_cycles(one, 1, 0);

    cr_assert_eq(day.guesses, 7200);
    cr_assert_eq(day.bound, BOUND_AT_MOST);
}

/* The second lock may last longer still. */
Test(brute_force, two_locks_that_grew_are_an_upper_bound)
{
    const struct cycle cycles[] = { { 18, 0, 1000, false }, { 1, 0, 2000, false } };

    cr_assert_eq(day_of_cycles(cycles, 2, 3600 * 1000).bound, BOUND_AT_MOST);
    cr_assert_eq(day_of_cycles(cycles, 2, 0).bound, BOUND_AT_MOST);
}

Test(brute_force, a_cycle_after_a_right_log_in_is_no_attackers)
{
    const struct cycle cycles[] = { { 5, 0, 60000, false },
                                    { 5, 0, 60000, true },
                                    { 1, 0, 60000, false } };
    struct day day = day_of_cycles(cycles, 3, 0);

    cr_assert(day.guesses >= 1442 && day.guesses <= 1446, "%lld", day.guesses);
}

/* 10, then locks of 1, 2, 4 ... 2048 s (4095 s together), then one an hour. */
Test(brute_force, a_declared_doubling_that_was_seen)
{
    const struct cycle cycles[] = { { 10, 100, 1000, false },
                                    { 1, 1, 2000, false },
                                    { 1, 1, 4000, false } };
    struct day day = day_of_cycles(cycles, 3, 3600 * 1000);

    cr_assert_eq(day.bound, BOUND_EXTRAPOLATED);
    cr_assert(day.guesses >= 42 && day.guesses <= 46, "%lld", day.guesses);

    /* Seen but not declared: the last lock goes on. */
    day = day_of_cycles(cycles, 3, 0);
    cr_assert_eq(day.bound, BOUND_AT_MOST);
    cr_assert(day.guesses > 21000 && day.guesses < 22000, "%lld", day.guesses);
}

/* Declared but not seen: what was seen counts. */
Test(brute_force, a_declared_doubling_that_does_not_come)
{
    const struct cycle cycles[] = { { 10, 0, 2000, false },
                                    { 1, 0, 2000, false },
                                    { 1, 0, 2000, false } };
    struct day day = day_of_cycles(cycles, 3, 3600 * 1000);

    cr_assert_eq(day.bound, BOUND_MEASURED);
    cr_assert_gt(day.guesses, 43000);
}

/* A lock that was seen to last no time can be doubled for ever and stays nothing. */
Test(brute_force, a_lock_of_no_time_ends)
{
    const struct cycle cycles[] = {
        { 10, 0, 1000, false }, { 1, 0, 2000, false }, { 1, 0, 4000, false }, { 1, 0, 0, false }
    };

    cr_assert_gt(day_of_cycles(cycles, 4, 3600 * 1000).guesses, 0);
}

Test(brute_force, days_for_half_of_a_space)
{
    cr_assert_eq(days_to_half(10, 4, 100), 50);
    cr_assert_eq(days_to_half(62, 8, 2400), 45487521996);
    cr_assert_eq(days_to_half(94, 64, 1), DAYS_MAX);
    cr_assert_eq(days_to_half(10, 1, 1000000), 0);
}

/* Delays of wrong log-ins as they were recorded: one a line. */
static size_t recorded(const char *name, int64_t *delays, size_t most)
{
    char path[512];
    size_t count = 0;
    char line[64];
    FILE *file;

    (void) snprintf(path, sizeof path, "%s%s", FIXTURES, name);
    file = fopen(path, "r");
    cr_assert_not_null(file, "%s", path);
    while (count < most && fgets(line, sizeof line, file) != NULL) {
        delays[count++] = strtol(line, NULL, 10);
    }
    (void) fclose(file);
    return count;
}

Test(brute_force, recorded_delays)
{
    int64_t delays[64];
    size_t count = recorded("nginx_limit_req_burst.txt", delays, 64);

    cr_assert_geq(count, 8);
    cr_assert_eq(growth(delays, count), GROWTH_STEP);
    count = recorded("nginx_unlimited.txt", delays, 64);
    cr_assert_geq(count, 4);
    cr_assert_eq(growth(delays, count), GROWTH_NONE);
}
