#include "engine/journal.h"

#include "base/clock.h"
#include "evidence/container_write.h"
#include "evidence/disk.h"
#include "evidence/evlog_state.h"
#include "evidence/json_strict.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    JOURNAL_PATH_MAX = 3072,
    TRANSCRIPT_FILE_MAX = 4 << 20,
    LOCK_WAIT_MS = 90000,
    LOCK_SLICE_MS = 50,
    WRITER_PATIENCE_MS = 2000
};

static const char new_suffix[] = ".new";
static const char sealed_name[] = "sealed.hoshi";

struct journal {
    char folder[JOURNAL_PATH_MAX];
    int lock_fd;
    struct evlog *log;
};

const char *journal_folder(const struct journal *journal)
{
    return journal->folder;
}

enum status journal_path(const struct journal *journal, const char *name, char *room, size_t size,
                         struct error *reterr)
{
    int length = snprintf(room, size, "%s/%s", journal->folder, name);

    if (length < 0 || (size_t) length >= size) {
        return fail(reterr, STATUS_LIMIT, "%s: the path is too long", journal->folder);
    }
    return STATUS_OK;
}

static enum status journal_new(const char *folder, struct journal **ret_journal,
                               struct error *reterr)
{
    struct journal *journal = calloc(1, sizeof *journal);

    if (journal == NULL) {
        abort();
    }
    journal->lock_fd = -1;
    *ret_journal = journal;
    if (strlen(folder) + sizeof "/wire/" + 224 > sizeof journal->folder) {
        return fail(reterr, STATUS_LIMIT, "%s: the path is too long", folder);
    }
    (void) snprintf(journal->folder, sizeof journal->folder, "%s", folder);
    return STATUS_OK;
}

int journal_lock_fd(const struct journal *journal)
{
    return journal->lock_fd;
}

/* Whoever writes the log is a run; what else holds the folder is a keeper, which ends soon. */
static bool is_written(const struct journal *journal)
{
    int fd = openat(journal->lock_fd, JOURNAL_LOG, O_RDONLY | O_CLOEXEC);
    bool written = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;

    if (fd >= 0) {
        (void) close(fd);
    }
    return written;
}

/* A child that was forked as its run was killed holds the lock until it closes what it inherited.
 */
static bool stays_written(const struct journal *journal)
{
    const struct timespec slice = { .tv_nsec = LOCK_SLICE_MS * 1000000L };
    int64_t until_ms = clock_monotonic_ms() + WRITER_PATIENCE_MS;
    bool written = is_written(journal);

    while (written && clock_monotonic_ms() < until_ms) {
        (void) nanosleep(&slice, NULL);
        written = is_written(journal);
    }
    return written;
}

static enum status somebody_is_here(const struct journal *journal, struct error *reterr)
{
    return fail(reterr, STATUS_BAD_INPUT, "%s: another run is at work in it", journal->folder);
}

/* In a folder where others may write, <folder>.new may be their link or their folder. */
static enum status ours_alone(const struct journal *journal, struct error *reterr)
{
    struct stat named;

    if (lstat(journal->folder, &named) != 0 || !S_ISDIR(named.st_mode) ||
        named.st_uid != geteuid()) {
        return fail(reterr, STATUS_BAD_INPUT, "%s: is there already and not a folder of yours",
                    journal->folder);
    }
    return STATUS_OK;
}

/* The folder may have been removed or renamed by whoever had the lock before. */
static bool still_named(const struct journal *journal)
{
    struct stat ours;
    struct stat named;

    return fstat(journal->lock_fd, &ours) == 0 && stat(journal->folder, &named) == 0 &&
           ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

/* One process at a time: a log has one writer, a device one tester. */
static enum status lock(struct journal *journal, int64_t patience_ms, struct error *reterr)
{
    const struct timespec slice = { .tv_nsec = LOCK_SLICE_MS * 1000000L };
    int64_t until_ms = clock_monotonic_ms() + patience_ms;

    journal->lock_fd = open(journal->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (journal->lock_fd < 0) {
        return fail(reterr, errno == ENOENT || errno == ENOTDIR ? STATUS_BAD_INPUT : STATUS_IO,
                    "%s: %s", journal->folder, strerror(errno));
    }
    while (flock(journal->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            return fail(reterr, STATUS_IO, "%s: %s", journal->folder, strerror(errno));
        }
        if (clock_monotonic_ms() >= until_ms || stays_written(journal)) {
            return somebody_is_here(journal, reterr);
        }
        (void) nanosleep(&slice, NULL);
    }
    if (stays_written(journal)) {
        return somebody_is_here(journal, reterr);
    }
    return still_named(journal) ? STATUS_OK
                                : fail(reterr, STATUS_BAD_INPUT,
                                       "%s: another run was at work in it", journal->folder);
}

/* What begins with that; "": everything.  No link is followed to another folder. */
static void empty_folder(const char *path, const char *beginning)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;

    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        if (text_starts_with(entry->d_name, beginning)) {
            (void) unlinkat(dirfd(folder), entry->d_name, 0);
        }
    }
    if (folder != NULL) {
        (void) closedir(folder);
    }
}

