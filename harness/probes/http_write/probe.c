/* http_write - sends a declared write of the old value with a marker behind it as nobody, as a
 * lower role or as the declared role, has the declared role read whether the marker is there, and
 * writes the old value back.
 *
 * By hand: hoshitori probe http_write --profile profile.yaml --access settings@admin
 */
#include "probe/probe.h"
#include "base/text.h"
#include "probe/guest.h"
#include "probe/place.h"
#include "probe/web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct probe probe_http_write;

enum { MARKER_SIZE = sizeof "-hoshitori-" + GUEST_MARKER_RANDOM, POINTER_SIZE = 512 };

static const char MARKER_START[] = "-hoshitori-";

enum { MARKER_LEAST = sizeof "-hoshi" - 1 }; /* less of it may be anybody's */

struct trial {
    struct probe_call *call;
    const struct access *access;
    struct guest keeper; /* the declared role: reads, and writes back */
    struct guest writer; /* who tries; unused when the role itself tries */
    struct http_place place;
    char pointer[POINTER_SIZE];
    struct secret before; /* what stood there */
    struct secret marked; /* the same, and the marker: it says by itself how to undo it */
    char marker[MARKER_SIZE];
};

static void trial_done(struct trial *trial)
{
    guest_done(&trial->keeper);
    guest_done(&trial->writer);
    secret_done(&trial->before);
    secret_done(&trial->marked);
}

/* Where the value stands: as declared, or at the same place as in the write's JSON. */
static bool place_choose(struct trial *trial)
{
    const struct access *access = trial->access;

    trial->place = access->value;
    if (trial->place.json != NULL || trial->place.field != NULL || trial->place.pattern != NULL) {
        return true;
    }
    if (access->write.json != NULL &&
        place_pointer_to(access->write.json, "${marker}", trial->pointer, sizeof trial->pointer)) {
        trial->place.json = trial->pointer;
        return true;
    }
    return false;
}

/* *ret_value stays empty when the role cannot read, or nothing stands there. */
static enum status value_read(struct trial *trial, struct secret *ret_value, bool *ret_marker,
                              bool *ret_read, struct error *reterr)
{
    DEFER(http_answer_done) struct http_answer answer = { 0 };

    TRY(guest_ask(&trial->keeper, &trial->access->read, NULL, false, &answer, reterr));
    *ret_read = web_view(&answer, trial->access->read.path, false).word == WEB_GRANTED;
    *ret_marker = answer.body.length > 0 && memmem(answer.body.data, answer.body.length,
                                                   trial->marker, strlen(trial->marker)) != NULL;
    if (!*ret_read) {
        return STATUS_OK;
    }
    return place_find(&trial->place, &answer, trial->keeper.client, ret_value, reterr);
}

static void not_tried(struct trial *trial, const char *why)
{
    probe_fact_text(trial->call, "not_tried", why);
}

static enum status marked_make(struct trial *trial, struct error *reterr)
{
    size_t length = trial->before.length + strlen(trial->marker);
    char *room = calloc(1, length + 1);
    enum status status;

    if (room == NULL) {
        abort();
    }
    (void) snprintf(room, length + 1, "%s%s", secret_reveal(&trial->before), trial->marker);
    status = secret_set(&trial->marked, room, length, SECRET_FOR_CHILDREN, reterr);
    secret_wipe(room, length);
    free(room);
    return status;
}

/* False: it is not safe to write, for want of something to write back. */
static enum status prepare(struct trial *trial, bool *ret_safe, struct error *reterr)
{
    bool marker = false;
    bool read = false;

    *ret_safe = false;
    if (trial->access->write.path == NULL || trial->access->read.path == NULL) {
        not_tried(trial, "the profile does not declare both how to read and how to write");
        return STATUS_OK;
    }
    if (!place_choose(trial)) {
        not_tried(trial, "where the written value stands in the answer to read is not declared");
        return STATUS_OK;
    }
    TRY(guest_new(trial->call, GUEST_ROLE, NULL, &trial->keeper, reterr));
    TRY(guest_login(&trial->keeper, reterr));
    TRY(value_read(trial, &trial->before, &marker, &read, reterr));
    probe_fact_bool(trial->call, "before_known", trial->before.length > 0);
    if (trial->before.length == 0) {
        not_tried(trial, read ? "the value that would have to be put back was not found"
                              : "the declared role does not read the value");
        return STATUS_OK;
    }
    *ret_safe = true;
    return marked_make(trial, reterr);
}

