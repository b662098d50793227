/* lint - what is wrong with a profile, suite, label or parameter file. */
#include "cli/commands.h"
#include "cli/exits.h"
#include "cli/inline_secret.h"
#include "model/lint.h"
#include "model/source.h"
#include "probe/registry.h"

#include <stdio.h>

enum { EXIT_PROBLEMS = 1 };

static void print_problem(void *context, const char *message)
{
    (void) context;
    printf("%s\n", message);
}

/* A secret first, and then nothing else of that file: words about it might repeat it.  What cannot
 * be read is the linter's to say. */
static enum status lint_one(const char *path, size_t *ret_problems, struct error *reterr)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct source_file source = { 0 };
    struct error secret = { 0 };

    if (source_file_read(path, arena, &source, NULL) == STATUS_OK &&
        inline_secret_shape(&source, &secret) != STATUS_OK) {
        print_problem(NULL, secret.message);
        *ret_problems = 1;
        return STATUS_OK;
    }
    return lint_file(path, probe_catalogue(), print_problem, NULL, ret_problems, reterr);
}

static int lint_main(const struct arguments *arguments)
{
    size_t total = 0;
    int code = EXIT_OK;

    for (size_t i = 0; i < argument_positional_count(arguments); i++) {
        struct error error = { 0 };
        size_t problems = 0;

        if (lint_one(argument_positional(arguments, i), &problems, &error) != STATUS_OK) {
            code = exit_with(&error);
        }
        total += problems;
    }
    if (code != EXIT_OK) {
        return code;
    }
    (void) fprintf(stderr, "%zu file(s), %zu problem(s)\n", argument_positional_count(arguments),
                   total);
    return total == 0 ? EXIT_OK : EXIT_PROBLEMS;
}

const struct command command_lint = {
    .name = "lint",
    .summary = { .en = "checks profiles, suites, labels and parameters: file:line:column",
                 .ja = "プロファイルや検査項目集などの誤りを file:line:column で表示" },
    .positionals = "FILE...",
    .positional_least = 1,
    .positional_most = 200,
    .about = { .en = "The kind of a file is known by its first key, hoshitori.",
               .ja = "ファイルの種類は先頭の hoshitori キーで判断します。" },
    .example = "  hoshitori lint profile.yaml testsuites/jc-star/star1/suite.yaml",
    .exits = "  0 clean  1 problems found  64 usage  65 a file cannot be read",
    .main = lint_main,
};
