/* policy.h - a grading of cryptography as data: which grades there are, and which names of
 * algorithms earn them.  A file such as testsuites/jc-star/policy/cryptrec-list.yaml; a lab
 * replaces it.
 *
 * A name has parts ("key exchange", "encryption").  In each part the first rule whose pattern
 * fits speaks, and the worst part decides.  A part in which no rule fits is unknown: what a
 * policy does not name is never good. */
#pragma once

#include "base/arena.h"
#include "base/text.h"
#include "model/basis.h"
#include "model/profile.h"

#include <stdbool.h>
#include <stddef.h>

struct problems;

enum { POLICY_UNKNOWN = -1 };

enum policy_use { POLICY_CREATE, POLICY_VERIFY }; /* CRYPTREC LS-0003 has a column for each */

/* In the order of the file: the best first. */
struct policy_grade {
    const char *id;
    struct words title;
};

/* What a strength is worth in some years, the last included. */
struct policy_strength {
    unsigned bits; /* and more, up to the next row's */
    enum policy_use use;
    unsigned from;
    unsigned until;
    int grade;
    const struct basis *basis;
};

struct policy_algorithm {
    const char *name;
    int grade;
    const struct basis *basis;
};

enum policy_says {
    POLICY_SAYS_GRADE,
    POLICY_SAYS_BITS,
    POLICY_SAYS_ALGORITHMS,
    POLICY_SAYS_NOTHING
};

struct policy_rule {
    const char *const *names; /* '*' stands for any run of characters */
    size_t name_count;
    unsigned from; /* the least number, such as a key's bits; 0: any, or none */
    enum policy_says says;
    int grade;
    unsigned bits;
    const struct policy_algorithm **algorithms;
    size_t algorithm_count;
    const struct basis *basis;
};

struct policy_part {
    const char *kind; /* of names: "tls_suite" */
    const char *part;
    const struct policy_rule *rules;
    size_t rule_count;
};

struct policy {
    struct source_file source;
    const char *id;
    struct words title;
    struct basis edition;
    struct words notice;
    const struct policy_grade *grades;
    size_t grade_count;
    const struct policy_strength *strengths;
    size_t strength_count;
    const struct policy_algorithm *algorithms;
    size_t algorithm_count;
    const struct policy_part *parts;
    size_t part_count;
};

/* Every problem to `problems`. */
enum status policy_decode(const struct source_file *source, struct problems *problems,
                          struct arena *arena, struct policy **ret_policy,
                          struct error *reterr) MUST_CHECK;

/* POLICY_UNKNOWN when there is no such grade. */
int policy_grade_find(const struct policy *policy, const char *id);
bool policy_has_kind(const struct policy *policy, const char *kind);

/* One name with what belongs to it. */
struct policy_thing {
    const char *kind;
    const char *name;
    long long number; /* such as a key's bits; below 0: it has none */
    enum policy_use use;
    unsigned year;
};

struct policy_finding {
    bool graded;               /* false: every part says nothing */
    int grade;                 /* the worst known one; POLICY_UNKNOWN: none is known */
    const struct basis *basis; /* of that grade */
    const char *why;           /* the algorithm or strength behind it; NULL: the name itself */
    const char *unknown;       /* what the policy does not know of it; NULL: nothing */
};

struct policy_finding policy_look_up(const struct policy *policy, const struct policy_thing *thing,
                                     struct arena *arena);
