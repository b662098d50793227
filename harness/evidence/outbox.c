#include "evidence/outbox.h"

#include "base/arena.h"
#include "evidence/container_read.h"
#include "evidence/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_ROOM = 4096, FOLDER_MODE = 0700, FILE_MODE = 0600 };

/* What was made, the last first. */
struct made {
    const char *name;
    int flags; /* for unlinkat */
    struct made *before;
};

struct outbox {
    struct arena *arena;
    const char *path;
    char temporary[PATH_ROOM];
    int root;
    int file; /* the one that is being written, or -1 */
    struct made *made;
};

static enum status broken(const char *what, struct error *reterr)
{
    return fail(reterr, STATUS_IO, "outbox.io: %s: %s", what, strerror(errno));
}

enum status outbox_open(const char *path, struct outbox **ret_outbox, struct error *reterr)
{
    DEFER(outbox_done) struct outbox *outbox = calloc(1, sizeof *outbox);
    struct stat there;

    if (outbox == NULL) {
        abort();
    }
    outbox->root = -1;
    outbox->file = -1;
    outbox->arena = arena_new();
    outbox->path = arena_text(outbox->arena, path);
    if (lstat(path, &there) == 0) {
        return fail(reterr, STATUS_USAGE, "outbox.exists: %s is there already; name a new folder",
                    path);
    }
    TRY(disk_folder_beside(path, outbox->temporary, sizeof outbox->temporary, reterr));
    outbox->root = open(outbox->temporary, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (outbox->root < 0) {
        return broken(outbox->temporary, reterr);
    }
    *ret_outbox = outbox;
    outbox = NULL;
    return STATUS_OK;
}

static void remember(struct outbox *outbox, const char *name, size_t length, int flags)
{
    struct made *made = arena_alloc(outbox->arena, sizeof *made);

    *made = (struct made){ .name = arena_text_n(outbox->arena, name, length),
                           .flags = flags,
                           .before = outbox->made };
    outbox->made = made;
}

/* Steps from *folder (which is closed unless it is the root) into the one named by name's first
 * `end` bytes, whose last segment begins at `start`. */
static enum status step_down(struct outbox *outbox, int *folder, const char *name, size_t start,
                             size_t end, struct error *reterr)
{
    char segment[CONTAINER_NAME_MAX + 1] = { 0 };
    int next;

    memcpy(segment, name + start, end - start);
    if (mkdirat(*folder, segment, FOLDER_MODE) == 0) {
        remember(outbox, name, end, AT_REMOVEDIR);
    } else if (errno != EEXIST) {
        return broken(name, reterr);
    }
    next = openat(*folder, segment, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (next < 0) {
        return broken(name, reterr);
    }
    if (*folder != outbox->root) {
        (void) close(*folder);
    }
    *folder = next;
    return STATUS_OK;
}

static enum status make_file(struct outbox *outbox, int *folder, const char *name,
                             struct error *reterr)
{
    size_t start = 0;

    for (const char *slash = strchr(name, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        TRY(step_down(outbox, folder, name, start, (size_t) (slash - name), reterr));
        start = (size_t) (slash - name) + 1;
    }
    outbox->file = openat(*folder, name + start,
                          O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
    if (outbox->file < 0) {
        return broken(name, reterr);
    }
    remember(outbox, name, strlen(name), 0);
    return STATUS_OK;
}

/* What a full disk or a network file system says only at the end is heard here. */
static enum status close_file(struct outbox *outbox, struct error *reterr)
{
    int file = outbox->file;

    outbox->file = -1;
    return file >= 0 && close(file) != 0 ? broken("a file", reterr) : STATUS_OK;
}

enum status outbox_file(struct outbox *outbox, const char *name, struct error *reterr)
{
    int folder = outbox->root;
    enum status status;

    TRY(close_file(outbox, reterr));
    TRY(container_name_check(name, strlen(name), reterr));
    status = make_file(outbox, &folder, name, reterr);
    if (folder != outbox->root) {
        (void) close(folder);
    }
    return status;
}

enum status outbox_put(struct outbox *outbox, const void *data, size_t length, struct error *reterr)
{
    const char *at = data;

    while (length > 0) {
        ssize_t put = write(outbox->file, at, length);

        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put <= 0) {
            return broken("a file", reterr);
        }
        at += put;
        length -= (size_t) put;
    }
    return STATUS_OK;
}

enum status outbox_commit(struct outbox *outbox, struct error *reterr)
{
    TRY(close_file(outbox, reterr));
    TRY(disk_rename(outbox->temporary, outbox->path, false, reterr));
    outbox->temporary[0] = '\0';
    return STATUS_OK;
}

void outbox_done(struct outbox **outbox)
{
    struct outbox *done = *outbox;

    if (done == NULL) {
        return;
    }
    if (done->file >= 0) {
        (void) close(done->file);
    }
    if (done->temporary[0] != '\0') {
        for (const struct made *made = done->made; made != NULL; made = made->before) {
            (void) unlinkat(done->root, made->name, made->flags);
        }
        (void) rmdir(done->temporary);
    }
    if (done->root >= 0) {
        (void) close(done->root);
    }
    arena_free(done->arena);
    free(done);
    *outbox = NULL;
}
