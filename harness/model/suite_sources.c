#include "model/source.h"
#include "model/suite_tables.h"

#include <string.h>

/* While the files of one layer are read. */
struct gathering {
    const struct suite_reading *reading;
    struct arena *arena;
    struct suite_layer *layers;
    const char *ids[SUITE_LAYERS_MAX];
    size_t layer_count;
    struct source_file *policies;
    size_t policy_count;
    size_t policy_room;
    struct problems problems; /* of the layer's suite.yaml */
};

const char *suite_entry(const char *folder, const char *name, struct arena *arena)
{
    if (folder != NULL) {
        return arena_format(arena, "run/suite/%s/%s", folder, name == NULL ? "suite.yaml" : name);
    }
    if (name == NULL || strcmp(name, "clauses.yaml") == 0) {
        return arena_format(arena, "run/%s", name == NULL ? "suite.yaml" : name);
    }
    return arena_format(arena, "run/suite/%s", name);
}

/* One name, without a way out of the folder; a bundle has it as it stands. */
static bool is_plain_name(const char *name, size_t length)
{
    return length > 0 && length <= 64 && name[0] != '.' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-._") >= length;
}

static bool is_part_name(const struct node *node)
{
    static const char ending[] = ".yaml";
    size_t length = node->kind == NODE_SCALAR ? node->length : 0;

    return length > sizeof ending - 1 && is_plain_name(node->text, length) &&
           strcmp(node->text + length - (sizeof ending - 1), ending) == 0 &&
           strcmp(node->text, "suite.yaml") != 0 && strcmp(node->text, "clauses.yaml") != 0;
}

/* "../star1/suite.yaml" gives "star1"; NULL: not of this shape. */
static const char *folder_of(const struct node *extends, struct arena *arena)
{
    static const char before[] = "../";
    static const char after[] = "/suite.yaml";
    size_t around = sizeof before - 1 + sizeof after - 1;
    size_t length = extends->kind == NODE_SCALAR ? extends->length : 0;
    const char *name;

    if (length <= around || strncmp(extends->text, before, sizeof before - 1) != 0 ||
        strcmp(extends->text + length - (sizeof after - 1), after) != 0) {
        return NULL;
    }
    name = extends->text + sizeof before - 1;
    return is_plain_name(name, length - around) ? arena_text_n(arena, name, length - around) : NULL;
}

static enum status read_named(const struct gathering *all, const struct suite_layer *layer,
                              const char *name, const char *entry, struct source_file *ret_source,
                              struct error *reterr)
{
    const char *path = layer->folder == NULL || name[0] == '/'
                           ? name
                           : arena_format(all->arena, "../%s/%s", layer->folder, name);

    return all->reading->read(all->reading, path, entry, all->arena, ret_source, reterr);
}

static enum status read_clauses(struct gathering *all, const struct node *root,
                                struct suite_layer *layer, struct error *reterr)
{
    const struct node *clauses = node_member(root, "clauses");

    if (clauses == NULL || clauses->kind != NODE_SCALAR || clauses->length == 0) {
        problem_at(&all->problems, root->mark, "'clauses' must name a file");
        return problems_status(&all->problems, reterr);
    }
    return read_named(all, layer, clauses->text,
                      suite_entry(layer->folder, "clauses.yaml", all->arena), &layer->clauses,
                      reterr);
}

