#include "model/decode.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What an unquoted scalar means (YAML 1.2.2 section 10.3.2, the core schema). */
enum plain { PLAIN_TEXT, PLAIN_NULL, PLAIN_BOOL, PLAIN_INT, PLAIN_FLOAT };

static size_t digits_at(const char *text)
{
    size_t count = 0;

    while (isdigit((unsigned char) text[count])) {
        count++;
    }
    return count;
}

static enum plain number_class(const char *text)
{
    const char *at = text + (*text == '-' || *text == '+');
    size_t whole = digits_at(at);
    size_t part = 0;

    at += whole;
    if (*at == '\0') {
        return whole > 0 ? PLAIN_INT : PLAIN_TEXT;
    }
    if (*at == '.') {
        part = digits_at(at + 1);
        at += 1 + part;
    }
    if (whole + part == 0) {
        return PLAIN_TEXT;
    }
    if (*at == 'e' || *at == 'E') {
        at += 1 + (at[1] == '-' || at[1] == '+');
        at += digits_at(at);
    }
    return *at == '\0' ? PLAIN_FLOAT : PLAIN_TEXT;
}

static enum plain plain_class(const char *text)
{
    static const char *const nulls[] = { "", "~", "null", "Null", "NULL" };
    static const char *const floats[] = { ".inf", "-.inf", "+.inf", ".nan", ".Inf", ".NaN" };

    for (size_t i = 0; i < sizeof nulls / sizeof nulls[0]; i++) {
        if (strcmp(text, nulls[i]) == 0) {
            return PLAIN_NULL;
        }
    }
    for (size_t i = 0; i < sizeof floats / sizeof floats[0]; i++) {
        if (strcmp(text, floats[i]) == 0) {
            return PLAIN_FLOAT;
        }
    }
    if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0) {
        return PLAIN_BOOL;
    }
    return number_class(text);
}

static json_t *integer_json(struct decoder *decoder, const struct node *node)
{
    const char *digits = node->text + (node->text[0] == '-' || node->text[0] == '+');
    long long value;

    errno = 0;
    value = strtoll(node->text, NULL, 10);
    if (errno != 0 || (digits[0] == '0' && digits[1] != '\0')) {
        problem_at(decoder->problems, node->mark,
                   "not a whole number that can be kept exactly; write it in quotes if it is a "
                   "text");
        return NULL;
    }
    return json_integer(value);
}

static json_t *scalar_json(struct decoder *decoder, const struct node *node)
{
    switch (node->plain ? plain_class(node->text) : PLAIN_TEXT) {
    case PLAIN_NULL:
        problem_at(decoder->problems, node->mark, "a value is missing here");
        return NULL;
    case PLAIN_FLOAT:
        problem_at(decoder->problems, node->mark,
                   "fractions are not accepted; write it in quotes if it is a text");
        return NULL;
    case PLAIN_BOOL:
        return json_boolean(node->text[0] == 't');
    case PLAIN_INT:
        return integer_json(decoder, node);
    default:
        return json_stringn(node->text, node->length);
    }
}

static json_t *json_value(struct decoder *decoder, const struct node *node);

static json_t *group_json(struct decoder *decoder, const struct node *node)
{
    json_t *group = node->kind == NODE_MAP ? json_object() : json_array();

    for (const struct node *at = node->first; at != NULL; at = at->next) {
        json_t *value = json_value(decoder, at);
        bool twice = node->kind == NODE_MAP && json_object_get(group, at->key->text) != NULL;

        if (twice) {
            problem_at(decoder->problems, at->key->mark, "'%s' is given twice",
                       text_shown(decoder->arena, at->key->text));
        }
        if (value == NULL || twice) {
            json_decref(value);
            json_decref(group);
            return NULL;
        }
        if ((node->kind == NODE_MAP ? json_object_set_new(group, at->key->text, value)
                                    : json_array_append_new(group, value)) != 0) {
            abort();
        }
    }
    return group;
}

static json_t *json_value(struct decoder *decoder, const struct node *node)
{
    return node->kind == NODE_SCALAR ? scalar_json(decoder, node) : group_json(decoder, node);
}

json_t *decode_json(struct decoder *decoder, const struct node *node)
{
    json_t *value = json_value(decoder, node);

    return value == NULL ? NULL : json_kept(decoder->arena, value);
}

static void decode_any(struct decoder *decoder, const struct node *node, const struct field *field,
                       void *target)
{
    json_t *value = decode_json(decoder, node);

    (void) field;
    if (value != NULL) {
        *(json_t **) target = value;
    }
}

static void decode_json_map(struct decoder *decoder, const struct node *node,
                            const struct field *field, void *target)
{
    if (node->kind != NODE_MAP) {
        problem_at(decoder->problems, node->mark, "'%s' must be a mapping", field->key);
        return;
    }
    decode_any(decoder, node, field, target);
}

static void decode_json_list(struct decoder *decoder, const struct node *node,
                             const struct field *field, void *target)
{
    if (node->kind != NODE_LIST) {
        problem_at(decoder->problems, node->mark, "'%s' must be a list", field->key);
        return;
    }
    decode_any(decoder, node, field, target);
}

const struct kind kind_json = { "any value", decode_any };
const struct kind kind_json_map = { "mapping", decode_json_map };
const struct kind kind_json_list = { "list", decode_json_list };
