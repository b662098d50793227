/* http_access - asks for one protected thing over HTTP(S), as nobody, with a wrong
 * password or in the declared role, and writes down whether it was handed out.
 *
 * By hand: hoshitori probe http_access --target 192.0.2.7:443 --param path=/admin --param tls=true
 */
#include "base/text.h"
#include "probe/guest.h"
#include "probe/likeness.h"
#include "probe/web.h"

#include <stdio.h>
#include <string.h>

extern const struct probe probe_http_access;

enum { NOWHERE_MAX = 8192 };

/* One run, from the parameters to the request. */
struct visit {
    struct probe_call *call;
    struct guest guest;
    struct http_request request;
    bool writes;
    bool other; /* somebody else than the declared role asks */
};

/* What to ask for.  False: nothing of the kind is declared. */
static bool request_choose(struct visit *visit)
{
    const struct access *access = visit->call->subject->access;
    const char *path = probe_param_text(visit->call, "path");
    const char *method = probe_param_text(visit->call, "method");

    visit->writes = text_equal(probe_param_text(visit->call, "request"), "write");
    if (access != NULL) {
        visit->request = visit->writes ? access->write : access->read;
    }
    if (path != NULL) {
        visit->request.path = path;
    }
    if (method != NULL) {
        visit->request.method = method;
    }
    if (visit->request.method == NULL) {
        visit->request.method = visit->writes ? "POST" : "GET";
    }
    return visit->request.path != NULL;
}

static enum status facts_set(struct visit *visit, const struct http_answer *answer,
                             struct web_view view, struct error *reterr)
{
    struct probe_call *call = visit->call;
    char location[sizeof answer->location];

    probe_fact_text(call, "event", http_event_word(answer->event));
    probe_fact_text(call, "reason", view.reason);
    if (view.word != WEB_OPEN) {
        probe_fact_bool(call, "granted", view.word == WEB_GRANTED);
    }
    if (answer->event != HTTP_ANSWERED) {
        return STATUS_OK;
    }
    web_location(answer, location, sizeof location);
    probe_fact_int(call, "status", answer->status);
    probe_fact_bool(call, "redirected", view.redirected);
    probe_fact_bool(call, "login_page", view.login_page);
    probe_fact_int(call, "body_length", (long long) answer->body.length);
    probe_fact_json(call, "challenge", web_challenges(answer));
    if (view.redirected) {
        probe_fact_text(call, "location", location);
    }
    if (visit->guest.scheme != NULL && !text_equal(visit->guest.scheme, "form") &&
        view.word != WEB_OPEN) {
        bool known = false;

        TRY(guest_is_known(&visit->guest, answer, view.word == WEB_GRANTED, &known, reterr));
        probe_fact_bool(call, "logged_in", known);
    }
    return STATUS_OK;
}

static void visit_done(struct visit *visit)
{
    guest_done(&visit->guest);
}

static enum guest_kind kind_of(const char *as)
{
    return text_equal(as, "nobody")  ? GUEST_NOBODY
           : text_equal(as, "wrong") ? GUEST_WRONG
                                     : GUEST_ROLE;
}

/* As the highest of the lower roles.  False: the profile has no account of one. */
static bool role_choose(const struct visit *visit, const char **ret_role)
{
    const struct subject *subject = visit->call->subject;
    const struct credential *lower;

    *ret_role = probe_param_text(visit->call, "role");
    if (!text_equal(probe_param_text(visit->call, "as"), "lower") || subject->access == NULL) {
        return true;
    }
    lower = access_lower_credential(subject->profile, subject->access, 0);
    *ret_role = lower == NULL ? NULL : lower->role;
    return lower != NULL;
}

/* The declared role's own answer; it stays without an event of success where there is no way to
 * be in that role. */
static enum status thing_fetch(const struct visit *visit, struct http_answer *thing,
                               struct error *reterr)
{
    DEFER(guest_done) struct guest role = { 0 };
    enum status status = guest_new(visit->call, GUEST_ROLE, NULL, &role, reterr);

    if (status == STATUS_BAD_INPUT || status == STATUS_UNSUPPORTED) {
        return STATUS_OK;
    }
    TRY(status);
    TRY(guest_login(&role, reterr));
    return guest_ask(&role, &visit->request, NULL, false, thing, reterr);
}

/* A path beside the asked one that nobody made.  Whoever came with a wrong password comes
 * without: it would be one more guess. */
static enum status nothing_fetch(struct visit *visit, const char *marker,
                                 struct http_answer *nothing, struct error *reterr)
{
    DEFER(guest_done) struct guest nobody = { 0 };
    DEFER(bytes_done) struct bytes path = bytes_bounded(NOWHERE_MAX);
    struct http_request request = { .method = "GET" };
    const char *asked = visit->request.path;
    size_t folder = strcspn(asked, "?");

    while (folder > 1 && asked[folder - 1] != '/') {
        folder--;
    }
    TRY(bytes_append(&path, asked, folder, reterr));
    TRY(bytes_append(&path, marker, strlen(marker) + 1, reterr));
    request.path = (const char *) path.data;
    if (visit->guest.kind == GUEST_ROLE) {
        return guest_ask(&visit->guest, &request, NULL, false, nothing, reterr);
    }
    TRY(guest_new(visit->call, GUEST_NOBODY, NULL, &nobody, reterr));
    return guest_ask(&nobody, &request, NULL, false, nothing, reterr);
}

/* A success may be an error page, or the page of scripts that every path gets: the role's own
 * answer tells. */
