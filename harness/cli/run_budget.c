#include "cli/run_budget.h"

#include "engine/lanes.h"
#include "engine/ledger.h"

#include <stdbool.h>

struct budget {
    const char *account;
    bool guesses;
    unsigned apart; /* of checks that count for themselves */
};

static struct budget budget_of(const struct plan *plan, const char *account)
{
    struct budget budget = { .account = account };

    for (size_t i = 0; i < plan->item_count; i++) {
        const struct plan_item *item = &plan->items[i];

        if (item->check->exclusive != EXCLUSIVE_ACCOUNT ||
            !text_equal(account, lanes_account(item))) {
            continue;
        }
        if (item->check->probe->own_attempts != NULL) {
            budget.apart += ledger_limit(item);
        } else {
            budget.guesses = true;
        }
    }
    return budget;
}

static const struct lockout *lockout_of(const struct plan *plan, const char *account)
{
    static const struct lockout none = { 0 };

    for (size_t i = 0; i < plan->profile->auth_count; i++) {
        if (text_equal(plan->profile->auths[i].id, account)) {
            return &plan->profile->auths[i].lockout;
        }
    }
    return &none;
}

static void print_one(FILE *out, const struct plan *plan, const struct budget *budget,
                      enum language language)
{
    const struct lockout *lockout = lockout_of(plan, budget->account);
    unsigned guesses = budget->guesses ? plan->profile->limits.login_attempts : 0;
    bool ja = language == LANGUAGE_JA;

    (void) fprintf(
        out,
        ja ? "試行    %s: 誤ったログインは合わせて%u回まで、ロックを確かめる試行は別に%u回まで"
           : "log-ins   %s: at most %u wrong ones, and %u more that look for a lock-out",
        budget->account, guesses, budget->apart);
    if (lockout->after > 0) {
        (void) fprintf(out, ja ? " (宣言: %u回で%u秒)" : " (declared: after %u, for %u s)",
                       lockout->after, lockout->delay_s);
    }
    (void) fputc('\n', out);
}

void run_budget_print(FILE *out, const struct plan *plan, enum language language)
{
    for (size_t i = 0; i < plan->item_count; i++) {
        const char *account = lanes_account(&plan->items[i]);
        bool said = account == NULL;

        for (size_t j = 0; j < i && !said; j++) {
            said = text_equal(account, lanes_account(&plan->items[j]));
        }
        if (!said) {
            struct budget budget = budget_of(plan, account);

            if (budget.guesses || budget.apart > 0) {
                print_one(out, plan, &budget, language);
            }
        }
    }
}
