/* expect.h - conditions over facts: their operators, and how a suite's text becomes one. */
#pragma once

#include "model/decode.h"
#include "model/suite.h"

#include <regex.h>

/* What a path ends in. */
enum path_shape { PATH_SCALAR, PATH_COLUMN, PATH_LIST, PATH_GROUPS, PATH_ROWS };

struct path_type {
    enum path_shape shape;
    enum fact_type element; /* BOOL, INT or TEXT; meaningless for GROUPS and ROWS */
    const struct fact *fact;
};

/* BAD_INPUT without a place. */
enum status path_type_of(const struct fact *facts, const char *path, struct path_type *ret_type,
                         struct error *reterr) MUST_CHECK;

/* What an operator accepts, as bits. */
enum operator_shapes {
    ON_SCALAR = 1 << PATH_SCALAR,
    ON_COLUMN = 1 << PATH_COLUMN,
    ON_LIST = 1 << PATH_LIST,
    ON_GROUPS = 1 << PATH_GROUPS,
    ON_ROWS = 1 << PATH_ROWS
};

enum operand_kind {
    OPERAND_VALUE,  /* of the fact's own type */
    OPERAND_VALUES, /* a list of the fact's element type */
    OPERAND_EITHER, /* one or a list of them */
    OPERAND_NUMBER,
    OPERAND_BOOL,
    OPERAND_PATTERN,
    OPERAND_GRADING, /* a mapping, grading.h */
    OPERAND_PARTS    /* conditions */
};

struct expect_operator {
    const char *word;
    unsigned shapes;
    enum operand_kind operand;
    bool claims_absence; /* whatever the operand */
    const char *help;
};

/* Indexed by enum expect_op. */
extern const struct expect_operator expect_operators[EXPECT_NOT + 1];

/* "that something is not there": needs a control to be believed. */
bool expectation_claims_absence(const struct expectation *expectation);

struct expect_context {
    struct decoder *decoder;
    const struct suite *suite; /* for "$param." */
    const struct fact *facts;
    enum subject_kind kind;
    bool may_grade; /* at the top of a check's 'expect' only: there the grade is recorded */
};

/* Reads a list of conditions; problems are reported, the count is then short. */
void expect_list(const struct expect_context *context, const struct node *list,
                 struct expectation **ret_expect, size_t *ret_count);

/* False when the pattern is not one that suites may use; else regfree is due. */
bool expect_pattern_compile(const char *pattern, regex_t *ret_compiled) MUST_CHECK;

/* What a leaf's path leads to, as a new reference; NULL: not observed. */
json_t *expectation_value(const struct expectation *expectation, const json_t *facts);
