#include "model/suite.h"

#include "model/policy.h"
#include "model/suite_private.h"

#include <stdlib.h>
#include <string.h>

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
            suite_load_check(loader, &raw->checks[j], &suite->checks[suite->check_count]);
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
