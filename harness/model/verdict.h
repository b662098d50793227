/* verdict.h - the words a check, a clause and a level can end in, and how they add up.
 *
 * Within one check the judge settles on a word.  Across the checks of a clause a
 * proven failure outweighs everything, since one witness refutes; then come the
 * words that leave the question open; pass needs every check to pass. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Ordered from what settles least to what decides first in verdict_worse. */
#define VERDICT_LIST(X)                                                                            \
    X(NA, "na")                                                                                    \
    X(PASS, "pass")                                                                                \
    X(NOT_TESTED, "not_tested")                                                                    \
    X(REVIEW, "review")                                                                            \
    X(INCONC, "inconc")                                                                            \
    X(ERROR, "error")                                                                              \
    X(FAIL, "fail")

enum verdict {
#define X(name, word) VERDICT_##name,
    VERDICT_LIST(X)
#undef X
        VERDICT_COUNT
};

enum overall { OVERALL_INCONCLUSIVE, OVERALL_CONFORMANT, OVERALL_NONCONFORMANT };

/* The word used in every file, such as "not_tested"; static. */
const char *verdict_word(enum verdict verdict);
bool verdict_from_word(const char *word, enum verdict *ret_verdict);

/* "conformant", "nonconformant" or "inconclusive"; static. */
const char *overall_word(enum overall overall);
bool overall_from_word(const char *word, enum overall *ret_overall);

/* The one of the two that decides. */
enum verdict verdict_worse(enum verdict a, enum verdict b);

/* A clause: what its checks add up to.  No checks at all is NOT_TESTED; NA only
 * if every check is NA. */
enum verdict verdict_of_clause(const enum verdict *checks, size_t count);

struct clause_outcome {
    enum verdict verdict;
    bool mandatory;
};

/* A level: NONCONFORMANT if a mandatory clause fails, CONFORMANT only if every
 * mandatory clause is pass or na and there is at least one pass, else INCONCLUSIVE. */
enum overall overall_of_level(const struct clause_outcome *clauses, size_t count);
