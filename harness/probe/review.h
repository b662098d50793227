/* review.h - what a reviewer has written down of a check (run --answers), for probes that look for
 * something which a person may find where no program does.
 *
 * "yes": it is there, seen by the reviewer; "no" or "none": it is not.  Without an answer nothing
 * is said: never a silent yes. */
#pragma once

#include "probe/probe.h"

/* Sets the facts below; confirmed only with an answer.  BAD_INPUT: another answer than these. */
enum status review_facts(struct probe_call *call, struct error *reterr) MUST_CHECK;

/* Rows of the table of facts. */
#define REVIEW_FACTS                                                                               \
    { .name = "confirmed",                                                                         \
      .type = FACT_BOOL,                                                                           \
      .help = "A reviewer wrote down (run --answers) that it is there: true, or that it is not: "  \
              "false. Left out without an answer." },                                              \
        { .name = "reviewer", .type = FACT_TEXT, .help = "Who; with an answer." },                 \
        { .name = "reviewed_at", .type = FACT_TEXT, .help = "YYYY-MM-DD; with an answer." },       \
    {                                                                                              \
        .name = "review_why", .type = FACT_TEXT, .help = "In the reviewer's words."                \
    }
