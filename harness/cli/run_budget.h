/* run_budget.h - before a run: how many wrong log-ins each account may hear. */
#pragma once

#include "model/plan.h"

#include <stdio.h>

/* A line for each account that a planned check tries log-ins on. */
void run_budget_print(FILE *out, const struct plan *plan, enum language language);
