#include "base/text.h"
#include "evidence/json_keys.h"
#include "evidence/json_strict.h"

#include <stdio.h>
#include <string.h>

static const json_int_t integer_max = 9007199254740991;

struct writing {
    struct bytes *out;
    size_t values;
    struct error *reterr;
};

static enum status write_text(struct writing *writing, const char *text)
{
    return bytes_append_text(writing->out, text, writing->reterr);
}

static enum status write_count(struct writing *writing)
{
    if (++writing->values > JSON_STRICT_VALUES) {
        return fail(writing->reterr, STATUS_LIMIT, "json.limit.values: more than %d values",
                    JSON_STRICT_VALUES);
    }
    return STATUS_OK;
}

/* RFC 8785 section 3.2.2.2; NULL for a byte that stands for itself. */
static const char *escape_of(unsigned char c, char room[sizeof "\\u0000"])
{
    switch (c) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\b':
        return "\\b";
    case '\t':
        return "\\t";
    case '\n':
        return "\\n";
    case '\f':
        return "\\f";
    case '\r':
        return "\\r";
    default:
        if (c >= 0x20) {
            return NULL;
        }
        (void) snprintf(room, sizeof "\\u0000", "\\u%04x", (unsigned) c);
        return room;
    }
}

static enum status write_string(struct writing *writing, const char *text, size_t length)
{
    char room[sizeof "\\u0000"];
    size_t plain = 0;

    TRY(write_count(writing));
    if (length > JSON_STRICT_STRING) {
        return fail(writing->reterr, STATUS_LIMIT,
                    "json.limit.string: a string of more than %d bytes", JSON_STRICT_STRING);
    }
    if (memchr(text, '\0', length) != NULL) {
        return fail(writing->reterr, STATUS_BAD_INPUT, "json.nul: U+0000 in a string");
    }
    if (!text_is_utf8(text, length)) {
        return fail(writing->reterr, STATUS_BAD_INPUT, "json.utf8: not well-formed UTF-8");
    }
    TRY(write_text(writing, "\""));
    for (size_t i = 0; i < length; i++) {
        const char *escape = escape_of((unsigned char) text[i], room);

        if (escape != NULL) {
            TRY(bytes_append(writing->out, text + plain, i - plain, writing->reterr));
            TRY(write_text(writing, escape));
            plain = i + 1;
        }
    }
    TRY(bytes_append(writing->out, text + plain, length - plain, writing->reterr));
    return write_text(writing, "\"");
}

static enum status write_integer(struct writing *writing, json_int_t value)
{
    char room[32];

    TRY(write_count(writing));
    if (value > integer_max || value < -integer_max) {
        return fail(writing->reterr, STATUS_BAD_INPUT,
                    "json.number.range: an integer beyond 2^53-1");
    }
    (void) snprintf(room, sizeof room, "%" JSON_INTEGER_FORMAT, value);
    return write_text(writing, room);
}

static enum status write_value(struct writing *writing, const json_t *value, unsigned depth);

static enum status write_object(struct writing *writing, const json_t *object, unsigned depth)
{
    DEFER(json_keys_done) struct json_keys keys = json_keys_of(object);

    TRY(json_keys_check_case(&keys, writing->reterr));
    json_keys_sort(&keys);
    TRY(write_text(writing, "{"));
    for (size_t i = 0; i < keys.count; i++) {
        if (i > 0) {
            TRY(write_text(writing, ","));
        }
        TRY(write_string(writing, keys.names[i], strlen(keys.names[i])));
        TRY(write_text(writing, ":"));
        TRY(write_value(writing, json_object_get(object, keys.names[i]), depth));
    }
    return write_text(writing, "}");
}

static enum status write_array(struct writing *writing, const json_t *array, unsigned depth)
{
    TRY(write_text(writing, "["));
    for (size_t i = 0; i < json_array_size(array); i++) {
        if (i > 0) {
            TRY(write_text(writing, ","));
        }
        TRY(write_value(writing, json_array_get(array, i), depth));
    }
    return write_text(writing, "]");
}

static enum status write_container(struct writing *writing, const json_t *value, unsigned depth)
{
    TRY(write_count(writing));
    if (depth == JSON_STRICT_DEPTH) {
        return fail(writing->reterr, STATUS_LIMIT, "json.limit.depth: more than %d levels",
                    JSON_STRICT_DEPTH);
    }
    return json_is_object(value) ? write_object(writing, value, depth + 1)
                                 : write_array(writing, value, depth + 1);
}

static enum status write_word(struct writing *writing, const char *word)
{
    TRY(write_count(writing));
    return write_text(writing, word);
}

static enum status write_value(struct writing *writing, const json_t *value, unsigned depth)
{
    if (value == NULL) {
        return fail(writing->reterr, STATUS_BAD_INPUT, "json.value: no value");
    }
    switch (json_typeof(value)) {
    case JSON_OBJECT:
    case JSON_ARRAY:
        return write_container(writing, value, depth);
    case JSON_STRING:
        return write_string(writing, json_string_value(value), json_string_length(value));
    case JSON_INTEGER:
        return write_integer(writing, json_integer_value(value));
    case JSON_TRUE:
        return write_word(writing, "true");
    case JSON_FALSE:
        return write_word(writing, "false");
    case JSON_NULL:
        return write_word(writing, "null");
    case JSON_REAL:
        break;
    }
    return fail(writing->reterr, STATUS_BAD_INPUT,
                "json.number.float: decimals are written as strings");
}

enum status json_strict_write(const json_t *value, struct bytes *out, struct error *reterr)
{
    struct writing writing = { .out = out, .reterr = reterr };

    return write_value(&writing, value, 0);
}
