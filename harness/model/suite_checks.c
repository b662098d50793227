#include "model/expect.h"
#include "model/lever.h"
#include "model/reference.h"
#include "model/selector.h"
#include "model/subject.h"
#include "model/suite_private.h"

#include <string.h>

static void check_with_member(struct loader *loader, const struct check *check,
                              const struct node *node, const json_t *value)
{
    const struct param *param = param_find(check->probe->params, node->key->text);
    struct error error = { .status = STATUS_OK };
    enum fact_type type = FACT_BOOL;
    enum status status;

    if (param == NULL) {
        problem_at(loader->decoder.problems, node->key->mark, "'%s' has no parameter '%s'",
                   check->probe->name, text_shown(loader->decoder.arena, node->key->text));
        return;
    }
    if (reference_is_inside(value)) {
        status = fail(&error, STATUS_BAD_INPUT, "a reference stands alone, not in a list");
    } else if (reference_is(value)) {
        status = reference_type(loader->suite, json_string_value(value), check->subject_kind, &type,
                                &error);
        if (status == STATUS_OK && type != param->type) {
            status = fail(&error, STATUS_BAD_INPUT, "'%s' must be given as: %s", param->name,
                          fact_type_word(param->type));
        }
    } else {
        status = param_check(param, value, &error);
    }
    if (status != STATUS_OK) {
        problem_at(loader->decoder.problems, node->mark, "%s", error.message);
    }
}

static json_t *load_with(struct loader *loader, const struct check *check, const struct node *node)
{
    json_t *with;

    if (node == NULL) {
        return json_kept(loader->decoder.arena, json_object());
    }
    if (node->kind != NODE_MAP) {
        problem_at(loader->decoder.problems, node->mark, "'with' must be a mapping");
        return NULL;
    }
    with = decode_json(&loader->decoder, node);
    for (const struct node *at = node->first; with != NULL && at != NULL; at = at->next) {
        check_with_member(loader, check, at, json_object_get(with, at->key->text));
    }
    return with;
}

static void check_required_params(struct loader *loader, const struct check *check,
                                  struct source_mark mark)
{
    for (const struct param *param = check->probe->params; param != NULL && param->name != NULL;
         param++) {
        if (param->required && param->fallback == NULL &&
            json_object_get(check->with, param->name) == NULL) {
            problem_at(loader->decoder.problems, mark, "'with' lacks '%s', which '%s' requires",
                       param->name, check->probe->name);
        }
    }
}

static void load_controls(struct loader *loader, const struct check_raw *raw, struct check *check,
                          const struct expect_context *context)
{
    struct control *controls =
        arena_array(loader->decoder.arena, raw->control_count, sizeof *controls);

    for (size_t i = 0; i < raw->control_count; i++) {
        const struct control_raw *from = &raw->controls[i];

        controls[i].id = from->id.text;
        controls[i].says = from->says;
        controls[i].with = from->with == NULL ? NULL : load_with(loader, check, from->with);
        expect_list(context, from->expect, &controls[i].expect, &controls[i].expect_count);
        if (!words_complete(&from->says)) {
            problem_at(loader->decoder.problems, from->head.node->mark,
                       "'says' is needed in ja and en");
        }
        for (size_t j = 0; j < i; j++) {
            if (strcmp(controls[j].id, controls[i].id) == 0) {
                problem_at(loader->decoder.problems, from->id.node->mark,
                           "there is another control '%s'",
                           text_shown(loader->decoder.arena, from->id.text));
            }
        }
    }
    check->controls = controls;
    check->control_count = raw->control_count;
}

/* A check must be able to fail, to explain itself, and not to believe a silence. */
static void check_soundness(struct loader *loader, const struct check *check)
{
    struct problems *problems = loader->decoder.problems;
    size_t deciding = 0;

    for (size_t i = 0; i < check->expect_count; i++) {
        const struct expectation *expectation = &check->expect[i];

        deciding += !expectation->advisory;
        if (!words_complete(&expectation->expected) || !words_complete(&expectation->fix)) {
            problem_at(problems, expectation->mark, "'expected' and 'fix' are needed in ja and en");
        }
        if (check->control_count == 0 && expectation_claims_absence(expectation)) {
            problem_at(problems, expectation->mark, "a claim of absence needs a control");
        }
    }
    if (check->expect_count > 0 && deciding == 0) {
        problem_at(problems, check->mark, "a check needs a condition that is not advisory");
    }
}

