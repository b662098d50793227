/* http_access - asks for one protected thing over HTTP(S), as nobody, with a wrong
 * password or in the declared role, and writes down whether it was handed out.
 *
 * By hand: hoshitori probe http_access --target 192.0.2.7:443 --param path=/admin --param tls=true
 */
#include "base/text.h"
#include "probe/guest.h"
#include "probe/web.h"

#include <stdio.h>
#include <string.h>

extern const struct probe probe_http_access;

/* One run, from the parameters to the request. */
struct visit {
    struct probe_call *call;
    struct guest guest;
    struct http_request request;
    bool writes;
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

static void facts_set(struct visit *visit, const struct http_answer *answer)
{
    struct probe_call *call = visit->call;
    struct web_view view = web_view(answer, visit->request.path, visit->writes);
    char location[sizeof answer->location];

    probe_fact_text(call, "event", http_event_word(answer->event));
    probe_fact_text(call, "reason", view.reason);
    if (view.word != WEB_OPEN) {
        probe_fact_bool(call, "granted", view.word == WEB_GRANTED);
    }
    if (answer->event != HTTP_ANSWERED) {
        return;
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
        /* 403: known, and not allowed (RFC 9110 section 15.5.4). */
        probe_fact_bool(call, "logged_in",
                        view.word == WEB_GRANTED ||
                            (visit->guest.kind == GUEST_ROLE && answer->status == 403));
    }
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

static enum status run(struct probe_call *call, struct error *reterr)
{
    DEFER(visit_done) struct visit visit = { .call = call };
    DEFER(http_answer_done) struct http_answer answer = { 0 };
    uint64_t random = call->seed;
    char marker[sizeof "hoshitori-" + GUEST_MARKER_RANDOM];
    const char *role = NULL;

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
    facts_set(&visit, &answer);
    return STATUS_OK;
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
        .deadline_ms = 40000,
    },
    .run = run,
};
