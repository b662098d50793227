#include "model/suite.h"

#include "model/expect.h"
#include "model/policy.h"
#include "model/reference.h"
#include "model/selector.h"
#include "model/source.h"
#include "model/suite_tables.h"

#include <stdlib.h>
#include <string.h>

struct loader {
    struct decoder decoder;
    const struct catalogue *catalogue;
    struct suite *suite;
};

const struct check *suite_check(const struct suite *suite, const char *id)
{
    for (size_t i = 0; i < suite->check_count; i++) {
        if (strcmp(suite->checks[i].id, id) == 0) {
            return &suite->checks[i];
        }
    }
    return NULL;
}

const struct policy *suite_policy(const struct suite *suite, const char *id)
{
    for (size_t i = 0; i < suite->policy_count; i++) {
        if (strcmp(suite->policies[i]->id, id) == 0) {
            return suite->policies[i];
        }
    }
    return NULL;
}

static void load_parameters(struct loader *loader, const struct suite_raw *raw)
{
    struct parameter *parameters =
        arena_array(loader->decoder.arena, raw->parameter_count, sizeof *parameters);

    for (size_t i = 0; i < raw->parameter_count; i++) {
        const struct parameter_raw *from = &raw->parameters[i];

        parameters[i] = (struct parameter){
            .name = from->head.name,
            .value = parameter_value(&loader->decoder, from),
            .unit = from->unit,
            .basis = from->basis,
            .origin = "suite",
        };
    }
    loader->suite->parameters = parameters;
    loader->suite->parameter_count = raw->parameter_count;
}

static bool scalar_is(const json_t *value, enum fact_type type)
{
    return type == FACT_BOOL ? json_is_boolean(value) : json_is_string(value);
}

static void load_selector(struct loader *loader, const struct node *node, enum subject_kind kind,
                          struct selector *selector)
{
    struct problems *problems = loader->decoder.problems;
    const struct selector_field *field = selector_field_find(node->key->text, kind);
    json_t *value;

    if (field == NULL) {
        problem_at(problems, node->key->mark, "'%s' cannot be chosen by '%s'",
                   subject_kind_words[kind], text_shown(loader->decoder.arena, node->key->text));
        return;
    }
    value = decode_json(&loader->decoder, node);
    if (value == NULL) {
        return;
    }
    if (!json_is_array(value)) {
        value = json_kept(loader->decoder.arena, json_pack("[O]", value));
    }
    *selector = (struct selector){ .field = field->name, .values = value };
    for (size_t i = 0; i < json_array_size(value); i++) {
        if (!scalar_is(json_array_get(value, i), field->type)) {
            problem_at(problems, node->mark, "'%s' is compared with a %s", field->name,
                       fact_type_word(field->type));
            return;
        }
    }
    if (json_array_size(value) == 0) {
        problem_at(problems, node->mark, "an empty list selects nothing");
    }
}

static void load_for_each(struct loader *loader, const struct node *node, struct check *check)
{
    struct problems *problems = loader->decoder.problems;
    const struct node *chosen = node->first;
    struct selector *selectors;
    size_t i = 0;
    int kind = 0;

    if (node->kind != NODE_MAP || node->count != 1) {
        problem_at(problems, node->mark,
                   "'for_each' has one key, the kind of thing that the check is about");
        return;
    }
    while (subject_kind_words[kind] != NULL &&
           strcmp(subject_kind_words[kind], chosen->key->text) != 0) {
        kind++;
    }
    if (subject_kind_words[kind] == NULL || chosen->kind != NODE_MAP) {
        problem_at(problems, chosen->key->mark,
                   "'for_each' needs a kind of thing, such as service, with a "
                   "mapping of selectors");
        return;
    }
    check->subject_kind = (enum subject_kind) kind;
    selectors = arena_array(loader->decoder.arena, chosen->count, sizeof *selectors);
    for (const struct node *at = chosen->first; at != NULL; at = at->next) {
        load_selector(loader, at, check->subject_kind, &selectors[i++]);
    }
    check->selectors = selectors;
    check->selector_count = chosen->count;
}

