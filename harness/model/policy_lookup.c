#include "model/policy.h"

#include <string.h>

/* '*' stands for any run of characters; the last one is taken up again after a mismatch. */
static bool name_fits(const char *pattern, const char *name)
{
    const char *star = NULL;
    const char *resume = NULL;

    while (*name != '\0') {
        if (*pattern == '*') {
            star = pattern++;
            resume = name;
        } else if (*pattern == *name) {
            pattern++;
            name++;
        } else if (star != NULL) {
            pattern = star + 1;
            name = ++resume;
        } else {
            return false;
        }
    }
    while (*pattern == '*') {
        pattern++;
    }
    return *pattern == '\0';
}

static bool rule_fits(const struct policy_rule *rule, const struct policy_thing *thing)
{
    if (rule->from > 0 && thing->number < (long long) rule->from) {
        return false;
    }
    for (size_t i = 0; i < rule->name_count; i++) {
        if (name_fits(rule->names[i], thing->name)) {
            return true;
        }
    }
    return false;
}

static void find_unknown(struct policy_finding *finding, const char *what)
{
    finding->graded = true;
    if (finding->unknown == NULL) {
        finding->unknown = what;
    }
}

static void find_grade(struct policy_finding *finding, int grade, const char *why,
                       const struct basis *basis)
{
    finding->graded = true;
    if (grade > finding->grade) {
        finding->grade = grade;
        finding->why = why;
        finding->basis = basis;
    }
}

/* The row of the greatest strength that is not above the name's decides alone: that it has
 * nothing to say about the year is not made good by a lesser one. */
static void find_strength(const struct policy *policy, const struct policy_thing *thing,
                          unsigned bits, struct policy_finding *finding, struct arena *arena)
{
    const char *why = arena_format(arena, "%u bits", bits);
    const struct policy_strength *found = NULL;
    unsigned nearest = 0;

    for (size_t i = 0; i < policy->strength_count; i++) {
        const struct policy_strength *row = &policy->strengths[i];

        if (row->use == thing->use && row->bits <= bits && row->bits > nearest) {
            nearest = row->bits;
        }
    }
    for (size_t i = 0; i < policy->strength_count; i++) {
        const struct policy_strength *row = &policy->strengths[i];

        if (row->use == thing->use && row->bits == nearest && row->from <= thing->year &&
            thing->year <= row->until) {
            found = row;
        }
    }
    if (found != NULL) {
        find_grade(finding, found->grade, why, found->basis);
    } else {
        find_unknown(finding, why);
    }
}

static void find_by_rule(const struct policy *policy, const struct policy_thing *thing,
                         const struct policy_part *part, const struct policy_rule *rule,
                         struct policy_finding *finding, struct arena *arena)
{
    switch (rule->says) {
    case POLICY_SAYS_NOTHING:
        break;
    case POLICY_SAYS_GRADE:
        if (rule->grade == POLICY_UNKNOWN) {
            find_unknown(finding, part->part);
        } else {
            find_grade(finding, rule->grade, NULL, rule->basis);
        }
        break;
    case POLICY_SAYS_BITS:
        find_strength(policy, thing, rule->bits, finding, arena);
        break;
    case POLICY_SAYS_ALGORITHMS:
        for (size_t i = 0; i < rule->algorithm_count; i++) {
            const struct policy_algorithm *algorithm = rule->algorithms[i];

            if (algorithm->grade == POLICY_UNKNOWN) {
                find_unknown(finding, algorithm->name);
            } else {
                find_grade(finding, algorithm->grade, algorithm->name, algorithm->basis);
            }
        }
        break;
    }
}

struct policy_finding policy_look_up(const struct policy *policy, const struct policy_thing *thing,
                                     struct arena *arena)
{
    struct policy_finding finding = { .grade = POLICY_UNKNOWN };

    for (size_t i = 0; i < policy->part_count; i++) {
        const struct policy_part *part = &policy->parts[i];
        size_t at = 0;

        if (strcmp(part->kind, thing->kind) != 0) {
            continue;
        }
        while (at < part->rule_count && !rule_fits(&part->rules[at], thing)) {
            at++;
        }
        if (at < part->rule_count) {
            find_by_rule(policy, thing, part, &part->rules[at], &finding, arena);
        } else {
            find_unknown(&finding, part->part);
        }
    }
    return finding;
}
