#include "probe/data.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char root[PATH_MAX];

void data_set_root(const char *path)
{
    if (path == NULL || strlen(path) >= sizeof root) {
        root[0] = '\0';
        return;
    }
    memcpy(root, path, strlen(path) + 1);
}

enum status data_path(char *room, size_t size, const char *relative, struct error *reterr)
{
    const char *start = root[0] != '\0' ? root : getenv("HOSHITORI_DATA");
    int length;

    if (start == NULL || start[0] == '\0') {
        return fail(reterr, STATUS_BAD_INPUT,
                    "no data directory is known (set HOSHITORI_DATA), so %s cannot be read",
                    relative);
    }
    length = snprintf(room, size, "%s/%s", start, relative);
    if (length < 0 || (size_t) length >= size) {
        return fail(reterr, STATUS_LIMIT, "the path of %s is too long", relative);
    }
    return STATUS_OK;
}