/* What a test left behind: the marker at the end, or as much of it as the device has room for. */
static bool is_marked(const struct secret *value, size_t *ret_length)
{
    const char *text = secret_reveal(value);

    for (size_t tail = MARKER_SIZE - 1; tail >= MARKER_LEAST; tail--) {
        const char *at = value->length > tail ? text + value->length - tail : "";
        size_t start = tail < sizeof MARKER_START - 1 ? tail : sizeof MARKER_START - 1;

        if (strncmp(at, MARKER_START, start) == 0 &&
            strspn(at + start, "abcdefghijklmnopqrstuvwxyz0123456789") == tail - start) {
            *ret_length = value->length - tail;
            return true;
        }
    }
    return false;
}

static enum status put_back(struct trial *trial, bool *ret_restored, struct error *reterr)
{
    DEFER(http_answer_done) struct http_answer answer = { 0 };
    DEFER(secret_done) struct secret after = { 0 };
    bool marker = false;
    bool read = false;

    trial->keeper.withholds = true; /* what stood there is protected information */
    TRY(guest_ask(&trial->keeper, &trial->access->write, secret_reveal(&trial->before), true,
                  &answer, reterr));
    trial->keeper.withholds = false;
    TRY(value_read(trial, &after, &marker, &read, reterr));
    *ret_restored =
        read && !marker && text_equal(secret_reveal(&after), secret_reveal(&trial->before));
    return STATUS_OK;
}

static enum status try_write(struct trial *trial, struct guest *writer, struct error *reterr)
{
    DEFER(http_answer_done) struct http_answer answer = { 0 };
    DEFER(secret_done) struct secret after = { 0 };
    struct web_view view;
    bool marker = false;
    bool read = false;
    bool restored = false;
    bool same;

    trial->call->owes = true;
    writer->withholds = true;
    TRY(guest_ask(writer, &trial->access->write, secret_reveal(&trial->marked), true, &answer,
                  reterr));
    writer->withholds = false;
    view = web_view(&answer, trial->access->write.path, true);
    probe_fact_text(trial->call, "event", http_event_word(answer.event));
    probe_fact_text(trial->call, "reason", view.reason);
    if (answer.event == HTTP_ANSWERED) {
        probe_fact_int(trial->call, "status", answer.status);
    }
    if (view.word != WEB_OPEN) {
        probe_fact_bool(trial->call, "granted", view.word == WEB_GRANTED);
    }
    /* Shown with the request itself; 403: known, and not allowed. */
    if (view.word != WEB_OPEN && writer->scheme != NULL && !text_equal(writer->scheme, "form")) {
        probe_fact_bool(trial->call, "logged_in", view.word == WEB_GRANTED || answer.status == 403);
    }
    TRY(value_read(trial, &after, &marker, &read, reterr));
    same = text_equal(secret_reveal(&after), secret_reveal(&trial->before));
    if (read && (marker || (same && !web_puts_off(answer.status)))) {
        probe_fact_bool(trial->call, "written", marker);
    }
    restored = read && !marker && same && view.word != WEB_GRANTED;
    if (!restored) { /* also when it could not be read: better once too often */
        TRY(put_back(trial, &restored, reterr));
        probe_fact_bool(trial->call, "restored", restored);
    }
    trial->call->owes = !restored;
    return STATUS_OK;
}

/* The highest of the lower roles; false: the profile has no account of one. */
static bool lower_choose(const struct trial *trial, const char **ret_role)
{
    const struct credential *lower =
        access_lower_credential(trial->call->subject->profile, trial->access, 0);

    *ret_role = lower == NULL ? NULL : lower->role;
    return lower != NULL;
}

static void marker_make(struct trial *trial)
{
    uint64_t random = trial->call->seed;

    memcpy(trial->marker, MARKER_START, sizeof MARKER_START);
    web_random_text(&random, trial->marker + sizeof MARKER_START - 1, GUEST_MARKER_RANDOM);
}

/* What stands there says whether a test was cut short, and what was there before. */
static enum status restore(struct probe_call *call, struct error *reterr)
{
    DEFER(trial_done) struct trial trial = { .call = call, .access = call->subject->access };
    DEFER(secret_done) struct secret now = { 0 };
    bool marker = false;
    bool read = false;
    bool restored = false;
    size_t length = 0;

