#include "engine/tally.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static size_t size_of(const struct tally *tally)
{
    return (tally->count + 1) * sizeof *tally->counts; /* never empty */
}

enum status tally_open(struct tally *tally, const char *path, size_t count, struct error *reterr)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    void *room = MAP_FAILED;
    int reason;

    tally->count = count;
    /* Its room on the disk now: a full one would be a signal when a child counts. */
    reason = fd < 0 ? errno : posix_fallocate(fd, 0, (off_t) size_of(tally));
    if (reason == 0) {
        room = mmap(NULL, size_of(tally), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        reason = errno;
    }
    if (room == MAP_FAILED) {

        (void) (fd >= 0 ? close(fd) : 0);
        return fail(reterr, STATUS_IO, "%s: %s", path, strerror(reason));
    }
    (void) close(fd);
    tally->counts = room;
    return STATUS_OK;
}

void tally_done(struct tally *tally)
{
    if (tally->counts != NULL) {
        (void) munmap(tally->counts, size_of(tally));
        tally->counts = NULL;
    }
}

void tally_add(const struct tally *tally, size_t place)
{
    if (tally != NULL && tally->counts != NULL && place < tally->count) {
        (void) __atomic_add_fetch(&tally->counts[place], 1, __ATOMIC_SEQ_CST);
    }
}

unsigned tally_of(const struct tally *tally, size_t place)
{
    return tally->counts == NULL || place >= tally->count
               ? 0
               : __atomic_load_n(&tally->counts[place], __ATOMIC_SEQ_CST);
}

void tally_raise(const struct tally *tally, size_t place, unsigned least)
{
    if (tally->counts != NULL && place < tally->count && tally_of(tally, place) < least) {
        __atomic_store_n(&tally->counts[place], least, __ATOMIC_SEQ_CST);
    }
}
