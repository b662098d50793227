#include "engine/papers.h"

#include "base/clock.h"
#include "engine/child.h"
#include "evidence/json_make.h"
#include "evidence/json_strict.h"
#include "probe/registry.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SAID_MAX = 64 * 1024, STEP = 1 << 16, POLL_SLICE_MS = 250, GRACE_MS = 10000 };

/* A child that collects one document: a line of JSON, then the bytes. */
struct collector {
    pid_t pid;
    int fd;
    int64_t deadline_ms;
    struct bytes heard;
};

static bool is_wanted(const struct plan *plan, const struct document *document)
{
    for (size_t i = 0; i < plan->item_count; i++) {
        const struct plan_item *item = &plan->items[i];
        const struct probe *probe = probe_find(item->check->probe->name);

        if (probe != NULL && probe->wants_papers &&
            (item->subject.document == document ||
             document_serves(document, item->check->clause->id))) {
            return true;
        }
    }
    return false;
}

static _Noreturn void collector_child(const struct document *document, int fd, pid_t parent)
{
    struct sandbox_state state = { 0 };
    struct error error = { 0 };
    struct paper_taken taken = { .said = NULL };
    size_t sent = 0;

    (void) signal(SIGINT, SIG_IGN);
    (void) signal(SIGTERM, SIG_DFL);
    (void) signal(SIGPIPE, SIG_IGN);
    (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || child_sandbox(&state, &error) != STATUS_OK ||
        paper_collect(document, clock_monotonic_ms() + PAPER_PATIENCE_MS, &taken, &error) !=
            STATUS_OK) {
        child_exit(1);
    }
    if (!child_say(fd, json_incref(taken.said))) {
        child_exit(1);
    }
    while (sent < taken.content.length) {
        ssize_t step = write(fd, taken.content.data + sent, taken.content.length - sent);

        if (step < 0 && errno != EINTR) {
            child_exit(1);
        }
        sent += step > 0 ? (size_t) step : 0;
    }
    paper_taken_done(&taken);
    child_exit(0);
}

static enum status collector_start(const struct document *document, struct collector *collector,
                                   struct error *reterr)
{
    pid_t parent = getpid();
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0) {
        return fail(reterr, STATUS_IO, "no pipe for a document: %s", strerror(errno));
    }
    *collector =
        (struct collector){ .pid = fork(),
                            .fd = ends[0],
                            .deadline_ms = clock_monotonic_ms() + PAPER_PATIENCE_MS + GRACE_MS,
                            .heard = bytes_bounded(SAID_MAX + PAPER_SIZE_MAX + STEP) };
    if (collector->pid == 0) {
        int kept[] = { ends[1] };

        child_keep_only(kept, 1);
        collector_child(document, kept[0], parent);
    }
    (void) close(ends[1]);
    if (collector->pid < 0) {
        (void) close(ends[0]);
        return fail(reterr, STATUS_IO, "no process for a document: %s", strerror(errno));
    }
    (void) fcntl(ends[0], F_SETFL, O_NONBLOCK);
    return STATUS_OK;
}

static void collector_done(struct collector *collector)
{
    if (collector->pid > 0) {
        (void) kill(collector->pid, SIGKILL);
        while (waitpid(collector->pid, NULL, 0) < 0 && errno == EINTR) {
        }
        collector->pid = 0;
        (void) close(collector->fd);
    }
    bytes_done(&collector->heard);
}

/* Until it has said everything, dies, or takes too long; what it said is in heard. */
static enum status collector_hear(struct collector *collector,
                                  const volatile sig_atomic_t *interrupted, struct error *reterr)
{
    ssize_t got = -1;

    while (got != 0) {
        struct pollfd polled = { .fd = collector->fd, .events = POLLIN };
        uint8_t *at;

        if (interrupted != NULL && *interrupted != 0) {
            return fail(reterr, STATUS_INTERRUPTED, "interrupted while documents were collected");
        }
        if (clock_monotonic_ms() > collector->deadline_ms) {
            break;
        }
        (void) poll(&polled, 1, POLL_SLICE_MS);
        TRY(bytes_reserve(&collector->heard, STEP, &at, reterr));
        got = read(collector->fd, at, STEP);
        if (got < 0 && errno != EAGAIN && errno != EINTR) {
            return fail(reterr, STATUS_IO, "a document's pipe: %s", strerror(errno));
        }
        bytes_commit(&collector->heard, got > 0 ? (size_t) got : 0);
    }
    return STATUS_OK;
}

static json_t *nothing_said(const struct document *document)
{
    char now[CLOCK_TEXT_SIZE];

    clock_text(clock_wall_ms(), now);
    return json_made(json_pack(
        "{s:s, s:s, s:s, s:s, s:i, s:b}", "document", document->id, "collected", now, "from",
        "none", "fault", "the process that collected it did not end well", "size", 0, "failed", 1));
}

