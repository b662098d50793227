#include "engine/budget.h"

#include "engine/lanes.h"
#include "engine/ledger.h"
#include "engine/run_private.h"
#include "evidence/json_make.h"

static json_t *limits_json(const struct run *run)
{
    const struct limits *limits = &run->setup.plan->profile->limits;

    return json_made(
        json_pack("{s:I, s:I, s:I, s:I, s:b}", "concurrency", (json_int_t) run->setup.jobs,
                  "connections_per_second", (json_int_t) limits->connections_per_second,
                  "login_attempts", (json_int_t) limits->login_attempts, "brute_force_attempts",
                  (json_int_t) limits->brute_force_attempts, "fragile", (int) limits->fragile));
}

static bool counts_apart(const struct plan_item *item)
{
    return item->check->probe->own_attempts != NULL;
}

/* One row an account, in the plan's order. */
static void add_account(const struct run *run, size_t place, json_t *accounts)
{
    const struct plan *plan = run->setup.plan;
    const char *account = lanes_account(&plan->items[place]);
    unsigned used = 0;

    for (size_t i = 0; i < plan->item_count; i++) {
        bool same =
            !counts_apart(&plan->items[i]) && text_equal(lanes_account(&plan->items[i]), account);

        if (same && i < place) {
            return;
        }
        used += same ? run->spent[i] : 0;
    }
    json_append(accounts,
                json_pack("{s:s, s:I, s:I}", "account", account, "used", (json_int_t) used,
                          "allowed", (json_int_t) plan->profile->limits.login_attempts));
}

json_t *budget_json(const struct run *run)
{
    const struct plan *plan = run->setup.plan;
    json_t *accounts = json_made(json_array());
    json_t *apart = json_made(json_array());

    for (size_t i = 0; i < plan->item_count; i++) {
        const struct plan_item *item = &plan->items[i];

        if (counts_apart(item)) {
            json_append(apart, json_pack("{s:s, s:I, s:I}", "check", item->id, "used",
                                         (json_int_t) run->spent[i], "allowed",
                                         (json_int_t) ledger_limit(item)));
        } else if (lanes_account(item) != NULL) {
            add_account(run, i, accounts);
        }
    }
    return json_made(json_pack("{s:o, s:o, s:o}", "limits", limits_json(run), "log_ins", accounts,
                               "log_ins_apart", apart));
}

json_t *budget_traffic_json(const struct run *run)
{
    json_int_t connections = 0;
    json_int_t sent = 0;
    json_int_t received = 0;

    for (size_t i = 0; i < run->setup.plan->item_count; i++) {
        connections += run->outcomes[i].connections;
        sent += run->outcomes[i].sent;
        received += run->outcomes[i].received;
    }
    return json_made(json_pack("{s:I, s:I, s:I}", "connections", connections, "sent", sent,
                               "received", received));
}
