/* result.h - run/result.json: everything that was decided, and on what.
 *
 * Members that depend on the hour (when a check started, how long it took) stand in
 * "timing" alone, so that two runs over the same device can be compared by deleting
 * that one member.  What the checks add up to is evidence/rollup's to say. */
#pragma once

#include "engine/run.h"

/* `outcomes` has one member per plan item.  *ret_result is a new reference. */
enum status result_build(const struct plan *plan, const struct outcome *outcomes,
                         json_t **ret_result, struct error *reterr) MUST_CHECK;
