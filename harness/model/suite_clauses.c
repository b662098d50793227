#include "model/expect.h"
#include "model/reference.h"
#include "model/source.h"
#include "model/suite_tables.h"

#include <string.h>

const struct clause *suite_clause(const struct suite *suite, const char *id)
{
    for (size_t i = 0; i < suite->clause_count; i++) {
        if (strcmp(suite->clauses[i].id, id) == 0) {
            return &suite->clauses[i];
        }
    }
    return NULL;
}

const struct parameter *suite_parameter(const struct suite *suite, const char *name)
{
    for (size_t i = 0; i < suite->parameter_count; i++) {
        if (strcmp(suite->parameters[i].name, name) == 0) {
            return &suite->parameters[i];
        }
    }
    return NULL;
}

bool words_complete(const struct words *words)
{
    return words->ja != NULL && words->en != NULL;
}

/* An id that names a part of a clause: "S1.1-04/lockout". */
bool id_is_part_of(const char *id, const char *clause)
{
    size_t length = strlen(clause);

    return strncmp(id, clause, length) == 0 && id[length] == '/' && id[length + 1] != '\0' &&
           strpbrk(id, "@ ") == NULL;
}

static void check_gaps(struct problems *problems, const struct clause_raw *raw)
{
    for (size_t i = 0; i < raw->gap_count; i++) {
        const struct gap *gap = &raw->gaps[i].gap;

        if (!id_is_part_of(gap->id, raw->id.text)) {
            problem_at(problems, raw->head.node->mark, "the gap id '%.80s' must begin with '%s/'",
                       gap->id, raw->id.text);
        }
        for (size_t j = 0; j < i; j++) {
            if (strcmp(gap->id, raw->gaps[j].gap.id) == 0) {
                problem_at(problems, raw->head.node->mark, "the gap '%.80s' is given twice",
                           gap->id);
            }
        }
    }
}

static void resolve_gaps(struct decoder *decoder, const struct clause_raw *raw,
                         struct clause *clause)
{
    struct gap *gaps = arena_array(decoder->arena, raw->gap_count, sizeof *gaps);

    for (size_t i = 0; i < raw->gap_count; i++) {
        gaps[i] = raw->gaps[i].gap;
        gaps[i].conditional = raw->gaps[i].when != NULL;
        if (gaps[i].conditional) {
            decode_for_each(decoder, raw->gaps[i].when, "when", &gaps[i].when, &gaps[i].selectors,
                            &gaps[i].selector_count);
        }
    }
    clause->gaps = gaps;
    clause->gap_count = raw->gap_count;
}

/* "P3-07" belongs to this project's suite of level 3 and never claims another basis. */
static void mark_provisional(struct problems *problems, const struct clause_raw *raw,
                             unsigned level, struct clause *clause)
{
    const char *id = clause->id;
    bool named = id[0] == 'P' && id[1] >= '2' && id[1] <= '4' && id[2] == '-';
    bool own = text_equal(clause->basis.level, "project");

    clause->provisional = named && own;
    if (named && !own) {
        problem_at(problems, raw->id.node->mark,
                   "'%.60s' is an id of this project: its basis must be of level project", id);
    } else if (named && level != 0 && level != (unsigned) (id[1] - '0')) { /* 0: read alone */
        problem_at(problems, raw->id.node->mark, "'%.60s' is an id of level %c, the suite's is %u",
                   id, id[1], level);
    }
}

static void check_maps(struct problems *problems, const struct clause_raw *raw)
{
    json_t *maps = raw->clause.maps;
    const char *scheme;
    json_t *ids;

    json_object_foreach(maps, scheme, ids)
    {
        enum fact_type type = FACT_BOOL;

        if (!json_fact_type(ids, &type) || type != FACT_TEXTS) {
            problem_at(problems, raw->head.node->mark, "maps: '%.60s' must be a list of texts",
                       scheme);
        }
    }
}

static void resolve_clauses(struct decoder *decoder, const struct clauses_raw *raw,
                            struct suite *suite)
{
    struct problems *problems = decoder->problems;
    size_t before = suite->clause_count;
    struct clause *clauses =
        arena_array(decoder->arena, before + raw->clause_count, sizeof *clauses);

