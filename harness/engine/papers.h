/* papers.h - the documents of the profile, collected once before the checks of a run: a copy of
 * each in the journal's folder (docs/<id>.<suffix>) and an event "document" (probe/paper.h) that
 * vouches for it.  What a server sends is taken in by a child without rights, as an answer of the
 * device is. */
#pragma once

#include "engine/journal.h"
#include "model/plan.h"
#include "probe/paper.h"

#include <signal.h>

/* Those that a planned check reads and that `said` (document id -> data of its event, of an
 * earlier session of the run; may be NULL) does not have yet.  *ret_papers lives in the arena.
 * INTERRUPTED; BAD_INPUT when a copy has changed since it was collected. */
enum status papers_collect(struct journal *journal, const struct plan *plan, json_t *said,
                           const volatile sig_atomic_t *interrupted, struct arena *arena,
                           struct papers *ret_papers, struct error *reterr) MUST_CHECK;
