#include "model/node.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct tree {
    const struct source_file *source;
    struct arena *arena;
    yaml_parser_t parser;
    struct node *open[NODE_DEPTH_MAX];
    struct node *key[NODE_DEPTH_MAX]; /* a map's key that waits for its value */
    size_t depth;
    size_t count;
    size_t documents;
    struct node *root;
};

static void tree_done(struct tree *tree)
{
    yaml_parser_delete(&tree->parser);
}

static enum status refuse(const struct tree *tree, yaml_mark_t at, const char *why,
                          struct error *reterr)
{
    return fail(reterr, STATUS_BAD_INPUT, "%s:%zu:%zu: %s", tree->source->path, at.line + 1,
                at.column + 1, why);
}

/* libyaml names a place for reader errors by byte offset only. */
static enum status refuse_offset(const struct source_file *source, size_t offset, const char *why,
                                 struct error *reterr)
{
    const unsigned char *text = source->data;
    struct source_mark mark = { 1, 1 };

    for (size_t i = 0; i < offset && i < source->length; i++) {
        if (text[i] == '\n') {
            mark = (struct source_mark){ mark.line + 1, 1 };
        } else if ((text[i] & 0xc0) != 0x80) {
            mark.column++;
        }
    }
    return fail(reterr, STATUS_BAD_INPUT, "%s:%zu:%zu: %s", source->path, mark.line, mark.column,
                why);
}

static enum status check_encoding(const struct source_file *source, struct error *reterr)
{
    size_t good = 0;

    if (source->length == 0) {
        return fail(reterr, STATUS_BAD_INPUT, "%s:1:1: the file is empty", source->path);
    }
    if (source->length >= 3 && memcmp(source->data, "\xef\xbb\xbf", 3) == 0) {
        return refuse_offset(source, 0, "begins with a byte order mark", reterr);
    }
    if (text_is_utf8(source->data, source->length)) {
        return STATUS_OK;
    }
    while (good < source->length) {
        const unsigned char *at = (const unsigned char *) source->data + good;
        size_t width = 1;

        while (width <= 4 && width <= source->length - good && !text_is_utf8(at, width)) {
            width++;
        }
        if (width > 4 || width > source->length - good) {
            break;
        }
        good += width;
    }
    return refuse_offset(source, good, "not UTF-8", reterr);
}

static enum status parser_next(struct tree *tree, yaml_event_t *event, struct error *reterr)
{
    const yaml_parser_t *parser = &tree->parser;

    if (yaml_parser_parse(&tree->parser, event)) {
        return STATUS_OK;
    }
    if (parser->error == YAML_MEMORY_ERROR) {
        abort();
    }
    if (parser->error == YAML_READER_ERROR) {
        return refuse_offset(tree->source, parser->problem_offset, parser->problem, reterr);
    }
    return refuse(tree, parser->problem_mark,
                  parser->problem != NULL ? parser->problem : "not YAML", reterr);
}

/* Line ends and tabs apart, a text that a terminal would obey has no place here. */
static bool has_controls(const unsigned char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if ((text[i] < 0x20 && text[i] != '\n' && text[i] != '\t') || text[i] == 0x7f ||
            (text[i] == 0xc2 && i + 1 < length && text[i + 1] < 0xa0)) {
            return true;
        }
    }
    return false;
}

static void attach(struct tree *tree, struct node *node)
{
    struct node *parent;

    if (tree->depth == 0) {
        tree->root = node;
        return;
    }
    parent = tree->open[tree->depth - 1];
    if (parent->kind == NODE_MAP && tree->key[tree->depth - 1] == NULL) {
        tree->key[tree->depth - 1] = node;
        return;
    }
    node->key = tree->key[tree->depth - 1];
    tree->key[tree->depth - 1] = NULL;
    if (parent->last == NULL) {
        parent->first = node;
    } else {
        parent->last->next = node;
    }
    parent->last = node;
    parent->count++;
}

static enum status node_add(struct tree *tree, enum node_kind kind, const yaml_event_t *event,
                            struct node **ret_node, struct error *reterr)
{
    yaml_mark_t at = event->start_mark;
    bool awaits_key = tree->depth > 0 && tree->open[tree->depth - 1]->kind == NODE_MAP &&
                      tree->key[tree->depth - 1] == NULL;
    struct node *node;

