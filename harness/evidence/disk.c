#include "evidence/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum status disk_sync_folder(const char *path, struct error *reterr)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash == NULL ? strdup(".") : strndup(path, (size_t) (slash - path) + 1);
    int fd;

    if (folder == NULL) {
        abort();
    }
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(folder);
    if (fd < 0) {
        return fail(reterr, STATUS_IO, "disk.io: %s", strerror(errno));
    }
    /* Some file systems cannot sync a folder (EINVAL); the file itself is safe. */
    if (fsync(fd) != 0 && errno != EINVAL) {
        int reason = errno;

        (void) close(fd);
        return fail(reterr, STATUS_IO, "disk.io: cannot reach the disk: %s", strerror(reason));
    }
    (void) close(fd);
    return STATUS_OK;
}
