#include "model/expect.h"
#include "model/judge.h"

#include <stdlib.h>
#include <string.h>

/* What a path leads to in one observation. */
struct gathered {
    json_t *whole;   /* the fact, group or single value itself, borrowed; NULL: not observed */
    json_t *members; /* what an operator looks at one by one; owned */
    size_t unknown;  /* rows that lack the column */
    bool column;
};

static void gathered_done(struct gathered *gathered)
{
    json_decref(gathered->members);
}

static void gather_list(struct gathered *gathered, json_t *list)
{
    if (gathered->members == NULL) {
        gathered->members = json_array();
    }
    if (json_is_array(list)) {
        (void) json_array_extend(gathered->members, list);
    } else {
        (void) json_array_append(gathered->members, list);
    }
}

static void gather_column(struct gathered *gathered, json_t *rows, const char *column)
{
    size_t i;
    json_t *row;

    gathered->column = true;
    gathered->members = json_array();
    json_array_foreach(rows, i, row)
    {
        json_t *value = json_object_get(row, column);

        if (value == NULL) {
            gathered->unknown++;
        } else {
            gather_list(gathered, value);
        }
    }
}

static void gather_groups(struct gathered *gathered, json_t *groups, const char *group)
{
    const char *name;
    json_t *list;

    if (strcmp(group, "*") != 0) {
        gathered->whole = json_object_get(groups, group);
        if (gathered->whole != NULL) {
            gather_list(gathered, gathered->whole);
        }
        return;
    }
    gathered->members = json_array();
    json_object_foreach(groups, name, list)
    {
        gather_list(gathered, list);
    }
}

static struct gathered gather(const char *path, const json_t *facts)
{
    struct gathered gathered = { .whole = NULL };
    size_t length = strcspn(path, ".");
    const char *rest = path[length] == '.' ? path + length + 1 : NULL;

    gathered.whole = json_object_getn(facts, path, length);
    if (gathered.whole == NULL) {
        return gathered;
    }
    if (rest == NULL) {
        gather_list(&gathered, gathered.whole);
    } else if (json_is_array(gathered.whole)) {
        gather_column(&gathered, gathered.whole, rest);
    } else {
        gather_groups(&gathered, gathered.whole, rest);
    }
    return gathered;
}

static bool array_has(const json_t *list, const json_t *wanted)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (json_equal(json_array_get(list, i), wanted)) {
            return true;
        }
    }
    return false;
}

static bool either_has(const json_t *operand, const json_t *value)
{
    return json_is_array(operand) ? array_has(operand, value) : json_equal(operand, value);
}

/* One member against an operator that speaks about members. */
static bool member_holds(enum expect_op op, const json_t *operand, const regex_t *pattern,
                         const json_t *member)
{
    switch (op) {
    case EXPECT_EQUALS:
        return json_equal(member, operand);
    case EXPECT_IN:
    case EXPECT_SUBSET_OF:
        return array_has(operand, member);
    case EXPECT_NOT_IN:
        return !array_has(operand, member);
    case EXPECT_EXCLUDES:
        return !either_has(operand, member);
    case EXPECT_AT_LEAST:
        return json_integer_value(member) >= json_integer_value(operand);
    case EXPECT_AT_MOST:
        return json_integer_value(member) <= json_integer_value(operand);
    case EXPECT_MATCHES:
        return json_is_string(member) &&
               regexec(pattern, json_string_value(member), 0, NULL, 0) == 0;
    case EXPECT_MATCHES_NONE:
        return !json_is_string(member) ||
               regexec(pattern, json_string_value(member), 0, NULL, 0) != 0;
    default:
        return false;
    }
}

/* Nothing to look at settles nothing, except where absence itself is what is claimed of
 * a list: there a control has to vouch for the list. */
static bool vacuous_is_true(enum expect_op op, const struct gathered *gathered)
{
    bool about_list = op == EXPECT_SUBSET_OF || op == EXPECT_EXCLUDES;

    return about_list || (op == EXPECT_MATCHES_NONE && !gathered->column);
}

static enum truth every_member(enum expect_op op, const json_t *operand, const regex_t *pattern,
                               const struct gathered *gathered)
{
    size_t i;
    json_t *member;

    json_array_foreach(gathered->members, i, member)
    {
        if (!member_holds(op, operand, pattern, member)) {
            return TRUTH_FALSE;
        }
    }
    if (gathered->unknown > 0 ||
        (json_array_size(gathered->members) == 0 && !vacuous_is_true(op, gathered))) {
        return TRUTH_UNKNOWN;
    }
    return TRUTH_TRUE;
}