/* The bundle that is being made, and what a kill left of one. */
static void remove_sealed(const struct journal *journal)
{
    empty_folder(journal->folder, sealed_name);
    empty_folder(journal->folder, CONTAINER_TEMPORARY);
}

/* Only what a run puts there: somebody's own files beside it stay. */
static enum status remove_content(const struct journal *journal, struct error *reterr)
{
    char path[JOURNAL_PATH_MAX + 256];

    TRY(journal_path(journal, "wire", path, sizeof path, reterr));
    empty_folder(path, "");
    (void) rmdir(path);
    TRY(journal_path(journal, JOURNAL_DOCUMENTS, path, sizeof path, reterr));
    empty_folder(path, "");
    (void) rmdir(path);
    remove_sealed(journal);
    TRY(journal_path(journal, JOURNAL_TALLY, path, sizeof path, reterr));
    (void) unlink(path);
    TRY(journal_path(journal, JOURNAL_LOG, path, sizeof path, reterr));
    (void) unlink(path);
    return STATUS_OK;
}

enum status journal_sealed_path(const struct journal *journal, char *room, size_t size,
                                struct error *reterr)
{
    remove_sealed(journal);
    return journal_path(journal, sealed_name, room, size, reterr);
}

static enum status already_there(const char *folder, struct error *reterr)
{
    return fail(
        reterr, STATUS_BAD_INPUT,
        "%s: is there already, from an interrupted run; continue with --resume, or remove it",
        folder);
}

enum status journal_create(const char *folder, struct journal **ret_journal, struct error *reterr)
{
    DEFER(journal_done) struct journal *journal = NULL;
    char path[JOURNAL_PATH_MAX + 256];
    struct stat there;

    TRY(journal_new(folder, &journal, reterr));
    if (lstat(folder, &there) == 0) {
        return already_there(folder, reterr);
    }
    (void) snprintf(journal->folder, sizeof journal->folder, "%s%s", folder, new_suffix);
    if (mkdir(journal->folder, 0700) != 0 && errno != EEXIST) {
        return fail(reterr, STATUS_IO, "%s: cannot be created: %s", journal->folder,
                    strerror(errno));
    }
    TRY(ours_alone(journal, reterr));
    TRY(lock(journal, 0, reterr));
    TRY(remove_content(journal, reterr));
    TRY(journal_path(journal, "wire", path, sizeof path, reterr));
    if (mkdir(path, 0700) != 0) {
        return fail(reterr, STATUS_IO, "%s: %s", path, strerror(errno));
    }
    TRY(journal_path(journal, JOURNAL_LOG, path, sizeof path, reterr));
    TRY(evlog_create(path, &journal->log, reterr));
    *ret_journal = journal;
    journal = NULL;
    return STATUS_OK;
}

enum status journal_settle(struct journal *journal, struct error *reterr)
{
    char folder[JOURNAL_PATH_MAX];
    int result;

    (void) snprintf(folder, sizeof folder, "%.*s",
                    (int) (strlen(journal->folder) - strlen(new_suffix)), journal->folder);
    result = renameat2(AT_FDCWD, journal->folder, AT_FDCWD, folder, RENAME_NOREPLACE);
    if (result != 0 && (errno == EINVAL || errno == ENOSYS)) {
        /* A rename alone would take the place of an empty folder. */
        result = access(folder, F_OK) == 0 ? (errno = EEXIST, -1) : rename(journal->folder, folder);
    }
    if (result != 0) {
        return errno == EEXIST ? already_there(folder, reterr)
                               : fail(reterr, STATUS_IO, "%s: %s", folder, strerror(errno));
    }
    (void) snprintf(journal->folder, sizeof journal->folder, "%s", folder);
    return disk_sync_folder(folder, reterr);
}

