/* explain - one clause, check, probe or policy in full. */
#include "cli/commands.h"
#include "cli/exits.h"
#include "cli/suites.h"
#include "model/grading.h"
#include "probe/registry.h"

#include <stdio.h>
#include <stdlib.h>

static void line(const char *label, const char *text)
{
    if (text != NULL && text[0] != '\0') {
        printf("%-16s %s\n", label, text);
    }
}

static void print_basis(const char *label, const struct basis *basis)
{
    printf("%-16s %s%s%s%s%s\n", label, basis->level, basis->document == NULL ? "" : ", ",
           basis->document == NULL ? "" : basis->document,
           basis->section == NULL ? "" : " section ", basis->section == NULL ? "" : basis->section);
}

static void print_json_value(const char *label, const json_t *value)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);

    line(label, text);
    free(text);
}

/* ---- checks ---- */

static void print_graded(const struct expectation *expectation)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    char *demand = json_dumps(expectation->operand, JSON_ENCODE_ANY | JSON_COMPACT);

    printf("%s at_least %s%s\n", grading_text(expectation->grading, arena),
           demand == NULL ? "" : demand, expectation->advisory ? "  (advisory)" : "");
    free(demand);
}

static void print_expectation(const struct expectation *expectation, unsigned depth,
                              enum language language)
{
    char *operand = NULL;

    printf("%*s", (int) (4 + 2 * depth), "");
    if (expectation->part_count > 0) {
        printf("%s:\n", expect_op_word(expectation->op));
    } else if (expectation->grading != NULL) {
        print_graded(expectation);
    } else {
        operand = json_dumps(expectation->operand, JSON_ENCODE_ANY | JSON_COMPACT);
        printf("%s %s %s%s\n", expectation->path, expect_op_word(expectation->op),
               operand == NULL ? "" : operand, expectation->advisory ? "  (advisory)" : "");
        free(operand);
    }
    for (size_t i = 0; i < expectation->part_count; i++) {
        print_expectation(&expectation->parts[i], depth + 1, language);
    }
    if (depth == 0) {
        line("      expected", words_in(&expectation->expected, language));
        line("      how to fix", words_in(&expectation->fix, language));
    }
}

static void print_check(const struct check *check, enum language language)
{
    printf("\n%s\n", check->id);
    line("  question", words_in(&check->title, language));
    line("  probe", check->probe->name);
    print_json_value("  with", check->with);
    for (size_t i = 0; i < check->control_count; i++) {
        line("  control", words_in(&check->controls[i].says, language));
    }
    for (size_t i = 0; i < check->expect_count; i++) {
        print_expectation(&check->expect[i], 0, language);
    }
}

/* ---- clauses ---- */

static bool uses_parameter(const struct suite *suite, const struct clause *clause, const char *name)
{
    char reference[128];

    (void) snprintf(reference, sizeof reference, "\"$param.%s\"", name);
    for (size_t i = 0; i < suite->check_count; i++) {
        const struct check *check = &suite->checks[i];

        for (size_t j = 0; check->clause == clause && j < check->expect_count; j++) {
            char *operand = json_dumps(check->expect[j].operand, JSON_ENCODE_ANY);
            bool used = text_equal(operand, reference);

            free(operand);
            if (used) {
                return true;
            }
        }
    }
    return false;
}

static void print_parameters(const struct suite *suite, const struct clause *clause)
{
    for (size_t i = 0; i < suite->parameter_count; i++) {
        const struct parameter *parameter = &suite->parameters[i];

        if (uses_parameter(suite, clause, parameter->name)) {
            printf("\n%-16s %s\n", "parameter", parameter->name);
            print_json_value("  value", parameter->value);
            line("  unit", parameter->unit);
            print_basis("  basis", &parameter->basis);
        }
    }
}

static void print_clause(const struct suite *suite, const struct clause *clause,
                         enum language language)
{
    printf("%s  %s\n", clause->id, words_in(&clause->title, language));
    line("gist", words_in(&clause->gist, language));
    print_basis("basis", &clause->basis);
    line("method", clause->method);
    line("automation", clause->automation);
    line("mandatory", clause->mandatory ? "yes" : "no");
    print_json_value("maps", clause->maps);
    line("not applicable", words_in(&clause->not_applicable_when, language));
    line("no checks", words_in(&clause->exception, language));
    for (size_t i = 0; i < clause->gap_count; i++) {
        line("not yet tested", words_in(&clause->gaps[i].reason, language));
    }
    print_parameters(suite, clause);
    for (size_t i = 0; i < suite->check_count; i++) {
        if (suite->checks[i].clause == clause) {
            print_check(&suite->checks[i], language);
        }
    }
    printf("\n%s\n", words_in(&suite->notice, language));
}

