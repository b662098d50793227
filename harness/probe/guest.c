#include "probe/guest.h"

#include "base/text.h"
#include "probe/web.h"

#include <string.h>

void guest_marker(uint64_t *random, char *room)
{
    memcpy(room, "hoshitori-", sizeof "hoshitori-");
    web_random_text(random, room + strlen(room), GUEST_MARKER_RANDOM);
}

/* Whose credentials are shown, and how. */
static enum status who(struct guest *guest, const char *role, struct error *reterr)
{
    const struct subject *subject = guest->call->subject;
    const char *scheme;

    if (guest->access == NULL) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "to ask as somebody needs a profile that declares the access");
    }
    guest->auth = guest->access->auth;
    if (guest->auth == NULL) { /* declared public: everybody is in the role */
        return STATUS_OK;
    }
    scheme = web_scheme(guest->auth);
    guest->scheme = scheme;
    guest->credential =
        web_credential(subject->profile, guest->auth, role != NULL ? role : guest->access->role);
    if (guest->credential == NULL && guest->kind != GUEST_WRONG) {
        return fail(reterr, STATUS_BAD_INPUT, "the profile gives no credentials of the role for %s",
                    guest->auth->id);
    }
    if (!text_equal(scheme, "form") && !text_equal(scheme, "basic") &&
        !text_equal(scheme, "digest") && !text_equal(scheme, "bearer")) {
        return fail(reterr, STATUS_UNSUPPORTED, "logging in by %s is not supported over HTTP",
                    scheme);
    }
    if (text_equal(scheme, "form") && guest->auth->service != guest->access->service) {
        return fail(reterr, STATUS_UNSUPPORTED,
                    "a session of one service is not carried to another");
    }
    return STATUS_OK;
}

enum status guest_new(struct probe_call *call, enum guest_kind kind, const char *role,
                      struct guest *guest, struct error *reterr)
{
    struct http_target target =
        web_target(call, json_is_true(json_object_get(call->params, "tls")));
    uint64_t random = call->seed ^ 0x5eedu;

    *guest = (struct guest){ .call = call, .access = call->subject->access, .kind = kind };
    web_random_text(&random, guest->wrong_password, GUEST_WRONG_LENGTH);
    if (kind != GUEST_NOBODY) {
        TRY(who(guest, role, reterr));
    }
    return http_client_new(&target, call->transcript, &guest->client, reterr);
}

void guest_done(struct guest *guest)
{
    recipe_outcome_done(&guest->login);
    http_client_done(&guest->client);
}

/* What a log-in of this guest shows. */
static const char *password_of(const struct guest *guest)
{
    if (guest->kind == GUEST_WRONG) {
        return guest->wrong_password;
    }
    return guest->password != NULL ? guest->password : secret_reveal(&guest->credential->secret);
}

enum status guest_login(struct guest *guest, struct error *reterr)
{
    const struct auth *auth = guest->auth;
    const struct credential *credential = guest->credential;

    if (!text_equal(guest->scheme, "form")) {
        return STATUS_OK;
    }
    TRY(recipe_login(
        &(struct recipe){ .login = &auth->login,
                          .success_status = auth->success_status,
                          .failure_status = auth->failure_status,
                          .csrf = &auth->csrf },
        guest->client,
        &(struct recipe_values){ .user = credential != NULL ? credential->user : "admin",
                                 .password = password_of(guest) },
        probe_exchange_deadline(guest->call), &guest->login, reterr));
    guest->logged_in = guest->login.word == RECIPE_CLAIMED;
    return STATUS_OK;
}

static enum status credentials_show(const struct guest *guest, struct http_ask *ask,
                                    struct secret *wrong_token, struct error *reterr)
{
    bool wrong = guest->kind == GUEST_WRONG;

    if (text_equal(guest->scheme, "basic") || text_equal(guest->scheme, "digest")) {
        ask->scheme = guest->scheme;
        ask->user = guest->credential != NULL ? guest->credential->user : "admin";
        if (wrong || guest->password != NULL) {
            ask->password_text = password_of(guest);
        } else {
            ask->password = &guest->credential->secret;
        }
    } else if (text_equal(guest->scheme, "bearer")) {
        TRY(secret_set(wrong_token, guest->wrong_password, strlen(guest->wrong_password),
                       SECRET_FOR_CHILDREN, reterr));
        ask->bearer = wrong ? wrong_token : &guest->credential->secret;
    } else if (guest->login.bearer.length > 0) {
        ask->bearer = &guest->login.bearer;
    }
    return STATUS_OK;
}

enum status guest_send(struct guest *guest, const struct guest_errand *errand,
                       struct http_answer *answer, struct error *reterr)
{
    DEFER(recipe_request_done) struct recipe_request filled = recipe_request_empty();
    DEFER(secret_done) struct secret wrong_token = { 0 };
    DEFER(secret_done) struct secret token = { 0 };
    /* A stranger fetches the token too: without it, a refusal would be the token's doing. */
    const struct auth *guard = guest->access == NULL ? NULL : guest->access->auth;
    bool guarded = errand->changes && guard != NULL && guard->csrf.path != NULL;
    const struct http_request *request = errand->request;
    struct recipe_values values = errand->values;
    struct http_ask ask = { .method = request->method != NULL ? request->method : "GET",
                            .answer_is_secret = true,
                            .deadline_ms = probe_exchange_deadline(guest->call),
                            .given_up = guest->call->given_up };
    char detail[RECIPE_DETAIL_SIZE];

    TRY(credentials_show(guest, &ask, &wrong_token, reterr));
    if (guarded) {
        TRY(recipe_csrf(&guard->csrf, guest->client,
                        &(struct http_ask){ .bearer = ask.bearer, .deadline_ms = ask.deadline_ms },
                        &token, detail, reterr));
        values.csrf = secret_reveal(&token);
        ask.token_header = token.length > 0 ? guard->csrf.send_header : NULL;
        ask.token = secret_reveal(&token);
    }
    TRY(recipe_fill(request, &values, &filled, reterr));
    recipe_request_put(&filled, &ask);
    if (errand->body != NULL) {
        ask.body = errand->body;
        ask.body_length = errand->body_length;
        ask.content_type = errand->content_type;
    }
    ask.body_is_secret |= guest->withholds;
    ask.path_is_secret |= guest->withholds && ask.body == NULL;
    return http_client_ask(guest->client, &ask, answer, reterr);
}

enum status guest_ask(struct guest *guest, const struct http_request *request, const char *marker,
                      bool changes, struct http_answer *answer, struct error *reterr)
{
    const struct guest_errand errand = { .request = request,
                                         .values = { .marker = marker },
                                         .changes = changes };

    return guest_send(guest, &errand, answer, reterr);
}

enum status guest_is_known(struct guest *guest, const struct http_answer *answer, bool granted,
                           bool *ret_known, struct error *reterr)
{
    DEFER(http_answer_done) struct http_answer own = { 0 };
    struct http_request page = { .method = "GET" };

    *ret_known = granted || (guest->kind == GUEST_ROLE && answer->status == 403);
    if (*ret_known || guest->kind != GUEST_ROLE || answer->status != 401 || guest->auth == NULL ||
        guest->auth->path == NULL) {
        return STATUS_OK;
    }
    page.path = guest->auth->path;
    TRY(guest_ask(guest, &page, NULL, false, &own, reterr));
    *ret_known = web_view(&own, page.path, false).word == WEB_GRANTED;
    return STATUS_OK;
}

enum status guest_logout(struct guest *guest, struct http_answer *answer, struct error *reterr)
{
    return guest_ask(guest, &guest->auth->logout, NULL, true, answer, reterr);
}
