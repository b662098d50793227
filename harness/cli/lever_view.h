/* lever_view.h - what a profile's levers are, in words for whoever has to trust them. */
#pragma once

#include "base/text.h"
#include "model/plan.h"

#include <stdio.h>

/* One line each: name, way, and the whole of what will be done. */
void levers_print(FILE *out, const struct profile *profile, enum language language);

/* The same for whoever has to agree to a run: whether checks of the plan move levers, how many say
 * that they need each, and what will be started. */
void levers_print_of_plan(FILE *out, const struct plan *plan, enum language language);

/* "command /bench/tools/lever power-off", "POST /api/erase at admin as admin", ... */
void lever_describe(const struct lever_way *way, enum language language, char *room, size_t size);
