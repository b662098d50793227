/* run_facts.h - reads what a probe's run wrote down, in the forms that assertions want. */
#pragma once

#include "probe_run.h"

#include <stdbool.h>

/* The number must be there. */
__attribute__((unused)) static long long number(const struct probe_run *run, const char *fact)
{
    const json_t *value = json_object_get(run->facts, fact);

    cr_assert(json_is_integer(value), "no number %s", fact);
    return json_integer_value(value);
}

/* Absent counts as false. */
__attribute__((unused)) static bool is(const struct probe_run *run, const char *fact)
{
    return json_is_true(json_object_get(run->facts, fact));
}

/* "yes", "no", or "open" when the fact is absent. */
__attribute__((unused)) static const char *word(const struct probe_run *run, const char *fact)
{
    const json_t *value = json_object_get(run->facts, fact);

    return value == NULL ? "open" : json_is_true(value) ? "yes" : "no";
}

/* "" when it is absent. */
__attribute__((unused)) static const char *text(const struct probe_run *run, const char *fact)
{
    const char *value = json_string_value(json_object_get(run->facts, fact));

    return value != NULL ? value : "";
}

/* The first text of a list, or "". */
__attribute__((unused)) static const char *first(const struct probe_run *run, const char *fact)
{
    const char *value = json_string_value(json_array_get(json_object_get(run->facts, fact), 0));

    return value != NULL ? value : "";
}

/* Members of a list. */
__attribute__((unused)) static size_t count(const struct probe_run *run, const char *fact)
{
    return json_array_size(json_object_get(run->facts, fact));
}

/* Whether a list of ports has this one. */
__attribute__((unused)) static bool lists_port(const struct probe_run *run, const char *fact,
                                               uint16_t port)
{
    size_t index;
    json_t *value;

    json_array_foreach(json_object_get(run->facts, fact), index, value)
    {
        if (json_integer_value(value) == port) {
            return true;
        }
    }
    return false;
}

/* expected: as JSON, "-" for an absent fact. */
__attribute__((unused)) static void expect_fact(const struct probe_run *run, const char *name,
                                                const char *expected)
{
    const json_t *value = json_object_get(run->facts, name);
    char *seen = value == NULL ? NULL : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);

    cr_expect_str_eq(seen == NULL ? "-" : seen, expected, "%s: %s", name,
                     seen == NULL ? "-" : seen);
    free(seen);
}
