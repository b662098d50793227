#include "probe/paper.h"

#include "base/clock.h"
#include "base/text.h"
#include "channel/fetch.h"
#include "channel/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STEP = 1 << 16 };

void paper_taken_done(struct paper_taken *taken)
{
    bytes_done(&taken->content);
    json_decref(taken->said);
    taken->said = NULL;
}

static void fd_done(const int *fd)
{
    if (*fd >= 0) {
        (void) close(*fd);
    }
}

static void put(json_t *object, const char *name, json_t *value)
{
    if (value == NULL || json_object_set_new(object, name, value) != 0) {
        abort();
    }
}

/* The message names no path: it stands in records that others read. */
static enum status file_read(const char *path, struct bytes *content, struct error *reterr)
{
    /* Not blocking: a FIFO in a document's place must not hold the run up. */
    DEFER(fd_done) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat about;
    uint8_t *at;
    ssize_t got = 1;

    if (fd < 0 || fstat(fd, &about) != 0) {
        return fail(reterr, STATUS_IO, "the file cannot be opened: %s", strerror(errno));
    }
    if (!S_ISREG(about.st_mode)) {
        return fail(reterr, STATUS_IO, "it is no regular file");
    }
    while (got > 0) {
        TRY(bytes_reserve(content, STEP, &at, reterr));
        got = read(fd, at, STEP);
        if (got < 0 && errno == EINTR) {
            got = 1;
            continue;
        }
        bytes_commit(content, got > 0 ? (size_t) got : 0);
        if (content->length > PAPER_SIZE_MAX) {
            return fail(reterr, STATUS_LIMIT, "larger than %d bytes", PAPER_SIZE_MAX);
        }
    }
    return got < 0 ? fail(reterr, STATUS_IO, "the file cannot be read: %s", strerror(errno))
                   : STATUS_OK;
}

static enum status url_collect(const struct document *document, int64_t deadline_ms,
                               struct paper_taken *taken, struct error *reterr)
{
    const struct fetch_ask ask = { .url = document->url,
                                   .trust = document->trust,
                                   .size_max = PAPER_SIZE_MAX,
                                   .deadline_ms = deadline_ms };
    DEFER(fetch_answer_done) struct fetch_answer answer = { 0 };
    json_t *said = taken->said;
    bool good;

    TRY(fetch(&ask, &answer, reterr));
    good = answer.event == FETCH_ANSWERED && answer.status >= 200 && answer.status < 300 &&
           answer.body.length > 0;
    put(said, "url", json_string(document->url));
    put(said, "reached",
        json_boolean(answer.event != FETCH_NO_NAME && answer.event != FETCH_NO_CONNECTION &&
                     answer.event != FETCH_TIMEOUT));
    put(said, "redirects", json_integer(answer.redirects));
    put(said, "final_url", json_string(answer.final_url));
    if (answer.event == FETCH_ANSWERED) {
        put(said, "status", json_integer(answer.status));
        put(said, "https", json_boolean(answer.https));
        put(said, "content_type", json_string(answer.content_type));
    }
    if (good) {
        put(said, "from", json_string("url"));
        bytes_done(&taken->content);
        taken->content = answer.body;
        answer.body = (struct bytes){ .limit = 1 };
    } else if (answer.event == FETCH_ANSWERED) {
        put(said, "fault",
            json_sprintf("the server answered %d with %s", answer.status,
                         answer.body.length > 0 ? "a page" : "nothing"));
    } else {
        put(said, "fault", json_sprintf("%s: %s", fetch_event_word(answer.event), answer.detail));
    }
    return STATUS_OK;
}

static void file_collect(const struct document *document, struct paper_taken *taken)
{
    struct error why = { 0 };

    if (file_read(document->file, &taken->content, &why) == STATUS_OK &&
        taken->content.length > 0) {
        put(taken->said, "from", json_string("file"));
        return;
    }
    bytes_clear(&taken->content);
    put(taken->said, "fault",
        json_string(why.status == STATUS_OK ? "the file is empty" : why.message));
}

enum status paper_collect(const struct document *document, int64_t deadline_ms,
                          struct paper_taken *ret_taken, struct error *reterr)
{
    struct bytes *content = &ret_taken->content;
    char collected[CLOCK_TEXT_SIZE];
    char digest[SHA256_TEXT_SIZE];

