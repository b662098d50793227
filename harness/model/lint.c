#include "model/lint.h"

#include "model/label_tables.h"
#include "model/policy.h"
#include "model/profile_tables.h"
#include "model/source.h"
#include "model/suite_tables.h"

#include <string.h>

struct linter {
    const struct catalogue *catalogue;
    struct arena *arena;
    struct problems problems;
    problem_sink *sink;
    void *context;
    size_t reported;
};

static void count_and_pass(void *context, const char *message)
{
    struct linter *linter = context;

    linter->reported++;
    linter->sink(linter->context, message);
}

static enum status lint_profile(struct linter *linter, const struct source_file *source,
                                struct error *reterr)
{
    struct profile *profile = NULL;

    return profile_decode(source, PROFILE_SECRETS_SKIP, &linter->problems, linter->arena, &profile,
                          reterr);
}

static enum status lint_suite(struct linter *linter, const struct source_file *source,
                              struct error *reterr)
{
    struct suite_sources sources = { .policy_count = 0 };
    struct suite *suite = NULL;

    TRY(suite_sources_here(source, &linter->problems, linter->arena, &sources, reterr));
    return suite_decode(&sources, linter->catalogue, &linter->problems, linter->arena, &suite,
                        reterr);
}

/* Names of parameters and clauses are looked up when the suite that includes it is read. */
static enum status lint_part(struct linter *linter, const struct source_file *source,
                             struct error *reterr)
{
    struct part_raw raw = { .format = NULL };
    struct decoder decoder = { .problems = &linter->problems, .arena = linter->arena };
    const struct node *root = NULL;

    TRY(node_parse(source, linter->arena, &root, reterr));
    decode_record(&decoder, root, &suite_part_record, &raw);
    return problems_status(&linter->problems, reterr);
}

static enum status lint_clauses(struct linter *linter, const struct source_file *source,
                                struct error *reterr)
{
    struct suite suite = { .id = NULL };

    return clauses_decode(source, &linter->problems, linter->arena, &suite, reterr);
}

static enum status lint_params(struct linter *linter, const struct source_file *source,
                               struct error *reterr)
{
    struct params_raw raw = { .format = NULL };
    struct decoder decoder = { .problems = &linter->problems, .arena = linter->arena };
    const struct node *root = NULL;

    TRY(node_parse(source, linter->arena, &root, reterr));
    decode_record(&decoder, root, &params_record, &raw);
    TRY(problems_status(&linter->problems, reterr));
    for (size_t i = 0; i < raw.parameter_count; i++) {
        (void) parameter_value(&decoder, &raw.parameters[i]);
    }
    return problems_status(&linter->problems, reterr);
}

static enum status lint_label(struct linter *linter, const struct source_file *source,
                              struct error *reterr)
{
    struct label *label = NULL;

    return label_decode(source, &linter->problems, linter->arena, &label, reterr);
}

static enum status lint_policy(struct linter *linter, const struct source_file *source,
                               struct error *reterr)
{
    struct policy *policy = NULL;

    return policy_decode(source, &linter->problems, linter->arena, &policy, reterr);
}

static const struct {
    const char *word;
    enum status (*lint)(struct linter *linter, const struct source_file *source,
                        struct error *reterr);
} formats[] = {
    { "profile/1", lint_profile }, { "suite/1", lint_suite },   { "clauses/1", lint_clauses },
    { "suite-part/1", lint_part }, { "params/1", lint_params }, { "policy/1", lint_policy },
    { "label/1", lint_label },
};

static enum status lint_by_kind(struct linter *linter, const struct source_file *source,
                                struct error *reterr)
{
    const struct node *root = NULL;
    const struct node *kind;

    TRY(node_parse(source, linter->arena, &root, reterr));
    kind = node_member(root, "hoshitori");
    for (size_t i = 0;
         kind != NULL && kind->kind == NODE_SCALAR && i < sizeof formats / sizeof formats[0]; i++) {
        if (strcmp(formats[i].word, kind->text) == 0) {
            return formats[i].lint(linter, source, reterr);
        }
    }
    problem_at(&linter->problems, kind != NULL ? kind->mark : root->mark,
               "'hoshitori' must say profile/1, suite/1, suite-part/1, clauses/1, params/1, "
               "policy/1 or label/1");
    return problems_status(&linter->problems, reterr);
}

enum status lint_file(const char *path, const struct catalogue *catalogue, problem_sink *sink,
                      void *context, size_t *ret_problems, struct error *reterr)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct linter linter = { .catalogue = catalogue,
                             .arena = arena,
                             .problems = { .path = path, .sink = count_and_pass },
                             .sink = sink,
                             .context = context };
    struct source_file source = { 0 };
    struct error error = { .status = STATUS_OK };
    enum status status;

    linter.problems.context = &linter;
    status = source_file_read(path, arena, &source, &error);
    if (status == STATUS_OK) {
        status = lint_by_kind(&linter, &source, &error);
    }
    if (status != STATUS_OK && status != STATUS_BAD_INPUT) {
        return fail(reterr, status, "%s", error.message);
    }
    /* What stops the reading altogether is not seen by the decoder's own list. */
    if (status != STATUS_OK && linter.reported == 0) {
        count_and_pass(&linter, error.message);
    }
    *ret_problems = linter.reported;
    return STATUS_OK;
}