static enum status feed_file(const char *path, struct evlog_verifier *verifier,
                             struct error *reterr)
{
    char room[65536];
    ssize_t got;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    enum status status = STATUS_OK;

    if (fd < 0) {
        return fail(reterr, errno == ENOENT || errno == ENOTDIR ? STATUS_BAD_INPUT : STATUS_IO,
                    "%s: %s", path, strerror(errno));
    }
    while (status == STATUS_OK && (got = read(fd, room, sizeof room)) > 0) {
        status = evlog_verify_feed(verifier, room, (size_t) got, reterr);
    }
    if (status == STATUS_OK && got < 0) {
        status = fail(reterr, STATUS_IO, "%s: %s", path, strerror(errno));
    }
    (void) close(fd);
    return status;
}

enum status journal_visit(const char *folder, evlog_visit visit, void *context,
                          struct evlog_summary *ret_summary, uint64_t *ret_torn,
                          struct error *reterr)
{
    DEFER(evlog_verify_done) struct evlog_verifier *verifier = evlog_verify_new(visit, context);
    DEFER(journal_done) struct journal *journal = NULL;
    char path[JOURNAL_PATH_MAX + 256];
    enum status status;

    TRY(journal_new(folder, &journal, reterr));
    TRY(journal_path(journal, JOURNAL_LOG, path, sizeof path, reterr));
    status = feed_file(path, verifier, reterr);
    if (ret_torn != NULL) {
        *ret_torn = status == STATUS_OK ? evlog_verify_pending(verifier) : 0;
    }
    if (ret_summary != NULL) {
        TRY(evlog_state_summary(evlog_verify_state(verifier), ret_summary, reterr));
    }
    return status;
}

enum status journal_wait(const char *folder, struct error *reterr)
{
    DEFER(journal_done) struct journal *journal = NULL;

    TRY(journal_new(folder, &journal, reterr));
    return lock(journal, LOCK_WAIT_MS, reterr);
}

enum status journal_reopen(const char *folder, evlog_visit visit, void *context,
                           struct journal **ret_journal, uint64_t *ret_torn, struct error *reterr)
{
    DEFER(journal_done) struct journal *journal = NULL;
    char path[JOURNAL_PATH_MAX + 256];

    TRY(journal_new(folder, &journal, reterr));
    TRY(lock(journal, LOCK_WAIT_MS, reterr));
    TRY(journal_path(journal, JOURNAL_LOG, path, sizeof path, reterr));
    if (access(path, F_OK) != 0 && errno == ENOENT) {
        return fail(reterr, STATUS_BAD_INPUT, "%s: holds no run", folder);
    }
    TRY(evlog_reopen(path, &journal->log, ret_torn, reterr));
    TRY(journal_visit(folder, visit, context, NULL, NULL, reterr));
    *ret_journal = journal;
    journal = NULL;
    return STATUS_OK;
}

void journal_done(struct journal **journal)
{
    if (*journal != NULL) {
        evlog_done(&(*journal)->log);
        if ((*journal)->lock_fd >= 0) {
            (void) close((*journal)->lock_fd);
        }
        free(*journal);
        *journal = NULL;
    }
}

enum status journal_say(struct journal *journal, const char *kind, const char *check, json_t *data,
                        struct error *reterr)
{
    enum status status = evlog_append(journal->log, kind, check, data, reterr);

    json_decref(data);
    return status;
}

enum status journal_summary(const struct journal *journal, struct evlog_summary *ret_summary,
                            struct error *reterr)
{
    return evlog_summary(journal->log, ret_summary, reterr);
}

/* "wire/0007-s1.1-12-tls-server-admin.1.jsonl": a name that every system accepts. */
static void transcript_name(size_t place, unsigned attempt, const char *check, char room[200])
{
    size_t used;

    (void) snprintf(room, 200, "wire/%04zu-", place);
    used = strlen(room);
    for (const char *at = check; *at != '\0' && used < 120; at++) {
        bool plain = isalnum((unsigned char) *at) || *at == '.';

        room[used++] = plain ? (char) tolower((unsigned char) *at) : '-';
    }
    (void) snprintf(room + used, 200 - used, ".%u.jsonl", attempt);
}

