/* review.h - what a reviewer has written down of a check (run --answers), for probes that look for
 * something which a person may find where no program does.
 *
 * "yes": it is there, seen by the reviewer; "no" or "none": it is not.  Without an answer nothing
 * is said: never a silent yes.  An answer with a digest counts only for a copy that has it. */
#pragma once

#include "probe/probe.h"

/* Does this probe read what a reviewer wrote down? */
bool review_is_read(const struct probe_decl *probe);

/* Is it one of the words that he may write? */
bool review_is_answer(const char *answer);

/* Sets the facts below; confirmed only with an answer that counts.  digests: of the copies that the
 * check has before it, a list of texts; NULL: none.  BAD_INPUT: another answer than these. */
enum status review_facts(struct probe_call *call, const json_t *digests,
                         struct error *reterr) MUST_CHECK;

/* Rows of the table of facts. */
#define REVIEW_FACTS                                                                               \
    { .name = "confirmed",                                                                         \
      .type = FACT_BOOL,                                                                           \
      .help = "A reviewer wrote down (run --answers) that it is there: true, or that it is not: "  \
              "false. Left out without an answer, or with one of another copy." },                 \
        { .name = "reviewed_sha256",                                                               \
          .type = FACT_TEXT,                                                                       \
          .help = "Of the copy of a document that the answer is about, where it says so." },       \
        { .name = "review_of_another_copy",                                                        \
          .type = FACT_BOOL,                                                                       \
          .help = "true: the answer is about a copy that this run has not, and does not count." }, \
        { .name = "reviewer", .type = FACT_TEXT, .help = "Who; with an answer." },                 \
        { .name = "reviewed_at", .type = FACT_TEXT, .help = "YYYY-MM-DD; with an answer." },       \
    {                                                                                              \
        .name = "review_why", .type = FACT_TEXT, .help = "In the reviewer's words."                \
    }
