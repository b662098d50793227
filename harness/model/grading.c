#include "model/grading.h"

#include "model/reference.h"
#include "model/suite_tables.h"

#include <stdlib.h>
#include <string.h>

#define AT(type, member) .offset = offsetof(struct type, member)
#define COUNT(type, member) .count_offset = offsetof(struct type, member)

struct item_raw {
    struct record_head head;
    struct marked_text fact;
    struct marked_text kind;
    struct grading_item item;
};

struct grading_raw {
    struct record_head head;
    struct marked_text policy;
    struct item_raw *items;
    size_t item_count;
    enum grading_moment moment;
    enum policy_use use;
    const struct node *at_least;
};

static const struct field item_fields[] = {
    { .key = "fact",
      .kind = &kind_marked,
      AT(item_raw, fact),
      .flags = FIELD_REQUIRED,
      .help = "a text, a number, a list, named lists together (`name.*`), or a table" },
    { .key = "as",
      .kind = &kind_marked,
      AT(item_raw, kind),
      .flags = FIELD_REQUIRED,
      .help = "kind of names in the policy" },
    { .key = "called",
      .kind = &kind_text,
      AT(item_raw, item.called),
      .help = "the name, where the fact has numbers alone" },
    { .key = "name",
      .kind = &kind_text,
      AT(item_raw, item.name),
      .help = "column of a table that holds the name" },
    { .key = "number",
      .kind = &kind_text,
      AT(item_raw, item.number),
      .help = "column of a table that holds a number, such as a key's bits" },
    { .key = "until",
      .kind = &kind_text,
      AT(item_raw, item.until),
      .help = "column of a table that holds the end of its validity, YYYY-..." },
    { .key = "when_observed",
      .kind = &kind_bool,
      AT(item_raw, item.when_observed),
      .help = "true: without this fact the others decide; else nothing is decided" },
    FIELD_END,
};
static const struct record item_record = { "a graded fact", item_fields, sizeof(struct item_raw),
                                           true };

static const char *const moments[] = {
    [GRADING_RUN] = "run", [GRADING_UNTIL] = "until", [GRADING_SUPPORT] = "support", NULL
};
static const char *const uses[] = { [POLICY_CREATE] = "create", [POLICY_VERIFY] = "verify", NULL };

static const struct field grading_fields[] = {
    { .key = "policy",
      .kind = &kind_marked,
      AT(grading_raw, policy),
      .flags = FIELD_REQUIRED,
      .help = "id of a policy of this suite" },
    { .key = "of",
      .kind = &kind_records,
      AT(grading_raw, items),
      COUNT(grading_raw, item_count),
      .detail = &item_record,
      .flags = FIELD_REQUIRED,
      .help = "what is graded; the worst of all decides" },
    { .key = "at",
      .kind = &kind_choice,
      AT(grading_raw, moment),
      .detail = moments,
      .help =
          "year in question: of the observation (unless given), the end of each row's validity, "
          "or of product.support_until; without that declaration nothing is decided" },
    { .key = "use",
      .kind = &kind_choice,
      AT(grading_raw, use),
      .detail = uses,
      .help = "create unless given" },
    { .key = "at_least",
      .kind = &kind_node,
      AT(grading_raw, at_least),
      .flags = FIELD_REQUIRED,
      .help = "a grade or a reference to one; any: the grade is recorded and decides nothing" },
    FIELD_END,
};
const struct record grading_record = { "graded", grading_fields, sizeof(struct grading_raw), true };

const char *grading_moment_word(enum grading_moment moment)
{
    return moments[moment];
}

const char *grading_text(const struct grading *grading, struct arena *arena)
{
    const char *text = arena_format(arena, "%s of", grading->policy->id);

    for (size_t i = 0; i < grading->item_count; i++) {
        text = arena_format(arena, "%s%s %s", text, i > 0 ? "," : "", grading->items[i].path);
    }
    return grading->moment == GRADING_RUN
               ? text
               : arena_format(arena, "%s at %s", text, grading_moment_word(grading->moment));
}

static void check_column(const struct expect_context *context, const struct item_raw *raw,
                         const char *column, enum fact_type wanted)
{
    struct error error = { .status = STATUS_OK };
    struct path_type path;

    if (column == NULL) {
        return;
    }
    if (path_type_of(context->facts,
                     arena_format(context->decoder->arena, "%s.%s", raw->fact.text, column), &path,
                     &error) != STATUS_OK) {
        problem_at(context->decoder->problems, raw->head.node->mark, "%s", error.message);
    } else if (path.shape != PATH_COLUMN || path.element != wanted) {
        problem_at(context->decoder->problems, raw->head.node->mark, "the column '%s' must be a %s",
                   text_shown(context->decoder->arena, column), fact_type_word(wanted));
    }
}