    if (trial.access == NULL || trial.access->auth == NULL || trial.access->write.path == NULL ||
        trial.access->read.path == NULL || !place_choose(&trial)) {
        return STATUS_OK;
    }
    marker_make(&trial);
    TRY(guest_new(call, GUEST_ROLE, NULL, &trial.keeper, reterr));
    TRY(guest_login(&trial.keeper, reterr));
    TRY(value_read(&trial, &now, &marker, &read, reterr));
    if (!read) {
        return fail(reterr, STATUS_UNREACHABLE, "whether %s still holds a test value is not known",
                    trial.access->id);
    }
    if (!is_marked(&now, &length)) {
        return STATUS_OK;
    }
    TRY(secret_set(&trial.before, secret_reveal(&now), length, SECRET_FOR_CHILDREN, reterr));
    (void) snprintf(trial.marker, sizeof trial.marker, "%s", secret_reveal(&now) + length);
    TRY(put_back(&trial, &restored, reterr));
    return restored ? STATUS_OK
                    : fail(reterr, STATUS_UNREACHABLE,
                           "%s still holds a test value: the old one with '%.11s' and ten "
                           "characters behind it",
                           trial.access->id, MARKER_START);
}

static enum status run(struct probe_call *call, struct error *reterr)
{
    DEFER(trial_done) struct trial trial = { .call = call, .access = call->subject->access };
    const char *as = probe_param_text(call, "as");
    const char *role = NULL;
    bool safe = false;

    if (trial.access == NULL || trial.access->auth == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "this needs a declared access with a mechanism");
    }
    marker_make(&trial);
    TRY(prepare(&trial, &safe, reterr));
    if (!safe) {
        return STATUS_OK;
    }
    if (text_equal(as, "role")) {
        return try_write(&trial, &trial.keeper, reterr);
    }
    if (text_equal(as, "lower") && !lower_choose(&trial, &role)) {
        not_tried(&trial, "the profile has no account of a lower role");
        return STATUS_OK;
    }
    TRY(guest_new(call, role != NULL ? GUEST_ROLE : GUEST_NOBODY, role, &trial.writer, reterr));
    if (role != NULL) {
        TRY(guest_login(&trial.writer, reterr));
        probe_fact_text(call, "role", role);
        if (text_equal(trial.writer.scheme, "form")) {
            probe_fact_bool(call, "logged_in", trial.writer.logged_in);
        }
    }
    return try_write(&trial, &trial.writer, reterr);
}

static const char *const as_choices[] = { "nobody", "lower", "role", NULL };

static const struct param params[] = {
    { .name = "as",
      .type = FACT_TEXT,
      .help = "Who writes: nobody, a lower role than the declared one, or the declared role.",
      .fallback = "\"nobody\"",
      .choices = as_choices },
    PARAM_TIMEOUT_MS("10000"),
    PARAM_END,
};

static const struct fact facts[] = {
    { .name = "before_known",
      .type = FACT_BOOL,
      .help = "The declared role read the value that would have to be put back; nothing is written "
              "without it." },
    { .name = "role", .type = FACT_TEXT, .help = "The lower role that tried." },
    { .name = "logged_in",
      .type = FACT_BOOL,
      .help =
          "Whether the writer's log-in looked successful: a form's answer, else a success or 403 "
          "to the write." },
    { .name = "event",
      .type = FACT_TEXT,
      .help = "How the write ended: answered, no_connection, tls_failed, timeout, broken." },
    { .name = "status", .type = FACT_INT, .help = "Status code of the answer to the write." },
    { .name = "granted",
      .type = FACT_BOOL,
      .help = "The answer to the write says that it was done; absent when it does not settle it." },
    { .name = "reason", .type = FACT_TEXT, .help = "Why granted is what it is, or absent." },
    { .name = "written",
      .type = FACT_BOOL,
      .help = "The declared role read the marker afterwards; absent when it could not read, read "
              "something else than before, or the write was put off (429, 503)." },
    { .name = "restored",
      .type = FACT_BOOL,
      .help = "The old value was written back and read; absent when nothing seemed written." },
    { .name = "not_tried", .type = FACT_TEXT, .help = "Why nothing was written." },
    FACT_END,
};

const struct probe probe_http_write = {
    .decl = {
        .name = "http_write",
        .summary = { .ja = "保護対象をHTTPで書き換えられるかを観測し、元に戻す",
                     .en = "Tries a declared write over HTTP, has the declared role read whether it took, and puts the old value back" },
        .params = params,
        .facts = facts,
        .needs = PROBE_NEEDS_ACCESS,
        .deadline_ms = 90000,
    },
    .run = run,
    .restore = restore,
    .restore_ms = 45000,
};