static bool kind_serves(const struct probe_decl *probe, enum subject_kind kind)
{
    if ((probe->needs & PROBE_NEEDS_DOCUMENT) != 0) {
        return kind == SUBJECT_DOCUMENT;
    }
    if ((probe->needs & PROBE_NEEDS_CLIENT) != 0) {
        return kind == SUBJECT_CLIENT;
    }
    if ((probe->needs & PROBE_NEEDS_UPDATE) != 0) {
        return kind == SUBJECT_UPDATE;
    }
    if ((probe->needs & PROBE_NEEDS_ACCESS) != 0) {
        return kind == SUBJECT_ACCESS;
    }
    if ((probe->needs & PROBE_NEEDS_AUTH) != 0) {
        return kind == SUBJECT_AUTH;
    }
    return (probe->needs & PROBE_NEEDS_SERVICE) == 0 || kind == SUBJECT_SERVICE ||
           kind == SUBJECT_AUTH || kind == SUBJECT_ACCESS;
}

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
    } else if (!kind_serves(check->probe, check->subject_kind)) {
        problem_at(problems, raw->probe.node->mark, "'%s' needs more than 'for_each: %s' gives",
                   check->probe->name, subject_kind_words[check->subject_kind]);
    }
    return check->clause != NULL && check->probe != NULL;
}

