#include "cli/list_clauses.h"

#include "base/columns.h"
#include "cli/exits.h"
#include "cli/paths.h"
#include "cli/suites.h"
#include "model/suite.h"
#include "probe/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Which clauses of a suite are meant. */
struct choice {
    const struct suite *suite;
    const char *type; /* NULL: every type */
    bool own;         /* only what the suite itself adds */
    bool json;
    enum language language;
};

static size_t checks_of(const struct choice *choice, const struct clause *clause)
{
    size_t checks = 0;

    for (size_t i = 0; i < choice->suite->check_count; i++) {
        checks += choice->suite->checks[i].clause == clause ? 1 : 0;
    }
    return checks;
}

static json_t *texts_json(const char *const *texts, size_t count)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++) {
        (void) json_array_append_new(list, json_string(texts[i]));
    }
    return list;
}

static json_t *clause_json(const struct choice *choice, const struct clause *clause)
{
    return json_pack(
        "{s:s, s:s, s:i, s:{s:s, s:s}, s:I, s:I, s:s, s:s, s:b, s:b, s:o, s:O*}", "id", clause->id,
        "suite", choice->suite->id, "level", (int) clause->level, "title", "en",
        words_in(&clause->title, LANGUAGE_EN), "ja", words_in(&clause->title, LANGUAGE_JA),
        "checks", (json_int_t) checks_of(choice, clause), "gaps", (json_int_t) clause->gap_count,
        "automation", clause->automation, "basis", clause->basis.level, "provisional",
        (int) clause->provisional, "mandatory", (int) clause->mandatory, "product_types",
        texts_json(clause->product_types, clause->product_type_count), "maps", clause->maps);
}

static void print_clause(const struct choice *choice, const struct clause *clause)
{
    DEFER(bytes_done) struct bytes title = bytes_bounded(1024);
    const char *provisional = choice->language == LANGUAGE_JA ? "  暫定・IPAの基準ではない"
                                                              : "  provisional, not IPA's criteria";

    if (columns_put(&title, words_in(&clause->title, choice->language), 44, true, NULL) !=
        STATUS_OK) {
        return;
    }
    printf("%-8s %.*s %2zu checks  %-10s basis %s%s\n", clause->id, (int) title.length,
           (const char *) title.data, checks_of(choice, clause), clause->automation,
           clause->basis.level, clause->provisional ? provisional : "");
}

static void visit(const struct choice *choice, json_t *list)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct choice asked = *choice;

    if (choice->type != NULL) {
        asked.suite = suite_for_product(choice->suite, choice->type, arena);
    }
    for (size_t i = 0; i < asked.suite->clause_count; i++) {
        const struct clause *clause = &asked.suite->clauses[i];

        if (choice->own && clause->level != choice->suite->level) {
            continue;
        }
        if (!choice->json) {
            print_clause(&asked, clause);
        }
        (void) json_array_append_new(list, clause_json(&asked, clause));
    }
}

static enum status read_type(const struct arguments *arguments, const char **ret_type,
                             struct error *reterr)
{
    const char *type = argument_text(arguments, "product-type");
    size_t i = 0;

    while (type != NULL && product_type_words[i] != NULL &&
           strcmp(product_type_words[i], type) != 0) {
        i++;
    }
    if (product_type_words[i] == NULL) {
        return fail(reterr, STATUS_USAGE, "--product-type is %s, %s, %s or %s, not '%.40s'",
                    product_type_words[0], product_type_words[1], product_type_words[2],
                    product_type_words[3], type);
    }
    *ret_type = type;
    return STATUS_OK;
}

/* Every suite's own clauses, or all that one level asks. */
static enum status list_into(const struct arguments *arguments, json_t *list, struct error *reterr)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const char *level = argument_text(arguments, "level");
    const char *scheme = argument_text(arguments, "scheme");
    const char *paths[SUITES_MAX];
    unsigned long long number = 0;
    struct choice choice = { .own = level == NULL,
                             .json = argument_given(arguments, "json"),
                             .language = argument_language(arguments) };
    size_t count = 0;

    if (level != NULL && (text_to_unsigned(level, 4, &number) != STATUS_OK || number == 0)) {
        return fail(reterr, STATUS_USAGE, "--level is 1, 2, 3 or 4, not '%s'", level);
    }
    TRY(read_type(arguments, &choice.type, reterr));
    TRY(suites_find(arena, paths, &count, reterr));
    for (size_t i = 0; i < count; i++) {
        struct suite *suite = NULL;

        /* Folders are named after levels (suites_find): the others need not be read. */
        if (level != NULL &&
            strstr(paths[i], arena_format(arena, "/star%llu/suite.yaml", number)) == NULL) {
            continue;
        }
        TRY(suite_load(paths[i], probe_catalogue(), arena, &suite, reterr));
        if ((level != NULL && suite->level != number) ||
            (level != NULL && strcmp(suite->scheme, scheme == NULL ? "jc-star" : scheme) != 0)) {
            continue;
        }
        choice.suite = suite;
        visit(&choice, list);
    }
    return json_array_size(list) > 0
               ? STATUS_OK
               : fail(reterr, STATUS_USAGE, "there is no suite for level %llu", number);
}

int list_clauses(const struct arguments *arguments)
{
    json_t *list = json_array();
    struct error error = { 0 };
    enum status status = list_into(arguments, list, &error);

    if (status == STATUS_OK && argument_given(arguments, "json")) {
        char *text = json_dumps(list, JSON_COMPACT | JSON_SORT_KEYS);

        printf("%s\n", text == NULL ? "[]" : text);
        free(text);
    }
    json_decref(list);
    return status == STATUS_OK ? EXIT_OK : exit_with(&error);
}
