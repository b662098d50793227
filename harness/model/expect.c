#include "model/expect.h"

#include "model/grading.h"
#include "model/reference.h"
#include "model/suite_tables.h"

#include <string.h>

enum { PATTERN_MAX = 256 };

const struct expect_operator expect_operators[EXPECT_NOT + 1] = {
    [EXPECT_EQUALS] = { "equals", ON_SCALAR | ON_COLUMN | ON_LIST, OPERAND_VALUE, false,
                        "is exactly this; a list in this order" },
    [EXPECT_IN] = { "in", ON_SCALAR | ON_COLUMN, OPERAND_VALUES, false, "is one of these" },
    [EXPECT_NOT_IN] = { "not_in", ON_SCALAR | ON_COLUMN, OPERAND_VALUES, true, "is none of these" },
    [EXPECT_SUBSET_OF] = { "subset_of", ON_LIST | ON_COLUMN, OPERAND_VALUES, true,
                           "every member is one of these; true of an empty list" },
    [EXPECT_CONTAINS] = { "contains", ON_LIST | ON_COLUMN, OPERAND_EITHER, false,
                          "has this member, or all of these" },
    [EXPECT_EXCLUDES] = { "excludes", ON_LIST | ON_COLUMN, OPERAND_EITHER, true,
                          "has not this member, or none of these; true of an empty list" },
    [EXPECT_AT_LEAST] = { "at_least", ON_SCALAR | ON_COLUMN, OPERAND_NUMBER, false,
                          "is this or more" },
    [EXPECT_AT_MOST] = { "at_most", ON_SCALAR | ON_COLUMN, OPERAND_NUMBER, false,
                         "is this or less" },
    [EXPECT_MATCHES] = { "matches", ON_SCALAR | ON_COLUMN | ON_LIST, OPERAND_PATTERN, false,
                         "the extended regular expression is found in it, or in every member; "
                         "unknown of an empty list" },
    [EXPECT_MATCHES_NONE] = { "matches_none", ON_SCALAR | ON_COLUMN | ON_LIST, OPERAND_PATTERN,
                              true,
                              "the extended regular expression is found in no member; true of an "
                              "empty list, unknown of an empty column" },
    [EXPECT_EXISTS] = { "exists", ON_SCALAR | ON_COLUMN | ON_LIST | ON_GROUPS | ON_ROWS,
                        OPERAND_BOOL, false,
                        "the fact was observed (true), or was not (false); never unknown" },
    [EXPECT_EMPTY] = { "empty", ON_SCALAR | ON_LIST | ON_GROUPS | ON_ROWS, OPERAND_BOOL, false,
                       "has no members (true), or has some (false); for a text, no characters" },
    [EXPECT_GRADED] = { "graded", 0, OPERAND_GRADING, false,
                        "what it names earns this grade of a policy or a better one; a name that "
                        "the policy does not know gives `review` where `otherwise` says so, else "
                        "`inconc`" },
    [EXPECT_ALL] = { "all", 0, OPERAND_PARTS, false, "every one of the conditions holds" },
    [EXPECT_ANY] = { "any", 0, OPERAND_PARTS, false, "at least one of the conditions holds" },
    [EXPECT_NOT] = { "not", 0, OPERAND_PARTS, true, "the one condition does not hold" },
};

const char *expect_op_word(enum expect_op op)
{
    return expect_operators[op].word;
}

static enum fact_type element_of(enum fact_type type)
{
    if (type == FACT_TEXTS || type == FACT_TEXT_GROUPS) {
        return FACT_TEXT;
    }
    return type == FACT_INTS ? FACT_INT : type;
}

static enum path_shape shape_of(enum fact_type type)
{
    switch (type) {
    case FACT_TEXTS:
    case FACT_INTS:
        return PATH_LIST;
    case FACT_TEXT_GROUPS:
        return PATH_GROUPS;
    case FACT_ROWS:
        return PATH_ROWS;
    default:
        return PATH_SCALAR;
    }
}

static enum status column_type(const struct fact *fact, const char *column,
                               struct path_type *ret_type, struct error *reterr)
{
    const struct fact *found = fact_find(fact->columns, column);

    if (found == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "the table '%s' has no column '%.60s'", fact->name,
                    column);
    }
    *ret_type = (struct path_type){
        .shape = shape_of(found->type) == PATH_SCALAR ? PATH_COLUMN : shape_of(found->type),
        .element = element_of(found->type),
        .fact = found,
    };
    if (ret_type->shape == PATH_GROUPS || ret_type->shape == PATH_ROWS) {
        return fail(reterr, STATUS_BAD_INPUT, "a path cannot end in the column '%s'", column);
    }
    return STATUS_OK;
}

enum status path_type_of(const struct fact *facts, const char *path, struct path_type *ret_type,
                         struct error *reterr)
{
    size_t length = strcspn(path, ".");
    const char *rest = path[length] == '.' ? path + length + 1 : NULL;
    char name[64];
    const struct fact *fact = NULL;

