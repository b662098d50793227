#include "model/catalogue.h"

#include "sample.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static json_t *json_of(const char *text)
{
    json_error_t where;

    return json_loads(text, JSON_DECODE_ANY, &where);
}

Test(catalogue, probes_are_found_by_name)
{
    cr_expect_eq(catalogue_find(&sample_catalogue, "talk"), &sample_talk);
    cr_expect_null(catalogue_find(&sample_catalogue, "tal"));
}

Test(catalogue, facts_must_be_as_declared)
{
    static const struct {
        const char *facts;
        const char *message; /* NULL: good */
    } rows[] = {
        { "{}", NULL },
        { "{\"open\":[],\"count\":-1,\"suites\":{\"a\":[]},\"keys\":[{\"bits\":1,\"tags\":[\"x\"]},"
          "{}]}",
          NULL },
        { "[]", "the facts are not an object" },
        { "{\"other\":1}", "the fact 'other' is not declared" },
        { "{\"count\":1.0}", "the fact 'count' must be given as: whole number" },
        { "{\"count\":null}", "the fact 'count' must be given as: whole number" },
        { "{\"open\":[1,\"2\"]}", "the fact 'open' must be given as: list of whole numbers" },
        { "{\"suites\":{\"a\":[1]}}", "the fact 'suites' must be given as: named lists of texts" },
        { "{\"keys\":[{\"bit\":1}]}", "the fact 'keys' must be given as: table" },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        json_t *facts = json_of(rows[i].facts);
        struct error error = { .status = STATUS_OK };
        enum status status = facts_check(sample_facts, facts, &error);

        cr_expect_eq(status, rows[i].message == NULL ? STATUS_OK : STATUS_BAD_INPUT, "row %zu", i);
        if (rows[i].message != NULL) {
            cr_expect_str_eq(error.message, rows[i].message);
        }
        json_decref(facts);
    }
}

Test(catalogue, parameters_are_completed_and_bounded)
{
    static const struct {
        const char *given;
        const char *result; /* the full object, or the message */
        enum status status;
    } rows[] = {
        { "{}", "{\"ports\":\"all\",\"rate\":10}", STATUS_OK },
        { "{\"rate\":5000,\"names\":[\"a\"]}",
          "{\"names\":[\"a\"],\"ports\":\"all\",\"rate\":5000}", STATUS_OK },
        { "{\"rate\":5001}", "'rate' must be from 1 to 5000", STATUS_BAD_INPUT },
        { "{\"rate\":\"1\"}", "'rate' must be given as: whole number", STATUS_BAD_INPUT },
        { "{\"mode\":\"slow\"}", "'mode' may not be 'slow'", STATUS_BAD_INPUT },
        { "{\"speed\":1}", "there is no parameter 'speed'", STATUS_BAD_INPUT },
        { "[]", "the parameters are not an object", STATUS_BAD_INPUT },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        json_t *given = json_of(rows[i].given);
        json_t *full = NULL;
        struct error error = { .status = STATUS_OK };

        cr_expect_eq(params_complete(sample_params, given, &full, &error), rows[i].status,
                     "row %zu", i);
        if (full != NULL) {
            char *text = json_dumps(full, JSON_COMPACT | JSON_SORT_KEYS);

            cr_expect_str_eq(text, rows[i].result);
            free(text);
        } else {
            cr_expect_str_eq(error.message, rows[i].result);
        }
        json_decref(full);
        json_decref(given);
    }
}

Test(catalogue, a_required_parameter_is_asked_for)
{
    json_t *full = NULL;
    struct error error = { .status = STATUS_OK };

    cr_expect_eq(params_complete(sample_login_params, NULL, &full, &error), STATUS_BAD_INPUT);
    cr_expect_str_eq(error.message, "'as' is required");
    cr_expect_null(full);
}

Test(catalogue, assignments_by_hand_take_the_declared_type)
{
    static const struct {
        const char *assignment;
        const char *message; /* NULL: good */
    } rows[] = {
        { "rate=7", NULL },
        { "ports=1-1024", NULL },
        { "names=a,b", NULL },
        { "rate=x", "'rate' must be a whole number" },
        { "rate=0", "'rate' must be from 1 to 5000" },
        { "rate", "'rate' is not of the form name=value" },
        { "=1", "there is no parameter ''" },
        { "mode=slow", "'mode' may not be 'slow'" },
    };
    json_t *given = json_object();
    json_t *wanted =
        json_pack("{s:i, s:s, s:[s, s]}", "rate", 7, "ports", "1-1024", "names", "a", "b");

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct error error = { .status = STATUS_OK };
        enum status status = params_set_text(sample_params, given, rows[i].assignment, &error);

        cr_expect_eq(status, rows[i].message == NULL ? STATUS_OK : STATUS_BAD_INPUT, "%s",
                     rows[i].assignment);
        if (rows[i].message != NULL) {
            cr_expect_str_eq(error.message, rows[i].message);
        }
    }
    cr_expect(json_equal(given, wanted));
    json_decref(given);
    json_decref(wanted);
}
