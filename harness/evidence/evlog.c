#include "evidence/evlog.h"

#include "base/clock.h"
#include "evidence/disk.h"
#include "evidence/evlog_state.h"
#include "evidence/json_strict.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct evlog {
    int fd;
    struct evlog_state state;
    struct evlog_clock clock;
    unsigned sync_every;
    unsigned unsynced;
    bool broken; /* a write failed: what the file ends in is unknown */
};

static void now_from_base(void *context, int64_t *ret_wall_ms, int64_t *ret_monotonic_ms)
{
    (void) context;
    *ret_wall_ms = clock_wall_ms();
    *ret_monotonic_ms = clock_monotonic_ms();
}

static struct evlog *evlog_over(int fd)
{
    struct evlog *log = calloc(1, sizeof *log);

    if (log == NULL) {
        abort();
    }
    log->fd = fd;
    log->clock.now = now_from_base;
    log->sync_every = 1;
    evlog_state_open(&log->state);
    return log;
}

/* One writer at a time, or the chain forks. */
static enum status evlog_lock(int fd, const char *path, struct error *reterr)
{
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        return fail(reterr, STATUS_IO, "log.busy: %s is being written by somebody else", path);
    }
    return STATUS_OK;
}

enum status evlog_create(const char *path, struct evlog **ret_log, struct error *reterr)
{
    DEFER(evlog_done) struct evlog *log = NULL;
    int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0) {
        return fail(reterr, STATUS_IO, "log.io: %s: %s", path, strerror(errno));
    }
    log = evlog_over(fd);
    TRY(evlog_lock(fd, path, reterr));
    TRY(disk_sync_folder(path, reterr));
    *ret_log = log;
    log = NULL;
    return STATUS_OK;
}

static enum status read_existing(int fd, const char *path, struct evlog_verifier *verifier,
                                 uint64_t *ret_size, struct error *reterr)
{
    uint8_t room[16 * 1024];
    struct stat facts;

    if (fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode)) {
        return fail(reterr, STATUS_IO, "log.io: %s is not a regular file", path);
    }
    for (;;) {
        ssize_t got = read(fd, room, sizeof room);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return fail(reterr, STATUS_IO, "log.io: %s: %s", path, strerror(errno));
        }
        if (got == 0) {
            return STATUS_OK;
        }
        TRY(evlog_verify_feed(verifier, room, (size_t) got, reterr));
        *ret_size += (uint64_t) got;
    }
}

enum status evlog_reopen(const char *path, struct evlog **ret_log, uint64_t *ret_torn,
                         struct error *reterr)
{
    DEFER(evlog_done) struct evlog *log = NULL;
    DEFER(evlog_verify_done) struct evlog_verifier *verifier = evlog_verify_new(NULL, NULL);
    int fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC | O_NONBLOCK);
    uint64_t size = 0;
    uint64_t torn;

    if (fd < 0) {
        return fail(reterr, STATUS_IO, "log.io: %s: %s", path, strerror(errno));
    }
    log = evlog_over(fd);
    TRY(evlog_lock(fd, path, reterr));
    TRY(read_existing(fd, path, verifier, &size, reterr));
    torn = evlog_verify_pending(verifier);
    if (torn > 0 && (ftruncate(fd, (off_t) (size - torn)) != 0 || fdatasync(fd) != 0)) {
        return fail(reterr, STATUS_IO, "log.io: %s: %s", path, strerror(errno));
    }
    if (ret_torn != NULL) {
        *ret_torn = torn;
    }
    log->state = *evlog_verify_state(verifier);
    *ret_log = log;
    log = NULL;
    return STATUS_OK;
}

void evlog_clock_set(struct evlog *log, const struct evlog_clock *clock)
{
    log->clock = *clock;
}

void evlog_sync_every_set(struct evlog *log, unsigned lines)
{
    assert(lines > 0);
    log->sync_every = lines;
}

static enum status line_build(const struct evlog *log, const char *kind, const char *check,
                              const json_t *data, int64_t wall_ms, int64_t monotonic_ms,
                              struct bytes *out, struct error *reterr)
{
    DEFER(json_strict_done) json_t *root = NULL;
    char prev[DIGEST_HEX_SIZE];
    char time[CLOCK_TEXT_SIZE];
    json_t *copy = data == NULL ? json_object() : json_incref((json_t *) data);
    struct error inner = { .message = "" };
    enum status status;

