#include "model/decode.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_MAX = 80, RECORDS_MAX = 4096 };

void problem_at(struct problems *problems, struct source_mark mark, const char *format, ...)
{
    char room[sizeof problems->first];
    int used;
    va_list args;

    if (++problems->count > PROBLEMS_SHOWN_MAX) {
        return;
    }
    used = snprintf(room, sizeof room, "%s:%zu:%zu: ", problems->path, mark.line, mark.column);
    if (used > 0 && (size_t) used < sizeof room) {
        va_start(args, format);
        (void) vsnprintf(room + used, sizeof room - (size_t) used, format, args);
        va_end(args);
    }
    if (problems->count == 1) {
        memcpy(problems->first, room, sizeof room);
    }
    if (problems->sink != NULL) {
        problems->sink(problems->context, room);
    }
}

enum status problems_status(const struct problems *problems, struct error *reterr)
{
    if (problems->count == 0) {
        return STATUS_OK;
    }
    return fail(reterr, STATUS_BAD_INPUT, "%s", problems->first);
}

static void drop_json(void *value)
{
    json_decref(value);
}

json_t *json_kept(struct arena *arena, json_t *value)
{
    if (value == NULL) {
        abort();
    }
    arena_defer(arena, drop_json, value);
    return value;
}

const char *text_shown(struct arena *arena, const char *text)
{
    return arena_shortened(arena, text, SHOWN_MAX);
}

static const struct field *field_find(const struct field *fields, const char *key)
{
    for (const struct field *field = fields; field->key != NULL; field++) {
        if (strcmp(field->key, key) == 0) {
            return field;
        }
    }
    return NULL;
}

static bool repeats_earlier(const struct node *map, const struct node *member)
{
    for (const struct node *at = map->first; at != member; at = at->next) {
        if (strcmp(at->key->text, member->key->text) == 0) {
            return true;
        }
    }
    return false;
}

/* How many single edits apart two short words are; large when clearly unlike. */
static size_t edits_between(const char *a, const char *b)
{
    size_t row[32];
    size_t width = strlen(b);

    if (width + 1 > sizeof row / sizeof row[0] || strlen(a) > 31) {
        return SIZE_MAX;
    }
    for (size_t j = 0; j <= width; j++) {
        row[j] = j;
    }
    for (size_t i = 1; a[i - 1] != '\0'; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= width; j++) {
            size_t change = diagonal + (a[i - 1] != b[j - 1]);
            size_t shorter = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;

            diagonal = row[j];
            row[j] = change < shorter ? change : shorter;
        }
    }
    return row[width];
}

static void unknown_key(struct decoder *decoder, const struct record *record,
                        const struct node *member)
{
    const char *nearest = NULL;
    size_t best = 3;

    for (const struct field *field = record->fields; field->key != NULL; field++) {
        size_t edits = edits_between(member->key->text, field->key);

        if (edits < best) {
            best = edits;
            nearest = field->key;
        }
    }
    if (nearest != NULL) {
        problem_at(decoder->problems, member->key->mark, "unknown key '%s'; did you mean '%s'?",
                   text_shown(decoder->arena, member->key->text), nearest);
    } else {
        problem_at(decoder->problems, member->key->mark, "unknown key '%s' in %s",
                   text_shown(decoder->arena, member->key->text), record->name);
    }
}

static void decode_member(struct decoder *decoder, const struct node *map,
                          const struct node *member, const struct record *record, void *target)
{
    const struct field *field = field_find(record->fields, member->key->text);

    if (field == NULL) {
        unknown_key(decoder, record, member);
    } else if (repeats_earlier(map, member)) {
        problem_at(decoder->problems, member->key->mark, "'%s' is given twice", field->key);
    } else {
        field->kind->decode(decoder, member, field, (char *) target + field->offset);
    }
}

void decode_record(struct decoder *decoder, const struct node *node, const struct record *record,
                   void *target)
{
    if (record->headed) {
        ((struct record_head *) target)->node = node;
    }
    if (node->kind != NODE_MAP) {
        problem_at(decoder->problems, node->mark, "%s must be a mapping", record->name);
        return;
    }
    for (const struct node *at = node->first; at != NULL; at = at->next) {
        decode_member(decoder, node, at, record, target);
    }
    for (const struct field *field = record->fields; field->key != NULL; field++) {
        if ((field->flags & FIELD_REQUIRED) != 0 && node_member(node, field->key) == NULL) {
            problem_at(decoder->problems, node->mark, "'%s' is missing in %s", field->key,
                       record->name);
        }
    }
}

static bool too_many(struct decoder *decoder, const struct node *node, const struct field *field)
{
    if (node->count > RECORDS_MAX) {
        problem_at(decoder->problems, node->mark, "'%s' has more than %d entries", field->key,
                   RECORDS_MAX);
    }
    return node->count > RECORDS_MAX;
}

/* The target is a typed pointer and a size_t elsewhere in the same struct. */
static void store_list(const struct field *field, void *target, const void *items, size_t count)
{
    char *owner = (char *) target - field->offset;

    memcpy(target, &items, sizeof items);
    memcpy(owner + field->count_offset, &count, sizeof count);
}

static void decode_embedded(struct decoder *decoder, const struct node *node,
                            const struct field *field, void *target)
{
    decode_record(decoder, node, field->detail, target);
}

static void decode_records(struct decoder *decoder, const struct node *node,
                           const struct field *field, void *target)
{
    const struct record *record = field->detail;
    char *items;
    size_t i = 0;

    if (node->kind != NODE_LIST) {
        problem_at(decoder->problems, node->mark, "'%s' must be a list", field->key);
        return;
    }
    if (too_many(decoder, node, field)) {
        return;
    }
    items = arena_array(decoder->arena, node->count, record->size);
    for (const struct node *at = node->first; at != NULL; at = at->next) {
        decode_record(decoder, at, record, items + i * record->size);
        i++;
    }
    store_list(field, target, items, node->count);
}

static void decode_named_records(struct decoder *decoder, const struct node *node,
                                 const struct field *field, void *target)
{
    const struct record *record = field->detail;
    char *items;
    size_t i = 0;

    assert(record->headed);
    if (node->kind != NODE_MAP) {
        problem_at(decoder->problems, node->mark, "'%s' must be a mapping", field->key);
        return;
    }
    if (too_many(decoder, node, field)) {
        return;
    }
    items = arena_array(decoder->arena, node->count, record->size);
    for (const struct node *at = node->first; at != NULL; at = at->next) {
        void *item = items + i * record->size;
        struct record_head *head = item;

        if (repeats_earlier(node, at)) {
            problem_at(decoder->problems, at->key->mark, "'%s' is given twice",
                       text_shown(decoder->arena, at->key->text));
        }
        head->name = at->key->text;
        decode_record(decoder, at, record, head);
        i++;
    }
    store_list(field, target, items, node->count);
}

const struct kind kind_record = { "mapping", decode_embedded };
const struct kind kind_records = { "list of mappings", decode_records };
const struct kind kind_named_records = { "mapping of names to mappings", decode_named_records };
