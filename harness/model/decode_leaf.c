#include "model/decode.h"
#include "model/source.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static void wrong(struct decoder *decoder, const struct node *node, const struct field *field,
                  const char *wanted)
{
    problem_at(decoder->problems, node->mark, "'%s' must be %s", field->key, wanted);
}

static bool is_null_word(const struct node *node)
{
    static const char *const words[] = { "", "~", "null", "Null", "NULL" };

    for (size_t i = 0; node->plain && i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(node->text, words[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_text(const struct node *node)
{
    return node->kind == NODE_SCALAR && !is_null_word(node);
}

static void decode_text_or_empty(struct decoder *decoder, const struct node *node,
                                 const struct field *field, void *target)
{
    if (!is_text(node)) {
        wrong(decoder, node, field, "a text");
        return;
    }
    *(const char **) target = node->text;
}

/* Nothing but blanks says nothing: a reason of one space is none.  U+3000 is a blank too. */
static bool is_blank(const struct node *node)
{
    static const char wide[] = "\xe3\x80\x80";
    const char *at = node->text;

    while (*at != '\0') {
        if (strchr(" \t\r\n", *at) != NULL) {
            at++;
        } else if (strncmp(at, wide, sizeof wide - 1) == 0) {
            at += sizeof wide - 1;
        } else {
            return false;
        }
    }
    return true;
}

static void decode_text(struct decoder *decoder, const struct node *node, const struct field *field,
                        void *target)
{
    if (!is_text(node) || is_blank(node)) {
        wrong(decoder, node, field, "a text, not empty");
        return;
    }
    *(const char **) target = node->text;
}

static void decode_marked(struct decoder *decoder, const struct node *node,
                          const struct field *field, void *target)
{
    struct marked_text *marked = target;

    if (!is_text(node) || node->length == 0) {
        wrong(decoder, node, field, "a text, not empty");
        return;
    }
    *marked = (struct marked_text){ .text = node->text, .node = node };
}

static void decode_path(struct decoder *decoder, const struct node *node, const struct field *field,
                        void *target)
{
    if (!is_text(node) || node->length == 0) {
        wrong(decoder, node, field, "the path of a file");
        return;
    }
    *(const char **) target = source_resolve(decoder->problems->path, node->text, decoder->arena);
}

static void store_texts(const struct field *field, void *target, const char *const *texts,
                        size_t count)
{
    char *owner = (char *) target - field->offset;

    *(const char *const **) target = texts;
    memcpy(owner + field->count_offset, &count, sizeof count);
}

static void decode_texts(struct decoder *decoder, const struct node *node,
                         const struct field *field, void *target)
{
    const char **texts;
    size_t count = 0;

    if (node->kind != NODE_LIST) {
        wrong(decoder, node, field, "a list of texts");
        return;
    }
    texts = arena_array(decoder->arena, node->count + 1, sizeof *texts);
    for (const struct node *at = node->first; at != NULL; at = at->next) {
        if (!is_text(at) || at->length == 0) {
            wrong(decoder, at, field, "a list of texts, none of them empty");
            return;
        }
        texts[count++] = at->text;
    }
    store_texts(field, target, texts, count);
}

static void decode_text_or_texts(struct decoder *decoder, const struct node *node,
                                 const struct field *field, void *target)
{
    const char **texts;

    if (node->kind == NODE_LIST) {
        decode_texts(decoder, node, field, target);
        return;
    }
    if (!is_text(node) || node->length == 0) {
        wrong(decoder, node, field, "a text or a list of texts");
        return;
    }
    texts = arena_array(decoder->arena, 2, sizeof *texts);
    texts[0] = node->text;
    store_texts(field, target, texts, 1);
}

static const struct field words_fields[] = {
    { .key = "ja", .kind = &kind_text, .offset = offsetof(struct words, ja), .help = "Japanese" },
    { .key = "en", .kind = &kind_text, .offset = offsetof(struct words, en), .help = "English" },
    FIELD_END,
};

static void decode_words(struct decoder *decoder, const struct node *node,
                         const struct field *field, void *target)
{
    const struct record record = { .name = field->key, .fields = words_fields };
    struct words *words = target;

    if (node->kind == NODE_MAP && node->count > 0) {
        decode_record(decoder, node, &record, words);
    } else if (is_text(node) && !is_blank(node)) {
        words->en = node->text;
    } else {
        wrong(decoder, node, field, "a text, or texts under 'ja' and 'en'");
    }
}

/* "a, b or c" */
static const char *choices_text(const char *const *words, struct arena *arena)
{
    const char *text = words[0];

    for (size_t i = 1; words[i] != NULL; i++) {
        text = arena_format(arena, "%s%s%s", text, words[i + 1] != NULL ? ", " : " or ", words[i]);
    }
    return text;
}

static int word_index(struct decoder *decoder, const struct node *node, const struct field *field)
{
    const char *const *words = field->detail;

    for (int i = 0; node->kind == NODE_SCALAR && words[i] != NULL; i++) {
        if (strcmp(words[i], node->text) == 0) {
            return i;
        }
    }
    wrong(decoder, node, field, choices_text(words, decoder->arena));
    return -1;
}

static void decode_word(struct decoder *decoder, const struct node *node, const struct field *field,
                        void *target)
{
    int index = word_index(decoder, node, field);

    if (index >= 0) {
        *(const char **) target = ((const char *const *) field->detail)[index];
    }
}

static void decode_choice(struct decoder *decoder, const struct node *node,
                          const struct field *field, void *target)
{
    int index = word_index(decoder, node, field);

    if (index >= 0) {
        memcpy(target, &index, sizeof index);
    }
}

static void decode_bool(struct decoder *decoder, const struct node *node, const struct field *field,
                        void *target)
{
    bool yes = node->kind == NODE_SCALAR && node->plain && strcmp(node->text, "true") == 0;
    bool no = node->kind == NODE_SCALAR && node->plain && strcmp(node->text, "false") == 0;

    if (!yes && !no) {
        wrong(decoder, node, field, "true or false");
        return;
    }
    *(bool *) target = yes;
}

static bool number_read(const struct node *node, struct range range, unsigned *ret_value)
{
    unsigned long long value = 0;

    if (node->kind != NODE_SCALAR || !node->plain ||
        text_to_unsigned(node->text, UINT_MAX, &value) != STATUS_OK ||
        (node->length > 1 && node->text[0] == '0')) {
        return false;
    }
    *ret_value = (unsigned) value;
    return value >= range.minimum && value <= range.maximum;
}

static void decode_ranged(struct decoder *decoder, const struct node *node,
                          const struct field *field, struct range range, unsigned *ret_value)
{
    unsigned value = 0;

    if (!number_read(node, range, &value)) {
        problem_at(decoder->problems, node->mark, "'%s' must be a number from %u to %u", field->key,
                   range.minimum, range.maximum);
        return;
    }
    *ret_value = value;
}

static void decode_unsigned(struct decoder *decoder, const struct node *node,
                            const struct field *field, void *target)
{
    const struct range any = { 0, 1000000000 };

    decode_ranged(decoder, node, field,
                  field->detail != NULL ? *(const struct range *) field->detail : any, target);
}

static void decode_port(struct decoder *decoder, const struct node *node, const struct field *field,
                        void *target)
{
    unsigned value = 0;

    decode_ranged(decoder, node, field, (struct range){ 1, UINT16_MAX }, &value);
    *(uint16_t *) target = (uint16_t) value;
}

static void decode_node(struct decoder *decoder, const struct node *node, const struct field *field,
                        void *target)
{
    (void) decoder;
    (void) field;
    *(const struct node **) target = node;
}

const struct kind kind_text = { "text", decode_text };
const struct kind kind_text_or_empty = { "text, may be empty", decode_text_or_empty };
const struct kind kind_marked = { "text", decode_marked };
const struct kind kind_texts = { "list of texts", decode_texts };
const struct kind kind_text_or_texts = { "text or list of texts", decode_text_or_texts };
const struct kind kind_words = { "text, or {ja, en}", decode_words };
const struct kind kind_word = { "one of", decode_word };
const struct kind kind_choice = { "one of", decode_choice };
const struct kind kind_bool = { "true or false", decode_bool };
const struct kind kind_unsigned = { "number", decode_unsigned };
const struct kind kind_port = { "number from 1 to 65535", decode_port };
const struct kind kind_path = { "path, relative to this file", decode_path };
const struct kind kind_node = { "see below", decode_node };
