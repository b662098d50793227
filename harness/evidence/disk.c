#include "evidence/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
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

enum status disk_rename(const char *from, const char *to, bool replace, struct error *reterr)
{
    int result = -1;

    if (!replace) {
        result = renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
    }
    /* File systems without that flag: a look before the leap has to do. */
    if (replace || (result != 0 && (errno == EINVAL || errno == ENOSYS) && access(to, F_OK) != 0)) {
        result = rename(from, to);
    }
    if (result != 0 && errno == EEXIST) {
        return fail(reterr, STATUS_IO, "disk.exists: %s is there already and stays as it is", to);
    }
    if (result != 0) {
        return fail(reterr, STATUS_IO, "disk.io: cannot name %s: %s", to, strerror(errno));
    }
    return disk_sync_folder(to, reterr);
}

enum status disk_folder_beside(const char *path, char *room, size_t size, struct error *reterr)
{
    int length = snprintf(room, size, "%s.XXXXXX", path);

    if (length < 0 || (size_t) length >= size) {
        return fail(reterr, STATUS_USAGE, "disk.path: the path is too long");
    }
    return mkdtemp(room) == NULL ? fail(reterr, STATUS_IO, "disk.io: %s: %s", room, strerror(errno))
                                 : STATUS_OK;
}

enum status disk_draft_open(const char *out_path, struct disk_draft *ret_draft,
                            struct error *reterr)
{
    enum status status =
        disk_folder_beside(out_path, ret_draft->folder, sizeof ret_draft->folder, reterr);

    if (status != STATUS_OK) {
        ret_draft->folder[0] = '\0';
        return status;
    }
    (void) snprintf(ret_draft->path, sizeof ret_draft->path, "%s/copy", ret_draft->folder);
    return STATUS_OK;
}

void disk_draft_done(struct disk_draft *draft)
{
    if (draft->folder[0] != '\0') {
        (void) unlink(draft->path);
        (void) rmdir(draft->folder);
    }
}
