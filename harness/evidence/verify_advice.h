/* verify_advice.h - for every finding that is not good, one sentence that says what to do next.
 *
 * A sentence belongs to the code that opens a finding's detail ("trust.stale"); a finding without
 * one of its own takes that of its kind.  {model}, {vendor}, {firmware}, {expires}, {at} and
 * {wanted} stand for what the bundle, the trust store and the reader say. */
#pragma once

#include "evidence/verify_private.h"

/* [{"check","code","ja","en"}...], the worst first, each code once; "code" is that of the
 * sentence.  The caller's reference. */
json_t *verify_advice_json(const struct verification *verification);
