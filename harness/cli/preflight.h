/* preflight.h - is the declared device there, before anything else is asked of it? */
#pragma once

#include "base/status.h"
#include "model/profile.h"

#include <signal.h>

/* Asked by a child: what a stranger answers is not read where the key will be.
 * UNREACHABLE when nothing, or something else, answers.  interrupted may be NULL. */
enum status preflight(const struct profile *profile, const volatile sig_atomic_t *interrupted,
                      struct error *reterr) MUST_CHECK;

/* The same before the device is brought back: *ret_silent where nothing answers and the profile
 * has levers for power or network, so that the silence may be our own doing.  A stranger in the
 * device's place is UNREACHABLE here too. */
enum status preflight_to_restore(const struct profile *profile,
                                 const volatile sig_atomic_t *interrupted, bool *ret_silent,
                                 struct error *reterr) MUST_CHECK;
