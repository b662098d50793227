#include "probe/account_change.h"

#include "base/clock.h"
#include "probe/web.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    LOCKS_MAX = 3,   /* waited for in one log-in */
    ROUNDS_MAX = 6,  /* of bringing the device back */
    REFUSED_MAX = 3, /* of them with both passwords refused: more would only lock the account */
    RETRY_MS = 700,
    QUIET_MS = 1000,
    RESERVE_MS = 500
};

static void pause_ms(int64_t ms)
{
    struct timespec left = { .tv_sec = (time_t) (ms / 1000), .tv_nsec = ms % 1000 * 1000000 };

    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}

static bool time_is_left(const struct course *course, int64_t need_ms)
{
    return clock_monotonic_ms() + need_ms + RESERVE_MS < course->call->deadline_ms;
}

void visitor_done(struct visitor *visitor)
{
    recipe_outcome_done(&visitor->login);
    http_client_free(visitor->client);
    *visitor = (struct visitor){ .client = NULL };
}

bool course_keeps_sessions(const struct course *course)
{
    return text_equal(course->setting.scheme, "form");
}

enum status course_open(struct course *course, struct probe_call *call, struct arena *arena,
                        struct error *reterr)
{
    const char *role = probe_param_text(call, "role");
    const struct auth *auth = call->subject->auth;

    if (auth == NULL || auth->change.request.path == NULL || auth->change.forbidden) {
        return fail(reterr, STATUS_BAD_INPUT,
                    auth == NULL || !auth->change.forbidden
                        ? "how the password is changed is not declared (auth.change.request)"
                        : "the profile forbids changing the password");
    }
    *course = (struct course){ .call = call, .auth = auth, .change = &auth->change };
    course->credential =
        web_credential(call->subject->profile, auth, role != NULL ? role : auth->change.role);
    if (course->credential == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "the profile gives no credentials of the role for %s",
                    auth->id);
    }
    course->setting = (struct mechanism_setting){
        .call = call,
        .scheme = web_scheme(auth),
        .auth = auth,
        .timeout_ms = (unsigned) probe_param_int(call, "timeout_ms"),
    };
    course->mechanism = mechanism_find(course->setting.scheme);
    if (!text_equal(course->setting.scheme, "form") &&
        !text_equal(course->setting.scheme, "basic") &&
        !text_equal(course->setting.scheme, "digest")) {
        return fail(reterr, STATUS_UNSUPPORTED,
                    "a password is changed over HTTP with form, basic or digest, not by %s",
                    course->setting.scheme);
    }
    TRY(temporary_password(call, course->credential, course->change, course->temporary, reterr));
    return course->mechanism->open(&course->setting, arena, &course->state, reterr);
}

void course_close(struct course *course)
{
    if (course->state != NULL) {
        course->mechanism->close(course->state);
    }
    secret_wipe(course->temporary, sizeof course->temporary);
}

/* False: it would last too long. */
static bool wait_out(struct course *course, long long said_s)
{
    unsigned lockout_s = course->auth->lockout.delay_s > 0 ? course->auth->lockout.delay_s : 1;
    long long wait_s = said_s > 0 ? said_s : lockout_s;

    if (wait_s > 3600 || !time_is_left(course, wait_s * 1000)) {
        return false;
    }
    transcript_note(course->call->transcript, 0, "waiting %lld s for a lock to end", wait_s);
    pause_ms(wait_s * 1000);
    course->waited_s += (unsigned) wait_s;
    return true;
}

static bool may_log_in(struct course *course)
{
    if (course->budget > 0 && course->attempts >= course->budget) {
        course->budget_exhausted = true;
        (void) snprintf(course->detail, sizeof course->detail, "the log-ins allowed are used up");
        return false;
    }
    course->attempts++;
    return true;
}

/* Only afterwards is known which password was wrong.  Counted and never withheld: what was
 * changed must be changed back. */
static enum status refusal_count(const struct course *course, const struct attempt *attempt,
                                 struct error *reterr)
{
    if (attempt->word != ATTEMPT_REJECTED || course->call->attempts == NULL ||
        probe_attempts_left(course->call) == 0) {
        return STATUS_OK;
    }
    return probe_attempt_spend(course->call, reterr);
}

enum status course_login(struct course *course, const char *password, enum attempt_word *ret_word,
                         struct error *reterr)
{
    const struct candidate candidate = {
        .label = "", .user = course->credential->user, .password = password, .is_secret = true
    };

    *ret_word = ATTEMPT_UNCLEAR;
    for (unsigned locks = 0, again = 0; time_is_left(course, 0) && may_log_in(course);) {
        struct attempt attempt = { .word = ATTEMPT_UNCLEAR, .retry_after_s = -1, .proof = "none" };

        TRY(course->mechanism->attempt(course->state, &candidate, &attempt, reterr));
        TRY(refusal_count(course, &attempt, reterr));
        *ret_word = attempt.word;
        if (attempt.word == ATTEMPT_ACCEPTED) {
            course->proof = attempt.proof;
        } else if (attempt.word != ATTEMPT_REJECTED) {
            (void) snprintf(course->detail, sizeof course->detail, "%s", attempt.detail);
        }
        if (attempt.word == ATTEMPT_AGAIN && again++ == 0) {
            continue;
        }
        if (attempt.word != ATTEMPT_LOCKED || ++locks > LOCKS_MAX ||
            !wait_out(course, attempt.retry_after_s)) {
            return STATUS_OK;
        }
    }
    return STATUS_OK;
}

