/* ledger.h - wrong log-ins that the run has made, and what each account has left.  Pure.
 *
 * All checks of one account share limits.login_attempts.  A probe with a bound of its own
 * (probe_decl.own_attempts) counts apart, each check for itself: it looks for the lock that the
 * others must not meet. */
#pragma once

#include "model/plan.h"

/* The most that all attempts at this check may spend together. */
unsigned ledger_limit(const struct plan_item *item);

/* spent[] has a place for each item of the plan: all its attempts, earlier sessions included. */
unsigned ledger_left(const struct plan *plan, const unsigned *spent, size_t place);
