/* plan.h - a suite applied to a profile: the ordered checks, each with its subject,
 * its parameters and its expectations resolved, and a reason for each one left out.
 * Pure: the same suite, profile and parameters give the same plan and digest. */
#pragma once

#include "model/subject.h"
#include "model/suite.h"
#include "model/verdict.h"

struct plan_control {
    const struct control *control;
    json_t *params;             /* complete; NULL: judged on the main observation */
    struct expectation *expect; /* references resolved */
};

struct plan_item {
    const char *id; /* "S1.1-12/tls-server@admin": unique in the plan */
    const struct check *check;
    struct subject subject;
    json_t *params;                /* complete for the probe */
    struct plan_control *controls; /* check->control_count of them */
    struct expectation *expect;    /* check->expect_count of them, references resolved */
};

/* A check or a part of a clause that will not run, and why. */
struct plan_omission {
    const char *id;
    const struct clause *clause;
    enum verdict verdict; /* NA (profile's reason), NOT_TESTED */
    bool counts;          /* false: recorded, but not in the roll-up */
    struct words reason;
};

struct plan {
    const struct suite *suite;
    const struct profile *profile;
    struct plan_item *items;
    size_t item_count;
    struct plan_omission *omissions;
    size_t omission_count;
};

/* `only` (NULL-ended, or NULL) keeps the checks whose id or clause id it names; the
 * others become not_tested omissions, so that a partial run can never conform. */
enum status plan_build(const struct suite *suite, const struct profile *profile,
                       const char *const *only, struct arena *arena, struct plan **ret_plan,
                       struct error *reterr) MUST_CHECK;

/* {"checks":[{"id","clause","probe","subject","params"...}],"omitted":[...]} without any
 * secret; new reference. */
json_t *plan_to_json(const struct plan *plan);
