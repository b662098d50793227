#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECRET_FILE_MAX = 64 * 1024 };

void secret_wipe(void *data, size_t length)
{
    explicit_bzero(data, length);
}

enum status secret_set(struct secret *secret, const void *data, size_t length,
                       enum secret_sharing sharing, struct error *reterr)
{
    size_t page_size = (size_t) sysconf(_SC_PAGESIZE);
    size_t mapped = (length + 1 + page_size - 1) / page_size * page_size;
    void *page = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (page == MAP_FAILED) {
        return fail(reterr, STATUS_IO, "no memory for a secret: %s", strerror(errno));
    }
    (void) madvise(page, mapped, MADV_DONTDUMP);
    if (sharing == SECRET_PARENT_ONLY && madvise(page, mapped, MADV_WIPEONFORK) != 0) {
        (void) munmap(page, mapped);
        return fail(reterr, STATUS_IO, "the kernel cannot keep a secret from child processes");
    }
    /* Locking may be refused to an ordinary user; swap is then the user's own risk. */
    (void) mlock(page, mapped);
    memcpy(page, data, length);
    *secret = (struct secret){ .page = page, .length = length, .mapped = mapped };
    return STATUS_OK;
}

static enum status read_all(int fd, const char *path, char *room, size_t *ret_length,
                            struct error *reterr)
{
    size_t length = 0;

    for (;;) {
        ssize_t got = read(fd, room + length, SECRET_FILE_MAX + 1 - length);

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
        if (length > SECRET_FILE_MAX) {
            return fail(reterr, STATUS_LIMIT, "%s: larger than %d bytes", path, SECRET_FILE_MAX);
        }
    }
    *ret_length = length;
    return STATUS_OK;
}

static enum status secret_from_fd(struct secret *secret, int fd, const char *path, bool as_line,
                                  enum secret_sharing sharing, struct error *reterr)
{
    char room[SECRET_FILE_MAX + 1];
    struct stat facts;
    size_t length = 0;
    enum status status;

    if (fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode)) {
        return fail(reterr, STATUS_BAD_INPUT, "%s: not a regular file", path);
    }
    if ((facts.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "%s: holds a secret but others may open it; run: chmod 600 %s", path, path);
    }
    status = read_all(fd, path, room, &length, reterr);
    if (status == STATUS_OK) {
        if (as_line && length > 0 && room[length - 1] == '\n') {
            length--;
        }
        if (as_line && length > 0 && room[length - 1] == '\r') {
            length--;
        }
        status = secret_set(secret, room, length, sharing, reterr);
    }
    secret_wipe(room, sizeof room);
    return status;
}

enum status secret_from_file(struct secret *secret, const char *path, bool as_line,
                             enum secret_sharing sharing, struct error *reterr)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    enum status status;

    if (fd < 0) {
        return fail(reterr, STATUS_BAD_INPUT, "%s: %s", path, strerror(errno));
    }
    status = secret_from_fd(secret, fd, path, as_line, sharing, reterr);
    (void) close(fd);
    return status;
}

const char *secret_reveal(const struct secret *secret)
{
    return secret->page == NULL ? "" : secret->page;
}

void secret_done(struct secret *secret)
{
    if (secret->page != NULL) {
        secret_wipe(secret->page, secret->length);
        (void) munmap(secret->page, secret->mapped);
    }
    *secret = (struct secret){ 0 };
}