static enum status transcript_bytes(const json_t *transcript, struct bytes *out,
                                    struct error *reterr)
{
    const json_t *event;
    size_t i;

    json_array_foreach(json_object_get(transcript, "events"), i, event)
    {
        TRY(json_strict_write(event, out, reterr));
        TRY(bytes_append_text(out, "\n", reterr));
    }
    return STATUS_OK;
}

static enum status write_file(const char *path, const struct bytes *content, struct error *reterr)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    size_t written = 0;

    if (fd < 0) {
        return fail(reterr, STATUS_IO, "%s: %s", path, strerror(errno));
    }
    while (written < content->length) {
        ssize_t step = write(fd, content->data + written, content->length - written);

        if (step < 0 && errno != EINTR) {
            (void) close(fd);
            return fail(reterr, STATUS_IO, "%s: %s", path, strerror(errno));
        }
        written += step > 0 ? (size_t) step : 0;
    }
    if (fdatasync(fd) != 0 || close(fd) != 0) {
        return fail(reterr, STATUS_IO, "%s: %s", path, strerror(errno));
    }
    return disk_sync_folder(path, reterr); /* the log is about to vouch for it */
}

enum status journal_keep_document(struct journal *journal, const char *name,
                                  const struct bytes *content, char ret_hex[DIGEST_HEX_SIZE],
                                  struct error *reterr)
{
    char path[JOURNAL_PATH_MAX + 256];
    struct digest digest;

    TRY(journal_path(journal, JOURNAL_DOCUMENTS, path, sizeof path, reterr));
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        return fail(reterr, STATUS_IO, "%s: %s", path, strerror(errno));
    }
    TRY(journal_path(journal, name, path, sizeof path, reterr));
    (void) unlink(path);
    TRY(write_file(path, content, reterr));
    TRY(digest_of(content->data, content->length, &digest, reterr));
    digest_to_hex(&digest, ret_hex);
    return STATUS_OK;
}

enum status journal_keep_transcript(struct journal *journal, const char *check, size_t place,
                                    unsigned attempt, const json_t *transcript, json_t **ret_said,
                                    struct error *reterr)
{
    DEFER(bytes_done) struct bytes content = bytes_bounded(TRANSCRIPT_FILE_MAX);
    DEFER(json_strict_done) json_t *said = NULL;
    char path[JOURNAL_PATH_MAX + 256];
    char name[200];
    char hex[DIGEST_HEX_SIZE];
    struct digest digest;

    transcript_name(place, attempt, check, name);
    TRY(transcript_bytes(transcript, &content, reterr));
    TRY(journal_path(journal, name, path, sizeof path, reterr));
    TRY(write_file(path, &content, reterr));
    TRY(digest_of(content.data, content.length, &digest, reterr));
    digest_to_hex(&digest, hex);
    said = json_pack("{s:s, s:s, s:I, s:I, s:O*, s:O*, s:O*, s:O*}", "path", name, "sha256", hex,
                     "size", (json_int_t) content.length, "attempt", (json_int_t) attempt,
                     "connections", json_object_get(transcript, "connections"), "sent",
                     json_object_get(transcript, "sent"), "received",
                     json_object_get(transcript, "received"), "cut",
                     json_object_get(transcript, "cut"));
    if (said == NULL) {
        return fail(reterr, STATUS_INTERNAL, "a transcript's summary cannot be built");
    }
    TRY(evlog_append(journal->log, "transcript", check, said, reterr));
    *ret_said = said;
    said = NULL;
    return STATUS_OK;
}

enum status journal_remove(struct journal **journal, struct error *reterr)
{
    char folder[JOURNAL_PATH_MAX];
    enum status status = remove_content(*journal, reterr);

    (void) snprintf(folder, sizeof folder, "%s", (*journal)->folder);
    /* What somebody else put there stays, and the folder with it. */
    if (status == STATUS_OK && rmdir(folder) != 0 && errno != ENOTEMPTY && errno != EEXIST) {
        status = fail(reterr, STATUS_IO, "%s: %s", folder, strerror(errno));
    }
    journal_done(journal);
    return status;
}
