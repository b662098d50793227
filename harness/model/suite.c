#include "model/suite.h"

#include "model/expect.h"
#include "model/policy.h"
#include "model/reference.h"
#include "model/selector.h"
#include "model/source.h"
#include "model/suite_tables.h"

#include <stdlib.h>
#include <string.h>

/* A suite.yaml or a part: problems name the file that they are in. */
struct loader_file {
    const struct part_raw *raw;
    struct problems *problems;
    unsigned level;
};

struct loader {
    struct decoder decoder; /* its problems: those of the file at hand */
    const struct problems *given;
    const struct catalogue *catalogue;
    struct suite *suite;
    struct loader_file *files; /* of the lowest level first */
    size_t file_count;
    unsigned level; /* of the file at hand */
};

static struct problems problems_of(const struct loader *loader, const char *path)
{
    return (struct problems){ .path = path,
                              .sink = loader->given->sink,
                              .context = loader->given->context };
}

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

static void load_parameters(struct loader *loader, const struct part_raw *raw)
{
    struct suite *suite = loader->suite;
    size_t before = suite->parameter_count;
    struct parameter *parameters =
        arena_array(loader->decoder.arena, before + raw->parameter_count, sizeof *parameters);

    if (before > 0) {
        memcpy(parameters, suite->parameters, before * sizeof *parameters);
    }
    suite->parameters = parameters;
    for (size_t i = 0; i < raw->parameter_count; i++) {
        const struct parameter_raw *from = &raw->parameters[i];

        if (suite_parameter(suite, from->head.name) != NULL) {
            problem_at(loader->decoder.problems, from->head.node->key->mark,
                       "there is another parameter '%s'",
                       text_shown(loader->decoder.arena, from->head.name));
        }
        parameters[before + i] = (struct parameter){
            .name = from->head.name,
            .value = parameter_value(&loader->decoder, from),
            .unit = from->unit,
            .basis = from->basis,
            .origin = "suite",
        };
        suite->parameter_count++;
    }
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
    if ((probe->needs & PROBE_NEEDS_ERASURE) != 0) {
        return kind == SUBJECT_ERASURE;
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
    } else if (!kind_serves(check->probe, check->subject_kind)) {
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

static void load_check(struct loader *loader, const struct check_raw *raw, struct check *check)
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

static bool clause_has_check(const struct suite *suite, const struct clause *clause,
                             const char *type)
{
    for (size_t i = 0; i < suite->check_count; i++) {
        const struct check *check = &suite->checks[i];

        if (check->clause == clause &&
            product_type_is_among(type, check->product_types, check->product_type_count)) {
            return true;
        }
    }
    return false;
}

/* Of every type of product that is asked, something is asked, or the reason told. */
static void check_clause_of_type(const struct suite *suite, const struct clause *clause,
                                 const char *type, struct problems *problems)
{
    if (product_type_is_among(type, clause->product_types, clause->product_type_count) &&
        !clause_has_check(suite, clause, type)) {
        problem_at(problems, clause->mark, "'%.60s' has no check, no gap and no exception for %s",
                   clause->id, type);
    }
}

static void check_clause(const struct suite *suite, const struct clause *clause,
                         struct problems *problems)
{
    bool excepted = clause->exception.ja != NULL || clause->exception.en != NULL;
    bool checked = false;

    for (size_t i = 0; i < suite->check_count; i++) {
        checked = checked || suite->checks[i].clause == clause;
    }
    if (checked && excepted) {
        problem_at(problems, clause->mark,
                   "'%.60s' has checks: what they leave open is a gap, not an exception",
                   clause->id);
    }
    if (!checked && !excepted && clause->gap_count == 0) {
        problem_at(problems, clause->mark, "'%.60s' has no check, no gap and no exception",
                   clause->id);
    }
    for (size_t i = 0; checked && clause->gap_count == 0 && product_type_words[i] != NULL; i++) {
        check_clause_of_type(suite, clause, product_type_words[i], problems);
    }
    for (size_t j = 0; j < clause->gap_count; j++) {
        if (suite_check(suite, clause->gaps[j].id) != NULL) {
            problem_at(problems, clause->mark, "the gap '%.80s' has the id of a check",
                       clause->gaps[j].id);
        }
    }
}

static enum status check_coverage(struct loader *loader, struct error *reterr)
{
    struct problems problems = problems_of(loader, NULL);

    for (size_t i = 0; i < loader->suite->clause_count; i++) {
        problems.path = loader->suite->clauses[i].path;
        check_clause(loader->suite, &loader->suite->clauses[i], &problems);
    }
    return problems_status(&problems, reterr);
}

/* ---- all files ---- */

/* The first file that has problems speaks; the sink has heard of all. */
static enum status files_status(const struct loader *loader, struct error *reterr)
{
    for (size_t i = 0; i < loader->file_count; i++) {
        TRY(problems_status(loader->files[i].problems, reterr));
    }
    return STATUS_OK;
}

static void load_checks(struct loader *loader)
{
    struct suite *suite = loader->suite;
    size_t count = 0;

    for (size_t i = 0; i < loader->file_count; i++) {
        count += loader->files[i].raw->check_count;
    }
    suite->checks = arena_array(loader->decoder.arena, count, sizeof *suite->checks);
    for (size_t i = 0; i < loader->file_count; i++) {
        const struct part_raw *raw = loader->files[i].raw;

        loader->decoder.problems = loader->files[i].problems;
        loader->level = loader->files[i].level;
        for (size_t j = 0; j < raw->check_count; j++) {
            load_check(loader, &raw->checks[j], &suite->checks[suite->check_count]);
            suite->check_count++;
        }
    }
}

/* Each policy file has a list of problems of its own: they name another file. */
static enum status load_policies(struct loader *loader, const struct suite_sources *sources,
                                 struct error *reterr)
{
    struct arena *arena = loader->decoder.arena;
    const struct policy **policies = arena_array(arena, sources->policy_count, sizeof *policies);

    loader->suite->policies = policies;
    for (size_t i = 0; i < sources->policy_count; i++) {
        struct problems own = problems_of(loader, sources->policies[i].path);
        struct policy *policy = NULL;

        TRY(policy_decode(&sources->policies[i], &own, arena, &policy, reterr));
        if (suite_policy(loader->suite, policy->id) != NULL) {
            return fail(reterr, STATUS_BAD_INPUT, "%s:1:1: there is another policy '%.40s'",
                        policy->source.path, policy->id);
        }
        policies[i] = policy;
        loader->suite->policy_count = i + 1;
    }
    return STATUS_OK;
}

/* ---- a layer: a suite.yaml, its parts and its clauses ---- */

static struct loader_file *file_add(struct loader *loader, const struct source_file *source,
                                    unsigned level)
{
    struct loader_file *file = &loader->files[loader->file_count++];

    file->level = level;
    file->problems = arena_alloc(loader->decoder.arena, sizeof *file->problems);
    *file->problems = problems_of(loader, source->path);
    loader->decoder.problems = file->problems;
    return file;
}

static enum status load_part(struct loader *loader, const struct suite_part *part, unsigned level,
                             struct error *reterr)
{
    struct loader_file *file = file_add(loader, &part->source, level);
    struct part_raw *raw = arena_alloc(loader->decoder.arena, sizeof *raw);
    const struct node *root = NULL;

    TRY(node_parse(&part->source, loader->decoder.arena, &root, reterr));
    decode_record(&loader->decoder, root, &suite_part_record, raw);
    file->raw = raw;
    return problems_status(file->problems, reterr);
}

static enum status load_layer(struct loader *loader, const struct suite_layer *layer,
                              struct suite_raw *raw, struct error *reterr)
{
    struct loader_file *file = file_add(loader, &layer->suite, 0);
    const struct node *root = NULL;
    size_t checks;

    TRY(node_parse(&layer->suite, loader->decoder.arena, &root, reterr));
    decode_record(&loader->decoder, root, &suite_record, raw);
    TRY(problems_status(file->problems, reterr));
    file->raw = &raw->own;
    file->level = raw->suite.level;
    checks = raw->own.check_count;
    for (size_t i = 0; i < layer->part_count; i++) {
        TRY(load_part(loader, &layer->parts[i], raw->suite.level, reterr));
        checks += loader->files[loader->file_count - 1].raw->check_count;
    }
    if (checks == 0) {
        problem_at(file->problems, root->mark, "a suite needs 'checks' or 'include'");
    }
    return problems_status(file->problems, reterr);
}

/* ---- the suite ---- */

static size_t file_count(const struct suite_sources *sources)
{
    size_t count = 2 * sources->layer_count;

    for (size_t i = 0; i < sources->layer_count; i++) {
        count += sources->layers[i].part_count;
    }
    return count;
}

static void file_name(struct suite *suite, struct suite_file *files,
                      const struct source_file *source, const char *entry)
{
    files[suite->file_count++] = (struct suite_file){ .source = *source, .entry = entry };
}

static void name_files(struct loader *loader, const struct suite_sources *sources)
{
    struct suite *suite = loader->suite;
    struct arena *arena = loader->decoder.arena;
    struct suite_file *files = arena_array(arena, file_count(sources), sizeof *files);

    suite->files = files;
    for (size_t i = 0; i < sources->layer_count; i++) {
        const struct suite_layer *layer = &sources->layers[i];

        file_name(suite, files, &layer->suite, suite_entry(layer->folder, NULL, arena));
        file_name(suite, files, &layer->clauses, suite_entry(layer->folder, "clauses.yaml", arena));
        for (size_t j = 0; j < layer->part_count; j++) {
            file_name(suite, files, &layer->parts[j].source,
                      suite_entry(layer->folder, layer->parts[j].name, arena));
        }
    }
}

/* The clauses of the lowest level first; edition and notice are those of the suite itself. */
static enum status load_clauses(struct loader *loader, const struct suite_sources *sources,
                                const struct suite_raw *raws, struct error *reterr)
{
    struct suite *suite = loader->suite;
    unsigned level = suite->level;

    for (size_t i = sources->layer_count; i-- > 0;) {
        struct problems own = problems_of(loader, sources->layers[i].clauses.path);

        suite->level = raws[i].suite.level;
        TRY(clauses_decode(&sources->layers[i].clauses, &own, loader->decoder.arena, suite,
                           reterr));
    }
    suite->level = level;
    return STATUS_OK;
}

/* Levels nest: what is extended is of the same scheme and of a lower level. */
static enum status check_layers(const struct loader *loader, const struct suite_sources *sources,
                                const struct suite_raw *raws, struct error *reterr)
{
    for (size_t i = 1; i < sources->layer_count; i++) {
        struct problems own = problems_of(loader, sources->layers[i].suite.path);
        const struct source_mark mark = raws[i].own.head.node->mark;

        if (raws[i].suite.level >= raws[i - 1].suite.level) {
            problem_at(&own, mark, "a suite of level %u cannot be part of one of level %u",
                       raws[i].suite.level, raws[i - 1].suite.level);
        }
        if (strcmp(raws[i].suite.scheme, raws[i - 1].suite.scheme) != 0) {
            problem_at(&own, mark, "this suite is of another scheme");
        }
        TRY(problems_status(&own, reterr));
    }
    return STATUS_OK;
}

static enum status load_layers(struct loader *loader, const struct suite_sources *sources,
                               struct error *reterr)
{
    struct suite_raw *raws = arena_array(loader->decoder.arena, sources->layer_count, sizeof *raws);

    for (size_t i = sources->layer_count; i-- > 0;) {
        TRY(load_layer(loader, &sources->layers[i], &raws[i], reterr));
    }
    TRY(check_layers(loader, sources, raws, reterr));
    *loader->suite = raws[0].suite;
    name_files(loader, sources);
    for (size_t i = 0; i < loader->file_count; i++) {
        loader->decoder.problems = loader->files[i].problems;
        load_parameters(loader, loader->files[i].raw);
    }
    TRY(files_status(loader, reterr));
    return load_clauses(loader, sources, raws, reterr);
}

/* Of `problems` only the sink is used: every file has problems of its own. */
enum status suite_decode(const struct suite_sources *sources, const struct catalogue *catalogue,
                         struct problems *problems, struct arena *arena, struct suite **ret_suite,
                         struct error *reterr)
{
    struct loader loader = { .decoder = { .arena = arena },
                             .given = problems,
                             .catalogue = catalogue,
                             .suite = arena_alloc(arena, sizeof *loader.suite),
                             .files =
                                 arena_array(arena, file_count(sources), sizeof *loader.files) };

    TRY(load_layers(&loader, sources, reterr));
    TRY(load_policies(&loader, sources, reterr));
    load_checks(&loader);
    TRY(files_status(&loader, reterr));
    TRY(check_coverage(&loader, reterr));
    *ret_suite = loader.suite;
    return STATUS_OK;
}
