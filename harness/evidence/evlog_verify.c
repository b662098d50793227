#include "evidence/evlog_state.h"
#include "evidence/json_strict.h"

#include <stdlib.h>
#include <string.h>

struct evlog_verifier {
    evlog_visit visit;
    void *context;
    struct evlog_state state;
    struct bytes line; /* begun, its LF not seen yet */
    bool failed;
};

struct evlog_verifier *evlog_verify_new(evlog_visit visit, void *context)
{
    struct evlog_verifier *verifier = calloc(1, sizeof *verifier);

    if (verifier == NULL) {
        abort();
    }
    verifier->visit = visit;
    verifier->context = context;
    verifier->line = bytes_bounded(EVLOG_LINE_MAX - 1);
    evlog_state_open(&verifier->state);
    return verifier;
}

void evlog_verify_done(struct evlog_verifier **verifier)
{
    if (*verifier == NULL) {
        return;
    }
    bytes_done(&(*verifier)->line);
    free(*verifier);
    *verifier = NULL;
}

const struct evlog_state *evlog_verify_state(const struct evlog_verifier *verifier)
{
    return &verifier->state;
}

size_t evlog_verify_pending(const struct evlog_verifier *verifier)
{
    return verifier->line.length;
}

static enum status member_fault(const struct evlog_verifier *verifier, const char *code,
                                const char *words, struct error *reterr)
{
    return fail(reterr, STATUS_BAD_INPUT, "%s: event %llu: %s", code,
                (unsigned long long) verifier->state.summary.count + 1, words);
}

static bool is_known(const char *name)
{
    static const char *const known[] = { "check", "data", "kind", "mono", "prev", "seq", "t" };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(name, known[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* Position in the log and link to the line before. */
static enum status check_link(struct evlog_verifier *verifier, const json_t *root,
                              struct error *reterr)
{
    const struct evlog_summary *summary = &verifier->state.summary;
    const json_t *seq = json_object_get(root, "seq");
    const json_t *prev = json_object_get(root, "prev");
    struct digest digest;

    if (!json_is_integer(seq) || json_integer_value(seq) <= 0 ||
        (uint64_t) json_integer_value(seq) != summary->count + 1) {
        return member_fault(verifier, "log.seq", "not the next number", reterr);
    }
    if (!json_is_string(prev) || !digest_from_hex(json_string_value(prev), &digest)) {
        return member_fault(verifier, "log.prev", "prev is no digest", reterr);
    }
    if (!digest_equal(&digest, &summary->head)) {
        return member_fault(verifier, "log.chain", "prev is not the digest of the line before",
                            reterr);
    }
    return STATUS_OK;
}

static enum status event_of(struct evlog_verifier *verifier, const json_t *root,
                            struct evlog_event *ret_event, struct error *reterr)
{
    const json_t *time = json_object_get(root, "t");
    const json_t *mono = json_object_get(root, "mono");
    const json_t *kind = json_object_get(root, "kind");
    const json_t *check = json_object_get(root, "check");
    const json_t *data = json_object_get(root, "data");
    struct evlog_event event = { .seq = verifier->state.summary.count + 1 };

    if (!json_is_string(time) || !json_strict_time(json_string_value(time), &event.wall_ms)) {
        return member_fault(verifier, "log.time", "t is no time", reterr);
    }
    if (!json_is_integer(mono) || json_integer_value(mono) < 0) {
        return member_fault(verifier, "log.mono", "mono is no count of milliseconds", reterr);
    }
    if (!json_is_string(kind) || !evlog_is_kind(json_string_value(kind))) {
        return member_fault(verifier, "log.kind", "kind is no word", reterr);
    }
    if (!json_is_null(check) &&
        (!json_is_string(check) || !evlog_is_check(json_string_value(check)))) {
        return member_fault(verifier, "log.check", "check is neither null nor an id", reterr);
    }
    if (!json_is_object(data)) {
        return member_fault(verifier, "log.data", "data is no object", reterr);
    }
    event.time = json_string_value(time);
    event.monotonic_ms = json_integer_value(mono);
    event.kind = json_string_value(kind);
    event.check = json_string_value(check);
    event.data = data;
    *ret_event = event;
    return STATUS_OK;
}

static enum status verify_line(struct evlog_verifier *verifier, struct error *reterr)
{
    DEFER(json_strict_done) json_t *root = NULL;
    const struct bytes *line = &verifier->line;
    struct error inner = { .message = "" };
    struct evlog_event event;
    enum status status;

    if (line->length > 0 && memchr(line->data, '\r', line->length) != NULL) {
        return member_fault(verifier, "log.cr", "a carriage return", reterr);
    }
    status = json_strict_parse(line->data, line->length, &root, &inner);
    if (status != STATUS_OK) {
        return fail(reterr, status, "log.line: event %llu: %s",
                    (unsigned long long) verifier->state.summary.count + 1, inner.message);
    }
    TRY(check_link(verifier, root, reterr));
    TRY(event_of(verifier, root, &event, reterr));
    for (void *at = json_object_iter(root); at != NULL; at = json_object_iter_next(root, at)) {
        verifier->state.summary.unknown_members += is_known(json_object_iter_key(at)) ? 0 : 1;
    }
    TRY(evlog_state_add(&verifier->state, line->data, line->length, event.wall_ms,
                        event.monotonic_ms, reterr));
    return verifier->visit == NULL ? STATUS_OK : verifier->visit(verifier->context, &event, reterr);
}

static enum status feed(struct evlog_verifier *verifier, const uint8_t *at, size_t length,
                        struct error *reterr)
{
    while (length > 0) {
        const uint8_t *end = memchr(at, '\n', length);
        size_t part = end == NULL ? length : (size_t) (end - at);

        if (bytes_append(&verifier->line, at, part, NULL) != STATUS_OK) {
            return fail(reterr, STATUS_LIMIT, "log.line_long: event %llu has more than %d bytes",
                        (unsigned long long) verifier->state.summary.count + 1, EVLOG_LINE_MAX);
        }
        if (end == NULL) {
            return STATUS_OK;
        }
        TRY(verify_line(verifier, reterr));
        bytes_clear(&verifier->line);
        at += part + 1;
        length -= part + 1;
    }
    return STATUS_OK;
}

enum status evlog_verify_feed(struct evlog_verifier *verifier, const void *data, size_t length,
                              struct error *reterr)
{
    enum status status;

    if (verifier->failed) {
        return fail(reterr, STATUS_INTERNAL, "log.failed: the log was refused before");
    }
    status = feed(verifier, data, length, reterr);
    verifier->failed = status != STATUS_OK;
    return status;
}

enum status evlog_verify_close(struct evlog_verifier *verifier, struct evlog_summary *ret_summary,
                               struct error *reterr)
{
    if (verifier->failed) {
        return fail(reterr, STATUS_INTERNAL, "log.failed: the log was refused before");
    }
    if (verifier->line.length > 0) {
        return fail(reterr, STATUS_BAD_INPUT, "log.torn: the last line has no line feed");
    }
    return evlog_state_summary(&verifier->state, ret_summary, reterr);
}

enum status evlog_verify(const void *data, size_t length, evlog_visit visit, void *context,
                         struct evlog_summary *ret_summary, struct error *reterr)
{
    DEFER(evlog_verify_done)
    struct evlog_verifier *verifier = evlog_verify_new(visit, context);

    TRY(evlog_verify_feed(verifier, data, length, reterr));
    return evlog_verify_close(verifier, ret_summary, reterr);
}