    if (before > 0) {
        memcpy(clauses, suite->clauses, before * sizeof *clauses);
    }
    suite->clauses = clauses;
    for (size_t i = 0; i < raw->clause_count; i++) {
        const struct clause_raw *from = &raw->clauses[i];
        struct clause *clause = &clauses[before + i];

        if (suite_clause(suite, from->id.text) != NULL) {
            problem_at(problems, from->id.node->mark, "there is another clause '%.60s'",
                       from->id.text);
        }
        if (strpbrk(from->id.text, "/@ ") != NULL) {
            problem_at(problems, from->id.node->mark, "a clause id has no '/', '@' or blank");
        }
        check_gaps(problems, from);
        check_maps(problems, from);
        *clause = from->clause;
        clause->id = from->id.text;
        clause->mark = from->head.node->mark;
        clause->path = problems->path;
        clause->level = suite->level;
        clause->mandatory = !from->optional;
        resolve_gaps(decoder, from, clause);
        check_product_types(problems, clause->mark, clause->product_types,
                            clause->product_type_count);
        mark_provisional(problems, from, suite->level, clause);
        suite->clause_count = before + i + 1;
    }
}

enum status clauses_decode(const struct source_file *source, struct problems *problems,
                           struct arena *arena, struct suite *suite, struct error *reterr)
{
    struct clauses_raw raw = { .format = NULL };
    struct decoder decoder = { .problems = problems, .arena = arena };
    const struct node *root = NULL;

    TRY(node_parse(source, arena, &root, reterr));
    decode_record(&decoder, root, &clauses_record, &raw);
    TRY(problems_status(problems, reterr));
    if (suite->scheme != NULL && strcmp(suite->scheme, raw.scheme) != 0) {
        problem_at(problems, node_member(root, "scheme")->mark,
                   "the suite's scheme is '%.60s', this is '%.60s'", suite->scheme, raw.scheme);
    }
    suite->edition = raw.edition;
    suite->notice = raw.notice;
    resolve_clauses(&decoder, &raw, suite);
    return problems_status(problems, reterr);
}

json_t *parameter_value(struct decoder *decoder, const struct parameter_raw *raw)
{
    json_t *value = decode_json(decoder, raw->value);
    enum fact_type type = FACT_BOOL;

    if (value != NULL && (!json_fact_type(value, &type) || type == FACT_BOOL)) {
        problem_at(decoder->problems, raw->value->mark,
                   "a parameter is a whole number, a text, or a list of either");
        return NULL;
    }
    return value;
}

static void override_one(struct decoder *decoder, struct suite *suite,
                         const struct parameter_raw *raw, const char *origin)
{
    struct parameter *parameter = (struct parameter *) suite_parameter(suite, raw->head.name);
    json_t *value = parameter_value(decoder, raw);
    enum fact_type was = FACT_BOOL;
    enum fact_type is = FACT_BOOL;

    if (parameter == NULL) {
        problem_at(decoder->problems, raw->head.node->key->mark, "the suite has no parameter '%s'",
                   text_shown(decoder->arena, raw->head.name));
        return;
    }
    if (value == NULL) {
        return;
    }
    if (!json_fact_type(parameter->value, &was) || !json_fact_type(value, &is) || was != is) {
        problem_at(decoder->problems, raw->value->mark, "'%s' must stay a %s", parameter->name,
                   fact_type_word(was));
        return;
    }
    if (raw->unit != NULL && !text_equal(raw->unit, parameter->unit)) {
        problem_at(decoder->problems, raw->head.node->mark, "'%s' is counted in '%s'",
                   parameter->name, parameter->unit == NULL ? "no unit" : parameter->unit);
        return;
    }
    parameter->value = value;
    parameter->basis = raw->basis;
    parameter->origin = origin;
}

enum status suite_override_source(struct suite *suite, const struct source_file *params,
                                  struct arena *arena, struct error *reterr)
{
    struct params_raw raw = { .format = NULL };
    struct problems problems = { .path = params->path };
    struct decoder decoder = { .problems = &problems, .arena = arena };
    const struct node *root = NULL;
    const char *slash = strrchr(params->path, '/');

    TRY(node_parse(params, arena, &root, reterr));
    decode_record(&decoder, root, &params_record, &raw);
    TRY(problems_status(&problems, reterr));
    if (raw.suite != NULL && strcmp(raw.suite, suite->id) != 0) {
        problem_at(&problems, node_member(root, "suite")->mark, "these are for the suite '%s'",
                   text_shown(arena, raw.suite));
    }
    for (size_t i = 0; i < raw.parameter_count; i++) {
        override_one(&decoder, suite, &raw.parameters[i],
                     arena_text(arena, slash != NULL ? slash + 1 : params->path));
    }
    return problems_status(&problems, reterr);
}

enum status suite_override(struct suite *suite, const char *params_path, struct arena *arena,
                           struct source_file *ret_source, struct error *reterr)
{
    struct source_file source = { 0 };

    TRY(source_file_read(params_path, arena, &source, reterr));
    TRY(suite_override_source(suite, &source, arena, reterr));
    *ret_source = source;
    return STATUS_OK;
}
