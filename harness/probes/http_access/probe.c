/* http_access - asks for one protected thing over HTTP(S), as nobody, with a wrong
 * password or in the declared role, and writes down whether it was handed out.
 *
 * By hand: hoshitori probe http_access --target 192.0.2.7:443 --param path=/admin --param tls=true
 */
#include "probe/probe.h"
#include "base/clock.h"
#include "base/text.h"
#include "probe/recipe.h"
#include "probe/web.h"

#include <stdio.h>
#include <string.h>

enum { MARKER_RANDOM = 10, WRONG_LENGTH = 20 };

extern const struct probe probe_http_access;

/* One run, from the parameters to the request. */
struct visit {
    struct probe_call *call;
    struct http_client *client;
    const struct auth *auth; /* NULL: public, or nobody asks */
    const char *scheme;      /* NULL: no credentials are shown */
    const struct credential *credential;
    struct http_request request;
    bool writes;
    bool wrong;
    char wrong_password[WRONG_LENGTH + 1];
    char marker[sizeof "hoshitori-" + MARKER_RANDOM];
    struct recipe_outcome login;
};

static int64_t visit_deadline(const struct visit *visit)
{
    int64_t own = clock_monotonic_ms() + probe_param_int(visit->call, "timeout_ms");

    return own < visit->call->deadline_ms ? own : visit->call->deadline_ms;
}

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

static enum status who_choose(struct visit *visit, struct error *reterr)
{
    const struct subject *subject = visit->call->subject;
    const char *as = probe_param_text(visit->call, "as");
    const char *role = probe_param_text(visit->call, "role");

    visit->wrong = text_equal(as, "wrong");
    if (text_equal(as, "nobody")) {
        return STATUS_OK;
    }
    if (subject->access == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "as=%s needs a profile that declares the access", as);
    }
    visit->auth = subject->access->auth;
    if (visit->auth == NULL) { /* declared public: everybody is in the role */
        return STATUS_OK;
    }
    visit->scheme = web_scheme(visit->auth);
    visit->credential =
        web_credential(subject->profile, visit->auth, role != NULL ? role : subject->access->role);
    if (visit->credential == NULL && !visit->wrong) {
        return fail(reterr, STATUS_BAD_INPUT, "the profile gives no credentials of the role for %s",
                    visit->auth->id);
    }
    if (!text_equal(visit->scheme, "form") && !text_equal(visit->scheme, "basic") &&
        !text_equal(visit->scheme, "digest") && !text_equal(visit->scheme, "bearer")) {
        return fail(reterr, STATUS_UNSUPPORTED, "logging in by %s is not supported over HTTP",
                    visit->scheme);
    }
    if (text_equal(visit->scheme, "form") && visit->auth->service != subject->access->service) {
        return fail(reterr, STATUS_UNSUPPORTED,
                    "a session of one service is not carried to another");
    }
    return STATUS_OK;
}

static enum status form_login(struct visit *visit, struct error *reterr)
{
    const struct recipe recipe = {
        .login = &visit->auth->login,
        .success_status = visit->auth->success_status,
        .failure_status = visit->auth->failure_status,
    };
    const struct recipe_values values = {
        .user = visit->credential != NULL ? visit->credential->user : "admin",
        .password =
            visit->wrong ? visit->wrong_password : secret_reveal(&visit->credential->secret),
        .marker = visit->marker,
    };

    TRY(recipe_login(&recipe, visit->client, &values, visit_deadline(visit), &visit->login,
                     reterr));
    if (visit->login.word == RECIPE_CLAIMED || visit->login.word == RECIPE_REJECTED) {
        probe_fact_bool(visit->call, "logged_in", visit->login.word == RECIPE_CLAIMED);
    }
    return STATUS_OK;
}

/* The request itself, with whatever the chosen person can show. */
static enum status thing_ask(struct visit *visit, struct http_answer *answer, struct error *reterr)
{
    DEFER(recipe_request_done) struct recipe_request request = recipe_request_empty();
    DEFER(secret_done) struct secret wrong_token = { 0 };
    const struct recipe_values values = { .marker = visit->marker };
    struct http_ask ask = { .method = visit->request.method,
                            .answer_is_secret = true,
                            .deadline_ms = visit_deadline(visit) };

    TRY(recipe_fill(&visit->request, &values, &request, reterr));
    ask.path = (const char *) request.path.data;
    ask.content_type = request.content_type;
    ask.body = request.body.length > 0 ? (const char *) request.body.data : NULL;
    if (text_equal(visit->scheme, "basic") || text_equal(visit->scheme, "digest")) {
        ask.scheme = visit->scheme;
        ask.user = visit->credential != NULL ? visit->credential->user : "admin";
        ask.password = visit->wrong ? NULL : &visit->credential->secret;
        ask.password_text = visit->wrong ? visit->wrong_password : NULL;
    } else if (text_equal(visit->scheme, "bearer")) {
        TRY(secret_set(&wrong_token, visit->wrong_password, strlen(visit->wrong_password),
                       SECRET_FOR_CHILDREN, reterr));
        ask.bearer = visit->wrong ? &wrong_token : &visit->credential->secret;
    } else if (visit->login.bearer.length > 0) {
        ask.bearer = &visit->login.bearer;
    }
    return http_client_ask(visit->client, &ask, answer, reterr);
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
    if (visit->scheme != NULL && !text_equal(visit->scheme, "form") && view.word != WEB_OPEN) {
        probe_fact_bool(call, "logged_in", view.word == WEB_GRANTED);
    }
}

static void visit_done(struct visit *visit)
{
    recipe_outcome_done(&visit->login);
    http_client_free(visit->client);
}

static enum status run(struct probe_call *call, struct error *reterr)
{
    DEFER(visit_done) struct visit visit = { .call = call };
    DEFER(http_answer_done) struct http_answer answer = { 0 };
    struct http_target target = web_target(call, probe_param_bool(call, "tls"));
    uint64_t random = call->seed;

    if (!request_choose(&visit)) {
        if (call->subject->access == NULL) {
            return fail(reterr, STATUS_BAD_INPUT, "what to ask for: give --param path=/...");
        }
        probe_fact_text(call, "reason", "no such request is declared for this access");
        return STATUS_OK;
    }
    TRY(who_choose(&visit, reterr));
    web_random_text(&random, visit.wrong_password, WRONG_LENGTH);
    memcpy(visit.marker, "hoshitori-", sizeof "hoshitori-");
    web_random_text(&random, visit.marker + strlen(visit.marker), MARKER_RANDOM);
    TRY(http_client_new(&target, call->transcript, &visit.client, reterr));
    if (text_equal(visit.scheme, "form")) {
        TRY(form_login(&visit, reterr));
    }
    TRY(thing_ask(&visit, &answer, reterr));
    facts_set(&visit, &answer);
    return STATUS_OK;
}

static const char *const as_choices[] = { "nobody", "wrong", "role", NULL };
static const char *const request_choices[] = { "read", "write", NULL };

static const struct param params[] = {
    { .name = "as",
      .type = FACT_TEXT,
      .help = "Who asks: nobody, the role's user with a wrong password, or the role.",
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
    { .name = "tls",
      .type = FACT_BOOL,
      .help = "By hand: HTTP over TLS, whatever the declared protocol is.",
      .fallback = "false" },
    { .name = "timeout_ms",
      .type = FACT_INT,
      .help = "How long one request may take.",
      .fallback = "10000",
      .minimum = 100,
      .maximum = 60000 },
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