/* Names come from the fact or from a column; numbers need a name to go with them. */
static void check_item(const struct expect_context *context, const struct item_raw *raw)
{
    struct problems *problems = context->decoder->problems;
    const struct grading_item *item = &raw->item;
    struct error error = { .status = STATUS_OK };
    struct path_type path;
    bool columns = item->name != NULL || item->number != NULL || item->until != NULL;

    if (path_type_of(context->facts, raw->fact.text, &path, &error) != STATUS_OK) {
        problem_at(problems, raw->fact.node->mark, "%s", error.message);
        return;
    }
    if (path.shape == PATH_ROWS) {
        check_column(context, raw, item->name, FACT_TEXT);
        check_column(context, raw, item->number, FACT_INT);
        check_column(context, raw, item->until, FACT_TEXT);
        if ((item->name == NULL) == (item->called == NULL)) {
            problem_at(problems, raw->head.node->mark, "a table needs one of 'name' and 'called'");
        }
        return;
    }
    if (columns) {
        problem_at(problems, raw->head.node->mark, "'%s' has no columns", raw->fact.text);
    }
    if ((path.shape != PATH_SCALAR && path.shape != PATH_LIST) || path.element == FACT_BOOL) {
        problem_at(problems, raw->fact.node->mark,
                   "a text, a number, a list or a table can be graded");
    } else if ((path.element == FACT_INT) != (item->called != NULL)) {
        problem_at(problems, raw->head.node->mark,
                   "'called' goes with numbers, and only with them");
    }
}

static void read_items(const struct expect_context *context, const struct grading_raw *raw,
                       struct grading *grading)
{
    struct problems *problems = context->decoder->problems;
    struct grading_item *items =
        arena_array(context->decoder->arena, raw->item_count, sizeof *items);

    for (size_t i = 0; i < raw->item_count; i++) {
        const struct item_raw *from = &raw->items[i];

        check_item(context, from);
        if (!policy_has_kind(grading->policy, from->kind.text)) {
            problem_at(problems, from->kind.node->mark, "the policy '%s' has no names of kind '%s'",
                       grading->policy->id, text_shown(context->decoder->arena, from->kind.text));
        }
        if (grading->moment == GRADING_UNTIL && from->item.until == NULL) {
            problem_at(problems, from->head.node->mark, "'at: until' needs the column 'until'");
        }
        items[i] = from->item;
        items[i].path = from->fact.text;
        items[i].kind = from->kind.text;
    }
    grading->items = items;
    grading->item_count = raw->item_count;
    if (raw->item_count == 0) {
        problem_at(problems, raw->head.node->mark, "nothing is graded");
    }
}

static void check_demand(const struct expect_context *context, const struct node *node,
                         const struct expectation *expectation)
{
    struct problems *problems = context->decoder->problems;
    struct error error = { .status = STATUS_OK };
    enum fact_type type = FACT_BOOL;

    if (reference_is(expectation->operand)) {
        if (reference_type(context->suite, node->text, context->kind, &type, &error) != STATUS_OK) {
            problem_at(problems, node->mark, "%s", error.message);
        } else if (type != FACT_TEXT) {
            problem_at(problems, node->mark, "'at_least' must be a text");
        }
    } else if (grading_demand(expectation) == GRADING_NO_SUCH) {
        problem_at(problems, node->mark, "the policy '%s' has no such grade",
                   expectation->grading->policy->id);
    }
}

void grading_read(const struct expect_context *context, const struct node *node,
                  struct expectation *expectation)
{
    struct problems *problems = context->decoder->problems;
    struct grading *grading = arena_alloc(context->decoder->arena, sizeof *grading);
    struct grading_raw raw = { .moment = GRADING_RUN };
    size_t before = problems->count;

    decode_record(context->decoder, node, &grading_record, &raw);
    if (problems->count != before) {
        return;
    }
    *grading = (struct grading){ .policy = suite_policy(context->suite, raw.policy.text),
                                 .moment = raw.moment,
                                 .use = raw.use,
                                 .written = decode_json(context->decoder, node) };
    if (grading->policy == NULL) {
        problem_at(problems, raw.policy.node->mark, "the suite has no policy '%s'",
                   text_shown(context->decoder->arena, raw.policy.text));
        return;
    }
    read_items(context, &raw, grading);
    expectation->grading = grading;
    expectation->operand = decode_json(context->decoder, raw.at_least);
    if (expectation->operand != NULL) {
        check_demand(context, raw.at_least, expectation);
    }
}

int grading_demand(const struct expectation *expectation)
{
    const char *word = json_string_value(expectation->operand);
    int grade;

    if (word == NULL) {
        return GRADING_NO_SUCH;
    }
    if (strcmp(word, "any") == 0) {
        return GRADING_ANY;
    }
    grade = policy_grade_find(expectation->grading->policy, word);
    return grade == POLICY_UNKNOWN ? GRADING_NO_SUCH : grade;
}

json_t *grading_to_json(const struct expectation *expectation)
{
    json_t *copy = json_copy(expectation->grading->written);

    if (copy == NULL || json_object_set(copy, "at_least", expectation->operand) != 0) {
        abort();
    }
    return copy;
}
