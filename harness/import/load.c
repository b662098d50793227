#include "import/load.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STEP = 1 << 16 };

static void fd_done(const int *fd)
{
    if (*fd >= 0) {
        (void) close(*fd);
    }
}

enum status import_load(const char *path, struct bytes *ret_content, struct error *reterr)
{
    /* Not blocking: a FIFO in a report's place must not hold the check up. */
    DEFER(fd_done) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat about;

    if (fd < 0 || fstat(fd, &about) != 0) {
        return fail(reterr, STATUS_IO, "it cannot be opened: %s", strerror(errno));
    }
    if (!S_ISREG(about.st_mode)) {
        return fail(reterr, STATUS_IO, "it is no regular file");
    }
    if (about.st_size > IMPORT_FILE_MAX) {
        return fail(reterr, STATUS_LIMIT, "larger than %d bytes", IMPORT_FILE_MAX);
    }
    bytes_done(ret_content);
    *ret_content = bytes_bounded(IMPORT_FILE_MAX + STEP);
    for (;;) {
        uint8_t *at;
        ssize_t got;

        TRY(bytes_reserve(ret_content, STEP, &at, reterr));
        got = read(fd, at, STEP);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return fail(reterr, STATUS_IO, "it cannot be read: %s", strerror(errno));
        }
        bytes_commit(ret_content, (size_t) got);
        if (ret_content->length > IMPORT_FILE_MAX) { /* it grew while it was read */
            return fail(reterr, STATUS_LIMIT, "larger than %d bytes", IMPORT_FILE_MAX);
        }
        if (got == 0) {
            return STATUS_OK;
        }
    }
}
