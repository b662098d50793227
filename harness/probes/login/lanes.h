/* lanes.h - several candidates tried at once, over as many connections, where the mechanism
 * and the profile bear it.
 *
 * A lane settles only what is clear: accepted or refused.  At the first answer that is
 * neither (a lock, a refused connection, silence), all lanes stop for good; what they did
 * not settle is tried again one by one, and counted again. */
#pragma once

#include "course.h"

struct lanes;

/* NULL in *ret_lanes: one by one it is. */
enum status lanes_open(struct course *course, struct arena *arena, struct lanes **ret_lanes,
                       struct error *reterr) MUST_CHECK;

/* Tries the untried ones of [first, end), with at most `most` log-ins; the result, the
 * attempts and the accepted ones go to the course.  *ret_clear: the lanes may go on. */
enum status lanes_run(struct lanes *lanes, size_t first, size_t end, unsigned most, bool *ret_clear,
                      struct error *reterr) MUST_CHECK;

/* Ends the connections and hands over what was said; NULL allowed. */
void lanes_close(struct lanes *lanes);
