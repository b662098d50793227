#include "base/text.h"
#include "probe/mechanism.h"
#include "probe/recipe.h"
#include "probe/web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PROOFS_MAX = 3 };

struct form {
    struct mechanism_setting setting;
    struct http_client *client;
    struct http_request login;
    struct recipe recipe;
    json_t *body_json; /* the template given by hand, when it is JSON */
    json_t *body_form;
    const char *proofs[PROOFS_MAX]; /* paths that refuse a stranger */
    int stranger_status[PROOFS_MAX];
    size_t proof_count;
    bool proofs_known;
};

static void form_close(void *state)
{
    struct form *form = state;

    http_client_free(form->client);
    json_decref(form->body_json);
    json_decref(form->body_form);
}

/* "user=${user}&pw=${password}", or a JSON object. */
static enum status body_by_hand(struct form *form, struct arena *arena, struct error *reterr)
{
    char *rest = arena_text(arena, form->setting.body);

    if (rest[0] == '{') {
        form->body_json = json_loads(rest, JSON_REJECT_DUPLICATES, NULL);
        if (form->body_json == NULL) {
            return fail(reterr, STATUS_BAD_INPUT, "the body template is not JSON");
        }
        form->login.json = form->body_json;
        return STATUS_OK;
    }
    form->body_form = json_object();
    while (rest != NULL) {
        char *value = strsep(&rest, "&");
        char *name = strsep(&value, "=");

        if (value == NULL || json_object_set_new(form->body_form, name, json_string(value)) != 0) {
            return fail(reterr, STATUS_BAD_INPUT, "the body template is not name=value&...");
        }
    }
    form->login.form = form->body_form;
    return STATUS_OK;
}

static enum status form_open(const struct mechanism_setting *setting, struct arena *arena,
                             void **ret_state, struct error *reterr)
{
    struct form *form = arena_alloc(arena, sizeof *form);
    struct http_target target = web_target(setting->call, setting->tls);

    form->setting = *setting;
    *ret_state = form;
    if (setting->auth != NULL) {
        form->login = setting->auth->login;
        form->recipe.success_status = setting->auth->success_status;
        form->recipe.failure_status = setting->auth->failure_status;
        form->recipe.csrf = &setting->auth->csrf;
    }
    if (setting->path != NULL) {
        form->login.path = setting->path;
    }
    if (setting->body != NULL) {
        form->login.json = NULL;
        form->login.form = NULL;
        TRY(body_by_hand(form, arena, reterr));
    }
    if (form->login.path == NULL || (form->login.json == NULL && form->login.form == NULL &&
                                     strstr(form->login.path, "${") == NULL)) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "how to log in is not declared; by hand, give path=/... and body=...");
    }
    if (form->login.method == NULL || (setting->body != NULL && setting->auth == NULL)) {
        form->login.method = "POST";
    }
    form->recipe.login = &form->login;
    return http_client_new(&target, setting->call->transcript, &form->client, reterr);
}

/* Reads a path; bearer may be NULL. */
static enum status look(struct form *form, const char *path, const struct secret *bearer,
                        struct web_view *ret_view, struct attempt *attempt, int *ret_status,
                        struct error *reterr)
{
    DEFER(http_answer_done) struct http_answer answer = { 0 };

    TRY(http_client_ask(form->client,
                        &(struct http_ask){ .method = "GET",
                                            .path = path,
                                            .answer_is_secret = true,
                                            .bearer = bearer,
                                            .deadline_ms = mechanism_deadline(&form->setting) },
                        &answer, reterr));
    *ret_view = web_view(&answer, path, false);
    *ret_status = answer.status;
    if (ret_view->word != WEB_GRANTED && recipe_says_locked(&answer, &attempt->retry_after_s)) {
        attempt->word = ATTEMPT_LOCKED;
    }
    return STATUS_OK;
}

static enum status proof_try(struct form *form, const char *path, struct error *reterr)
{
    struct attempt attempt = { .retry_after_s = -1 };
    struct web_view view;
    int status = 0;

    if (form->proof_count == PROOFS_MAX) {
        return STATUS_OK;
    }
    for (size_t i = 0; i < form->proof_count; i++) {
        if (strcmp(form->proofs[i], path) == 0) {
            return STATUS_OK;
        }
    }
    TRY(look(form, path, NULL, &view, &attempt, &status, reterr));
    /* A page that a stranger may read proves nothing about a log-in. */
    if (view.word == WEB_REFUSED) {
        form->stranger_status[form->proof_count] = status;
        form->proofs[form->proof_count++] = path;
    }
    return STATUS_OK;
}

/* Pages that need this mechanism, by the profile, and that do refuse a stranger. */
static enum status proofs_find(struct form *form, struct error *reterr)
{
    const struct profile *profile = form->setting.call->subject->profile;
    const struct auth *auth = form->setting.auth;

