/* label.h - which overall result earns which self-test summary, and its words.
 * Data only; who awards one works from a verified bundle. */
#pragma once

#include "base/arena.h"
#include "base/text.h"
#include "model/profile.h"
#include "model/verdict.h"

struct label_summary {
    const char *id;
    enum overall earned_by;
    struct words title;
    struct words text;
    const char *colour; /* "#rrggbb" */
};

struct label {
    struct source_file source;
    const char *id;
    const char *scheme;
    struct words notice; /* what the artwork is not; always shown */
    const struct label_summary *summaries;
    size_t summary_count;
};

/* BAD_INPUT with file:line:column; every overall result has exactly one summary. */
enum status label_load(const char *path, struct arena *arena, struct label **ret_label,
                       struct error *reterr) MUST_CHECK;

const struct label_summary *label_summary(const struct label *label, enum overall overall);