/* The child may have been taken over by what it read: only what fits is believed. */
static json_t *what_was_said(const struct collector *collector, const struct document *document,
                             size_t *ret_body_at)
{
    const char *start = (const char *) collector->heard.data;
    const char *end = start == NULL ? NULL : memchr(start, '\n', collector->heard.length);
    json_t *said = end == NULL || end - start > SAID_MAX
                       ? NULL
                       : json_loadb(start, (size_t) (end - start), JSON_REJECT_DUPLICATES, NULL);
    json_int_t size = json_integer_value(json_object_get(said, "size"));

    if (said == NULL ||
        !text_equal(json_string_value(json_object_get(said, "document")), document->id) ||
        size < 0 || (size_t) size != collector->heard.length - (size_t) (end - start) - 1) {
        json_decref(said);
        *ret_body_at = collector->heard.length;
        return nothing_said(document);
    }
    *ret_body_at = (size_t) (end - start) + 1;
    return said;
}

static enum status keep(struct journal *journal, const struct document *document,
                        const struct collector *collector, json_t **ret_said, struct error *reterr)
{
    size_t at = 0;
    DEFER(json_strict_done) json_t *said = what_was_said(collector, document, &at);
    struct bytes body = { .data = collector->heard.data + at,
                          .length = collector->heard.length - at };
    const char *final_url = json_string_value(json_object_get(said, "final_url"));
    const char *type = json_string_value(json_object_get(said, "content_type"));
    bool by_url = text_equal(json_string_value(json_object_get(said, "from")), "url");
    char name[128];
    char hex[DIGEST_HEX_SIZE];

    if (body.length > 0) {
        (void) snprintf(
            name, sizeof name, JOURNAL_DOCUMENTS "/%s%s", document->id,
            paper_suffix(&body, by_url ? final_url : document->file, by_url ? type : NULL));
        TRY(journal_keep_document(journal, name, &body, hex, reterr));
        json_put(said, "path", json_string(name));
        json_put(said, "sha256", json_string(hex));
    }
    TRY(journal_say(journal, "document", NULL, json_incref(said), reterr));
    *ret_said = said;
    said = NULL;
    return STATUS_OK;
}

static enum status collect_one(struct journal *journal, const struct document *document,
                               struct collector *collector,
                               const volatile sig_atomic_t *interrupted, json_t *said,
                               struct error *reterr)
{
    json_t *now = NULL;

    TRY(collector_hear(collector, interrupted, reterr));
    TRY(keep(journal, document, collector, &now, reterr));
    json_put(said, document->id, now);
    return STATUS_OK;
}

/* All at once: servers that do not answer are waited for together. */
static enum status collect_missing(struct journal *journal, const struct plan *plan, json_t *said,
                                   const volatile sig_atomic_t *interrupted, struct arena *arena,
                                   struct error *reterr)
{
    const struct profile *profile = plan->profile;
    struct collector *collectors =
        arena_array(arena, profile->document_count + 1, sizeof *collectors);
    enum status status = STATUS_OK;

    for (size_t i = 0; status == STATUS_OK && i < profile->document_count; i++) {
        const struct document *document = &profile->documents[i];

        if (is_wanted(plan, document) && json_object_get(said, document->id) == NULL) {
            status = collector_start(document, &collectors[i], reterr);
        }
    }
    for (size_t i = 0; status == STATUS_OK && i < profile->document_count; i++) {
        if (collectors[i].pid > 0) {
            status = collect_one(journal, &profile->documents[i], &collectors[i], interrupted, said,
                                 reterr);
        }
    }
    for (size_t i = 0; i < profile->document_count; i++) {
        collector_done(&collectors[i]);
    }
    return status;
}

enum status papers_collect(struct journal *journal, const struct plan *plan, json_t *said,
                           const volatile sig_atomic_t *interrupted, struct arena *arena,
                           struct papers *ret_papers, struct error *reterr)
{
    const struct profile *profile = plan->profile;
    struct paper *papers = arena_array(arena, profile->document_count + 1, sizeof *papers);
    size_t count = 0;

    TRY(collect_missing(journal, plan, said, interrupted, arena, reterr));
    for (size_t i = 0; i < profile->document_count; i++) {
        const struct document *document = &profile->documents[i];
        const json_t *its = json_object_get(said, document->id);
        const char *name = json_string_value(json_object_get(its, "path"));
        char path[PATH_MAX];

        if (its == NULL) {
            continue;
        }
        papers[count] = (struct paper){ .id = document->id, .said = its };
        if (name != NULL) {
            TRY(journal_path(journal, name, path, sizeof path, reterr));
            papers[count].path = arena_text(arena, path);
        }
        count++;
    }
    *ret_papers = (struct papers){ .all = papers, .count = count };
    return STATUS_OK;
}
