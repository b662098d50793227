#include "cli/suites.h"

#include "cli/paths.h"
#include "probe/registry.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum status suites_find(struct arena *arena, const char *paths[SUITES_MAX], size_t *ret_count,
                        struct error *reterr)
{
    char pattern[PATH_SIZE];
    glob_t found = { 0 };
    int code;

    TRY(paths_data(pattern, reterr, "testsuites"));
    if (strlen(pattern) + sizeof "/*/star[1-4]/suite.yaml" > sizeof pattern) {
        return fail(reterr, STATUS_LIMIT, "%s: the path is too long", pattern);
    }
    (void) strncat(pattern, "/*/star[1-4]/suite.yaml", sizeof pattern - strlen(pattern) - 1);
    code = glob(pattern, 0, NULL, &found);
    *ret_count = 0;
    for (size_t i = 0; code == 0 && i < found.gl_pathc && i < SUITES_MAX; i++) {
        paths[(*ret_count)++] = arena_text(arena, found.gl_pathv[i]);
    }
    globfree(&found);
    return STATUS_OK;
}

enum status suites_open(const char *path, struct arena *arena, struct suite **ret_suite,
                        struct error *reterr)
{
    struct stat facts;
    const bool folder = stat(path, &facts) == 0 && S_ISDIR(facts.st_mode);

    return suite_load(folder ? arena_format(arena, "%s/suite.yaml", path) : path, probe_catalogue(),
                      arena, ret_suite, reterr);
}

enum status suites_with(const char *id, struct arena *arena, struct suite **ret_suite,
                        struct error *reterr)
{
    const char *paths[SUITES_MAX];
    size_t count = 0;

    TRY(suites_find(arena, paths, &count, reterr));
    for (size_t i = 0; i < count; i++) {
        struct suite *suite = NULL;

        TRY(suite_load(paths[i], probe_catalogue(), arena, &suite, reterr));
        if (suite_clause(suite, id) != NULL || suite_check(suite, id) != NULL ||
            suite_policy(suite, id) != NULL) {
            *ret_suite = suite;
            return STATUS_OK;
        }
    }
    return fail(reterr, STATUS_USAGE,
                "'%s' is neither a clause, a check, a probe nor a policy (see hoshitori list)", id);
}
