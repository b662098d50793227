#include "engine/ledger.h"

#include <criterion/criterion.h>

enum { ITEMS = 5 };

/* Two ways to one account, another account, a check that counts apart, and one without any. */
struct bench {
    struct profile profile;
    struct auth form;
    struct auth basic;
    struct auth other;
    struct probe_decl login;
    struct probe_decl brute;
    struct check guesses;
    struct check repeats;
    struct plan_item items[ITEMS];
    struct plan plan;
    unsigned spent[ITEMS];
};

static void bench_set(struct bench *bench)
{
    *bench = (struct bench){ .profile = { .limits = { .login_attempts = 60 } },
                             .form = { .id = "form", .account_of = "form" },
                             .basic = { .id = "basic", .account_of = "form" },
                             .other = { .id = "other", .account_of = "other" },
                             .brute = { .own_attempts = "attempts" } };
    bench->guesses.probe = &bench->login;
    bench->repeats.probe = &bench->brute;
    for (size_t i = 0; i < ITEMS; i++) {
        bench->items[i].check = i == 3 ? &bench->repeats : &bench->guesses;
        bench->items[i].subject.profile = &bench->profile;
    }
    bench->items[0].subject.auth = &bench->form;
    bench->items[1].subject.auth = &bench->basic;
    bench->items[2].subject.auth = &bench->other;
    bench->items[3].subject.auth = &bench->form;
    bench->items[3].params = json_pack("{s:i}", "attempts", 30);
    bench->plan =
        (struct plan){ .profile = &bench->profile, .items = bench->items, .item_count = ITEMS };
}

static void bench_done(struct bench *bench)
{
    json_decref(bench->items[3].params);
}

static unsigned left(const struct bench *bench, size_t place)
{
    return ledger_left(&bench->plan, bench->spent, place);
}

Test(ledger, all_checks_of_an_account_share)
{
    struct bench bench;

    bench_set(&bench);
    cr_assert_eq(left(&bench, 0), 60);
    bench.spent[0] = 42;
    cr_assert_eq(left(&bench, 0), 18, "its own earlier attempts count");
    cr_assert_eq(left(&bench, 1), 18, "so does what another way to the account spent");
    cr_assert_eq(left(&bench, 2), 60, "another account has its own");
    cr_assert_eq(left(&bench, 4), 60, "no account, nothing shared");
    bench.spent[1] = 30;
    cr_assert_eq(left(&bench, 0), 0, "overdrawn is nothing left");
    bench_done(&bench);
}

Test(ledger, what_looks_for_the_lock_counts_apart)
{
    struct bench bench;

    bench_set(&bench);
    bench.spent[0] = 60;
    cr_assert_eq(left(&bench, 3), 30);
    bench.spent[3] = 23;
    cr_assert_eq(left(&bench, 3), 7, "after an interruption, what is left of it");
    cr_assert_eq(left(&bench, 1), 0);
    bench.spent[0] = 0;
    cr_assert_eq(left(&bench, 1), 60, "and it takes nothing from the others");
    bench_done(&bench);
}

Test(ledger, the_profile_lowers_and_never_raises)
{
    struct bench bench;

    bench_set(&bench);
    bench.profile.limits.brute_force_attempts = 12;
    cr_assert_eq(ledger_limit(&bench.items[3]), 12);
    bench.profile.limits.brute_force_attempts = 500;
    cr_assert_eq(ledger_limit(&bench.items[3]), 30);
    cr_assert_eq(ledger_limit(&bench.items[0]), 60);
    bench_done(&bench);
}

Test(ledger, what_a_later_check_needs_is_kept_for_it)
{
    struct bench bench;
    struct probe_decl careful = { .kept_attempts = 6 };
    struct check last = { .probe = &careful };

    bench_set(&bench);
    bench.items[1].check = &last;
    cr_assert_eq(left(&bench, 0), 54);
    bench.spent[0] = 54;
    cr_assert_eq(left(&bench, 1), 6);
    bench.spent[1] = 4;
    cr_assert_eq(left(&bench, 0), 2, "it has had its turn");
    bench_done(&bench);
}