enum status visitor_enter(struct course *course, const char *password, struct visitor *ret_visitor,
                          bool *ret_in, struct error *reterr)
{
    const struct recipe recipe = { .login = &course->auth->login,
                                   .success_status = course->auth->success_status,
                                   .failure_status = course->auth->failure_status,
                                   .csrf = &course->auth->csrf };
    const struct recipe_values values = { .user = course->credential->user, .password = password };
    struct http_target target = web_target(course->call, false);

    *ret_in = password == NULL;
    TRY(http_client_new(&target, course->call->transcript, &ret_visitor->client, reterr));
    if (password == NULL) {
        return STATUS_OK;
    }
    if (!course_keeps_sessions(course)) {
        ret_visitor->password = password;
        *ret_in = true;
        return STATUS_OK;
    }
    if (!may_log_in(course)) {
        return STATUS_OK;
    }
    TRY(recipe_login(&recipe, ret_visitor->client, &values, mechanism_deadline(&course->setting),
                     &ret_visitor->login, reterr));
    *ret_in = ret_visitor->login.word == RECIPE_CLAIMED;
    if (!*ret_in) {
        (void) snprintf(course->detail, sizeof course->detail, "%s", ret_visitor->login.detail);
    }
    return STATUS_OK;
}

/* What every request of this visitor carries. */
static struct http_ask ask_as(const struct course *course, const struct visitor *visitor,
                              const char *method, const char *path)
{
    return (struct http_ask){
        .method = method,
        .path = path,
        .answer_is_secret = true,
        .scheme = visitor->password != NULL ? course->setting.scheme : NULL,
        .user = visitor->password != NULL ? course->credential->user : NULL,
        .password_text = visitor->password,
        .bearer = visitor->login.bearer.length > 0 ? &visitor->login.bearer : NULL,
        .deadline_ms = mechanism_deadline(&course->setting),
    };
}

static enum status page_view(struct course *course, struct visitor *visitor, const char *path,
                             enum sight *ret_sight, struct error *reterr)
{
    static const enum sight sights[] = {
        [WEB_GRANTED] = SIGHT_OPENS, [WEB_REFUSED] = SIGHT_REFUSED, [WEB_OPEN] = SIGHT_UNKNOWN
    };
    DEFER(http_answer_done) struct http_answer answer = { 0 };
    struct http_ask ask = ask_as(course, visitor, "GET", path);

    TRY(http_client_ask(visitor->client, &ask, &answer, reterr));
    *ret_sight = sights[web_view(&answer, path, false).word];
    return STATUS_OK;
}

static enum status proof_try(struct course *course, struct visitor *visitor, const char *path,
                             struct error *reterr)
{
    DEFER(visitor_done) struct visitor stranger = { .client = NULL };
    enum sight known = SIGHT_UNKNOWN;
    enum sight unknown = SIGHT_UNKNOWN;
    bool in;

    if (course->proof_path != NULL || path == NULL || strstr(path, "${") != NULL) {
        return STATUS_OK;
    }
    TRY(visitor_enter(course, NULL, &stranger, &in, reterr));
    TRY(page_view(course, &stranger, path, &unknown, reterr));
    TRY(page_view(course, visitor, path, &known, reterr));
    if (unknown == SIGHT_REFUSED && known == SIGHT_OPENS) {
        course->proof_path = path;
    }
    return STATUS_OK;
}

enum status course_find_proof(struct course *course, struct visitor *visitor, struct error *reterr)
{
    const struct profile *profile = course->call->subject->profile;

    TRY(proof_try(course, visitor, course->auth->path, reterr));
    for (size_t i = 0; profile != NULL && i < profile->access_count; i++) {
        const struct access *access = &profile->accesses[i];

        if (access->auth == course->auth && access->service == course->auth->service &&
            (access->read.method == NULL || text_equal(access->read.method, "GET"))) {
            TRY(proof_try(course, visitor, access->read.path, reterr));
        }
    }
    return STATUS_OK;
}

enum status visitor_sees(struct course *course, struct visitor *visitor, enum sight *ret_sight,
                         struct error *reterr)
{
    *ret_sight = SIGHT_UNKNOWN;
    return course->proof_path == NULL
               ? STATUS_OK
               : page_view(course, visitor, course->proof_path, ret_sight, reterr);
}

static bool repeats_token(const struct change *change)
{
    return change->csrf.path != NULL &&
           (change->csrf.send_header != NULL || recipe_has(&change->request, "${csrf}"));
}

