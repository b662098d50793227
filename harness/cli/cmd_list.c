/* list - what there is: probes, suites, clauses, and the language of suites. */
#include "cli/commands.h"
#include "cli/exits.h"
#include "cli/list_clauses.h"
#include "cli/suites.h"
#include "evidence/json_strict.h"
#include "model/language.h"
#include "model/policy.h"
#include "probe/registry.h"

#include <stdio.h>
#include <stdlib.h>

static void print_and_free(json_t *list)
{
    char *text = json_dumps(list, JSON_COMPACT | JSON_SORT_KEYS);

    printf("%s\n", text == NULL ? "[]" : text);
    free(text);
    json_decref(list);
}

/* ---- probes ---- */

static json_t *facts_json(const struct fact *facts)
{
    json_t *list = json_array();

    for (const struct fact *fact = facts; fact->name != NULL; fact++) {
        json_t *one = json_pack("{s:s, s:s, s:s}", "name", fact->name, "type",
                                fact_type_word(fact->type), "help", fact->help);

        if (fact->columns != NULL) {
            (void) json_object_set_new(one, "columns", facts_json(fact->columns));
        }
        (void) json_array_append_new(list, one);
    }
    return list;
}

static json_t *params_json(const struct param *params)
{
    json_t *list = json_array();

    for (const struct param *param = params; param->name != NULL; param++) {
        (void) json_array_append_new(
            list, json_pack("{s:s, s:s, s:s, s:s*, s:b}", "name", param->name, "type",
                            fact_type_word(param->type), "help", param->help, "default",
                            param->fallback, "required", (int) param->required));
    }
    return list;
}

static int list_probes(const struct arguments *arguments)
{
    const struct catalogue *catalogue = probe_catalogue();
    json_t *list = json_array();

    for (size_t i = 0; i < catalogue->count; i++) {
        const struct probe_decl *probe = catalogue->probes[i];

        if (!argument_given(arguments, "json")) {
            printf("%-22s %s\n", probe->name,
                   words_in(&probe->summary, argument_language(arguments)));
        }
        (void) json_array_append_new(
            list, json_pack("{s:s, s:s, s:o, s:o, s:i}", "name", probe->name, "summary",
                            words_in(&probe->summary, LANGUAGE_EN), "facts",
                            facts_json(probe->facts), "params", params_json(probe->params),
                            "deadline_ms", (int) probe->deadline_ms));
    }
    if (argument_given(arguments, "json")) {
        print_and_free(list);
    } else {
        json_decref(list);
    }
    return EXIT_OK;
}

/* ---- suites and their clauses ---- */

typedef void visit_suite(const struct arguments *arguments, const char *path,
                         const struct suite *suite, json_t *list);

static void visit_as_suite(const struct arguments *arguments, const char *path,
                           const struct suite *suite, json_t *list)
{
    if (!argument_given(arguments, "json")) {
        printf("%-16s %-8s %s level %u, %zu clauses, %zu checks\n  %s\n", suite->id, suite->version,
               suite->scheme, suite->level, suite->clause_count, suite->check_count, path);
    }
    (void) json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:i, s:s}", "id", suite->id,
                                                 "version", suite->version, "scheme", suite->scheme,
                                                 "level", (int) suite->level, "path", path));
}

static void visit_policies(const struct arguments *arguments, const char *path,
                           const struct suite *suite, json_t *list)
{
    (void) path;
    for (size_t i = 0; i < suite->policy_count; i++) {
        const struct policy *policy = suite->policies[i];

        if (!argument_given(arguments, "json")) {
            printf("%-20s %s\n  %s, %s\n  %s\n", policy->id,
                   words_in(&policy->title, argument_language(arguments)), policy->edition.level,
                   policy->edition.document == NULL ? "" : policy->edition.document,
                   policy->source.path);
        }
        (void) json_array_append_new(
            list, json_pack("{s:s, s:s, s:s, s:s*, s:s}", "id", policy->id, "suite", suite->id,
                            "level", policy->edition.level, "document", policy->edition.document,
                            "path", policy->source.path));
    }
}

static int list_suites(const struct arguments *arguments, visit_suite *visit)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const char *paths[SUITES_MAX];
    struct error error = { 0 };
    size_t count = 0;
    json_t *list;

    if (suites_find(arena, paths, &count, &error) != STATUS_OK) {
        return exit_with(&error);
    }
    list = json_array();
    for (size_t i = 0; i < count; i++) {
        struct suite *suite = NULL;

        if (suite_load(paths[i], probe_catalogue(), arena, &suite, &error) != STATUS_OK) {
            json_decref(list);
            return exit_with(&error);
        }
        visit(arguments, paths[i], suite, list);
    }
    if (argument_given(arguments, "json")) {
        print_and_free(list);
    } else {
        json_decref(list);
    }
    return EXIT_OK;
}

/* The page that docs/suite-language.md holds. */
static int list_language(void)
{
    DEFER(bytes_done) struct bytes page = bytes_bounded(1 << 20);
    struct error error = { 0 };

    if (suite_language_markdown(&page, &error) != STATUS_OK) {
        return exit_with(&error);
    }
    (void) fwrite(page.data, 1, page.length, stdout);
    return EXIT_OK;
}

static int list_main(const struct arguments *arguments)
{
    const char *what = argument_positional(arguments, 0);

    if (text_equal(what, "probes")) {
        return list_probes(arguments);
    }
    if (text_equal(what, "suites")) {
        return list_suites(arguments, visit_as_suite);
    }
    if (text_equal(what, "clauses")) {
        return list_clauses(arguments);
    }
    if (text_equal(what, "policies")) {
        return list_suites(arguments, visit_policies);
    }
    if (text_equal(what, "coverage")) {
        return list_coverage();
    }
    if (text_equal(what, "language")) {
        return list_language();
    }
    return exit_saying(STATUS_USAGE,
                       "list probes, suites, clauses, policies, coverage or language; not '%s'",
                       what);
}

static const struct option options[] = {
    { "level",
      "1..4",
      { .en = "clauses: all that a run at this level asks",
        .ja = "clauses: このレベルの試験が問う項目すべて" },
      false },
    { "scheme",
      "NAME",
      { .en = "of which scheme; default jc-star", .ja = "制度(既定 jc-star)" },
      false },
    { "product-type",
      "T",
      { .en = "clauses: of products of this type", .ja = "clauses: この製品種別に問う項目" },
      false },
    { "json", NULL, { .en = "as JSON on one line", .ja = "1行のJSONで出力" }, false },
    OPTION_END,
};

const struct command command_list = {
    .name = "list",
    .summary = { .en = "what there is: probes, suites, clauses, policies, coverage, the language",
                 .ja = "プローブ、検査項目集、項目、方針、網羅状況、記述言語の一覧" },
    .positionals = "probes|suites|clauses|policies|coverage|language",
    .positional_least = 1,
    .positional_most = 1,
    .options = options,
    .about = { .en = "Reference devices and their defects: hoshitori-stub --list.",
               .ja = "参照機器と欠陥の一覧: hoshitori-stub --list" },
    .example = "  hoshitori list probes\n  hoshitori list clauses --lang ja\n"
               "  hoshitori list clauses --level 3 --product-type network-camera",
    .exits = "  0 done  64 usage  65 a suite does not load",
    .main = list_main,
};