static enum truth contains(const json_t *operand, const struct gathered *gathered)
{
    bool all = true;

    for (size_t i = 0; json_is_array(operand) && i < json_array_size(operand); i++) {
        all = all && array_has(gathered->members, json_array_get(operand, i));
    }
    if (!json_is_array(operand)) {
        all = array_has(gathered->members, operand);
    }
    if (all) {
        return TRUTH_TRUE;
    }
    return gathered->unknown > 0 ? TRUTH_UNKNOWN : TRUTH_FALSE;
}

static enum truth truth_of(bool value)
{
    return value ? TRUTH_TRUE : TRUTH_FALSE;
}

static bool is_empty(const json_t *value)
{
    if (json_is_string(value)) {
        return json_string_length(value) == 0;
    }
    return (json_is_object(value) ? json_object_size(value) : json_array_size(value)) == 0;
}

static enum truth pattern_holds(const struct expectation *expectation,
                                const struct gathered *gathered)
{
    regex_t pattern;
    enum truth truth;

    if (!json_is_string(expectation->operand) ||
        !expect_pattern_compile(json_string_value(expectation->operand), &pattern)) {
        return TRUTH_UNKNOWN;
    }
    truth = every_member(expectation->op, expectation->operand, &pattern, gathered);
    regfree(&pattern);
    return truth;
}

/* A path with a dot speaks of the members that it gathered, else of the fact itself. */
static json_t *value_of(const struct expectation *expectation, const struct gathered *gathered)
{
    return strchr(expectation->path, '.') != NULL ? gathered->members : gathered->whole;
}

static enum truth present_holds(const struct expectation *expectation,
                                const struct gathered *gathered)
{
    const json_t *operand = expectation->operand;

    switch (expectation->op) {
    case EXPECT_EMPTY:
        return truth_of(is_empty(value_of(expectation, gathered)) == json_is_true(operand));
    case EXPECT_CONTAINS:
        return contains(operand, gathered);
    case EXPECT_EQUALS:
        if (json_is_array(operand)) {
            return truth_of(json_equal(value_of(expectation, gathered), operand));
        }
        return every_member(expectation->op, operand, NULL, gathered);
    case EXPECT_MATCHES:
    case EXPECT_MATCHES_NONE:
        return pattern_holds(expectation, gathered);
    default:
        return every_member(expectation->op, operand, NULL, gathered);
    }
}

static enum truth leaf_holds(const struct expectation *expectation, const json_t *facts)
{
    DEFER(gathered_done) struct gathered gathered = gather(expectation->path, facts);

    if (expectation->op == EXPECT_EXISTS) {
        bool exists = gathered.whole != NULL && gathered.unknown == 0 &&
                      (!gathered.column || json_array_size(gathered.members) > 0);

        return truth_of(exists == json_is_true(expectation->operand));
    }
    if (gathered.whole == NULL || expectation->operand == NULL) {
        return TRUTH_UNKNOWN;
    }
    return present_holds(expectation, &gathered);
}

/* Kleene's connectives: the truth values are ordered, so these are minimum and maximum. */
static enum truth parts_hold(const struct expectation *expectation, const json_t *facts)
{
    bool any = expectation->op == EXPECT_ANY;
    enum truth truth = any ? TRUTH_FALSE : TRUTH_TRUE;

    for (size_t i = 0; i < expectation->part_count; i++) {
        enum truth part = expectation_holds(&expectation->parts[i], facts);

        if (any ? part > truth : part < truth) {
            truth = part;
        }
    }
    return truth;
}

enum truth expectation_holds(const struct expectation *expectation, const json_t *facts)
{
    switch (expectation->op) {
    case EXPECT_ALL:
    case EXPECT_ANY:
        return expectation->part_count == 0 ? TRUTH_UNKNOWN : parts_hold(expectation, facts);
    case EXPECT_NOT:
        return expectation->part_count != 1
                   ? TRUTH_UNKNOWN
                   : (enum truth)(TRUTH_TRUE - expectation_holds(&expectation->parts[0], facts));
    default:
        return leaf_holds(expectation, facts);
    }
}

json_t *expectation_value(const struct expectation *expectation, const json_t *facts)
{
    DEFER(gathered_done) struct gathered gathered = gather(expectation->path, facts);

    return gathered.whole == NULL ? NULL : json_incref(value_of(expectation, &gathered));
}
