#include "engine/lanes.h"

const char *lanes_account(const struct plan_item *item)
{
    const struct auth *auth = item->subject.auth;

    if (auth == NULL && item->subject.access != NULL) {
        auth = item->subject.access->auth;
    }
    return auth == NULL ? NULL : auth->account_of;
}

static bool share_account(const struct plan_item *a, const struct plan_item *b)
{
    const char *account = lanes_account(a);

    return account != NULL && text_equal(account, lanes_account(b)) &&
           (a->check->exclusive != EXCLUSIVE_NONE || b->check->exclusive != EXCLUSIVE_NONE);
}

static bool may_start(const struct plan *plan, const enum lane_state *states, size_t wanted,
                      unsigned running)
{
    const struct plan_item *item = &plan->items[wanted];

    if (item->check->exclusive == EXCLUSIVE_DEVICE) {
        return running == 0;
    }
    for (size_t i = 0; i < plan->item_count; i++) {
        if (states[i] == LANE_RUNNING && (plan->items[i].check->exclusive == EXCLUSIVE_DEVICE ||
                                          share_account(&plan->items[i], item))) {
            return false;
        }
    }
    return true;
}

size_t lanes_next(const struct plan *plan, const enum lane_state *states, unsigned jobs)
{
    unsigned running = 0;
    bool others_wait = false;

    for (size_t i = 0; i < plan->item_count; i++) {
        running += states[i] == LANE_RUNNING ? 1 : 0;
        others_wait = others_wait || (states[i] == LANE_WAITING &&
                                      plan->items[i].check->exclusive != EXCLUSIVE_DEVICE);
    }
    if (running >= jobs) {
        return plan->item_count;
    }
    for (size_t i = 0; i < plan->item_count; i++) {
        bool last = plan->items[i].check->exclusive == EXCLUSIVE_DEVICE;

        if (states[i] == LANE_WAITING && !(last && others_wait) &&
            may_start(plan, states, i, running)) {
            return i;
        }
    }
    return plan->item_count;
}
