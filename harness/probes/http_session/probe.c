/* http_session - opens a session, reads a protected thing with it, and then shows the device a
 * session that should be worth nothing: one that was logged out, one that was left unused for
 * longer than declared, or a forged one.
 *
 * By hand: hoshitori probe http_session --profile profile.yaml --subject settings@admin
 */
#include "probe/probe.h"
#include "base/clock.h"
#include "base/text.h"
#include "cookies.h"
#include "probe/guest.h"
#include "probe/web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MARGIN_S = 2, WAIT_MOST_S = 300 };

extern const struct probe probe_http_session;

struct trial {
    struct probe_call *call;
    struct guest owner; /* whose session it is */
    struct guest thief; /* who shows it afterwards, over connections of its own */
    const struct http_request *read;
};

static void trial_done(struct trial *trial)
{
    guest_done(&trial->owner);
    guest_done(&trial->thief);
}

/* Asks for the protected thing; the fact is left out when the answer does not settle it. */
static enum status look(struct trial *trial, struct guest *guest, const char *fact,
                        struct web_view *ret_view, struct error *reterr)
{
    DEFER(http_answer_done) struct http_answer answer = { 0 };

    TRY(guest_ask(guest, trial->read, NULL, false, &answer, reterr));
    *ret_view = web_view(&answer, trial->read->path, false);
    if (ret_view->word != WEB_OPEN && fact != NULL) {
        probe_fact_bool(trial->call, fact, ret_view->word == WEB_GRANTED);
    }
    return STATUS_OK;
}

static enum status session_open(struct trial *trial, struct web_view *ret_view,
                                struct error *reterr)
{
    struct probe_call *call = trial->call;

    TRY(guest_new(call, GUEST_ROLE, NULL, &trial->owner, reterr));
    TRY(guest_new(call, GUEST_NOBODY, NULL, &trial->thief, reterr));
    TRY(look(trial, &trial->thief, "stranger_granted", ret_view, reterr));
    TRY(guest_login(&trial->owner, reterr));
    if (text_equal(trial->owner.scheme, "form")) {
        probe_fact_bool(call, "logged_in", trial->owner.logged_in);
        probe_fact_json(call, "cookies", cookies_rows(trial->owner.login.set_cookie));
    }
    return look(trial, &trial->owner, "read_granted", ret_view, reterr);
}

/* Gives the thief what the owner had: the cookies, and the token of the answer. */
static enum status session_copy(struct trial *trial, enum http_forging forging, unsigned *ret_shown,
                                struct error *reterr)
{
    const struct guest *owner = &trial->owner;
    const struct secret *token =
        text_equal(owner->scheme, "bearer") ? &owner->credential->secret : &owner->login.bearer;
    struct secret *copy = &trial->thief.login.bearer;
    enum status status;
    char *room;

    http_client_forget(trial->thief.client);
    *ret_shown = http_client_cookies_copy(trial->thief.client, owner->client, forging);
    if (token->length == 0) {
        return STATUS_OK;
    }
    room = strdup(secret_reveal(token));
    if (room == NULL) {
        abort();
    }
    if (http_token_forge(room, forging) || forging == HTTP_FORGE_NOT) {
        (*ret_shown)++;
    }
    secret_done(copy);
    status = secret_set(copy, room, token->length, SECRET_FOR_CHILDREN, reterr);
    secret_wipe(room, token->length);
    free(room);
    return status;
}

static void reason_set(const struct trial *trial, const char *reason)
{
    probe_fact_text(trial->call, "reason", reason);
}

static const char nothing_to_show[] = "the log-in gave neither a cookie nor a token";

/* The thief shows the session while it lasts. */
static enum status copy_show(struct trial *trial, bool *ret_shown, struct error *reterr)
{
    struct web_view view;
    unsigned shown = 0;

    TRY(session_copy(trial, HTTP_FORGE_NOT, &shown, reterr));
    probe_fact_int(trial->call, "shown", shown);
    *ret_shown = shown > 0;
    if (shown == 0) {
        reason_set(trial, nothing_to_show);
        return STATUS_OK;
    }
    return look(trial, &trial->thief, "copy_granted", &view, reterr);
}