    form->proofs_known = true;
    http_client_forget(form->client);
    if (form->setting.proof_path != NULL) {
        TRY(proof_try(form, form->setting.proof_path, reterr));
    } else if (auth != NULL && auth->path != NULL) {
        TRY(proof_try(form, auth->path, reterr));
    }
    for (size_t i = 0; profile != NULL && auth != NULL && i < profile->access_count; i++) {
        const struct access *access = &profile->accesses[i];

        if (access->auth == auth && access->service == auth->service && access->read.path != NULL &&
            strstr(access->read.path, "${") == NULL &&
            text_equal(access->read.method != NULL ? access->read.method : "GET", "GET")) {
            TRY(proof_try(form, access->read.path, reterr));
        }
    }
    return STATUS_OK;
}

/* A claimed log-in is believed once a page that had refused a stranger opens.  All of
 * them are asked: the account may be of a role that may see only some. */
static enum status prove(struct form *form, const struct recipe_outcome *outcome,
                         struct attempt *attempt, struct error *reterr)
{
    const struct secret *bearer = outcome->bearer.length > 0 ? &outcome->bearer : NULL;

    attempt->word = ATTEMPT_REJECTED;
    attempt->proof = "a protected page stayed closed";
    for (size_t i = 0; i < form->proof_count; i++) {
        struct web_view view;
        int status = 0;

        TRY(look(form, form->proofs[i], bearer, &view, attempt, &status, reterr));
        (void) snprintf(attempt->detail, sizeof attempt->detail, "%s", view.reason);
        if (attempt->word == ATTEMPT_LOCKED) {
            return STATUS_OK;
        }
        if (view.word == WEB_GRANTED) {
            attempt->word = ATTEMPT_ACCEPTED;
            attempt->proof = "a protected page opened";
            return STATUS_OK;
        }
        /* Another refusal than a stranger's: known, but not of the right role? */
        if (view.word == WEB_OPEN || (status == 403 && form->stranger_status[i] != 403)) {
            attempt->word = ATTEMPT_UNCLEAR;
            attempt->proof = "none";
        }
    }
    if (attempt->word == ATTEMPT_REJECTED && outcome->says_locked) {
        attempt->word = ATTEMPT_LOCKED;
        attempt->retry_after_s = outcome->retry_after_s;
    }
    return STATUS_OK;
}

static void outcome_take(const struct recipe_outcome *outcome, struct attempt *attempt)
{
    static const enum attempt_word words[] = {
        [RECIPE_CLAIMED] = ATTEMPT_ACCEPTED,
        [RECIPE_REJECTED] = ATTEMPT_REJECTED,
        [RECIPE_LOCKED] = ATTEMPT_LOCKED,
        [RECIPE_UNCLEAR] = ATTEMPT_UNCLEAR,
    };

    attempt->word = outcome->event == HTTP_NO_CONNECTION ? ATTEMPT_CLOSED : words[outcome->word];
    attempt->retry_after_s = outcome->retry_after_s;
    attempt->proof = "the answer to the log-in alone";
    (void) snprintf(attempt->detail, sizeof attempt->detail, "%s", outcome->detail);
}

/* Success and failure are declared with one status, or the words are those of a failure. */
static bool claim_is_weak(const struct form *form, const struct recipe_outcome *outcome)
{
    const struct recipe *recipe = &form->recipe;

    return outcome->says_failure ||
           (recipe->success_status != 0 && recipe->success_status == recipe->failure_status);
}

static enum status form_attempt(void *state, const struct candidate *candidate,
                                struct attempt *attempt, struct error *reterr)
{
    struct form *form = state;
    DEFER(recipe_outcome_done) struct recipe_outcome outcome = { 0 };
    const struct recipe_values values = { .user = candidate->user,
                                          .password = candidate->password };

    if (!form->proofs_known) {
        TRY(proofs_find(form, reterr));
    }
    http_client_forget(form->client);
    TRY(recipe_login(&form->recipe, form->client, &values, mechanism_deadline(&form->setting),
                     &outcome, reterr));
    outcome_take(&outcome, attempt);
    if (outcome.word == RECIPE_CLAIMED && form->proof_count > 0) {
        TRY(prove(form, &outcome, attempt, reterr));
    } else if (outcome.word == RECIPE_CLAIMED && claim_is_weak(form, &outcome)) {
        attempt->word = ATTEMPT_UNCLEAR;
        attempt->proof = "none";
        (void) snprintf(attempt->detail, sizeof attempt->detail,
                        "the status says success, something else says failure, and no page tells");
    }
    http_client_forget(form->client);
    return STATUS_OK;
}

static enum status form_reconnect(void *state, struct error *reterr)
{
    struct form *form = state;
    struct http_target target = web_target(form->setting.call, form->setting.tls);

    http_client_done(&form->client);
    return http_client_new(&target, form->setting.call->transcript, &form->client, reterr);
}

const struct mechanism mechanism_form = {
    .name = "form",
    .open = form_open,
    .attempt = form_attempt,
    .reconnect = form_reconnect,
    .close = form_close,
};
