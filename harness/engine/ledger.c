#include "engine/ledger.h"

#include "engine/lanes.h"

unsigned ledger_limit(const struct plan_item *item)
{
    const struct limits *limits = &item->subject.profile->limits;
    const char *own = item->check->probe->own_attempts;
    json_int_t bound;

    if (own == NULL) {
        return limits->login_attempts;
    }
    bound = json_integer_value(json_object_get(item->params, own));
    if (limits->brute_force_attempts > 0 && bound > limits->brute_force_attempts) {
        bound = limits->brute_force_attempts;
    }
    return bound > 0 ? (unsigned) bound : 0;
}

/* Do both draw on one budget? */
static bool shares(const struct plan_item *a, const struct plan_item *b)
{
    const char *account = lanes_account(a);

    if (a == b) {
        return true;
    }
    return a->check->probe->own_attempts == NULL && b->check->probe->own_attempts == NULL &&
           account != NULL && text_equal(account, lanes_account(b));
}

unsigned ledger_left(const struct plan *plan, const unsigned *spent, size_t place)
{
    const struct plan_item *item = &plan->items[place];
    unsigned long long used = 0;
    unsigned limit = ledger_limit(item);

    for (size_t i = 0; i < plan->item_count; i++) {
        const struct plan_item *other = &plan->items[i];
        unsigned kept = i != place && spent[i] == 0 ? other->check->probe->kept_attempts : 0;

        used += shares(item, other) ? spent[i] + kept : 0;
    }
    return used < limit ? limit - (unsigned) used : 0;
}
