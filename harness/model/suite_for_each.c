#include "model/selector.h"
#include "model/suite_tables.h"

#include <string.h>

static bool scalar_is(const json_t *value, enum fact_type type)
{
    return type == FACT_BOOL ? json_is_boolean(value) : json_is_string(value);
}

static void decode_selector(struct decoder *decoder, const struct node *node,
                            enum subject_kind kind, struct selector *selector)
{
    struct problems *problems = decoder->problems;
    const struct selector_field *field = selector_field_find(node->key->text, kind);
    const struct node *excluded;
    json_t *value;

    if (field == NULL) {
        problem_at(problems, node->key->mark, "'%s' cannot be chosen by '%s'",
                   subject_kind_words[kind], text_shown(decoder->arena, node->key->text));
        return;
    }
    excluded = node->kind == NODE_MAP && node->count == 1 ? node_member(node, "not") : NULL;
    value = decode_json(decoder, excluded != NULL ? excluded : node);
    if (value == NULL) {
        return;
    }
    if (!json_is_array(value)) {
        value = json_kept(decoder->arena, json_pack("[O]", value));
    }
    *selector = (struct selector){
        .field = field->name,
        .values = value,
        .excludes = excluded != NULL,
    };
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

void decode_for_each(struct decoder *decoder, const struct node *node, const char *key,
                     enum subject_kind *ret_kind, const struct selector **ret_selectors,
                     size_t *ret_count)
{
    struct problems *problems = decoder->problems;
    const struct node *chosen = node->first;
    struct selector *selectors;
    size_t i = 0;
    int kind = 0;

    if (node->kind != NODE_MAP || node->count != 1) {
        problem_at(problems, node->mark, "'%s' has one key, the kind of thing that is meant", key);
        return;
    }
    while (subject_kind_words[kind] != NULL &&
           strcmp(subject_kind_words[kind], chosen->key->text) != 0) {
        kind++;
    }
    if (subject_kind_words[kind] == NULL || chosen->kind != NODE_MAP) {
        problem_at(problems, chosen->key->mark,
                   "'%s' needs a kind of thing, such as service, with a mapping of selectors", key);
        return;
    }
    *ret_kind = (enum subject_kind) kind;
    selectors = arena_array(decoder->arena, chosen->count, sizeof *selectors);
    for (const struct node *at = chosen->first; at != NULL; at = at->next) {
        decode_selector(decoder, at, *ret_kind, &selectors[i++]);
    }
    *ret_selectors = selectors;
    *ret_count = chosen->count;
}
