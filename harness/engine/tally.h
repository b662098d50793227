/* tally.h - wrong log-ins as they are made, one number for each item of the plan, in a file of
 * the run's folder.
 *
 * A child says each of them to its parent, which writes the log; but what is said may still be
 * on its way when both are killed.  The file is mapped before the children are forked, so that
 * what they count in it outlives them and the run.  A power cut may lose it. */
#pragma once

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

struct tally {
    uint32_t *counts; /* NULL: not open */
    size_t count;
};

/* Makes the file, or opens that of an interrupted run.  Close with DEFER(tally_done). */
enum status tally_open(struct tally *tally, const char *path, size_t count,
                       struct error *reterr) MUST_CHECK;
void tally_done(struct tally *tally);

/* One more; from any process.  NULL, or not open: nothing is counted. */
void tally_add(const struct tally *tally, size_t place);

unsigned tally_of(const struct tally *tally, size_t place);

/* What the log knows more than the file. */
void tally_raise(const struct tally *tally, size_t place, unsigned least);
