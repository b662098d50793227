/* preflight.h - is the declared device there, before anything else is asked of it? */
#pragma once

#include "base/status.h"
#include "model/profile.h"

#include <signal.h>

/* Asked by a child: what a stranger answers is not read where the key will be.
 * UNREACHABLE when nothing, or something else, answers.  interrupted may be NULL. */
enum status preflight(const struct profile *profile, const volatile sig_atomic_t *interrupted,
                      struct error *reterr) MUST_CHECK;
