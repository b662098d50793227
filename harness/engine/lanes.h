/* lanes.h - which check may start next.  Pure.
 *
 * A check that is exclusive to its account never runs beside another of that account (a
 * lock-out of one would be taken for the device's answer to the other); a check that takes the
 * device for itself runs alone, after the others. */
#pragma once

#include "model/plan.h"

#include <stdbool.h>

enum lane_state { LANE_WAITING, LANE_RUNNING, LANE_OVER };

/* The index of an item that may start now, or plan->item_count when none may. */
size_t lanes_next(const struct plan *plan, const enum lane_state *states, unsigned jobs);

/* The id of the mechanism whose accounts the check asks; NULL: it asks none. */
const char *lanes_account(const struct plan_item *item);
