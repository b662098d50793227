/* erase_other - plants data of a declared owner, has somebody of a lower role ask for its removal
 * by the owner's own request, looks whether it is still there, and has the owner remove it.
 *
 * By hand: hoshitori probe erase_other --profile profile.yaml --data note
 */
#include "probe/probe.h"
#include "base/text.h"
#include "channel/veil.h"
#include "probe/guest.h"
#include "probe/web.h"
#include "remains.h"

#include <string.h>

extern const struct probe probe_erase_other;

enum { MARKER_SIZE = sizeof "hoshitori-" + GUEST_MARKER_RANDOM, SECRET_SIZE = 24 };

struct trial {
    struct probe_call *call;
    const struct user_datum *datum;
    struct probe_call own; /* the caller's, about the data */
    struct subject subject;
    struct guest owner;
    struct guest other;
    char marker[MARKER_SIZE];
    char secret[SECRET_SIZE];
};

static void trial_done(struct trial *trial)
{
    guest_done(&trial->owner);
    guest_done(&trial->other);
    secret_wipe(trial->secret, sizeof trial->secret);
}

/* The same for run() and restore(), the check and its controls. */
static void marker_make(struct trial *trial)
{
    uint64_t random = trial->call->run_seed ^ 0xe7a5e07e;

    guest_marker(&random, trial->marker);
    memcpy(trial->secret, "Hk3-", 4);
    web_random_text(&random, trial->secret + 4, SECRET_SIZE - 5);
    if (trial->call->veil != NULL) {
        veil_add(trial->call->veil, trial->marker, trial->secret);
    }
}

static enum status trial_open(struct trial *trial, struct error *reterr)
{
    const struct subject *subject = trial->call->subject;

    trial->datum = subject->user_datum;
    if (trial->datum == NULL || trial->datum->remove.path == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "this needs declared data with 'remove'");
    }
    marker_make(trial);
    trial->subject = *subject;
    trial->subject.access = &trial->datum->access;
    trial->subject.service = trial->datum->access.service;
    trial->subject.auth = trial->datum->access.auth;
    trial->own = *trial->call;
    trial->own.subject = &trial->subject;
    trial->own.port = trial->subject.service->port;
    TRY(guest_new(&trial->own, GUEST_ROLE, NULL, &trial->owner, reterr));
    return guest_login(&trial->owner, reterr);
}

/* *ret_known false: the owner could not read. */
static enum status look(struct trial *trial, bool *ret_known, bool *ret_there, struct error *reterr)
{
    DEFER(http_answer_done) struct http_answer answer = { 0 };
    const struct http_request *read = &trial->datum->access.read;

    TRY(guest_ask(&trial->owner, read, trial->marker, false, &answer, reterr));
    *ret_known =
        answer.event == HTTP_ANSWERED && (answer.status == 404 || answer.status == 410 ||
                                          web_view(&answer, read->path, false).word == WEB_GRANTED);
    *ret_there =
        *ret_known && answer.body.length > 0 &&
        memmem(answer.body.data, answer.body.length, trial->marker, strlen(trial->marker)) != NULL;
    return STATUS_OK;
}

static enum status plant(struct trial *trial, bool *ret_planted, struct error *reterr)
{
    DEFER(http_answer_done) struct http_answer answer = { 0 };
    const struct guest_errand errand = {
        .request = &trial->datum->access.write,
        .values = { .marker = trial->marker, .new_password = trial->secret },
        .changes = true,
    };
    bool known = false;

    trial->owner.withholds = true;
    TRY(guest_send(&trial->owner, &errand, &answer, reterr));
    trial->owner.withholds = false;
    TRY(look(trial, &known, ret_planted, reterr));
    probe_fact_bool(trial->call, "planted", *ret_planted);
    return STATUS_OK;
}

static enum status by_owner(struct trial *trial, bool *ret_gone, struct error *reterr)
{
    DEFER(http_answer_done) struct http_answer answer = { 0 };
    bool known = false;
    bool there = false;

    TRY(guest_ask(&trial->owner, &trial->datum->remove, trial->marker, true, &answer, reterr));
    TRY(look(trial, &known, &there, reterr));
    *ret_gone = known && !there;
    return STATUS_OK;
}

static enum status by_other(struct trial *trial, const struct credential *lower,
                            struct error *reterr)
{
    DEFER(http_answer_done) struct http_answer answer = { 0 };
    struct probe_call *call = trial->call;
    struct web_view view;
    bool known = false;
    bool there = false;

