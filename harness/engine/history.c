#include "engine/history.h"

#include "base/clock.h"
#include "base/secret.h"
#include "evidence/evlog.h"
#include "evidence/json_make.h"
#include "evidence/json_strict.h"
#include "evidence/withhold.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_MS = 20000, SLICE_MS = 20, FORMAT = 1 };

struct history {
    int lock_fd;
    struct evlog *log;
    /* What was read: */
    const struct profile *profile; /* whose runs count; NULL: nobody's */
    json_t *open;                  /* run ids of that model without a bundle */
    json_t *sealed;                /* run ids, of any model */
    uint64_t count;
    char key[DIGEST_HEX_SIZE];
};

static void history_done(struct history *history)
{
    evlog_done(&history->log);
    if (history->lock_fd >= 0) {
        (void) close(history->lock_fd);
    }
    json_decref(history->open);
    json_decref(history->sealed);
    secret_wipe(history->key, sizeof history->key);
}

static enum status make_folders(const char *path, struct error *reterr)
{
    char room[PATH_MAX];

    (void) snprintf(room, sizeof room, "%s", path);
    for (char *slash = strchr(room + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(room, 0700) != 0 && errno != EEXIST) {
            return fail(reterr, STATUS_IO,
                        "%s: %s; the record of your runs can be elsewhere (--history FILE)", room,
                        strerror(errno));
        }
        *slash = '/';
    }
    return STATUS_OK;
}

/* A file beside it: a log that is not there yet cannot be locked. */
static enum status take_turn(const char *path, struct history *history, struct error *reterr)
{
    const struct timespec slice = { .tv_nsec = SLICE_MS * 1000000L };
    int64_t until_ms = clock_monotonic_ms() + PATIENCE_MS;
    char lock[PATH_MAX];

    if ((size_t) snprintf(lock, sizeof lock, "%s.lock", path) >= sizeof lock) {
        return fail(reterr, STATUS_LIMIT, "%s: the path is too long", path);
    }
    TRY(make_folders(path, reterr));
    history->lock_fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (history->lock_fd < 0) {
        return fail(reterr, STATUS_IO,
                    "%s: %s; the record of your runs can be elsewhere (--history FILE)", lock,
                    strerror(errno));
    }
    while (flock(history->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        if (clock_monotonic_ms() >= until_ms) {
            return fail(reterr, STATUS_IO, "%s: is in use for too long", path);
        }
        (void) nanosleep(&slice, NULL);
    }
    return STATUS_OK;
}

/* ---- reading ---- */

static bool same_model(const struct profile *profile, const json_t *data)
{
    return profile != NULL &&
           text_equal(json_string_value(json_object_get(data, "vendor")),
                      words_in(&profile->vendor_name, LANGUAGE_EN)) &&
           text_equal(json_string_value(json_object_get(data, "model")), profile->model);
}

static enum status read_line(void *context, const struct evlog_event *event, struct error *reterr)
{
    struct history *history = context;
    const char *run = json_string_value(json_object_get(event->data, "run"));
    const char *key = json_string_value(json_object_get(event->data, "key"));

    (void) reterr;
    if (text_equal(event->kind, "history") && key != NULL) {
        (void) snprintf(history->key, sizeof history->key, "%s", key);
    } else if (run != NULL && text_equal(event->kind, "opened") &&
               same_model(history->profile, event->data)) {
        history->count++;
        json_put(history->open, run, json_true());
    } else if (run != NULL && text_equal(event->kind, "sealed")) {
        json_put(history->sealed, run, json_true());
        (void) json_object_del(history->open, run);
    }
    return STATUS_OK;
}

static enum status begin(const char *path, struct history *history, struct error *reterr)
{
    struct withhold_salt key;
    DEFER(json_strict_done) json_t *data = NULL;

    TRY(withhold_salt_new(&key, reterr));
    text_hex(key.octets, sizeof key.octets, history->key);
    withhold_salt_wipe(&key);
    data = json_made(json_pack("{s:i, s:s}", "hoshiRuns", FORMAT, "key", history->key));
    TRY(evlog_create(path, &history->log, reterr));
    return evlog_append(history->log, "history", NULL, data, reterr);
}

static enum status read_all(const char *path, struct history *history, struct error *reterr)
{
    DEFER(evlog_verify_done)
    struct evlog_verifier *verifier = evlog_verify_new(read_line, history);
    struct evlog_summary summary;
    uint8_t room[16 * 1024];
    enum status status = STATUS_OK;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : 1;

    while (status == STATUS_OK && got > 0 && (got = read(fd, room, sizeof room)) > 0) {
        status = evlog_verify_feed(verifier, room, (size_t) got, reterr);
    }
    if (fd >= 0) {
        (void) close(fd);
    }
    TRY(status);
    if (got < 0) {
        return fail(reterr, STATUS_IO, "%s: %s", path, strerror(errno));
    }
    return evlog_verify_close(verifier, &summary, reterr);
}

static enum status history_enter(const char *path, const struct profile *profile,
                                 struct history *history, struct error *reterr)
{
    struct error inner = { 0 };
    struct stat there;

