#include "model/policy.h"

#include "model/policy_tables.h"
#include "model/suite_tables.h"

#include <string.h>

struct resolver {
    struct problems *problems;
    struct arena *arena;
    const struct policy_raw *raw;
    struct policy *policy;
};

int policy_grade_find(const struct policy *policy, const char *id)
{
    for (size_t i = 0; i < policy->grade_count; i++) {
        if (strcmp(policy->grades[i].id, id) == 0) {
            return (int) i;
        }
    }
    return POLICY_UNKNOWN;
}

bool policy_has_kind(const struct policy *policy, const char *kind)
{
    for (size_t i = 0; i < policy->part_count; i++) {
        if (strcmp(policy->parts[i].kind, kind) == 0) {
            return true;
        }
    }
    return false;
}

static const struct basis *find_basis(const struct resolver *resolver,
                                      const struct marked_text *name)
{
    for (size_t i = 0; name->text != NULL && i < resolver->raw->basis_count; i++) {
        if (strcmp(resolver->raw->bases[i].id.text, name->text) == 0) {
            return &resolver->raw->bases[i].basis;
        }
    }
    if (name->text != NULL) {
        problem_at(resolver->problems, name->node->mark, "there is no basis '%s'",
                   text_shown(resolver->arena, name->text));
    }
    return NULL;
}

static int find_grade(const struct resolver *resolver, const struct marked_text *name,
                      bool may_be_unknown)
{
    int grade = policy_grade_find(resolver->policy, name->text);

    if (grade == POLICY_UNKNOWN && !(may_be_unknown && text_equal(name->text, "unknown"))) {
        problem_at(resolver->problems, name->node->mark, "there is no grade '%s'",
                   text_shown(resolver->arena, name->text));
    }
    return grade;
}

static const struct policy_algorithm *find_algorithm(const struct policy *policy, const char *name)
{
    for (size_t i = 0; i < policy->algorithm_count; i++) {
        if (strcmp(policy->algorithms[i].name, name) == 0) {
            return &policy->algorithms[i];
        }
    }
    return NULL;
}

static bool is_short_name(const char *text)
{
    return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(text) &&
           text[0] != '-' && strlen(text) <= 40;
}

static void resolve_grades(const struct resolver *resolver)
{
    static const char *const reserved[] = { "any", "unknown", "not-observed", "not-declared" };
    const struct policy_raw *raw = resolver->raw;
    struct policy_grade *grades = arena_array(resolver->arena, raw->grade_count, sizeof *grades);

    resolver->policy->grades = grades;
    for (size_t i = 0; i < raw->grade_count; i++) {
        const struct marked_text *id = &raw->grades[i].id;
        bool taken = policy_grade_find(resolver->policy, id->text) != POLICY_UNKNOWN;

        for (size_t j = 0; j < sizeof reserved / sizeof reserved[0]; j++) {
            taken = taken || strcmp(reserved[j], id->text) == 0;
        }
        if (taken || !is_short_name(id->text)) {
            problem_at(resolver->problems, id->node->mark, "'%s' cannot name another grade",
                       text_shown(resolver->arena, id->text));
        }
        if (!words_complete(&raw->grades[i].grade.title)) {
            problem_at(resolver->problems, raw->grades[i].head.node->mark,
                       "'title' is needed in ja and en");
        }
        grades[i] = raw->grades[i].grade;
        grades[i].id = id->text;
        resolver->policy->grade_count = i + 1;
    }
    if (raw->grade_count < 2) {
        problem_at(resolver->problems, raw->head.node->mark, "a policy has two grades or more");
    }
}

