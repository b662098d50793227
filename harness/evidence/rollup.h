/* rollup.h - what the checks of run/result.json add up to, computed here and nowhere else.
 *
 * Clause verdicts and the overall word follow from the checks by model/verdict.h.  `counts`
 * counts clauses by verdict word; a word that is left out counts zero.  The sealer fills the
 * sums in, the verifier computes them again and compares.
 *
 * Codes "result.*" and "plan.*"; STATUS_BAD_INPUT. */
#pragma once

#include "base/arena.h"
#include "base/status.h"
#include "model/verdict.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct rollup_check {
    const char *id;
    const char *clause;
    enum verdict verdict;
};

struct rollup_clause {
    const char *id;
    bool mandatory;
    enum verdict verdict; /* computed */
};

/* Texts are borrowed from the result, arrays live in the arena. */
struct rollup {
    const struct rollup_clause *clauses;
    size_t clause_count;
    const struct rollup_check *checks; /* sorted by id */
    size_t check_count;
    size_t counts[VERDICT_COUNT]; /* of clauses */
    enum overall overall;
};

/* Reads scheme, level and every clause's id, mandatory and checks' id and verdict; an id
 * that appears twice is refused.  Stated sums are not looked at. */
enum status rollup_of(const json_t *result, struct arena *arena, struct rollup *ret_rollup,
                      struct error *reterr) MUST_CHECK;

/* Do the sums that result states agree with the computed ones? */
enum status rollup_matches(const struct rollup *rollup, const json_t *result,
                           struct error *reterr) MUST_CHECK;

/* Writes each clause's verdict, counts and overall into result. */
enum status rollup_fill(json_t *result, struct error *reterr) MUST_CHECK;

/* A new object: verdict word to number of clauses, all seven words. */
json_t *rollup_counts(const struct rollup *rollup);

/* Does counts say the same? */
bool rollup_counts_match(const struct rollup *rollup, const json_t *counts);

/* Every check of the plan {"checks":[{"id","clause"}...]} is in the result exactly once and
 * under its clause, and none besides.  When the plan has "clauses":[{"id","mandatory"}...]
 * the same holds for the clauses. */
enum status rollup_covers(const struct rollup *rollup, const json_t *plan,
                          struct error *reterr) MUST_CHECK;

/* NULL when there is none. */
const struct rollup_check *rollup_find(const struct rollup *rollup, const char *id);
