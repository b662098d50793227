/* label.h - which overall result of a level earns which self-test summary, who may declare it,
 * for how long, and its words.  Data only; who draws one works from a verified bundle. */
#pragma once

#include "base/arena.h"
#include "base/text.h"
#include "model/basis.h"
#include "model/profile.h"
#include "model/verdict.h"

enum label_declarer { LABEL_BY_VENDOR, LABEL_BY_EVALUATOR };

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
    unsigned level;
    enum label_declarer declared_by; /* whose statement must be in the bundle */
    struct basis declared_basis;
    unsigned valid_months; /* from the end of the run */
    struct basis valid_basis;
    struct words notice;      /* what the artwork is not; always shown */
    struct words provisional; /* shown large where it is given: the criteria are not official */
    const struct label_summary *summaries;
    size_t summary_count;
};

/* BAD_INPUT with file:line:column; every overall result has exactly one summary. */
enum status label_load(const char *path, struct arena *arena, struct label **ret_label,
                       struct error *reterr) MUST_CHECK;

const char *label_declarer_word(enum label_declarer declarer); /* "vendor", "evaluator" */

const struct label_summary *label_summary(const struct label *label, enum overall overall);