    digest_to_hex(&log->state.summary.head, prev);
    clock_text(wall_ms, time);
    /* "o" takes over the reference. */
    root = json_pack("{s:s?,s:o,s:s,s:I,s:s,s:I,s:s}", "check", check, "data", copy, "kind", kind,
                     "mono", (json_int_t) monotonic_ms, "prev", prev, "seq",
                     (json_int_t) log->state.summary.count + 1, "t", time);
    if (root == NULL) {
        return fail(reterr, STATUS_INTERNAL, "log.line: the event cannot be put into JSON");
    }
    status = json_strict_write(root, out, &inner);
    if (status == STATUS_OK) {
        status = bytes_append(out, "\n", 1, &inner);
    }
    if (status != STATUS_OK) {
        return fail(reterr, status, "log.event: %s event: %s", kind, inner.message);
    }
    return STATUS_OK;
}

/* One write(2), so that a reader of the growing file sees whole lines. */
static enum status line_write(struct evlog *log, const struct bytes *line, struct error *reterr)
{
    ssize_t put;

    do {
        put = write(log->fd, line->data, line->length);
    } while (put < 0 && errno == EINTR);
    if (put != (ssize_t) line->length) {
        log->broken = true;
        return fail(reterr, STATUS_IO, "log.io: cannot write the event log: %s",
                    put < 0 ? strerror(errno) : "the disk is full");
    }
    return STATUS_OK;
}

enum status evlog_append(struct evlog *log, const char *kind, const char *check, const json_t *data,
                         struct error *reterr)
{
    DEFER(bytes_done) struct bytes line = bytes_bounded(EVLOG_LINE_MAX);
    int64_t wall_ms = 0;
    int64_t monotonic_ms = 0;

    if (log->broken) {
        return fail(reterr, STATUS_IO, "log.io: an earlier event could not be written");
    }
    if (!evlog_is_kind(kind) || (check != NULL && !evlog_is_check(check)) ||
        (data != NULL && !json_is_object(data))) {
        return fail(reterr, STATUS_INTERNAL, "log.event: not an event that a log can hold");
    }
    log->clock.now(log->clock.context, &wall_ms, &monotonic_ms);
    if (wall_ms < 0 || monotonic_ms < 0) {
        return fail(reterr, STATUS_INTERNAL, "log.time: the clock stands before 1970");
    }
    TRY(line_build(log, kind, check, data, wall_ms, monotonic_ms, &line, reterr));
    TRY(line_write(log, &line, reterr));
    TRY(evlog_state_add(&log->state, line.data, line.length - 1, wall_ms, monotonic_ms, reterr));
    log->unsynced++;
    return log->unsynced < log->sync_every ? STATUS_OK : evlog_sync(log, reterr);
}

enum status evlog_sync(struct evlog *log, struct error *reterr)
{
    if (log->broken) {
        return fail(reterr, STATUS_IO, "log.io: an earlier event could not be written");
    }
    /* After a failed sync the kernel may drop the data and succeed the next time. */
    if (fdatasync(log->fd) != 0) {
        log->broken = true;
        return fail(reterr, STATUS_IO, "log.io: the event log cannot reach the disk: %s",
                    strerror(errno));
    }
    log->unsynced = 0;
    return STATUS_OK;
}

enum status evlog_summary(const struct evlog *log, struct evlog_summary *ret_summary,
                          struct error *reterr)
{
    return evlog_state_summary(&log->state, ret_summary, reterr);
}

enum status evlog_close(struct evlog **log, struct error *reterr)
{
    enum status status = evlog_sync(*log, reterr);

    evlog_done(log);
    return status;
}

void evlog_done(struct evlog **log)
{
    if (*log == NULL) {
        return;
    }
    /* A child that inherited the file must not keep the lock alive. */
    (void) flock((*log)->fd, LOCK_UN);
    (void) close((*log)->fd);
    free(*log);
    *log = NULL;
}
