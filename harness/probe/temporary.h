/* temporary.h - a password for the time in which a check has changed one.
 *
 * It is computed, never stored: whoever has the profile (with its secrets) and the log of the
 * run can compute it again, and nobody else.  HMAC-SHA-256 keyed with the declared password
 * over "hoshitori change", the run's seed and the id of the check, written so that the usual
 * rules for passwords are met. */
#pragma once

#include "probe/probe.h"

enum { TEMPORARY_LENGTH = 20, TEMPORARY_LENGTH_MIN = 8, TEMPORARY_SIZE = 65 };

/* Upper and lower case, a digit and (unless rules forbid them) a symbol; never the user's
 * name.  The veil of the call, if it has one, knows it from then on.  rules->length 0 and
 * rules->symbols NULL: our own.  The caller wipes room. */
enum status temporary_password(const struct probe_call *call, const struct credential *credential,
                               const struct change *rules, char room[TEMPORARY_SIZE],
                               struct error *reterr) MUST_CHECK;
