#include "model/catalogue.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

const struct probe_decl *catalogue_find(const struct catalogue *catalogue, const char *name)
{
    for (size_t i = 0; i < catalogue->count; i++) {
        if (strcmp(catalogue->probes[i]->name, name) == 0) {
            return catalogue->probes[i];
        }
    }
    return NULL;
}

const char *fact_type_word(enum fact_type type)
{
    static const char *const words[] = {
        [FACT_BOOL] = "true or false",
        [FACT_INT] = "whole number",
        [FACT_TEXT] = "text",
        [FACT_TEXTS] = "list of texts",
        [FACT_INTS] = "list of whole numbers",
        [FACT_TEXT_GROUPS] = "named lists of texts",
        [FACT_ROWS] = "table",
    };

    return words[type];
}

const struct fact *fact_find(const struct fact *table, const char *name)
{
    for (const struct fact *fact = table; fact != NULL && fact->name != NULL; fact++) {
        if (strcmp(fact->name, name) == 0) {
            return fact;
        }
    }
    return NULL;
}

static bool every_text(const json_t *list)
{
    size_t i;
    json_t *member;

    json_array_foreach(list, i, member)
    {
        if (!json_is_string(member)) {
            return false;
        }
    }
    return json_is_array(list);
}

static bool every_integer(const json_t *list)
{
    size_t i;
    json_t *member;

    json_array_foreach(list, i, member)
    {
        if (!json_is_integer(member)) {
            return false;
        }
    }
    return json_is_array(list);
}

static bool every_group(const json_t *groups)
{
    for (void *at = json_object_iter((json_t *) groups); at != NULL;
         at = json_object_iter_next((json_t *) groups, at)) {
        if (!every_text(json_object_iter_value(at))) {
            return false;
        }
    }
    return json_is_object(groups);
}

static bool every_row(const struct fact *fact, const json_t *rows)
{
    size_t i;
    json_t *row;

    json_array_foreach(rows, i, row)
    {
        if (!json_is_object(row) || facts_check(fact->columns, row, NULL) != STATUS_OK) {
            return false;
        }
    }
    return json_is_array(rows);
}

bool fact_value_fits(const struct fact *fact, const json_t *value)
{
    switch (fact->type) {
    case FACT_BOOL:
        return json_is_boolean(value);
    case FACT_INT:
        return json_is_integer(value);
    case FACT_TEXT:
        return json_is_string(value);
    case FACT_TEXTS:
        return every_text(value);
    case FACT_INTS:
        return every_integer(value);
    case FACT_TEXT_GROUPS:
        return every_group(value);
    case FACT_ROWS:
        return every_row(fact, value);
    }
    return false;
}

enum status facts_check(const struct fact *table, const json_t *facts, struct error *reterr)
{
    if (!json_is_object(facts)) {
        return fail(reterr, STATUS_BAD_INPUT, "the facts are not an object");
    }
    for (void *at = json_object_iter((json_t *) facts); at != NULL;
         at = json_object_iter_next((json_t *) facts, at)) {
        const char *name = json_object_iter_key(at);
        const struct fact *fact = fact_find(table, name);

        if (fact == NULL) {
            return fail(reterr, STATUS_BAD_INPUT, "the fact '%.60s' is not declared", name);
        }
        if (!fact_value_fits(fact, json_object_iter_value(at))) {
            return fail(reterr, STATUS_BAD_INPUT, "the fact '%.60s' must be given as: %s", name,
                        fact_type_word(fact->type));
        }
    }
    return STATUS_OK;
}

const struct param *param_find(const struct param *table, const char *name)
{
    for (const struct param *param = table; param != NULL && param->name != NULL; param++) {
        if (strcmp(param->name, name) == 0) {
            return param;
        }
    }
    return NULL;
}

static bool among(const char *const *choices, const char *text)
{
    for (; choices != NULL && *choices != NULL; choices++) {
        if (strcmp(*choices, text) == 0) {
            return true;
        }
    }
    return choices == NULL;
}

static enum status choices_check(const struct param *param, const json_t *value,
                                 struct error *reterr)
{
    size_t i;
    json_t *member;

    if (json_is_string(value) && !among(param->choices, json_string_value(value))) {
        return fail(reterr, STATUS_BAD_INPUT, "'%s' may not be '%.60s'", param->name,
                    json_string_value(value));
    }
    json_array_foreach(value, i, member)
    {
        if (!among(param->choices, json_string_value(member))) {
            return fail(reterr, STATUS_BAD_INPUT, "'%s' may not hold '%.60s'", param->name,
                        json_string_value(member));
        }
    }
    return STATUS_OK;
}

enum status param_check(const struct param *param, const json_t *value, struct error *reterr)
{
    const struct fact as_fact = { .name = param->name, .type = param->type };
    bool limited = param->minimum != 0 || param->maximum != 0;