static void resolve_strengths(const struct resolver *resolver)
{
    const struct policy_raw *raw = resolver->raw;
    struct policy_strength *strengths =
        arena_array(resolver->arena, raw->strength_count, sizeof *strengths);

    for (size_t i = 0; i < raw->strength_count; i++) {
        const struct policy_strength_raw *from = &raw->strengths[i];

        strengths[i] = from->strength;
        strengths[i].grade = find_grade(resolver, &from->grade, false);
        strengths[i].basis = find_basis(resolver, &from->basis);
        if (strengths[i].until < strengths[i].from) {
            problem_at(resolver->problems, from->head.node->mark, "'until' is before 'from'");
        }
        for (size_t j = 0; j < i; j++) {
            if (strengths[j].bits == strengths[i].bits && strengths[j].use == strengths[i].use &&
                strengths[j].from <= strengths[i].until &&
                strengths[i].from <= strengths[j].until) {
                problem_at(resolver->problems, from->head.node->mark,
                           "another row speaks about the same strength and year");
                break;
            }
        }
    }
    resolver->policy->strengths = strengths;
    resolver->policy->strength_count = raw->strength_count;
}

static void resolve_algorithms(const struct resolver *resolver)
{
    const struct policy_raw *raw = resolver->raw;
    struct policy_algorithm *all;
    size_t count = 0;

    for (size_t i = 0; i < raw->algorithm_count; i++) {
        count += raw->algorithms[i].name_count;
    }
    all = arena_array(resolver->arena, count, sizeof *all);
    resolver->policy->algorithms = all;
    for (size_t i = 0; i < raw->algorithm_count; i++) {
        const struct policy_algorithms_raw *from = &raw->algorithms[i];
        struct policy_algorithm one = { .grade = find_grade(resolver, &from->grade, true),
                                        .basis = find_basis(resolver, &from->basis) };

        for (size_t j = 0; j < from->name_count; j++) {
            if (find_algorithm(resolver->policy, from->names[j]) != NULL) {
                problem_at(resolver->problems, from->head.node->mark,
                           "there is another algorithm '%s'",
                           text_shown(resolver->arena, from->names[j]));
            }
            one.name = from->names[j];
            all[resolver->policy->algorithm_count++] = one;
        }
    }
}

static void resolve_bits(const struct resolver *resolver, const struct policy_rule_raw *from,
                         struct policy_rule *rule)
{
    json_int_t bits = json_integer_value(from->bits);

    rule->says = POLICY_SAYS_BITS;
    if (!json_is_integer(from->bits) || bits < 0 || bits > 100000) {
        problem_at(resolver->problems, from->head.node->mark,
                   "'bits' must be a number from 0 to 100000");
    } else if (resolver->policy->strength_count == 0) {
        problem_at(resolver->problems, from->head.node->mark, "'bits' needs a table of strengths");
    } else {
        rule->bits = (unsigned) bits;
    }
}

static void resolve_names(const struct resolver *resolver, const struct policy_rule_raw *from,
                          struct policy_rule *rule)
{
    rule->says = POLICY_SAYS_ALGORITHMS;
    rule->algorithms =
        arena_array(resolver->arena, from->algorithm_count, sizeof(struct policy_algorithm *));
    rule->algorithm_count = from->algorithm_count;
    for (size_t i = 0; i < from->algorithm_count; i++) {
        rule->algorithms[i] = find_algorithm(resolver->policy, from->algorithms[i]);
        if (rule->algorithms[i] == NULL) {
            problem_at(resolver->problems, from->head.node->mark, "there is no algorithm '%s'",
                       text_shown(resolver->arena, from->algorithms[i]));
        }
    }
}

static void resolve_rule(const struct resolver *resolver, const struct policy_rule_raw *from,
                         struct policy_rule *rule)
{
    unsigned said = (from->grade.text != NULL ? 1u : 0u) + (from->bits != NULL ? 1u : 0u) +
                    (from->algorithm_count > 0 ? 1u : 0u) + (from->nothing ? 1u : 0u);