    TRY(guest_new(&trial->own, GUEST_ROLE, lower->role, &trial->other, reterr));
    TRY(guest_login(&trial->other, reterr));
    probe_fact_text(call, "role", lower->role);
    if (text_equal(trial->other.scheme, "form")) {
        probe_fact_bool(call, "logged_in", trial->other.logged_in);
    }
    TRY(guest_ask(&trial->other, &trial->datum->remove, trial->marker, true, &answer, reterr));
    view = web_view(&answer, trial->datum->remove.path, true);
    probe_fact_text(call, "event", http_event_word(answer.event));
    probe_fact_text(call, "reason", view.reason);
    if (answer.event == HTTP_ANSWERED) {
        probe_fact_int(call, "status", answer.status);
    }
    if (view.word != WEB_OPEN && !text_equal(trial->other.scheme, "form")) {
        TRY(guest_is_known(&trial->other, &answer, view.word == WEB_GRANTED, &known, reterr));
        probe_fact_bool(call, "logged_in", known);
    }
    TRY(look(trial, &known, &there, reterr));
    if (known && (!there || (answer.event == HTTP_ANSWERED && !web_puts_off(answer.status)))) {
        probe_fact_bool(call, "removed", !there);
    }
    return STATUS_OK;
}

static enum status run(struct probe_call *call, struct error *reterr)
{
    DEFER(trial_done) struct trial trial = { .call = call };
    const struct credential *lower;
    bool planted = false;
    bool gone = false;

    TRY(trial_open(&trial, reterr));
    lower = access_lower_credential(call->subject->profile, &trial.datum->access, 0);
    if (lower == NULL) {
        probe_fact_text(call, "not_tried", "the profile has no account of a lower role");
        return STATUS_OK;
    }
    call->owes = true;
    TRY(plant(&trial, &planted, reterr));
    if (planted) {
        TRY(by_other(&trial, lower, reterr));
    }
    /* What the other one removed cannot show that the owner can. */
    if (json_is_true(json_object_get(call->facts, "removed"))) {
        TRY(plant(&trial, &planted, reterr));
    }
    TRY(by_owner(&trial, &gone, reterr));
    probe_fact_bool(call, "removed_by_owner", gone);
    call->owes = !gone;
    return STATUS_OK;
}

static enum status restore(struct probe_call *call, struct error *reterr)
{
    DEFER(trial_done) struct trial trial = { .call = call };
    bool known = false;
    bool there = false;
    bool gone = false;

    TRY(trial_open(&trial, reterr));
    TRY(look(&trial, &known, &there, reterr));
    if (known && !there) {
        return STATUS_OK;
    }
    if (known) {
        TRY(by_owner(&trial, &gone, reterr));
    }
    return gone ? STATUS_OK
                : fail(reterr, STATUS_UNREACHABLE,
                       "%s may still hold test data that begins with 'hoshitori-'",
                       trial.datum->access.id);
}

static const struct param params[] = {
    PARAM_TIMEOUT_MS("10000"),
    PARAM_END,
};

static const struct fact facts[] = {
    { .name = "planted",
      .type = FACT_BOOL,
      .help = "The owner wrote data with a marker and read it back." },
    { .name = "role", .type = FACT_TEXT, .help = "The lower role that asked for its removal." },
    { .name = "logged_in",
      .type = FACT_BOOL,
      .help = "Whether its log-in looked successful; with Basic and Digest also by the page of the "
              "mechanism." },
    { .name = "event",
      .type = FACT_TEXT,
      .help = "How its request ended: answered, no_connection, tls_failed, timeout, broken." },
    { .name = "status", .type = FACT_INT, .help = "Status code of the answer." },
    { .name = "reason", .type = FACT_TEXT, .help = "What that answer says." },
    { .name = "removed",
      .type = FACT_BOOL,
      .help = "The owner does not find the marker any more after it; absent when the owner could "
              "not read, or the request was put off (429, 503)." },
    { .name = "removed_by_owner",
      .type = FACT_BOOL,
      .help = "The same request by the owner takes the data away." },
    { .name = "not_tried", .type = FACT_TEXT, .help = "Why nothing was planted." },
    FACT_END,
};

const struct probe probe_erase_other = {
    .decl = {
        .name = "erase_other",
        .summary = { .ja = "他の利用者のデータをより低い役割が消せるかを観測し、元に戻す",
                     .en = "Records whether a lower role can delete another user's data, and takes the test data away" },
        .params = params,
        .facts = facts,
        .needs = PROBE_NEEDS_USER_DATA,
        .deadline_ms = 90000,
    },
    .run = run,
    .restore = restore,
    .restore_ms = 45000,
};