static bool part_is_there(const struct suite_part *parts, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(parts[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static enum status read_parts(struct gathering *all, const struct node *list,
                              struct suite_layer *layer, struct error *reterr)
{
    struct suite_part *parts;

    if (list == NULL || list->kind != NODE_LIST) {
        return STATUS_OK; /* another kind of node is a problem that decoding reports */
    }
    if (list->count > SUITE_PARTS_MAX) {
        problem_at(&all->problems, list->mark, "more than %d parts", SUITE_PARTS_MAX);
        return problems_status(&all->problems, reterr);
    }
    parts = arena_array(all->arena, list->count, sizeof *parts);
    layer->parts = parts;
    for (const struct node *at = list->first; at != NULL; at = at->next) {
        if (!is_part_name(at)) {
            problem_at(&all->problems, at->mark,
                       "a part is a file in this folder, such as s01.yaml: lower-case letters, "
                       "digits, '-', '_' and '.'");
        } else if (part_is_there(parts, layer->part_count, at->text)) {
            problem_at(&all->problems, at->mark, "'%s' is included twice",
                       text_shown(all->arena, at->text));
        }
        TRY(problems_status(&all->problems, reterr));
        parts[layer->part_count].name = at->text;
        TRY(read_named(all, layer, at->text, suite_entry(layer->folder, at->text, all->arena),
                       &parts[layer->part_count].source, reterr));
        layer->part_count++;
    }
    return STATUS_OK;
}

static struct source_file *policy_add(struct gathering *all)
{
    if (all->policy_count == all->policy_room) {
        struct source_file *before = all->policies;

        all->policy_room = all->policy_room == 0 ? 16 : all->policy_room * 2;
        all->policies = arena_array(all->arena, all->policy_room, sizeof *all->policies);
        if (before != NULL) {
            memcpy(all->policies, before, all->policy_count * sizeof *before);
        }
    }
    return &all->policies[all->policy_count++];
}

static enum status read_policies(struct gathering *all, const struct node *list,
                                 const struct suite_layer *layer, struct error *reterr)
{
    if (list == NULL || list->kind != NODE_LIST || all->reading->leaves_policies) {
        return STATUS_OK;
    }
    for (const struct node *at = list->first; at != NULL; at = at->next) {
        if (at->kind != NODE_SCALAR || at->length == 0) {
            problem_at(&all->problems, at->mark, "'policies' must be a list of files");
            return problems_status(&all->problems, reterr);
        }
        TRY(read_named(all, layer, at->text, NULL, policy_add(all), reterr));
    }
    return STATUS_OK;
}

/* A suite that comes to itself again would never end. */
static enum status check_id(struct gathering *all, const struct node *root, struct error *reterr)
{
    const struct node *id = node_member(root, "id");
    const char *text = id != NULL && id->kind == NODE_SCALAR ? id->text : "";

    for (size_t i = 0; i + 1 < all->layer_count; i++) {
        if (strcmp(all->ids[i], text) == 0) {
            problem_at(&all->problems, id != NULL ? id->mark : root->mark, "'%s' extends itself",
                       text_shown(all->arena, text));
        }
    }
    all->ids[all->layer_count - 1] = text;
    return problems_status(&all->problems, reterr);
}

static enum status read_layer(struct gathering *all, const char **ret_extends, struct error *reterr)
{
    struct suite_layer *layer = &all->layers[all->layer_count - 1];
    const struct node *root = NULL;
    const struct node *extends;

    *ret_extends = NULL;
    all->problems.path = layer->suite.path;
    TRY(node_parse(&layer->suite, all->arena, &root, reterr));
    TRY(check_id(all, root, reterr));
    TRY(read_clauses(all, root, layer, reterr));
    TRY(read_parts(all, node_member(root, "include"), layer, reterr));
    TRY(read_policies(all, node_member(root, "policies"), layer, reterr));
    extends = node_member(root, "extends");
    if (extends == NULL) {
        return STATUS_OK;
    }
    *ret_extends = folder_of(extends, all->arena);
    if (*ret_extends == NULL) {
        problem_at(&all->problems, extends->mark,
                   "'extends' names a suite in a folder beside this one, such as "
                   "../star1/suite.yaml");
    } else if (all->layer_count == SUITE_LAYERS_MAX) {
        problem_at(&all->problems, extends->mark, "more than %d suites extend each other",
                   SUITE_LAYERS_MAX);
    }
    return problems_status(&all->problems, reterr);
}

enum status suite_sources_read(const struct source_file *suite, const struct suite_reading *reading,
                               struct problems *problems, struct arena *arena,
                               struct suite_sources *ret_sources, struct error *reterr)
{
    struct gathering all = { .reading = reading,
                             .arena = arena,
                             .layers = arena_array(arena, SUITE_LAYERS_MAX, sizeof *all.layers),
                             .layer_count = 1,
                             .problems = { .sink = problems->sink, .context = problems->context } };
    const char *extends = NULL;

    all.layers[0].suite = *suite;
    TRY(read_layer(&all, &extends, reterr));
    while (extends != NULL) {
        struct suite_layer *layer = &all.layers[all.layer_count++];

        layer->folder = extends;
        TRY(read_named(&all, layer, "suite.yaml", suite_entry(extends, NULL, arena), &layer->suite,
                       reterr));
        TRY(read_layer(&all, &extends, reterr));
    }
    *ret_sources = (struct suite_sources){ .layers = all.layers,
                                           .layer_count = all.layer_count,
                                           .policies = all.policies,
                                           .policy_count = all.policy_count };
    return STATUS_OK;
}

static enum status read_here(const struct suite_reading *reading, const char *path,
                             const char *entry, struct arena *arena, struct source_file *ret_source,
                             struct error *reterr)
{
    const struct source_file *suite = reading->context;

    (void) entry;
    return source_file_read(source_resolve(suite->path, path, arena), arena, ret_source, reterr);
}

enum status suite_sources_here(const struct source_file *suite, struct problems *problems,
                               struct arena *arena, struct suite_sources *ret_sources,
                               struct error *reterr)
{
    const struct suite_reading reading = { .read = read_here, .context = suite };

    return suite_sources_read(suite, &reading, problems, arena, ret_sources, reterr);
}

enum status suite_from_sources(const struct suite_sources *sources,
                               const struct catalogue *catalogue, struct arena *arena,
                               struct suite **ret_suite, struct error *reterr)
{
    struct problems problems = { .path = sources->layers[0].suite.path };

    return suite_decode(sources, catalogue, &problems, arena, ret_suite, reterr);
}

enum status suite_load(const char *path, const struct catalogue *catalogue, struct arena *arena,
                       struct suite **ret_suite, struct error *reterr)
{
    struct source_file suite = { 0 };
    struct suite_sources sources = { .policy_count = 0 };
    struct problems problems = { .path = path };

    TRY(source_file_read(path, arena, &suite, reterr));
    TRY(suite_sources_here(&suite, &problems, arena, &sources, reterr));
    return suite_from_sources(&sources, catalogue, arena, ret_suite, reterr);
}