    *rule = (struct policy_rule){ .names = from->names,
                                  .name_count = from->name_count,
                                  .from = from->from,
                                  .says = POLICY_SAYS_NOTHING,
                                  .grade = POLICY_UNKNOWN,
                                  .basis = find_basis(resolver, &from->basis) };
    if (from->name_count == 0) {
        problem_at(resolver->problems, from->head.node->mark, "a rule without names says nothing");
    }
    if (said != 1) {
        problem_at(resolver->problems, from->head.node->mark,
                   "a rule says exactly one of grade, bits, algorithms and 'nothing: true'");
    } else if (from->grade.text != NULL) {
        rule->says = POLICY_SAYS_GRADE;
        rule->grade = find_grade(resolver, &from->grade, true);
    } else if (from->bits != NULL) {
        resolve_bits(resolver, from, rule);
    } else if (!from->nothing) {
        resolve_names(resolver, from, rule);
    }
}

static void resolve_parts(const struct resolver *resolver)
{
    const struct policy_raw *raw = resolver->raw;
    struct policy_part *parts = arena_array(resolver->arena, raw->part_count, sizeof *parts);

    for (size_t i = 0; i < raw->part_count; i++) {
        const struct policy_part_raw *from = &raw->parts[i];
        struct policy_rule *rules = arena_array(resolver->arena, from->rule_count, sizeof *rules);

        for (size_t j = 0; j < i; j++) {
            if (strcmp(parts[j].kind, from->kind.text) == 0 &&
                strcmp(parts[j].part, from->part) == 0) {
                problem_at(resolver->problems, from->head.node->mark,
                           "there is another part '%s' of '%s'",
                           text_shown(resolver->arena, from->part),
                           text_shown(resolver->arena, from->kind.text));
            }
        }
        for (size_t j = 0; j < from->rule_count; j++) {
            resolve_rule(resolver, &from->rules[j], &rules[j]);
        }
        parts[i] = (struct policy_part){ .kind = from->kind.text,
                                         .part = from->part,
                                         .rules = rules,
                                         .rule_count = from->rule_count };
    }
    resolver->policy->parts = parts;
    resolver->policy->part_count = raw->part_count;
}

static void check_head(const struct resolver *resolver)
{
    const struct policy_raw *raw = resolver->raw;

    /* It becomes the name of a file in the bundle. */
    if (!is_short_name(raw->id.text)) {
        problem_at(resolver->problems, raw->id.node->mark,
                   "an id has lower-case letters, digits and hyphens, at most 40");
    }
    if (!words_complete(&raw->policy.title) || !words_complete(&raw->policy.notice)) {
        problem_at(resolver->problems, raw->head.node->mark,
                   "'title' and 'notice' are needed in ja and en");
    }
    for (size_t i = 0; i < raw->basis_count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (strcmp(raw->bases[i].id.text, raw->bases[j].id.text) == 0) {
                problem_at(resolver->problems, raw->bases[i].id.node->mark,
                           "there is another basis '%s'",
                           text_shown(resolver->arena, raw->bases[i].id.text));
            }
        }
    }
}

enum status policy_decode(const struct source_file *source, struct problems *problems,
                          struct arena *arena, struct policy **ret_policy, struct error *reterr)
{
    struct policy_raw *raw = arena_alloc(arena, sizeof *raw);
    struct decoder decoder = { .problems = problems, .arena = arena };
    struct resolver resolver = { .problems = problems,
                                 .arena = arena,
                                 .raw = raw,
                                 .policy = arena_alloc(arena, sizeof *resolver.policy) };
    const struct node *root = NULL;

    TRY(node_parse(source, arena, &root, reterr));
    decode_record(&decoder, root, &policy_record, raw);
    TRY(problems_status(problems, reterr));
    *resolver.policy = raw->policy;
    resolver.policy->source = *source;
    resolver.policy->id = raw->id.text;
    check_head(&resolver);
    resolve_grades(&resolver);
    resolve_strengths(&resolver);
    resolve_algorithms(&resolver);
    resolve_parts(&resolver);
    TRY(problems_status(problems, reterr));
    *ret_policy = resolver.policy;
    return STATUS_OK;
}
