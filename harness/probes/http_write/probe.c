/* http_write - sends a declared write of the old value with a marker behind it as nobody, as a
 * lower role or as the declared role, has the declared role read whether the marker is there, and
 * writes the old value back.
 *
 * By hand: hoshitori probe http_write --profile profile.yaml --access settings@admin
 */
#include "probe/probe.h"
#include "base/text.h"
#include "probe/guest.h"
#include "probe/marked_value.h"
#include "probe/web.h"

extern const struct probe probe_http_write;

struct trial {
    struct probe_call *call;
    const struct access *access;
    struct guest keeper; /* the declared role: reads, and writes back */
    struct guest writer; /* who tries; unused when the role itself tries */
    struct marked_value value;
};

static void trial_done(struct trial *trial)
{
    guest_done(&trial->keeper);
    guest_done(&trial->writer);
    marked_value_done(&trial->value);
}

static void not_tried(struct trial *trial, const char *why)
{
    probe_fact_text(trial->call, "not_tried", why);
}

/* False: it is not safe to write, for want of something to write back. */
static enum status prepare(struct trial *trial, bool *ret_safe, struct error *reterr)
{
    struct marked_value *value = &trial->value;
    bool opens = marked_value_open(value, trial->access, trial->call->seed);
    bool marker = false;
    bool read = false;

    *ret_safe = false;
    if (trial->access->write.path == NULL || trial->access->read.path == NULL) {
        not_tried(trial, "the profile does not declare both how to read and how to write");
        return STATUS_OK;
    }
    if (!opens) {
        not_tried(trial, "where the written value stands in the answer to read is not declared");
        return STATUS_OK;
    }
    TRY(guest_new(trial->call, GUEST_ROLE, NULL, &trial->keeper, reterr));
    TRY(guest_login(&trial->keeper, reterr));
    TRY(marked_value_read(value, &trial->keeper, &value->before, &marker, &read, reterr));
    probe_fact_bool(trial->call, "before_known", value->before.length > 0);
    if (value->before.length == 0) {
        not_tried(trial, read ? "the value that would have to be put back was not found"
                              : "the declared role does not read the value");
        return STATUS_OK;
    }
    *ret_safe = true;
    return marked_value_make(value, reterr);
}

static enum status try_write(struct trial *trial, struct guest *writer, struct error *reterr)
{
    const struct marked_value *value = &trial->value;
    DEFER(http_answer_done) struct http_answer answer = { 0 };
    DEFER(secret_done) struct secret after = { 0 };
    struct web_view view;
    bool marker = false;
    bool read = false;
    bool restored = false;
    bool same;

    trial->call->owes = true;
    TRY(marked_value_write(value, writer, &value->marked, &answer, reterr));
    view = web_view(&answer, trial->access->write.path, true);
    probe_fact_text(trial->call, "event", http_event_word(answer.event));
    probe_fact_text(trial->call, "reason", view.reason);
    if (answer.event == HTTP_ANSWERED) {
        probe_fact_int(trial->call, "status", answer.status);
    }
    if (view.word != WEB_OPEN) {
        probe_fact_bool(trial->call, "granted", view.word == WEB_GRANTED);
    }
    /* Shown with the request itself. */
    if (view.word != WEB_OPEN && writer->scheme != NULL && !text_equal(writer->scheme, "form")) {
        bool known = false;

        TRY(guest_is_known(writer, &answer, view.word == WEB_GRANTED, &known, reterr));
        probe_fact_bool(trial->call, "logged_in", known);
    }
    TRY(marked_value_read(value, &trial->keeper, &after, &marker, &read, reterr));
    same = text_equal(secret_reveal(&after), secret_reveal(&value->before));
    if (read && (marker || (same && !web_puts_off(answer.status)))) {
        probe_fact_bool(trial->call, "written", marker);
    }
    restored = read && !marker && same && view.word != WEB_GRANTED;
    if (!restored) { /* also when it could not be read: better once too often */
        TRY(marked_value_put_back(value, &trial->keeper, &restored, reterr));
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

/* What stands there says whether a test was cut short, and what was there before. */
static enum status restore(struct probe_call *call, struct error *reterr)
{
    DEFER(trial_done) struct trial trial = { .call = call, .access = call->subject->access };

    if (trial.access == NULL || trial.access->auth == NULL ||
        !marked_value_open(&trial.value, trial.access, call->seed)) {
        return STATUS_OK;
    }
    TRY(guest_new(call, GUEST_ROLE, NULL, &trial.keeper, reterr));
    TRY(guest_login(&trial.keeper, reterr));
    return marked_value_recover(&trial.value, &trial.keeper, reterr);
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