/* ---- policies ---- */

static void print_algorithms(const struct policy *policy, int grade)
{
    for (size_t i = 0; i < policy->algorithm_count; i++) {
        if (policy->algorithms[i].grade == grade) {
            printf("  %-28s %s\n", policy->algorithms[i].name, policy->algorithms[i].basis->level);
        }
    }
}

static void print_strengths(const struct policy *policy, int grade)
{
    for (size_t i = 0; i < policy->strength_count; i++) {
        const struct policy_strength *row = &policy->strengths[i];

        if (row->grade == grade) {
            printf("  %u bits, %s, %u to %-12u %s\n", row->bits,
                   row->use == POLICY_CREATE ? "to create" : "to verify", row->from, row->until,
                   row->basis->level);
        }
    }
}

static void print_rules(const struct policy *policy, int grade)
{
    for (size_t i = 0; i < policy->part_count; i++) {
        for (size_t j = 0; j < policy->parts[i].rule_count; j++) {
            const struct policy_rule *rule = &policy->parts[i].rules[j];

            for (size_t k = 0;
                 rule->says == POLICY_SAYS_GRADE && rule->grade == grade && k < rule->name_count;
                 k++) {
                printf("  %-16s %-50s %s\n", policy->parts[i].kind, rule->names[k],
                       rule->basis->level);
            }
        }
    }
}

static void print_policy(const struct policy *policy, enum language language)
{
    printf("%s  %s\n", policy->id, words_in(&policy->title, language));
    print_basis("edition", &policy->edition);
    line("file", policy->source.path);
    for (int grade = 0; grade < (int) policy->grade_count; grade++) {
        printf("\n%s  %s\n", policy->grades[grade].id,
               words_in(&policy->grades[grade].title, language));
        print_algorithms(policy, grade);
        print_strengths(policy, grade);
        print_rules(policy, grade);
    }
    printf("\n%s\n", words_in(&policy->notice, language));
}

/* ---- probes ---- */

static void print_facts(const struct fact *facts, unsigned indent)
{
    for (; facts->name != NULL; facts++) {
        printf("%*s%-24s %-14s %s\n", (int) indent, "", facts->name, fact_type_word(facts->type),
               facts->help);
        if (facts->columns != NULL) {
            print_facts(facts->columns, indent + 2);
        }
    }
}

static void print_probe(const struct probe_decl *probe, enum language language)
{
    printf("%s  %s\n\nparameters\n", probe->name, words_in(&probe->summary, language));
    for (const struct param *param = probe->params; param->name != NULL; param++) {
        printf("  %-24s %-14s %s%s%s\n", param->name, fact_type_word(param->type), param->help,
               param->fallback == NULL ? "" : "; default ",
               param->fallback == NULL ? "" : param->fallback);
    }
    printf("\nfacts\n");
    print_facts(probe->facts, 2);
    if (probe->guide != NULL) {
        printf("\nbefore it runs\n%s", probe->guide);
    }
}

static int explain_main(const struct arguments *arguments)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const char *id = argument_positional(arguments, 0);
    enum language language = argument_language(arguments);
    const struct probe_decl *probe = catalogue_find(probe_catalogue(), id);
    struct suite *suite = NULL;
    struct error error = { 0 };

    if (probe != NULL) {
        print_probe(probe, language);
        return EXIT_OK;
    }
    if (suites_with(id, arena, &suite, &error) != STATUS_OK) {
        return exit_with(&error);
    }
    if (suite_policy(suite, id) != NULL) {
        print_policy(suite_policy(suite, id), language);
    } else if (suite_clause(suite, id) != NULL) {
        print_clause(suite, suite_clause(suite, id), language);
    } else {
        print_check(suite_check(suite, id), language);
    }
    return EXIT_OK;
}

const struct command command_explain = {
    .name = "explain",
    .summary = { .en = "one clause, check, probe or policy in full: basis, parameters, how to fix",
                 .ja = "項目・検査・プローブ・方針を詳しく説明(根拠、パラメータ、対策)" },
    .positionals = "ID",
    .positional_least = 1,
    .positional_most = 1,
    .example = "  hoshitori explain S1.1-12\n  hoshitori explain tls_server\n"
               "  hoshitori explain cryptrec-list",
    .exits = "  0 done  64 there is no such item  65 a suite does not load",
    .main = explain_main,
};
