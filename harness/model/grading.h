/* grading.h - the condition 'graded' of a suite: which facts are graded by which policy,
 * at what time, and what they have to earn. */
#pragma once

#include "model/expect.h"
#include "model/policy.h"

enum grading_moment {
    GRADING_RUN,    /* in the year of the observation */
    GRADING_UNTIL,  /* in the last year of each row's own validity */
    GRADING_SUPPORT /* in the last year of the declared support */
};

/* One fact whose members are names, numbers, or rows of them. */
struct grading_item {
    const char *path;
    const char *kind;   /* of names in the policy */
    const char *called; /* what a number is a number of, such as DH; NULL: the fact has names */
    const char *name;   /* columns of a table; NULL: none */
    const char *number;
    const char *until;
    bool when_observed; /* false: without this fact nothing is decided */
};

struct grading {
    const struct policy *policy;
    const struct grading_item *items;
    size_t item_count;
    enum grading_moment moment;
    enum policy_use use;
    json_t *written; /* as in the suite */
};

extern const struct record grading_record;

/* "run", "until", "support". */
const char *grading_moment_word(enum grading_moment moment);

/* "cryptrec-list of suites.*, groups" and, unless it is the run, "... at support". */
const char *grading_text(const struct grading *grading, struct arena *arena);

/* Reads the mapping after 'graded' into the expectation; the operand is what is demanded. */
void grading_read(const struct expect_context *context, const struct node *node,
                  struct expectation *expectation);

enum { GRADING_ANY = -1, GRADING_NO_SUCH = -2 };

/* The grade that is demanded, or one of the two above. */
int grading_demand(const struct expectation *expectation);

/* As it stands in the plan: references resolved; new reference. */
json_t *grading_to_json(const struct expectation *expectation);