/* Empty where there is none. */
static enum status token_get(struct course *course, struct visitor *visitor,
                             struct secret *ret_token, struct error *reterr)
{
    const struct http_ask as = ask_as(course, visitor, NULL, NULL);
    char detail[RECIPE_DETAIL_SIZE];

    visitor->lacks_token = false;
    if (!repeats_token(course->change)) {
        return STATUS_OK;
    }
    TRY(recipe_csrf(&course->change->csrf, visitor->client, &as, ret_token, detail, reterr));
    visitor->lacks_token = ret_token->length == 0;
    if (ret_token->length > 0 && course->call->veil != NULL) {
        veil_add(course->call->veil, "", secret_reveal(ret_token));
    }
    return STATUS_OK;
}

enum status visitor_changes(struct course *course, struct visitor *visitor,
                            const char *old_password, const char *new_password,
                            enum change_word *ret_word, struct error *reterr)
{
    const struct http_request *declared = &course->change->request;
    DEFER(recipe_request_done) struct recipe_request request = recipe_request_empty();
    DEFER(http_answer_done) struct http_answer answer = { 0 };
    DEFER(secret_done) struct secret token = { 0 };
    struct recipe_values values = { .user = course->credential->user,
                                    .password = new_password,
                                    .old_password = old_password,
                                    .new_password = new_password };
    struct http_ask ask = ask_as(course, visitor, declared->method, NULL);

    TRY(token_get(course, visitor, &token, reterr));
    /* A stranger to whom the page gives none has nothing better to send. */
    values.csrf = token.length > 0 ? secret_reveal(&token) : "0";
    TRY(recipe_fill(declared, &values, &request, reterr));
    recipe_request_put(&request, &ask);
    ask.token_header = course->change->csrf.send_header;
    ask.token = values.csrf;
    ask.deadline_ms = mechanism_deadline(&course->setting);
    TRY(http_client_ask(visitor->client, &ask, &answer, reterr));
    *ret_word = change_answer(&answer, course->change->success_status);
    course->change_status = answer.status;
    if (*ret_word != CHANGE_ACCEPTED) {
        (void) snprintf(course->detail, sizeof course->detail, "the change%s: %s, status %d",
                        visitor->lacks_token ? ", for which the page gave no token" : "",
                        http_event_word(answer.event), answer.status);
    }
    return STATUS_OK;
}

/* ---- the way back ---- */

static enum status change_back(struct course *course, struct error *reterr)
{
    DEFER(visitor_done) struct visitor visitor = { .client = NULL };
    enum change_word word;
    bool in = false;

    TRY(visitor_enter(course, course->temporary, &visitor, &in, reterr));
    return !in ? STATUS_OK
               : visitor_changes(course, &visitor, course->temporary,
                                 secret_reveal(&course->credential->secret), &word, reterr);
}

static bool settled(enum attempt_word word)
{
    return word == ATTEMPT_ACCEPTED || word == ATTEMPT_REJECTED;
}

/* The temporary password first: the right log-in that follows clears what the device counts. */
static enum status look(struct course *course, enum attempt_word *ret_temporary,
                        enum attempt_word *ret_declared, struct error *reterr)
{
    TRY(course_login(course, course->temporary, ret_temporary, reterr));
    if (*ret_temporary == ATTEMPT_ACCEPTED) {
        TRY(change_back(course, reterr));
    }
    return course_login(course, secret_reveal(&course->credential->secret), ret_declared, reterr);
}

enum status course_return(struct course *course, bool twice, enum return_word *ret_word,
                          struct error *reterr)
{
    unsigned budget = course->budget;
    unsigned leftovers = 0;
    unsigned refused = 0;
    enum status status = STATUS_OK;

    *ret_word = RETURN_FAILED;
    course->budget = 0; /* whatever it takes */
    for (unsigned round = 0; status == STATUS_OK && *ret_word == RETURN_FAILED; round++) {
        enum attempt_word temporary = ATTEMPT_UNCLEAR;
        enum attempt_word declared = ATTEMPT_UNCLEAR;

        if (round >= ROUNDS_MAX || !time_is_left(course, 0)) {
            break;
        }
        status = look(course, &temporary, &declared, reterr);
        if (declared == ATTEMPT_ACCEPTED && temporary == ATTEMPT_REJECTED) {
            if (!twice) {
                *ret_word = RETURN_DONE;
            } else {
                pause_ms(QUIET_MS);
            }
            twice = false;
        } else if (declared == ATTEMPT_ACCEPTED && temporary == ATTEMPT_ACCEPTED) {
            *ret_word = ++leftovers > 1 ? RETURN_LEFTOVER : RETURN_FAILED;
            twice = false;
        } else if (declared == ATTEMPT_REJECTED && temporary == ATTEMPT_REJECTED) {
            /* A lock that is not announced, or a change that is still on its way. */
            if (++refused == REFUSED_MAX || !wait_out(course, -1)) {
                break;
            }
        } else if (!settled(declared) || !settled(temporary)) {
            pause_ms(RETRY_MS);
        }
    }
    course->budget = budget;
    return status;
}
