/* The files that are shipped, against the probes that are compiled in. */
#include "model/label.h"
#include "model/language.h"
#include "model/lint.h"
#include "model/plan.h"

#include "shipped.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static void say(void *context, const char *message)
{
    (void) context;
    cr_log_error("%s", message);
}

Test(shipped, files_have_no_problem)
{
    static const char *const paths[] = {
        TREE "testsuites/jc-star/star1/suite.yaml",    TREE "testsuites/jc-star/star1/clauses.yaml",
        TREE "labels/jc-star/star1/label.yaml",        TREE "labels/jc-star/star2/label.yaml",
        TREE "labels/jc-star/star3/label.yaml",        TREE "labels/jc-star/star4/label.yaml",
        TREE "profiles/reference-camera/profile.yaml",
    };

    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        size_t problems = 0;
        struct error error = { .status = STATUS_OK };

        cr_expect_eq(lint_file(paths[i], probe_catalogue(), say, NULL, &problems, &error),
                     STATUS_OK, "%s", error.message);
        cr_expect_eq(problems, 0, "%s", paths[i]);
    }
}

Test(shipped, star_1_has_its_sixteen_clauses_with_a_basis_each)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct suite *suite = shipped_star1(arena);

    cr_assert_eq(suite->clause_count, 16);
    for (size_t i = 0; i < 16; i++) {
        const struct clause *clause = &suite->clauses[i];
        char id[16];

        (void) snprintf(id, sizeof id, "S1.1-%02zu", i + 1);
        cr_expect_str_eq(clause->id, id);
        cr_expect(clause->mandatory);
        cr_expect(clause->title.ja != NULL && clause->title.en != NULL);
        cr_expect(strcmp(clause->basis.level, "official") != 0,
                  "the official text was not at hand");
        cr_expect(clause->basis.document != NULL && clause->basis.read != NULL);
    }
    cr_expect(suite->notice.ja != NULL && suite->notice.en != NULL);
    for (size_t i = 0; i < suite->parameter_count; i++) {
        cr_expect_not_null(suite->parameters[i].basis.level);
    }
}

static struct profile *camera(struct arena *arena)
{
    static char text[64 * 1024];
    FILE *file = fopen(TREE "profiles/reference-camera/profile.yaml", "rbe");
    struct source_file source = { .path = "profile.yaml", .data = text };
    struct profile *profile = NULL;
    struct error error = { .status = STATUS_OK };

    cr_assert_not_null(file);
    source.length = fread(text, 1, sizeof text, file);
    (void) fclose(file);
    cr_assert_eq(profile_from_source(&source, PROFILE_SECRETS_SKIP, arena, &profile, &error),
                 STATUS_OK, "%s", error.message);
    return profile;
}

Test(shipped, star_1_can_be_planned_for_the_reference_camera)
{
    static const char *const wanted[] = {
        "S1.1-01/read-without-credentials@settings@admin",
        "S1.1-02/common-credentials@admin-login",
        "S1.1-12/tls-versions@admin",
        "S1.1-13/undeclared-tcp@127.0.0.1",
        "S1.1-13/telnet@127.0.0.1",
    };
    DEFER(arena_done) struct arena *arena = arena_new();
    struct plan *plan = NULL;
    struct error error = { .status = STATUS_OK };

    cr_assert_eq(plan_build(shipped_star1(arena), camera(arena), NULL, arena, &plan, &error),
                 STATUS_OK, "%s", error.message);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        bool found = false;

        for (size_t j = 0; j < plan->item_count; j++) {
            found = found || strcmp(plan->items[j].id, wanted[i]) == 0;
        }
        cr_expect(found, "%s", wanted[i]);
    }
}

Test(shipped, every_level_has_a_label_with_words_for_each_result)
{
    for (unsigned level = 1; level <= 4; level++) {
        DEFER(arena_done) struct arena *arena = arena_new();
        const char *path = arena_format(arena, TREE "labels/jc-star/star%u/label.yaml", level);
        struct label *label = NULL;
        struct error error = { .status = STATUS_OK };

        cr_assert_eq(label_load(path, arena, &label, &error), STATUS_OK, "%s", error.message);
        cr_expect_eq(label->level, level);
        cr_expect_eq(label->declared_by, level < 3 ? LABEL_BY_VENDOR : LABEL_BY_EVALUATOR);
        cr_expect_eq(label->provisional.ja == NULL, level == 1);
        for (int i = OVERALL_INCONCLUSIVE; i <= OVERALL_NONCONFORMANT; i++) {
            const struct label_summary *summary = label_summary(label, (enum overall) i);

            cr_assert_not_null(summary);
            cr_expect_eq((int) summary->earned_by, i);
        }
        cr_expect(strstr(label->notice.en, "not IPA's JC-STAR label") != NULL);
    }
}

Test(shipped, the_reference_page_is_what_the_tables_print)
{
    static char text[128 * 1024];
    DEFER(bytes_done) struct bytes page = bytes_bounded(sizeof text);
    FILE *file = fopen(TREE "docs/suite-language.md", "rbe");
    size_t length;
    struct error error = { .status = STATUS_OK };

    cr_assert_not_null(file);
    length = fread(text, 1, sizeof text, file);
    (void) fclose(file);
    cr_assert_eq(suite_language_markdown(&page, &error), STATUS_OK, "%s", error.message);
    cr_expect_eq(page.length, length);
    cr_expect(page.length == length && memcmp(page.data, text, length) == 0,
              "docs/suite-language.md is out of date: print it again with suite_language_markdown");
}
