#include "cli/run_options.h"

#include "base/clock.h"

#include <stdlib.h>
#include <unistd.h>

/* A run may be resumed from another folder. */
static const char *absolute(struct arena *arena, const char *path)
{
    char *here = path == NULL || path[0] == '/' ? NULL : getcwd(NULL, 0);
    const char *full = here == NULL ? path : arena_format(arena, "%s/%s", here, path);

    free(here);
    return full;
}

static enum status read_level(const char *text, unsigned *ret_level, struct error *reterr)
{
    unsigned long long level = 1;

    if (text != NULL && (text_to_unsigned(text, 4, &level) != STATUS_OK || level == 0)) {
        return fail(reterr, STATUS_USAGE, "--level is 1, 2, 3 or 4, not '%s'", text);
    }
    *ret_level = (unsigned) level;
    return STATUS_OK;
}

static enum status read_jobs(const char *text, unsigned *ret_jobs, struct error *reterr)
{
    unsigned long long jobs = 0;

    if (text != NULL && (text_to_unsigned(text, 64, &jobs) != STATUS_OK || jobs == 0)) {
        return fail(reterr, STATUS_USAGE, "--jobs is a number from 1 to 64, not '%s'", text);
    }
    *ret_jobs = (unsigned) jobs;
    return STATUS_OK;
}

static const char *default_out(struct arena *arena)
{
    char now[CLOCK_TEXT_SIZE];

    clock_text(clock_wall_ms(), now);
    return arena_format(arena, "run-%.4s%.2s%.2s-%.2s%.2s%.2s.hoshi", now, now + 5, now + 8,
                        now + 11, now + 14, now + 17);
}

static const char *const *only_of(const struct arguments *arguments, struct arena *arena)
{
    size_t count = 0;
    const char **only;

    while (argument_nth(arguments, "only", count) != NULL) {
        count++;
    }
    only = arena_array(arena, count + 1, sizeof *only);
    for (size_t i = 0; i < count; i++) {
        only[i] = argument_nth(arguments, "only", i);
    }
    return count == 0 ? NULL : (const char *const *) only;
}

enum status run_options_from_arguments(const struct arguments *arguments, struct arena *arena,
                                       struct run_options *options, struct error *reterr)
{
    const char *key = argument_text(arguments, "key");
    const char *out = argument_text(arguments, "out");
    const char *scheme = argument_text(arguments, "scheme");

    if (argument_text(arguments, "profile") == NULL) {
        return fail(reterr, STATUS_USAGE, "--profile FILE is missing (see hoshitori run --help)");
    }
    if (key == NULL) {
        key = getenv("HOSHITORI_KEY");
    }
    if (key == NULL) {
        return fail(reterr, STATUS_USAGE,
                    "no signing key: make one with `hoshitori key new vendor.key` and give it "
                    "with --key vendor.key");
    }
    TRY(read_level(argument_text(arguments, "level"), &options->level, reterr));
    TRY(read_jobs(argument_text(arguments, "jobs"), &options->jobs, reterr));
    options->profile = absolute(arena, argument_text(arguments, "profile"));
    options->params = absolute(arena, argument_text(arguments, "params"));
    options->answers = absolute(arena, argument_text(arguments, "answers"));
    options->out = absolute(arena, out == NULL ? default_out(arena) : out);
    options->key = absolute(arena, key);
    options->pq_key = absolute(arena, argument_text(arguments, "pq-key"));
    options->scheme = scheme == NULL ? "jc-star" : scheme;
    options->product_type = argument_text(arguments, "product-type");
    options->operator_name = argument_text(arguments, "operator");
    options->tsa = argument_text(arguments, "tsa");
    options->history = absolute(arena, argument_text(arguments, "history"));
    options->capture = argument_given(arguments, "capture");
    options->only = only_of(arguments, arena);
    return STATUS_OK;
}
