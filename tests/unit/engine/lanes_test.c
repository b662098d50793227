#include "engine/lanes.h"

#include <criterion/criterion.h>

enum { ITEMS = 4 };

/* Four checks: two of one account, one of none, one that wants the device alone. */
struct bench {
    struct auth auth;
    struct check checks[ITEMS];
    struct plan_item items[ITEMS];
    struct plan plan;
    enum lane_state states[ITEMS];
};

static void bench_set(struct bench *bench)
{
    static const enum exclusive exclusive[ITEMS] = { EXCLUSIVE_DEVICE, EXCLUSIVE_ACCOUNT,
                                                     EXCLUSIVE_ACCOUNT, EXCLUSIVE_NONE };

    *bench = (struct bench){ .auth = { .id = "login", .account_of = "login" } };
    for (size_t i = 0; i < ITEMS; i++) {
        bench->checks[i].exclusive = exclusive[i];
        bench->items[i].check = &bench->checks[i];
    }
    bench->items[1].subject.auth = &bench->auth;
    bench->items[2].subject.auth = &bench->auth;
    bench->plan = (struct plan){ .items = bench->items, .item_count = ITEMS };
}

static size_t next(const struct bench *bench, unsigned jobs)
{
    return lanes_next(&bench->plan, bench->states, jobs);
}

Test(lanes, a_check_that_takes_the_device_comes_last_and_alone)
{
    struct bench bench;

    bench_set(&bench);
    cr_assert_eq(next(&bench, 4), 1, "the first that is not the device's own");
    bench.states[1] = bench.states[2] = bench.states[3] = LANE_OVER;
    cr_assert_eq(next(&bench, 4), 0);
    bench.states[0] = LANE_RUNNING;
    bench.states[3] = LANE_WAITING;
    cr_assert_eq(next(&bench, 4), ITEMS, "nothing starts beside it");
}

Test(lanes, the_device_is_not_taken_while_others_run)
{
    struct bench bench;

    bench_set(&bench);
    bench.states[1] = bench.states[2] = LANE_OVER;
    bench.states[3] = LANE_RUNNING;
    cr_assert_eq(next(&bench, 4), ITEMS);
}

Test(lanes, checks_of_one_account_never_run_side_by_side)
{
    struct bench bench;

    bench_set(&bench);
    bench.states[1] = LANE_RUNNING;
    cr_assert_eq(next(&bench, 4), 3, "the check without an account goes first");
    bench.states[3] = LANE_RUNNING;
    cr_assert_eq(next(&bench, 4), ITEMS);
}

Test(lanes, an_account_is_shared_through_an_access_path)
{
    struct bench bench;
    struct access access = { 0 };

    bench_set(&bench);
    access.auth = &bench.auth;
    bench.items[2].subject.auth = NULL;
    bench.items[2].subject.access = &access;
    bench.states[1] = LANE_RUNNING;
    bench.states[3] = LANE_OVER;
    cr_assert_eq(next(&bench, 4), ITEMS);
}

Test(lanes, no_more_than_the_limit_run)
{
    struct bench bench;

    bench_set(&bench);
    bench.states[1] = LANE_RUNNING;
    cr_assert_eq(next(&bench, 1), ITEMS);
    cr_assert_eq(next(&bench, 2), 3);
}