    history->profile = profile;
    history->open = json_made(json_object());
    history->sealed = json_made(json_object());
    TRY(take_turn(path, history, reterr));
    /* Killed before its first line: there is nothing yet.  A pipe or device has no size either. */
    if (lstat(path, &there) == 0 && S_ISREG(there.st_mode) && there.st_size == 0) {
        (void) unlink(path);
    }
    if (access(path, F_OK) != 0 && errno == ENOENT) {
        return begin(path, history, reterr);
    }
    if (access(path, R_OK | W_OK) != 0 || stat(path, &there) != 0 || !S_ISREG(there.st_mode)) {
        return fail(reterr, STATUS_IO,
                    "%s: the record of your runs has to be a file that you may read and write; "
                    "it can be elsewhere (--history FILE)",
                    path);
    }
    if (evlog_reopen(path, &history->log, NULL, &inner) != STATUS_OK ||
        read_all(path, history, &inner) != STATUS_OK) {
        return fail(reterr, inner.status,
                    "%s, the record of your runs, is damaged (%.200s). Move it away to begin a new "
                    "one: bundles will then say that they count from there",
                    path, inner.message);
    }
    return STATUS_OK;
}

/* ---- writing ---- */

/* Low numbers are guessed by whoever has the file; it does not leave its owner's machine. */
static void put_unit(const struct history *history, const struct profile *profile, json_t *data)
{
    const char *path = profile->unit_count == 0 ? NULL : profile->units[0].serial_file;
    DEFER(secret_done) struct secret serial = { 0 };
    DEFER(withhold_salt_wipe) struct withhold_salt key = { 0 };
    struct digest digest;
    struct digest commit;

    if (path == NULL || !digest_from_hex(history->key, &digest) ||
        secret_from_file(&serial, path, true, SECRET_PARENT_ONLY, NULL) != STATUS_OK) {
        return;
    }
    memcpy(key.octets, digest.octets, sizeof key.octets);
    if (withhold_commit(&key, WITHHOLD_UNIT_ID, secret_reveal(&serial), serial.length, &commit,
                        NULL) == STATUS_OK) {
        json_put(data, "unit", json_digest(&commit));
    }
}

static json_t *opened_json(const struct history *history, const char *run_id,
                           const struct plan *plan, const char *suite_sha256)
{
    const struct profile *profile = plan->profile;
    json_t *firmware = json_made(json_array());
    json_t *data;

    for (size_t i = 0; i < profile->firmware_count; i++) {
        json_append(firmware, json_pack("{s:s, s:s}", "name", profile->firmware[i].name, "version",
                                        profile->firmware[i].version));
    }
    data = json_made(json_pack("{s:s, s:s, s:s, s:s*, s:o, s:{s:s, s:s, s:s*}}", "run", run_id,
                               "vendor", words_in(&profile->vendor_name, LANGUAGE_EN), "model",
                               profile->model, "hardware", profile->hardware, "firmware", firmware,
                               "suite", "id", plan->suite->id, "version", plan->suite->version,
                               "sha256", suite_sha256));
    put_unit(history, profile, data);
    return data;
}

enum status history_open_run(const char *path, const char *run_id, const struct plan *plan,
                             const char *suite_sha256, struct history_claim *ret_claim,
                             struct error *reterr)
{
    DEFER(history_done) struct history history = { .lock_fd = -1 };
    DEFER(json_strict_done) json_t *data = NULL;
    struct evlog_summary summary;

    TRY(history_enter(path, plan->profile, &history, reterr));
    TRY(evlog_summary(history.log, &summary, reterr));
    *ret_claim = (struct history_claim){ .count = history.count,
                                         .unsealed = json_object_size(history.open),
                                         .has_head = summary.count > 1,
                                         .head = summary.head };
    data = opened_json(&history, run_id, plan, suite_sha256);
    return evlog_append(history.log, "opened", NULL, data, reterr);
}

enum status history_say(const char *path, const char *run_id, const char *word, const char *overall,
                        const char *bundle, struct error *reterr)
{
    DEFER(history_done) struct history history = { .lock_fd = -1 };
    DEFER(json_strict_done) json_t *data = NULL;
    struct digest digest;

    TRY(history_enter(path, NULL, &history, reterr));
    if (json_object_get(history.sealed, run_id) != NULL) {
        return STATUS_OK;
    }
    data = json_made(json_pack("{s:s, s:s*}", "run", run_id, "overall", overall));
    if (bundle != NULL) {
        TRY(digest_of_file(bundle, &digest, NULL, reterr));
        json_put(data, "sha256", json_digest(&digest));
    }
    return evlog_append(history.log, word, NULL, data, reterr);
}

/* ---- in the run's own log ---- */

json_t *history_claim_json(const struct history_claim *claim)
{
    json_t *json = json_made(json_pack("{s:I, s:I}", "count", (json_int_t) claim->count, "unsealed",
                                       (json_int_t) claim->unsealed));

    if (claim->has_head) {
        json_put(json, "head", json_digest(&claim->head));
    }
    return json;
}

void history_claim_read(const json_t *json, struct history_claim *ret_claim)
{
    json_int_t count = json_integer_value(json_object_get(json, "count"));
    json_int_t unsealed = json_integer_value(json_object_get(json, "unsealed"));
    const char *head = json_string_value(json_object_get(json, "head"));

    *ret_claim = (struct history_claim){ .count = count > 0 ? (uint64_t) count : 0,
                                         .unsealed = unsealed > 0 ? (uint64_t) unsealed : 0 };
    ret_claim->has_head = head != NULL && digest_from_hex(head, &ret_claim->head);
}
