/* label_card.h - what a self-test summary says: from a verified bundle and the words of its label,
 * and from nothing else. */
#pragma once

#include "base/arena.h"
#include "evidence/verify.h"
#include "model/label.h"

#include <jansson.h>

enum { LABEL_LEVELS = 4, LABEL_DAY_SIZE = sizeof "YYYY-MM-DD" };

/* Borrows all that it was made from, and the arena. */
struct label_card {
    const struct label *label;
    const struct label_summary *summary;
    const struct verified_bundle *bundle;
    enum overall overall;                    /* of the clauses up to the label's level */
    enum overall of_level[LABEL_LEVELS + 1]; /* of those up to each level, from 1 */
    unsigned asked;                          /* the level of the run */
    unsigned replaced;                       /* parameters that are not the suite's own */
    const char *declared_by;                 /* "" when a key alone is known */
    const char *method;                      /* of the evaluation, or "" */
    char tested[LABEL_DAY_SIZE];
    char valid_until[LABEL_DAY_SIZE]; /* the last day */
    const char *qr;
};

/* report: that of the verification; at_ms: the time it was judged at.
 *
 * UNSUPPORTED, with a sentence for people, when no summary can be drawn: the run asked less than
 * the label's level, the level is an evaluator's to declare and none did, or its time is over. */
enum status label_card_of(const struct label *label, const struct verified_bundle *bundle,
                          const json_t *report, int64_t at_ms, struct arena *arena,
                          struct label_card *ret_card, struct error *reterr) MUST_CHECK;

/* The same as data, with words in both languages; new reference. */
json_t *label_card_json(const struct label_card *card);

/* Appends an SVG drawing. */
enum status label_card_svg(const struct label_card *card, enum language language, struct bytes *out,
                           struct error *reterr) MUST_CHECK;