static enum status try_logged_out(struct trial *trial, struct error *reterr)
{
    DEFER(http_answer_done) struct http_answer answer = { 0 };
    struct web_view view;
    bool shown = false;

    if (trial->owner.auth->logout.path == NULL) {
        reason_set(trial, "no log-out is declared for the mechanism");
        return STATUS_OK;
    }
    /* Before: the answer to the log-out usually takes the cookie away. */
    TRY(copy_show(trial, &shown, reterr));
    if (!shown) {
        return STATUS_OK;
    }
    TRY(guest_logout(&trial->owner, &answer, reterr));
    if (answer.event == HTTP_ANSWERED) {
        probe_fact_bool(trial->call, "logout_accepted",
                        answer.status >= 200 && answer.status < 400);
    }
    TRY(look(trial, &trial->thief, "granted", &view, reterr));
    reason_set(trial, view.reason);
    return STATUS_OK;
}

static enum status try_expired(struct trial *trial, struct error *reterr)
{
    unsigned lifetime_s = trial->owner.auth->session_lifetime_s;
    long long most_s = probe_param_int(trial->call, "wait_at_most_s");
    struct web_view view;
    bool shown = false;

    if (lifetime_s == 0 || (long long) lifetime_s > most_s) {
        reason_set(trial, lifetime_s == 0 ? "no session_lifetime_s is declared"
                                          : "the declared lifetime is longer than is waited");
        return STATUS_OK;
    }
    TRY(copy_show(trial, &shown, reterr));
    if (!shown) {
        return STATUS_OK;
    }
    for (unsigned i = 0; i < lifetime_s + MARGIN_S; i++) {
        const struct timespec second = { .tv_sec = 1 };

        (void) nanosleep(&second, NULL);
        probe_progress(trial->call, i, lifetime_s + MARGIN_S);
    }
    probe_fact_int(trial->call, "waited_s", lifetime_s + MARGIN_S);
    TRY(look(trial, &trial->thief, "granted", &view, reterr));
    reason_set(trial, view.reason);
    return STATUS_OK;
}

static enum status try_forged(struct trial *trial, struct error *reterr)
{
    static const struct {
        enum http_forging forging;
        const char *word;
    } forgeries[] = { { HTTP_FORGE_MIDDLE, "altered" }, { HTTP_FORGE_WHOLE, "invented" } };
    json_t *tried = json_array();
    json_t *granted = json_array();
    json_t *open = json_array();
    struct web_view view = { .word = WEB_OPEN };
    unsigned shown = 0;
    enum status status = STATUS_OK;

    for (size_t i = 0; i < sizeof forgeries / sizeof forgeries[0] && status == STATUS_OK; i++) {
        const char *word = forgeries[i].word;

        status = session_copy(trial, forgeries[i].forging, &shown, reterr);
        if (status == STATUS_OK && shown > 0) {
            probe_list_add_text(tried, word);
            status = look(trial, &trial->thief, NULL, &view, reterr);
            if (view.word != WEB_REFUSED) {
                probe_list_add_text(view.word == WEB_GRANTED ? granted : open, word);
            }
        }
    }
    reason_set(trial, shown > 0 ? view.reason : nothing_to_show);
    probe_fact_int(trial->call, "shown", shown);
    probe_fact_json(trial->call, "forged_tried", tried);
    probe_fact_json(trial->call, "forged_granted", granted);
    probe_fact_json(trial->call, "forged_open", open);
    return status;
}

/* A device has room for few sessions. */
static enum status session_leave(struct trial *trial, struct error *reterr)
{
    DEFER(http_answer_done) struct http_answer answer = { 0 };

    if (trial->owner.auth->logout.path == NULL || !text_equal(trial->owner.scheme, "form")) {
        return STATUS_OK;
    }
    return guest_logout(&trial->owner, &answer, reterr);
}

static enum status run(struct probe_call *call, struct error *reterr)
{
    DEFER(trial_done) struct trial trial = { .call = call };
    const struct access *access = call->subject->access;
    const char *wish = probe_param_text(call, "trial");
    struct web_view view = { .word = WEB_OPEN };

