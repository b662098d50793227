/* chart.h - the chart of wins and losses: a result as a table for people.
 *
 *   o pass   x fail   triangle: open, or passed as far as tested   - not tested or n/a */
#pragma once

#include "base/bytes.h"
#include "base/text.h"

#include <jansson.h>

struct chart_style {
    enum language language;
    size_t width; /* columns; at least 60 is used */
    bool colour;  /* ANSI */
    bool details; /* every check with what was expected, seen, and how to mend it */
};

/* result: run/result.json as built or as verified. */
enum status chart_put(struct bytes *out, const json_t *result, const struct chart_style *style,
                      struct error *reterr) MUST_CHECK;
