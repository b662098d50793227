/* grade.h - what observed facts earn under a policy.  Pure: the year is an argument. */
#pragma once

#include "model/grading.h"
#include "model/truth.h"

struct grade_years {
    unsigned run;     /* of the observation; 0: not known */
    unsigned support; /* of the end of declared support; 0: not declared */
};

enum grade_state {
    GRADE_KNOWN,
    GRADE_UNKNOWN,      /* the policy does not know a name, and nothing known is worse */
    GRADE_NOT_OBSERVED, /* a fact is not there */
    GRADE_NOT_DECLARED  /* the profile does not say what year is in question */
};

struct grade_result {
    const struct expectation *expectation;
    enum grade_state state;
    enum truth truth; /* of "is at least what is demanded" */
    bool decides;     /* false: nothing is demanded, or nothing is declared */
    int grade;        /* the worst known one; POLICY_UNKNOWN: none */
    unsigned year;    /* in which it is that */
    const struct basis *basis;
    json_t *because;  /* texts: what decided, each once; in the arena */
    json_t *unknown;  /* texts: what the policy does not know */
    const char *fact; /* of NOT_OBSERVED */
};

struct grade_result grade_facts(const struct expectation *expectation, const json_t *facts,
                                const struct grade_years *years, struct arena *arena);

/* The grade's id, or "unknown", "not-observed", "not-declared". */
const char *grade_word(const struct grade_result *result);