    if (++tree->count > NODE_COUNT_MAX) {
        return refuse(tree, at, "more than 100000 values", reterr);
    }
    if (awaits_key && kind != NODE_SCALAR) {
        return refuse(tree, at, "a key must be a plain text", reterr);
    }
    node = arena_alloc(tree->arena, sizeof *node);
    node->kind = kind;
    node->mark = (struct source_mark){ at.line + 1, at.column + 1 };
    attach(tree, node);
    *ret_node = node;
    return STATUS_OK;
}

static enum status scalar_add(struct tree *tree, const yaml_event_t *event, struct error *reterr)
{
    const unsigned char *text = event->data.scalar.value;
    size_t length = event->data.scalar.length;
    struct node *node = NULL;

    if (event->data.scalar.anchor != NULL) {
        return refuse(tree, event->start_mark, "anchors are not accepted", reterr);
    }
    if (event->data.scalar.tag != NULL) {
        return refuse(tree, event->start_mark, "tags are not accepted", reterr);
    }
    if (has_controls(text, length)) {
        return refuse(tree, event->start_mark, "a control character in a text", reterr);
    }
    TRY(node_add(tree, NODE_SCALAR, event, &node, reterr));
    node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    node->text = arena_text_n(tree->arena, (const char *) text, length);
    node->length = length;
    return STATUS_OK;
}

static enum status group_open(struct tree *tree, enum node_kind kind, const yaml_event_t *event,
                              const yaml_char_t *anchor, const yaml_char_t *tag,
                              struct error *reterr)
{
    struct node *node = NULL;

    if (anchor != NULL) {
        return refuse(tree, event->start_mark, "anchors are not accepted", reterr);
    }
    if (tag != NULL) {
        return refuse(tree, event->start_mark, "tags are not accepted", reterr);
    }
    if (tree->depth == NODE_DEPTH_MAX) {
        return refuse(tree, event->start_mark, "nested deeper than 32 levels", reterr);
    }
    TRY(node_add(tree, kind, event, &node, reterr));
    tree->open[tree->depth] = node;
    tree->key[tree->depth] = NULL;
    tree->depth++;
    return STATUS_OK;
}

static enum status document_open(struct tree *tree, const yaml_event_t *event, struct error *reterr)
{
    if (++tree->documents > 1) {
        return refuse(tree, event->start_mark, "more than one document", reterr);
    }
    if (event->data.document_start.version_directive != NULL ||
        event->data.document_start.tag_directives.start !=
            event->data.document_start.tag_directives.end) {
        return refuse(tree, event->start_mark, "directives are not accepted", reterr);
    }
    return STATUS_OK;
}

static enum status event_take(struct tree *tree, const yaml_event_t *event, struct error *reterr)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        return document_open(tree, event, reterr);
    case YAML_ALIAS_EVENT:
        return refuse(tree, event->start_mark, "aliases are not accepted", reterr);
    case YAML_SCALAR_EVENT:
        return scalar_add(tree, event, reterr);
    case YAML_SEQUENCE_START_EVENT:
        return group_open(tree, NODE_LIST, event, event->data.sequence_start.anchor,
                          event->data.sequence_start.tag, reterr);
    case YAML_MAPPING_START_EVENT:
        return group_open(tree, NODE_MAP, event, event->data.mapping_start.anchor,
                          event->data.mapping_start.tag, reterr);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        tree->depth--;
        return STATUS_OK;
    default:
        return STATUS_OK;
    }
}

enum status node_parse(const struct source_file *source, struct arena *arena,
                       const struct node **ret_root, struct error *reterr)
{
    DEFER(tree_done) struct tree tree = { .source = source, .arena = arena };
    enum status status = STATUS_OK;
    bool more = true;

    if (!yaml_parser_initialize(&tree.parser)) {
        abort();
    }
    TRY(check_encoding(source, reterr));
    yaml_parser_set_encoding(&tree.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&tree.parser, source->data, source->length);
    while (more && status == STATUS_OK) {
        yaml_event_t event;

        TRY(parser_next(&tree, &event, reterr));
        status = event_take(&tree, &event, reterr);
        more = event.type != YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    TRY(status);
    if (tree.root == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "%s:1:1: the file is empty", source->path);
    }
    *ret_root = tree.root;
    return STATUS_OK;
}

const struct node *node_member(const struct node *map, const char *key)
{
    for (const struct node *at = map->kind == NODE_MAP ? map->first : NULL; at != NULL;
         at = at->next) {
        if (strcmp(at->key->text, key) == 0) {
            return at;
        }
    }
    return NULL;
}

const char *node_yaml_version(void)
{
    return yaml_get_version_string();
}
