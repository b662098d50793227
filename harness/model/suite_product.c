#include "model/suite_tables.h"

#include <string.h>

bool product_type_is_among(const char *type, const char *const *types, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(types[i], type) == 0) {
            return true;
        }
    }
    return count == 0;
}

void check_product_types(struct problems *problems, struct source_mark mark,
                         const char *const *types, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t known = 0;

        while (product_type_words[known] != NULL &&
               strcmp(product_type_words[known], types[i]) != 0) {
            known++;
        }
        if (product_type_words[known] == NULL) {
            problem_at(problems, mark, "there is no product type '%.40s'", types[i]);
        }
    }
}

bool suite_is_provisional(const struct suite *suite)
{
    for (size_t i = 0; i < suite->clause_count; i++) {
        if (suite->clauses[i].provisional) {
            return true;
        }
    }
    return false;
}

static bool is_for(const struct check *check, const char *type)
{
    return product_type_is_among(type, check->product_types, check->product_type_count) &&
           product_type_is_among(type, check->clause->product_types,
                                 check->clause->product_type_count);
}

static bool is_for_all(const struct suite *suite, const char *type)
{
    bool all = true;

    for (size_t i = 0; i < suite->clause_count; i++) {
        all = all && product_type_is_among(type, suite->clauses[i].product_types,
                                           suite->clauses[i].product_type_count);
    }
    for (size_t i = 0; i < suite->check_count; i++) {
        all = all && is_for(&suite->checks[i], type);
    }
    return all;
}

const struct suite *suite_for_product(const struct suite *suite, const char *type,
                                      struct arena *arena)
{
    struct clause *clauses;
    struct check *checks;
    struct suite *copy;

    if (is_for_all(suite, type)) {
        return suite;
    }
    copy = arena_alloc(arena, sizeof *copy);
    clauses = arena_array(arena, suite->clause_count, sizeof *clauses);
    checks = arena_array(arena, suite->check_count, sizeof *checks);
    *copy = *suite;
    copy->clauses = clauses;
    copy->checks = checks;
    copy->clause_count = 0;
    copy->check_count = 0;
    for (size_t i = 0; i < suite->clause_count; i++) {
        if (product_type_is_among(type, suite->clauses[i].product_types,
                                  suite->clauses[i].product_type_count)) {
            clauses[copy->clause_count++] = suite->clauses[i];
        }
    }
    for (size_t i = 0; i < suite->check_count; i++) {
        if (is_for(&suite->checks[i], type)) {
            checks[copy->check_count] = suite->checks[i];
            checks[copy->check_count].clause = suite_clause(copy, suite->checks[i].clause->id);
            copy->check_count++;
        }
    }
    return copy;
}
