/* explain - one clause, check, probe or policy in full. */
#include "cli/commands.h"
#include "cli/exits.h"
#include "cli/explain_clause.h"
#include "cli/suites.h"
#include "model/policy.h"
#include "probe/registry.h"

#include <stdio.h>
#include <stdlib.h>

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
    explain_basis("edition", &policy->edition, language);
    printf("%-16s %s\n", "file", policy->source.path);
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
        explain_clause(suite, suite_clause(suite, id), language);
    } else {
        explain_check(suite_check(suite, id), language);
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
    .about = { .en = "Of a clause: what is asked and why, how sure that is, the parameters and how "
                     "to\n"
                     "change them, what each check does to the device, how to fix what fails, and\n"
                     "which seeded defects of the reference devices it finds.",
               .ja = "項目については、問う内容と理由、その確かさ、パラメータと変え方、各検査が機器"
                     "に\n"
                     "すること、不合格のときの対策、参照機器のどの欠陥を見つけるかを示します。" },
    .exits = "  0 done  64 there is no such item  65 a suite does not load",
    .main = explain_main,
};