    if (length < sizeof name) {
        memcpy(name, path, length);
        name[length] = '\0';
        fact = fact_find(facts, name);
    }
    if (fact == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "the probe declares no fact '%.*s'",
                    length < sizeof name ? (int) length : (int) sizeof name, path);
    }
    *ret_type = (struct path_type){ shape_of(fact->type), element_of(fact->type), fact };
    if (rest == NULL) {
        return STATUS_OK;
    }
    if (fact->type == FACT_ROWS) {
        return column_type(fact, rest, ret_type, reterr);
    }
    if (fact->type == FACT_TEXT_GROUPS && *rest != '\0') {
        ret_type->shape = PATH_LIST;
        return STATUS_OK;
    }
    return fail(reterr, STATUS_BAD_INPUT, "'%s' has no parts", fact->name);
}

static bool operand_is_false(const struct expectation *expectation)
{
    return json_is_false(expectation->operand);
}

bool expectation_claims_absence(const struct expectation *expectation)
{
    switch (expectation->op) {
    case EXPECT_EQUALS:
    case EXPECT_EXISTS:
        return operand_is_false(expectation);
    case EXPECT_EMPTY:
        return !operand_is_false(expectation);
    case EXPECT_ALL:
    case EXPECT_ANY:
        for (size_t i = 0; i < expectation->part_count; i++) {
            if (expectation_claims_absence(&expectation->parts[i])) {
                return true;
            }
        }
        return false;
    default:
        return expect_operators[expectation->op].claims_absence;
    }
}

static bool type_fits(const struct path_type *path, enum operand_kind wanted, enum fact_type type)
{
    enum fact_type list = path->element == FACT_INT ? FACT_INTS : FACT_TEXTS;

    switch (wanted) {
    case OPERAND_VALUE:
        return type == (path->shape == PATH_LIST ? list : path->element);
    case OPERAND_VALUES:
        return path->element != FACT_BOOL && type == list;
    case OPERAND_EITHER:
        return path->element != FACT_BOOL && (type == list || type == path->element);
    case OPERAND_NUMBER:
        return path->element == FACT_INT && type == FACT_INT;
    case OPERAND_BOOL:
        return type == FACT_BOOL;
    case OPERAND_PATTERN:
        return path->element == FACT_TEXT && type == FACT_TEXT;
    case OPERAND_GRADING:
    case OPERAND_PARTS:
        break;
    }
    return false;
}

static const char *operand_wanted(const struct path_type *path, enum operand_kind wanted)
{
    bool numbers = path->element == FACT_INT;

    switch (wanted) {
    case OPERAND_VALUE:
        return path->shape == PATH_LIST ? fact_type_word(numbers ? FACT_INTS : FACT_TEXTS)
                                        : fact_type_word(path->element);
    case OPERAND_VALUES:
        return fact_type_word(numbers ? FACT_INTS : FACT_TEXTS);
    case OPERAND_EITHER:
        return numbers ? "whole number or a list of them" : "text or a list of them";
    case OPERAND_NUMBER:
        return "whole number, and so must the fact be";
    case OPERAND_BOOL:
        return "true or false";
    default:
        return "text, and so must the fact be";
    }
}

/* Repetition counts and back-references cost time out of proportion to their length. */
bool expect_pattern_compile(const char *pattern, regex_t *ret_compiled)
{
    return strlen(pattern) <= PATTERN_MAX && strpbrk(pattern, "{}\\") == NULL &&
           regcomp(ret_compiled, pattern, REG_EXTENDED | REG_NOSUB) == 0;
}

static void check_pattern(const struct expect_context *context, const struct node *node,
                          const char *pattern)
{
    regex_t compiled;

    if (!expect_pattern_compile(pattern, &compiled)) {
        problem_at(context->decoder->problems, node->mark,
                   "a pattern is an extended regular expression of at most %d characters, without "
                   "braces and backslashes",
                   PATTERN_MAX);
        return;
    }
    regfree(&compiled);
}

static void check_operand(const struct expect_context *context, const struct node *node,
                          const struct expectation *expectation, const struct path_type *path)
{
    const struct expect_operator *how = &expect_operators[expectation->op];
    struct problems *problems = context->decoder->problems;
    struct error error = { .status = STATUS_OK };
    enum fact_type type = FACT_BOOL;

    if ((how->shapes & 1u << path->shape) == 0) {
        problem_at(problems, node->key->mark, "'%s' does not apply to '%s'", how->word,
                   expectation->path);
        return;
    }
    if (reference_is_inside(expectation->operand)) {
        problem_at(problems, node->mark, "a reference stands alone, not in a list");
        return;
    }
    if (reference_is(expectation->operand)) {
        if (reference_type(context->suite, node->text, context->kind, &type, &error) != STATUS_OK) {
            problem_at(problems, node->mark, "%s", error.message);
            return;
        }
    } else if (!json_fact_type(expectation->operand, &type)) {
        problem_at(problems, node->mark, "no fact can be compared with this");
        return;
    }
    /* An empty list literal has no element type of its own. */
    if (json_is_array(expectation->operand) && json_array_size(expectation->operand) == 0 &&
        path->element == FACT_INT) {
        type = FACT_INTS;
    }
    if (!type_fits(path, how->operand, type)) {
        problem_at(problems, node->mark, "the operand of '%s' for '%s' must be a %s", how->word,
                   expectation->path, operand_wanted(path, how->operand));
    } else if (how->operand == OPERAND_PATTERN && !reference_is(expectation->operand)) {
        check_pattern(context, node, json_string_value(expectation->operand));
    }
}

