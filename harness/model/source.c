#include "model/source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum status read_whole(int fd, const char *path, char *room, size_t size, size_t *ret_length,
                              struct error *reterr)
{
    size_t length = 0;

    while (length < size) {
        ssize_t got = read(fd, room + length, size - length);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return fail(reterr, STATUS_IO, "%s: %s", path, strerror(errno));
        }
        if (got == 0) {
            break;
        }
        length += (size_t) got;
    }
    *ret_length = length;
    return STATUS_OK;
}

static enum status source_from_fd(int fd, const char *path, struct arena *arena,
                                  struct source_file *ret_source, struct error *reterr)
{
    struct stat facts;
    size_t size;
    char *room;

    if (fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode)) {
        return fail(reterr, STATUS_BAD_INPUT, "%s: not a regular file", path);
    }
    if (facts.st_size > SOURCE_SIZE_MAX) {
        return fail(reterr, STATUS_BAD_INPUT, "%s:1:1: larger than %d bytes", path,
                    SOURCE_SIZE_MAX);
    }
    size = (size_t) facts.st_size;
    room = arena_alloc(arena, size + 1);
    TRY(read_whole(fd, path, room, size, &size, reterr));
    *ret_source =
        (struct source_file){ .path = arena_text(arena, path), .data = room, .length = size };
    return STATUS_OK;
}

enum status source_file_read(const char *path, struct arena *arena, struct source_file *ret_source,
                             struct error *reterr)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    enum status status;

    if (fd < 0) {
        return fail(reterr, STATUS_BAD_INPUT, "%s: %s", path, strerror(errno));
    }
    status = source_from_fd(fd, path, arena, ret_source, reterr);
    (void) close(fd);
    return status;
}

const char *source_resolve(const char *base_file, const char *path, struct arena *arena)
{
    const char *slash = strrchr(base_file, '/');

    if (path[0] == '/' || slash == NULL) {
        return arena_text(arena, path);
    }
    return arena_format(arena, "%.*s/%s", (int) (slash - base_file), base_file, path);
}
