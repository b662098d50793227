#include "cli/paths.h"

#include "probe/data.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char root[PATH_SIZE];

static int holds_suites(const char *folder)
{
    char probe[PATH_SIZE];
    int length = snprintf(probe, sizeof probe, "%s/testsuites", folder);

    return length > 0 && (size_t) length < sizeof probe && access(probe, R_OK) == 0;
}

/* A folder that somebody named is meant: another one in its place would ask by other tables. */
void paths_start(void)
{
    const char *named = getenv("HOSHITORI_DATA");
    const char *const places[] = { HOSHITORI_SOURCE_DATA, HOSHITORI_INSTALLED_DATA };
    const size_t count = sizeof places / sizeof places[0];

    for (size_t i = 0; i < (named != NULL ? 1 : count); i++) {
        const char *place = named != NULL ? named : places[i];

        if (place != NULL && holds_suites(place)) {
            (void) snprintf(root, sizeof root, "%s", place);
            data_set_root(root);
            return;
        }
    }
}

const char *paths_root(void)
{
    return root[0] == '\0' ? NULL : root;
}

enum status paths_data(char room[PATH_SIZE], struct error *reterr, const char *format, ...)
{
    va_list args;
    int used;
    int more;

    if (root[0] == '\0') {
        return fail(reterr, STATUS_BAD_INPUT,
                    "the suites are not found; set HOSHITORI_DATA to the folder that holds "
                    "testsuites/");
    }
    used = snprintf(room, PATH_SIZE, "%s/", root);
    va_start(args, format);
    more = vsnprintf(room + used, (size_t) (PATH_SIZE - used), format, args);
    va_end(args);
    if (more < 0 || more >= PATH_SIZE - used || access(room, R_OK) != 0) {
        return fail(reterr, STATUS_BAD_INPUT, "%s: is not there", room);
    }
    return STATUS_OK;
}

enum status paths_history(const char *given, char room[PATH_SIZE], struct error *reterr)
{
    const char *named = given != NULL ? given : getenv("HOSHITORI_HISTORY");
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    int length;

    if (named != NULL && named[0] != '\0') {
        length = snprintf(room, PATH_SIZE, "%s", named);
    } else if (state != NULL && state[0] == '/') {
        length = snprintf(room, PATH_SIZE, "%s/hoshitori/runs.jsonl", state);
    } else if (home != NULL && home[0] == '/') {
        length = snprintf(room, PATH_SIZE, "%s/.local/state/hoshitori/runs.jsonl", home);
    } else {
        return fail(reterr, STATUS_USAGE,
                    "HOME is not set: say with --history FILE where your runs are recorded");
    }
    return length > 0 && length < PATH_SIZE ? STATUS_OK
                                            : fail(reterr, STATUS_LIMIT, "a path is too long");
}
