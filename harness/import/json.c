#include "import/json.h"

#include <stdlib.h>

/* Commas, colons and opening brackets outside of texts bound the values from above. */
static bool few_values(const char *data, size_t length)
{
    size_t count = 1;
    bool inside = false;

    for (size_t i = 0; i < length; i++) {
        if (inside && data[i] == '\\') {
            i++;
        } else if (data[i] == '"') {
            inside = !inside;
        } else if (!inside && (data[i] == ',' || data[i] == '{' || data[i] == '[')) {
            count++;
        }
    }
    return count <= IMPORT_VALUES_MAX;
}

enum status import_json_parse(const char *data, size_t length, json_t **ret_root,
                              struct error *reterr)
{
    json_error_t error;

    *ret_root = NULL;
    if (!few_values(data, length)) {
        return fail(reterr, STATUS_LIMIT, "more than %d JSON values", IMPORT_VALUES_MAX);
    }
    *ret_root = json_loadb(data, length, JSON_REJECT_DUPLICATES, &error);
    if (*ret_root == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "line %d, column %d: %.200s", error.line,
                    error.column, error.text);
    }
    return STATUS_OK;
}

void import_json_done(json_t **value)
{
    json_decref(*value);
}

const char *member_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text == NULL || text[0] == '\0' ? NULL : text;
}

const char *member_text_in(const json_t *object, const char *outer, const char *name)
{
    return member_text(json_object_get(object, outer), name);
}

bool member_number(const json_t *object, const char *name, double *ret_value)
{
    const json_t *value = json_object_get(object, name);
    const char *text = json_string_value(value);
    char *end = NULL;

    if (json_is_number(value)) {
        *ret_value = json_number_value(value);
        return true;
    }
    if (text == NULL || text[0] < '0' || text[0] > '9') {
        return false;
    }
    *ret_value = strtod(text, &end);
    return *end == '\0';
}