    *ret_taken = (struct paper_taken){ .content = bytes_bounded(PAPER_SIZE_MAX + STEP),
                                       .said = json_object() };
    clock_text(clock_wall_ms(), collected);
    put(ret_taken->said, "document", json_string(document->id));
    put(ret_taken->said, "collected", json_string(collected));
    put(ret_taken->said, "from", json_string("none"));
    if (document->url != NULL) {
        TRY(url_collect(document, deadline_ms, ret_taken, reterr));
    }
    if (content->length == 0 && document->file != NULL) {
        file_collect(document, ret_taken);
    }
    put(ret_taken->said, "size", json_integer((json_int_t) content->length));
    if (content->length > 0) {
        TRY(sha256_text(content->data, content->length, digest, reterr));
        put(ret_taken->said, "sha256", json_string(digest));
    }
    return STATUS_OK;
}

static const struct paper *paper_find(const struct papers *papers, const char *id)
{
    for (size_t i = 0; i < papers->count; i++) {
        if (text_equal(papers->all[i].id, id)) {
            return &papers->all[i];
        }
    }
    return NULL;
}

enum status paper_take(const struct probe_call *call, const struct document *document,
                       struct paper_taken *ret_taken, struct error *reterr)
{
    struct bytes *content = &ret_taken->content;
    const struct paper *paper;
    char digest[SHA256_TEXT_SIZE];

    *ret_taken = (struct paper_taken){ .said = NULL };
    if (call->papers == NULL) {
        return paper_collect(document, probe_deadline_within(call, PAPER_PATIENCE_MS), ret_taken,
                             reterr);
    }
    paper = paper_find(call->papers, document->id);
    if (paper == NULL) {
        return fail(reterr, STATUS_INTERNAL, "document '%s' was not collected", document->id);
    }
    if (json_is_true(json_object_get(paper->said, "failed"))) {
        return fail(reterr, STATUS_INTERNAL, "collecting '%s' failed on our side", document->id);
    }
    ret_taken->said = json_deep_copy(paper->said);
    if (paper->path == NULL) {
        return STATUS_OK;
    }
    *content = bytes_bounded(PAPER_SIZE_MAX + STEP);
    TRY(file_read(paper->path, content, reterr));
    TRY(sha256_text(content->data, content->length, digest, reterr));
    return text_equal(digest, json_string_value(json_object_get(paper->said, "sha256")))
               ? STATUS_OK
               : fail(reterr, STATUS_IO, "the copy of '%s' has changed since it was collected",
                      document->id);
}

static bool begins_like_html(const struct bytes *content)
{
    size_t at = 0;

    while (at < content->length && at < 512 &&
           (content->data[at] <= ' ' || content->data[at] == 0xef || content->data[at] == 0xbb ||
            content->data[at] == 0xbf)) {
        at++;
    }
    return content->length - at >= 9 &&
           (strncasecmp((const char *) content->data + at, "<!doctype", 9) == 0 ||
            strncasecmp((const char *) content->data + at, "<html", 5) == 0);
}

static const char *suffix_of_type(const char *type)
{
    static const struct {
        const char *type;
        const char *suffix;
    } types[] = { { "text/html", ".html" },      { "text/markdown", ".md" },
                  { "text/plain", ".txt" },      { "application/json", ".json" },
                  { "application/xml", ".xml" }, { "image/png", ".png" },
                  { "image/jpeg", ".jpg" } };

    for (size_t i = 0; type != NULL && i < sizeof types / sizeof types[0]; i++) {
        if (strncasecmp(type, types[i].type, strlen(types[i].type)) == 0) {
            return types[i].suffix;
        }
    }
    return ".bin";
}

const char *paper_suffix(const struct bytes *content, const char *name, const char *type)
{
    static const char *const known[] = { ".html", ".htm",  ".txt", ".md",  ".json",
                                         ".xml",  ".jpeg", ".jpg", ".png", ".csv" };
    size_t length = name == NULL ? 0 : strcspn(name, "?#");

    if (content->length >= 5 && memcmp(content->data, "%PDF-", 5) == 0) {
        return ".pdf";
    }
    if (begins_like_html(content)) {
        return ".html";
    }
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        size_t suffix = strlen(known[i]);

        if (length > suffix && strncasecmp(name + length - suffix, known[i], suffix) == 0) {
            return known[i];
        }
    }
    return suffix_of_type(type);
}
