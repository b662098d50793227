#include "cli/exits.h"
#include "cli/list_clauses.h"
#include "cli/suites.h"
#include "model/suite.h"
#include "probe/registry.h"

#include <stdio.h>
#include <string.h>

enum { AUTOMATIC, ASSISTED, DOCUMENT, WAYS };

static const char *const way_words[WAYS] = { "automatic", "assisted", "document" };

struct sums {
    size_t clauses[WAYS];
    size_t checks[WAYS];
};

/* Of each check: does a person judge, does somebody or something move the device, or neither? */
static int way_of(const struct check *check)
{
    if (strcmp(check->probe->name, "document") == 0) {
        return DOCUMENT;
    }
    return strcmp(check->probe->name, "person") == 0 ? ASSISTED : AUTOMATIC;
}

static size_t checks_of(const struct suite *suite, const struct clause *clause, int way)
{
    size_t count = 0;

    for (size_t i = 0; i < suite->check_count; i++) {
        count += suite->checks[i].clause == clause && way_of(&suite->checks[i]) == way ? 1 : 0;
    }
    return count;
}

static bool need_is_new(const struct suite *suite, const struct clause *clause, size_t at,
                        const char *need)
{
    for (size_t i = 0; i < at; i++) {
        for (size_t j = 0; suite->checks[i].clause == clause && j < suite->checks[i].need_count;
             j++) {
            if (strcmp(suite->checks[i].needs[j], need) == 0) {
                return false;
            }
        }
    }
    return true;
}

static void put_needs(const struct suite *suite, const struct clause *clause)
{
    const char *before = "; levers: ";

    for (size_t i = 0; i < suite->check_count; i++) {
        const struct check *check = &suite->checks[i];

        for (size_t j = 0; check->clause == clause && j < check->need_count; j++) {
            if (need_is_new(suite, clause, i, check->needs[j])) {
                printf("%s%s", before, check->needs[j]);
                before = ", ";
            }
        }
    }
}

/* What is left to a person: papers, questions, and what no check covers. */
static void put_rest(const struct suite *suite, const struct clause *clause)
{
    if (clause->exception.en != NULL) {
        printf("no check: %s", clause->exception.en);
    }
    for (size_t i = 0; i < suite->check_count; i++) {
        const struct check *check = &suite->checks[i];
        int way = check->clause == clause ? way_of(check) : AUTOMATIC;

        if (way != AUTOMATIC) {
            printf("%s: %s. ", way == DOCUMENT ? "paper" : "person",
                   words_in(&check->title, LANGUAGE_EN));
        }
    }
    for (size_t i = 0; i < clause->gap_count; i++) {
        printf("%s: %s. ", clause->gaps[i].conditional ? "open where declared" : "open",
               words_in(&clause->gaps[i].reason, LANGUAGE_EN));
    }
}

static void put_clause(const struct suite *suite, const struct clause *clause, struct sums *sums)
{
    int way = AUTOMATIC;

    while (way < DOCUMENT && strcmp(way_words[way], clause->automation) != 0) {
        way++;
    }
    sums->clauses[way]++;
    printf("| %s | %s | %s | ", clause->id, words_in(&clause->title, LANGUAGE_EN),
           clause->automation);
    for (int i = 0; i < WAYS; i++) {
        size_t count = checks_of(suite, clause, i);

        sums->checks[i] += count;
        printf("%zu | ", count);
    }
    printf("basis %s", clause->basis.level);
    if (clause->provisional) {
        printf(", provisional, not IPA's criteria");
    }
    put_needs(suite, clause);
    printf(" | ");
    put_rest(suite, clause);
    printf("|\n");
}

static unsigned percent(size_t part, size_t whole)
{
    return whole == 0 ? 0 : (unsigned) ((100 * part + whole / 2) / whole);
}

static void put_sums(const struct sums *sums)
{
    size_t clauses = sums->clauses[AUTOMATIC] + sums->clauses[ASSISTED] + sums->clauses[DOCUMENT];
    size_t checks = sums->checks[AUTOMATIC] + sums->checks[ASSISTED] + sums->checks[DOCUMENT];

    printf(
        "\nOf %zu clauses %zu (%u %%) are automatic, %zu (%u %%) assisted, %zu (%u %%) documents "
        "only; of %zu checks\n%zu (%u %%) need nobody, %zu ask a person, %zu read a paper.\n",
        clauses, sums->clauses[AUTOMATIC], percent(sums->clauses[AUTOMATIC], clauses),
        sums->clauses[ASSISTED], percent(sums->clauses[ASSISTED], clauses), sums->clauses[DOCUMENT],
        percent(sums->clauses[DOCUMENT], clauses), checks, sums->checks[AUTOMATIC],
        percent(sums->checks[AUTOMATIC], checks), sums->checks[ASSISTED], sums->checks[DOCUMENT]);
}

static void put_suite(const struct suite *suite)
{
    struct sums sums = { .clauses = { 0 } };

    printf("\n## %s level %u\n\n", suite->scheme, suite->level);
    printf(
        "| clause | | automation | checks | asks | papers | rests on | left to a person, or open "
        "|\n|---|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < suite->clause_count; i++) {
        if (suite->clauses[i].level == suite->level) {
            put_clause(suite, &suite->clauses[i], &sums);
        }
    }
    put_sums(&sums);
}

static const char introduction[] =
    "# How much of each clause a machine answers\n"
    "\n"
    "This page is printed from the suites by `hoshitori list coverage`.\n"
    "\n"
    "*automatic*: every part is decided without a person, given a profile. *assisted*: a machine "
    "does what it\n"
    "can, and a person, a lever or a paper does the rest. *document*: a paper, found and quoted by "
    "a "
    "machine,\n"
    "judged by a person. *checks* are those that run by themselves, *asks* those that put a "
    "question "
    "to a person,\n"
    "*papers* those that read a document; a check that needs a lever runs by itself where the "
    "profile "
    "names a\n"
    "command or a request for it.\n"
    "\n"
    "Beside it, what others measured: of 56 test cases of ETSI TS 103 701 that are relevant to "
    "network "
    "attack,\n"
    "basic tools automate 52 %, advanced ones 70 % (Kaksonen et al., 2024). Those count test cases "
    "of "
    "another\n"
    "document, so the shares below say how this project stands by its own clauses, not who is "
    "ahead.\n";

int list_coverage(void)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const char *paths[SUITES_MAX];
    struct error error = { 0 };
    size_t count = 0;

    if (suites_find(arena, paths, &count, &error) != STATUS_OK) {
        return exit_with(&error);
    }
    printf("%s", introduction);
    for (size_t i = 0; i < count; i++) {
        struct suite *suite = NULL;

        if (suite_load(paths[i], probe_catalogue(), arena, &suite, &error) != STATUS_OK) {
            return exit_with(&error);
        }
        put_suite(suite);
    }
    return EXIT_OK;
}