static void load_check(struct loader *loader, const struct check_raw *raw, struct check *check)
{
    struct expect_context context = { .decoder = &loader->decoder, .suite = loader->suite };
    struct expect_context of_check;
    size_t before = loader->decoder.problems->count;

    check->mark = raw->head.node->mark;
    check->title = raw->title;
    check->exclusive = raw->exclusive;
    check->skip_when_none = raw->skip_when_none;
    check->may_silence = raw->may_silence;
    load_for_each(loader, raw->for_each, check);
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

static bool clause_has_check(const struct suite *suite, const struct clause *clause)
{
    for (size_t i = 0; i < suite->check_count; i++) {
        if (suite->checks[i].clause == clause) {
            return true;
        }
    }
    return false;
}

static void check_coverage(struct loader *loader, struct problems *clause_problems)
{
    const struct suite *suite = loader->suite;

    for (size_t i = 0; i < suite->clause_count; i++) {
        const struct clause *clause = &suite->clauses[i];
        bool excepted = clause->exception.ja != NULL || clause->exception.en != NULL;
        bool checked = clause_has_check(suite, clause);

        if (checked && excepted) {
            problem_at(clause_problems, clause->mark,
                       "'%.60s' has checks: what they leave open is a gap, not an exception",
                       clause->id);
        }
        if (!checked && !excepted && clause->gap_count == 0) {
            problem_at(clause_problems, clause->mark,
                       "'%.60s' has no check, no gap and no exception", clause->id);
        }
        for (size_t j = 0; j < clause->gap_count; j++) {
            if (suite_check(suite, clause->gaps[j].id) != NULL) {
                problem_at(clause_problems, clause->mark, "the gap '%.80s' has the id of a check",
                           clause->gaps[j].id);
            }
        }
    }
}

static void load_checks(struct loader *loader, const struct suite_raw *raw)
{
    struct suite *suite = loader->suite;

    suite->checks = arena_array(loader->decoder.arena, raw->check_count, sizeof *suite->checks);
    for (size_t i = 0; i < raw->check_count; i++) {
        load_check(loader, &raw->checks[i], &suite->checks[i]);
        suite->check_count = i + 1;
    }
}

/* Each policy file has a list of problems of its own: they name another file. */
static enum status load_policies(struct loader *loader, const struct suite_sources *sources,
                                 struct error *reterr)
{
    struct problems *problems = loader->decoder.problems;
    struct arena *arena = loader->decoder.arena;
    const struct policy **policies = arena_array(arena, sources->policy_count, sizeof *policies);

    loader->suite->policies = policies;
    for (size_t i = 0; i < sources->policy_count; i++) {
        struct problems own = { .path = sources->policies[i].path,
                                .sink = problems->sink,
                                .context = problems->context };
        struct policy *policy = NULL;
        enum status status = policy_decode(&sources->policies[i], &own, arena, &policy, reterr);

        problems->count += own.count;
        if (status != STATUS_OK) {
            return status;
        }
        if (suite_policy(loader->suite, policy->id) != NULL) {
            return fail(reterr, STATUS_BAD_INPUT, "%s:1:1: there is another policy '%.40s'",
                        policy->source.path, policy->id);
        }
        policies[i] = policy;
        loader->suite->policy_count = i + 1;
    }
    return STATUS_OK;
}

enum status suite_decode(const struct suite_sources *sources, const struct catalogue *catalogue,
                         struct problems *problems, struct arena *arena, struct suite **ret_suite,
                         struct error *reterr)
{
    struct suite_raw *raw = arena_alloc(arena, sizeof *raw);
    struct problems clause_problems = { .path = sources->clauses.path,
                                        .sink = problems->sink,
                                        .context = problems->context };
    struct loader loader = { .decoder = { .problems = problems, .arena = arena },
                             .catalogue = catalogue,
                             .suite = arena_alloc(arena, sizeof *loader.suite) };
    const struct node *root = NULL;
    enum status clauses_status;

    TRY(node_parse(&sources->suite, arena, &root, reterr));
    decode_record(&loader.decoder, root, &suite_record, raw);
    TRY(problems_status(problems, reterr));
    *loader.suite = raw->suite;
    loader.suite->source = sources->suite;
    load_parameters(&loader, raw);
    TRY(problems_status(problems, reterr));
    clauses_status =
        clauses_decode(&sources->clauses, &clause_problems, arena, loader.suite, reterr);
    if (clauses_status != STATUS_OK) {
        problems->count += clause_problems.count;
        return clauses_status;
    }
    TRY(load_policies(&loader, sources, reterr));
    load_checks(&loader, raw);
    if (problems->count == 0) {
        check_coverage(&loader, &clause_problems);
        TRY(problems_status(&clause_problems, reterr));
    }
    TRY(problems_status(problems, reterr));
    *ret_suite = loader.suite;
    return STATUS_OK;
}

static enum status read_policies(const struct source_file *suite, const struct node *list,
                                 struct problems *problems, struct arena *arena,
                                 struct suite_sources *sources, struct error *reterr)
{
    struct source_file *files;

    if (list == NULL || list->kind != NODE_LIST) {
        return STATUS_OK; /* another kind of node is a problem that decoding reports */
    }
    files = arena_array(arena, list->count, sizeof *files);
    sources->policies = files;
    for (const struct node *at = list->first; at != NULL; at = at->next) {
        if (at->kind != NODE_SCALAR || at->length == 0) {
            problem_at(problems, at->mark, "'policies' must be a list of files");
            return problems_status(problems, reterr);
        }
        TRY(source_file_read(source_resolve(suite->path, at->text, arena), arena,
                             &files[sources->policy_count++], reterr));
    }
    return STATUS_OK;
}

enum status suite_sources_read(const struct source_file *suite, struct problems *problems,
                               struct arena *arena, struct suite_sources *ret_sources,
                               struct error *reterr)
{
    const struct node *root = NULL;
    const struct node *clauses;

    *ret_sources = (struct suite_sources){ .suite = *suite };
    TRY(node_parse(suite, arena, &root, reterr));
    clauses = node_member(root, "clauses");
    if (clauses == NULL || clauses->kind != NODE_SCALAR || clauses->length == 0) {
        problem_at(problems, root->mark, "'clauses' must name a file");
        return problems_status(problems, reterr);
    }
    TRY(source_file_read(source_resolve(suite->path, clauses->text, arena), arena,
                         &ret_sources->clauses, reterr));
    return read_policies(suite, node_member(root, "policies"), problems, arena, ret_sources,
                         reterr);
}

enum status suite_from_sources(const struct suite_sources *sources,
                               const struct catalogue *catalogue, struct arena *arena,
                               struct suite **ret_suite, struct error *reterr)
{
    struct problems problems = { .path = sources->suite.path };

    return suite_decode(sources, catalogue, &problems, arena, ret_suite, reterr);
}

enum status suite_load(const char *path, const struct catalogue *catalogue, struct arena *arena,
                       struct suite **ret_suite, struct error *reterr)
{
    struct source_file suite = { 0 };
    struct suite_sources sources = { .policy_count = 0 };
    struct problems problems = { .path = path };

    TRY(source_file_read(path, arena, &suite, reterr));
    TRY(suite_sources_read(&suite, &problems, arena, &sources, reterr));
    return suite_from_sources(&sources, catalogue, arena, ret_suite, reterr);
}
