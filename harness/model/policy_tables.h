/* policy_tables.h - a policy file as it is written. */
#pragma once

#include "model/decode.h"
#include "model/policy.h"

struct policy_basis_raw {
    struct record_head head;
    struct marked_text id;
    struct basis basis;
};

struct policy_grade_raw {
    struct record_head head;
    struct marked_text id;
    struct policy_grade grade;
};

struct policy_strength_raw {
    struct record_head head;
    struct policy_strength strength;
    struct marked_text grade;
    struct marked_text basis;
};

struct policy_algorithms_raw {
    struct record_head head;
    const char *const *names;
    size_t name_count;
    struct marked_text grade;
    struct marked_text basis;
};

struct policy_rule_raw {
    struct record_head head;
    const char *const *names;
    size_t name_count;
    unsigned from;
    struct marked_text grade;
    json_t *bits; /* NULL: not given */
    const char *const *algorithms;
    size_t algorithm_count;
    bool nothing;
    struct marked_text basis;
};

struct policy_part_raw {
    struct record_head head;
    struct marked_text kind;
    const char *part;
    struct policy_rule_raw *rules;
    size_t rule_count;
};

struct policy_raw {
    struct record_head head;
    const char *format;
    struct policy policy; /* members that need no look-up */
    struct marked_text id;
    struct policy_basis_raw *bases;
    size_t basis_count;
    struct policy_grade_raw *grades;
    size_t grade_count;
    struct policy_strength_raw *strengths;
    size_t strength_count;
    struct policy_algorithms_raw *algorithms;
    size_t algorithm_count;
    struct policy_part_raw *parts;
    size_t part_count;
};

extern const struct record policy_record;