static void read_leaf(const struct expect_context *context, const struct expect_raw *raw,
                      const struct node *operand, struct expectation *expectation)
{
    struct error error = { .status = STATUS_OK };
    struct path_type path;

    if (raw->fact.text == NULL) {
        problem_at(context->decoder->problems, raw->head.node->mark, "'fact' is missing");
        return;
    }
    expectation->path = raw->fact.text;
    if (path_type_of(context->facts, raw->fact.text, &path, &error) != STATUS_OK) {
        problem_at(context->decoder->problems, raw->fact.node->mark, "%s", error.message);
        return;
    }
    expectation->fact = path.fact;
    expectation->operand = decode_json(context->decoder, operand);
    if (expectation->operand != NULL) {
        check_operand(context, operand, expectation, &path);
    }
}

static void read_parts(const struct expect_context *context, const struct expect_raw *raw,
                       const struct node *operand, struct expectation *expectation)
{
    struct problems *problems = context->decoder->problems;
    struct expect_context inner = *context;

    if (raw->fact.text != NULL) {
        problem_at(problems, raw->fact.node->mark, "'%s' takes conditions, not a fact",
                   expect_operators[expectation->op].word);
    }
    inner.may_grade = false;
    expect_list(&inner, operand, &expectation->parts, &expectation->part_count);
    if (expectation->op == EXPECT_NOT && operand->kind == NODE_LIST && operand->count != 1) {
        problem_at(problems, operand->mark, "'not' takes exactly one condition");
    }
}

/* The one operator given, or NULL after a problem. */
static const struct node *find_operator(const struct expect_context *context,
                                        const struct expect_raw *raw, enum expect_op *ret_op)
{
    const struct node *found = NULL;

    for (size_t i = 0; i <= EXPECT_NOT; i++) {
        if (raw->operand[i] == NULL) {
            continue;
        }
        if (found != NULL) {
            problem_at(context->decoder->problems, raw->operand[i]->key->mark,
                       "one operator a condition: '%s' and '%s'", found->key->text,
                       raw->operand[i]->key->text);
            return NULL;
        }
        found = raw->operand[i];
        *ret_op = (enum expect_op) i;
    }
    if (found == NULL) {
        problem_at(context->decoder->problems, raw->head.node->mark,
                   "a condition needs an operator");
    }
    return found;
}

static void read_graded(const struct expect_context *context, const struct expect_raw *raw,
                        const struct node *operand, struct expectation *expectation)
{
    struct problems *problems = context->decoder->problems;

    if (!context->may_grade) {
        problem_at(problems, operand->key->mark,
                   "'graded' stands at the top of a check's 'expect' only");
    } else if (raw->fact.text != NULL) {
        problem_at(problems, raw->fact.node->mark, "'graded' names its facts itself, under 'of'");
    } else {
        grading_read(context, operand, expectation);
    }
}

static void read_one(const struct expect_context *context, const struct node *node,
                     struct expectation *expectation)
{
    struct expect_raw raw = { .otherwise = "fail" };
    const struct node *operand;

    decode_record(context->decoder, node, &expect_record, &raw);
    if (node->kind != NODE_MAP) {
        return;
    }
    *expectation = (struct expectation){ .mark = node->mark,
                                         .expected = raw.expected,
                                         .fix = raw.fix,
                                         .advisory = raw.advisory,
                                         .otherwise = raw.otherwise };
    operand = find_operator(context, &raw, &expectation->op);
    if (operand == NULL) {
        return;
    }
    if (expect_operators[expectation->op].operand == OPERAND_PARTS) {
        read_parts(context, &raw, operand, expectation);
    } else if (expectation->op == EXPECT_GRADED) {
        read_graded(context, &raw, operand, expectation);
    } else {
        read_leaf(context, &raw, operand, expectation);
    }
}

void expect_list(const struct expect_context *context, const struct node *list,
                 struct expectation **ret_expect, size_t *ret_count)
{
    struct expectation *expect;
    size_t i = 0;

    if (list->kind != NODE_LIST || list->count == 0) {
        problem_at(context->decoder->problems, list->mark, "conditions are a list, not empty");
        return;
    }
    expect = arena_array(context->decoder->arena, list->count, sizeof *expect);
    for (const struct node *at = list->first; at != NULL; at = at->next) {
        read_one(context, at, &expect[i++]);
    }
    *ret_expect = expect;
    *ret_count = list->count;
}