    if (!fact_value_fits(&as_fact, value)) {
        return fail(reterr, STATUS_BAD_INPUT, "'%s' must be given as: %s", param->name,
                    fact_type_word(param->type));
    }
    if (param->type == FACT_INT && limited &&
        (json_integer_value(value) < param->minimum ||
         json_integer_value(value) > param->maximum)) {
        return fail(reterr, STATUS_BAD_INPUT, "'%s' must be from %lld to %lld", param->name,
                    param->minimum, param->maximum);
    }
    return choices_check(param, value, reterr);
}

static enum status param_fill(const struct param *param, const json_t *given, json_t *full,
                              struct error *reterr)
{
    json_t *value = json_object_get(given, param->name);
    json_error_t where;

    if (value != NULL) {
        TRY(param_check(param, value, reterr));
        value = json_deep_copy(value);
    } else if (param->fallback != NULL) {
        value = json_loads(param->fallback, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &where);
        if (value == NULL) {
            return fail(reterr, STATUS_INTERNAL, "the fallback of '%s' is not JSON", param->name);
        }
    } else if (param->required) {
        return fail(reterr, STATUS_BAD_INPUT, "'%s' is required", param->name);
    } else {
        return STATUS_OK;
    }
    if (json_object_set_new(full, param->name, value) != 0) {
        abort();
    }
    return STATUS_OK;
}

static enum status params_known(const struct param *table, const json_t *given,
                                struct error *reterr)
{
    if (given != NULL && !json_is_object(given)) {
        return fail(reterr, STATUS_BAD_INPUT, "the parameters are not an object");
    }
    for (void *at = json_object_iter((json_t *) given); at != NULL;
         at = json_object_iter_next((json_t *) given, at)) {
        if (param_find(table, json_object_iter_key(at)) == NULL) {
            return fail(reterr, STATUS_BAD_INPUT, "there is no parameter '%.60s'",
                        json_object_iter_key(at));
        }
    }
    return STATUS_OK;
}

enum status params_complete(const struct param *table, const json_t *given, json_t **ret_full,
                            struct error *reterr)
{
    enum status status = params_known(table, given, reterr);
    json_t *full = json_object();

    for (const struct param *param = table;
         status == STATUS_OK && param != NULL && param->name != NULL; param++) {
        status = param_fill(param, given, full, reterr);
    }
    if (status != STATUS_OK) {
        json_decref(full);
        return status;
    }
    *ret_full = full;
    return STATUS_OK;
}

static enum status integer_from_text(const struct param *param, const char *text,
                                     json_t **ret_value, struct error *reterr)
{
    unsigned long long magnitude = 0;
    bool negative = text[0] == '-';

    if (text_to_unsigned(text + negative, LLONG_MAX, &magnitude) != STATUS_OK) {
        return fail(reterr, STATUS_BAD_INPUT, "'%s' must be a whole number", param->name);
    }
    *ret_value = json_integer(negative ? -(long long) magnitude : (long long) magnitude);
    return STATUS_OK;
}

static json_t *texts_from_text(const char *text)
{
    json_t *list = json_array();

    for (const char *at = text; *at != '\0';) {
        size_t length = strcspn(at, ",");

        if (json_array_append_new(list, json_stringn(at, length)) != 0) {
            json_decref(list);
            return NULL;
        }
        at += length + (at[length] == ',');
    }
    return list;
}

static enum status value_from_text(const struct param *param, const char *text, json_t **ret_value,
                                   struct error *reterr)
{
    switch (param->type) {
    case FACT_INT:
        return integer_from_text(param, text, ret_value, reterr);
    case FACT_BOOL:
        if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0) {
            return fail(reterr, STATUS_BAD_INPUT, "'%s' must be true or false", param->name);
        }
        *ret_value = json_boolean(text[0] == 't');
        return STATUS_OK;
    case FACT_TEXTS:
        *ret_value = texts_from_text(text);
        break;
    default:
        *ret_value = json_string(text);
        break;
    }
    return *ret_value != NULL ? STATUS_OK
                              : fail(reterr, STATUS_BAD_INPUT, "'%s' is not UTF-8", param->name);
}

enum status params_set_text(const struct param *table, json_t *given, const char *assignment,
                            struct error *reterr)
{
    const char *equals = strchr(assignment, '=');
    const struct param *param = NULL;
    json_t *value = NULL;
    char name[64];
    enum status status;

    if (equals == NULL || (size_t) (equals - assignment) >= sizeof name) {
        return fail(reterr, STATUS_BAD_INPUT, "'%.60s' is not of the form name=value", assignment);
    }
    memcpy(name, assignment, (size_t) (equals - assignment));
    name[equals - assignment] = '\0';
    param = param_find(table, name);
    if (param == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "there is no parameter '%s'", name);
    }
    TRY(value_from_text(param, equals + 1, &value, reterr));
    status = param_check(param, value, reterr);
    if (status != STATUS_OK) {
        json_decref(value);
        return status;
    }
    if (json_object_set_new(given, name, value) != 0) {
        abort();
    }
    return STATUS_OK;
}