    if (access == NULL || access->auth == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "a session needs a declared access with a mechanism");
    }
    trial.read = &access->read;
    if (trial.read->path == NULL) {
        reason_set(&trial, "no way to read is declared for this access");
        return STATUS_OK;
    }
    TRY(session_open(&trial, &view, reterr));
    if (view.word != WEB_GRANTED) { /* a session that opens nothing shows nothing when it ends */
        reason_set(&trial, view.reason);
        return STATUS_OK;
    }
    if (text_equal(wish, "logged-out")) {
        return try_logged_out(&trial, reterr);
    }
    TRY(text_equal(wish, "forged") ? try_forged(&trial, reterr) : try_expired(&trial, reterr));
    return session_leave(&trial, reterr);
}

static const char *const trials[] = { "logged-out", "expired", "forged", NULL };

static const struct param params[] = {
    { .name = "trial",
      .type = FACT_TEXT,
      .help = "What is shown after the session was seen to open the thing.",
      .fallback = "\"logged-out\"",
      .choices = trials },
    { .name = "wait_at_most_s",
      .type = FACT_INT,
      .help = "A declared lifetime up to this is waited for.",
      .fallback = "60",
      .minimum = 1,
      .maximum = WAIT_MOST_S },
    PARAM_TIMEOUT_MS("10000"),
    PARAM_END,
};

static const struct fact cookie_columns[] = {
    { .name = "name", .type = FACT_TEXT, .help = "Name of the cookie." },
    { .name = "secure",
      .type = FACT_BOOL,
      .help = "Sent over TLS only (RFC 6265 section 4.1.2.5)." },
    { .name = "http_only",
      .type = FACT_BOOL,
      .help = "Hidden from scripts (RFC 6265 section 4.1.2.6)." },
    { .name = "same_site", .type = FACT_TEXT, .help = "SameSite, lower case; empty: not said." },
    FACT_END,
};

static const struct fact facts[] = {
    { .name = "logged_in",
      .type = FACT_BOOL,
      .help = "Whether the log-in looked successful; scheme form only." },
    { .name = "stranger_granted",
      .type = FACT_BOOL,
      .help = "Anybody gets the thing: then no session shows anything." },
    { .name = "read_granted",
      .type = FACT_BOOL,
      .help = "The session opened the thing while it lasted; absent when that is not settled." },
    { .name = "shown", .type = FACT_INT, .help = "How many cookies and tokens the session has." },
    { .name = "copy_granted",
      .type = FACT_BOOL,
      .help =
          "A second client with a copy of the session got the thing before its end: the copy is "
          "all that is needed." },
    { .name = "logout_accepted",
      .type = FACT_BOOL,
      .help = "The declared log-out was answered with a success or a redirect." },
    { .name = "waited_s", .type = FACT_INT, .help = "How long the session was left unused." },
    { .name = "granted",
      .type = FACT_BOOL,
      .help = "The thing was handed out to the copy after the session's end; absent when the "
              "session was not seen to end, or the answer does not settle it." },
    { .name = "forged_tried", .type = FACT_TEXTS, .help = "Forgeries that were shown." },
    { .name = "forged_granted", .type = FACT_TEXTS, .help = "Those that opened the thing." },
    { .name = "forged_open", .type = FACT_TEXTS, .help = "Those whose answer settles nothing." },
    { .name = "reason", .type = FACT_TEXT, .help = "Why the last of these is what it is." },
    { .name = "cookies",
      .type = FACT_ROWS,
      .help = "The cookies that the log-in set.",
      .columns = cookie_columns },
    FACT_END,
};

const struct probe probe_http_session = {
    .decl = {
        .name = "http_session",
        .summary = { .ja = "終わったセッションや偽のセッションが受け入れられるかを観測する",
                     .en = "Shows a session that has ended, or a forged one, and records whether it opens a protected thing" },
        .params = params,
        .facts = facts,
        .needs = PROBE_NEEDS_ACCESS,
        .deadline_ms = 400000,
    },
    .run = run,
};