static enum status settle(struct visit *visit, const char *marker, const struct http_answer *answer,
                          struct web_view *view, struct error *reterr)
{
    DEFER(http_answer_done) struct http_answer thing = { 0 };
    DEFER(http_answer_done) struct http_answer nothing = { 0 };
    const struct access *access = visit->call->subject->access;
    const char *why;

    if (view->word != WEB_GRANTED || !visit->other || visit->writes || access == NULL ||
        access->auth == NULL) {
        return STATUS_OK;
    }
    TRY(thing_fetch(visit, &thing, reterr));
    if (web_view(&thing, visit->request.path, false).word != WEB_GRANTED ||
        likeness_of(&thing, answer) == LIKENESS_SAME) {
        return STATUS_OK;
    }
    TRY(nothing_fetch(visit, marker, &nothing, reterr));
    why = likeness_disowns(&thing, answer, &nothing);
    if (why != NULL) {
        view->word = WEB_OPEN;
        (void) snprintf(view->reason, sizeof view->reason, "%s", why);
    }
    return STATUS_OK;
}

static enum status run(struct probe_call *call, struct error *reterr)
{
    DEFER(visit_done) struct visit visit = { .call = call };
    DEFER(http_answer_done) struct http_answer answer = { 0 };
    uint64_t random = call->seed;
    char marker[sizeof "hoshitori-" + GUEST_MARKER_RANDOM];
    const char *role = NULL;
    struct web_view view;

    if (!request_choose(&visit)) {
        if (call->subject->access == NULL) {
            return fail(reterr, STATUS_BAD_INPUT, "what to ask for: give --param path=/...");
        }
        probe_fact_text(call, "reason", "no such request is declared for this access");
        return STATUS_OK;
    }
    if (!role_choose(&visit, &role)) {
        probe_fact_text(call, "reason", "the profile has no account of a lower role");
        return STATUS_OK;
    }
    guest_marker(&random, marker);
    TRY(guest_new(call, kind_of(probe_param_text(call, "as")), role, &visit.guest, reterr));
    TRY(guest_login(&visit.guest, reterr));
    if (visit.guest.login.word == RECIPE_CLAIMED || visit.guest.login.word == RECIPE_REJECTED) {
        if (text_equal(visit.guest.scheme, "form")) {
            probe_fact_bool(call, "logged_in", visit.guest.logged_in);
        }
    }
    if (role != NULL) {
        probe_fact_text(call, "role", role);
    }
    TRY(guest_ask(&visit.guest, &visit.request, marker, visit.writes, &answer, reterr));
    view = web_view(&answer, visit.request.path, visit.writes);
    visit.other =
        visit.guest.kind != GUEST_ROLE || (role != NULL && call->subject->access != NULL &&
                                           !text_equal(role, call->subject->access->role));
    guest_marker(&random, marker);
    TRY(settle(&visit, marker, &answer, &view, reterr));
    return facts_set(&visit, &answer, view, reterr);
}

static const char *const as_choices[] = { "nobody", "wrong", "role", "lower", NULL };
static const char *const request_choices[] = { "read", "write", NULL };

static const struct param params[] = {
    { .name = "as",
      .type = FACT_TEXT,
      .help = "Who asks: nobody, the role's user with a wrong password, the role, or a lower role.",
      .fallback = "\"nobody\"",
      .choices = as_choices },
    { .name = "request",
      .type = FACT_TEXT,
      .help = "Which declared request of the access is made.",
      .fallback = "\"read\"",
      .choices = request_choices },
    { .name = "role",
      .type = FACT_TEXT,
      .help = "Another role than the declared one, such as a lower one." },
    { .name = "path",
      .type = FACT_TEXT,
      .help = "The path to ask for in place of the declared one." },
    { .name = "method", .type = FACT_TEXT, .help = "The method in place of the declared one." },
    PARAM_TLS_BY_HAND,
    PARAM_TIMEOUT_MS("10000"),
    PARAM_END,
};

static const struct fact facts[] = {
    { .name = "granted",
      .type = FACT_BOOL,
      .help = "The protected thing was handed out, or the change made; absent when the answer "
              "does not settle it." },
    { .name = "reason",
      .type = FACT_TEXT,
      .help = "Why granted is what it is, or why it is absent." },
    { .name = "event",
      .type = FACT_TEXT,
      .help = "How the request ended: answered, no_connection, tls_failed, timeout, broken." },
    { .name = "status", .type = FACT_INT, .help = "The status code (RFC 9110 section 15)." },
    { .name = "redirected",
      .type = FACT_BOOL,
      .help = "The status is a redirect; it was not followed." },
    { .name = "location",
      .type = FACT_TEXT,
      .help = "Where the redirect leads, without its query." },
    { .name = "challenge",
      .type = FACT_TEXTS,
      .help = "Schemes of WWW-Authenticate, lower case (RFC 9110 section 11.6.1)." },
    { .name = "login_page",
      .type = FACT_BOOL,
      .help = "The body holds a form that asks for a password." },
    { .name = "body_length",
      .type = FACT_INT,
      .help = "Length of the body in bytes, at most 1 MiB." },
    { .name = "logged_in",
      .type = FACT_BOOL,
      .help = "Whether the log-in before the request looked successful; absent when nobody asks." },
    { .name = "role",
      .type = FACT_TEXT,
      .help = "The role that asked, when it is another than the declared one." },
    FACT_END,
};

const struct probe probe_http_access = {
    .decl = {
        .name = "http_access",
        .summary = { .ja = "保護対象へのHTTPアクセスが許されるかを観測する",
                     .en = "Asks for a protected thing over HTTP and records whether it is handed out" },
        .params = params,
        .facts = facts,
        .needs = PROBE_NEEDS_ACCESS,
        .deadline_ms = 60000,
    },
    .run = run,
};