static bool load_check_names(struct loader *loader, const struct check_raw *raw,
                             struct check *check)
{
    struct problems *problems = loader->decoder.problems;
    struct arena *arena = loader->decoder.arena;

    check->clause = suite_clause(loader->suite, raw->clause.text);
    if (check->clause == NULL) {
        problem_at(problems, raw->clause.node->mark, "there is no clause '%s'",
                   text_shown(arena, raw->clause.text));
    } else if (check->clause->level != loader->level) {
        problem_at(problems, raw->clause.node->mark,
                   "'%s' is a clause of level %u: what a lower level asks does not change here",
                   text_shown(arena, raw->clause.text), check->clause->level);
    } else if (!id_is_part_of(raw->id.text, raw->clause.text)) {
        problem_at(problems, raw->id.node->mark, "the id must be '%s/' and a short name",
                   text_shown(arena, raw->clause.text));
    }
    if (suite_check(loader->suite, raw->id.text) != NULL) {
        problem_at(problems, raw->id.node->mark, "there is another check '%s'",
                   text_shown(arena, raw->id.text));
    }
    if (!words_complete(&raw->title)) {
        problem_at(problems, raw->head.node->mark, "'title' is needed in ja and en");
    }
    check->probe = catalogue_find(loader->catalogue, raw->probe.text);
    if (check->probe == NULL) {
        problem_at(problems, raw->probe.node->mark, "there is no probe '%s'",
                   text_shown(arena, raw->probe.text));
    } else if (!subject_kind_serves(check->probe, check->subject_kind)) {
        problem_at(problems, raw->probe.node->mark, "'%s' needs more than 'for_each: %s' gives",
                   check->probe->name, subject_kind_words[check->subject_kind]);
    }
    return check->clause != NULL && check->probe != NULL;
}

static void check_needs(struct problems *problems, const struct check *check)
{
    for (size_t i = 0; i < check->need_count; i++) {
        bool known = false;

        (void) profile_has_lever(&(struct profile){ .model = NULL }, check->needs[i], &known);
        if (!known) {
            problem_at(problems, check->mark, "there is no lever '%.40s'", check->needs[i]);
        }
    }
}

void suite_load_check(struct loader *loader, const struct check_raw *raw, struct check *check)
{
    struct expect_context context = { .decoder = &loader->decoder, .suite = loader->suite };
    struct expect_context of_check;
    size_t before = loader->decoder.problems->count;

    check->mark = raw->head.node->mark;
    check->path = loader->decoder.problems->path;
    check->title = raw->title;
    check->exclusive = raw->exclusive;
    check->skip_when_none = raw->skip_when_none;
    check->may_silence = raw->may_silence;
    check->needs = raw->needs;
    check->need_count = raw->need_count;
    check->product_types = raw->product_types;
    check->product_type_count = raw->product_type_count;
    check_product_types(loader->decoder.problems, check->mark, check->product_types,
                        check->product_type_count);
    check_needs(loader->decoder.problems, check);
    decode_for_each(&loader->decoder, raw->for_each, "for_each", &check->subject_kind,
                    &check->selectors, &check->selector_count);
    if (load_check_names(loader, raw, check)) {
        check->with = load_with(loader, check, raw->with);
        check_required_params(loader, check, check->mark);
        context.facts = check->probe->facts;
        context.kind = check->subject_kind;
        load_controls(loader, raw, check, &context);
        of_check = context;
        of_check.may_grade = true;
        expect_list(&of_check, raw->expect, &check->expect, &check->expect_count);
        if (loader->decoder.problems->count == before) {
            check_soundness(loader, check);
        }
    }
    check->id = raw->id.text;
}
