#include "engine/keeper.h"

#include "base/clock.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The device: a place that every process sees. */
struct device {
    volatile int changed;
    volatile int restored;
    volatile int changed_after_restore;
    volatile pid_t keeper;
};

static struct device *device;

static void setup(void)
{
    device = mmap(NULL, sizeof *device, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cr_assert_neq((void *) device, MAP_FAILED);
}

static void pause_ms(long ms)
{
    const struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

    (void) nanosleep(&time, NULL);
}

static _Noreturn enum status change_for_ever(struct probe_call *call, struct error *reterr)
{
    (void) reterr;
    call->owes = true;
    for (;;) {
        device->changed = 1;
        device->changed_after_restore += device->restored;
        pause_ms(1);
    }
}

static enum status restore(struct probe_call *call, struct error *reterr)
{
    (void) reterr;
    if (call->run_seed != 77 || strcmp(call->check, "fake@x") != 0) {
        return fail(reterr, STATUS_INTERNAL, "called otherwise");
    }
    device->changed = 0;
    device->restored++;
    return STATUS_OK;
}

static enum status restore_refused(struct probe_call *call, struct error *reterr)
{
    (void) call;
    return fail(reterr, STATUS_UNREACHABLE, "it does not want to");
}

static _Noreturn enum status restore_hangs(struct probe_call *call, struct error *reterr)
{
    (void) call;
    (void) reterr;
    for (;;) {
        (void) pause();
    }
}

static const struct param no_params[] = { PARAM_END };
static const struct fact no_facts[] = { FACT_END };

static struct probe fake = {
    .decl = { .name = "fake", .params = no_params, .facts = no_facts, .deadline_ms = 60000 },
    .run = change_for_ever,
    .restore = restore,
    .restore_ms = 300,
};
static struct check check = { .id = "fake", .probe = &fake.decl };
static struct plan_item item = { .id = "fake@x",
                                 .check = &check,
                                 .subject = { .address = "127.0.0.1" } };

static struct worker_order order_of(void)
{
    item.params = json_object();
    return (struct worker_order){
        .item = &item, .probe = &fake, .run_seed = 77, .attempt = 1, .without_liveness = true
    };
}

static bool comes_true(const volatile int *place, int wanted, int patience_ms)
{
    int64_t until_ms = clock_monotonic_ms() + patience_ms;

    while (*place != wanted && clock_monotonic_ms() < until_ms) {
        pause_ms(5);
    }
    return *place == wanted;
}

TestSuite(keeper, .init = setup);

Test(keeper, leaves_without_a_word_when_there_is_nothing_to_do)
{
    struct worker_order order = order_of();
    struct keeper keeper;

    cr_assert_eq(keeper_start(&order, -1, &keeper, NULL), STATUS_OK);
    keeper_release(&keeper);
    cr_assert_eq(keeper.pid, 0);
    cr_assert_eq(device->restored, 0);
    cr_assert_eq(waitpid(-1, NULL, WNOHANG), -1, "no child is left");
}

Test(keeper, restores_when_asked)
{
    struct worker_order order = order_of();
    struct restoration done;
    struct keeper keeper;

    cr_assert_eq(keeper_start(&order, -1, &keeper, NULL), STATUS_OK);
    device->changed = 1;
    cr_assert_eq(keeper_restore(&order, -1, &keeper, &done, NULL), STATUS_OK);
    cr_assert(done.restored, "%s", done.message);
    cr_assert_eq(device->changed, 0);
    cr_assert_eq(waitpid(-1, NULL, WNOHANG), -1, "no child is left");
}

Test(keeper, says_what_stands_in_the_way)
{
    struct worker_order order = order_of();
    struct restoration done;
    struct keeper keeper;

    fake.restore = restore_refused;
    cr_assert_eq(keeper_start(&order, -1, &keeper, NULL), STATUS_OK);
    cr_assert_eq(keeper_restore(&order, -1, &keeper, &done, NULL), STATUS_OK);
    cr_assert_not(done.restored);
    cr_assert_str_eq(done.message, "it does not want to");
}

Test(keeper, never_stays_longer_than_its_time)
{
    struct worker_order order = order_of();
    struct restoration done;
    struct keeper keeper;
    int64_t began_ms = clock_monotonic_ms();
    bool ended = false;

    fake.restore = restore_hangs;
    cr_assert_eq(keeper_start(&order, -1, &keeper, NULL), STATUS_OK);
    keeper_ask(&keeper);
    while (!ended) {
        pause_ms(20);
        keeper_listen(&keeper, &ended);
    }
    cr_assert_not(keeper_end(&keeper, &done));
    cr_assert_not(done.restored);
    cr_assert_lt(clock_monotonic_ms() - began_ms, 300 + KEEPER_SETTLE_MS + KEEPER_MARGIN_MS + 1000);
}

Test(keeper, another_one_takes_the_place_of_one_that_was_killed)
{
    struct worker_order order = order_of();
    struct restoration done;
    struct keeper keeper;

    cr_assert_eq(keeper_start(&order, -1, &keeper, NULL), STATUS_OK);
    cr_assert_eq(kill(keeper.pid, SIGKILL), 0);
    cr_assert_eq(keeper_restore(&order, -1, &keeper, &done, NULL), STATUS_OK);
    cr_assert(done.restored);
    cr_assert_eq(device->restored, 1);
}

/* A run of its own, which is killed with everything that is in its group. */
static pid_t run_begin(void)
{
    pid_t run = fork();

    if (run == 0) {
        struct worker_order order = order_of();
        struct keeper keeper;
        struct worker worker;

        (void) setpgid(0, 0);
        if (keeper_start(&order, -1, &keeper, NULL) != STATUS_OK) {
            _exit(1);
        }
        order.keeper = &keeper;
        device->keeper = keeper.pid;
        if (worker_start(&order, &worker, NULL) != STATUS_OK) {
            _exit(1);
        }
        for (;;) {
            (void) pause();
        }
    }
    (void) setpgid(run, run);
    return run;
}

static void wait_until_gone(pid_t pid)
{
    for (int i = 0; i < 1000 && kill(pid, 0) == 0; i++) {
        pause_ms(10);
        (void) waitpid(pid, NULL, WNOHANG);
    }
    cr_assert_neq(kill(pid, 0), 0, "the keeper is still there");
}

static void killed_run(bool whole_group)
{
    pid_t run;

    /* Orphans come to this test, so that their end can be seen. */
    cr_assert_eq(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
    run = run_begin();
    cr_assert(comes_true(&device->changed, 1, 5000));
    cr_assert_eq(kill(whole_group ? -run : run, SIGKILL), 0);
    (void) waitpid(run, NULL, 0);
    cr_assert(comes_true(&device->restored, 1, 5000), "nobody brought the device back");
    wait_until_gone(device->keeper);
    cr_assert_eq(device->changed, 0);
    cr_assert_eq(device->changed_after_restore, 0, "the worker was still at it");
}

Test(keeper, restores_when_the_run_is_killed)
{
    killed_run(false);
}

Test(keeper, restores_when_the_whole_group_is_killed)
{
    killed_run(true);
}
