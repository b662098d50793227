#include "probe/web.h"

#include "base/text.h"
#include "probe/recipe.h"
#include "wire/http_challenge.h"
#include "wire/login_page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    REDIRECT_BODY_MAX = 4096, /* more than a note that one is sent elsewhere */
    MACHINE_BODY_MAX = 4096
};

struct http_target web_target(const struct probe_call *call, bool tls_by_hand)
{
    const struct service *service = call->subject->service;

    if (service == NULL && call->subject->auth != NULL) {
        service = call->subject->auth->service;
    }
    if (service == NULL && call->subject->access != NULL) {
        service = call->subject->access->service;
    }
    return (struct http_target){
        .host = call->host,
        .port = call->port,
        .tls = tls_by_hand || (service != NULL && text_equal(service->protocol, "https")),
        .server_name = service != NULL ? service->tls_server_name : NULL,
    };
}

const char *web_scheme(const struct auth *auth)
{
    /* Protocols with one way to log in. */
    static const char *const own[] = { "telnet", "ssh", "ftp" };

    if (auth != NULL && auth->service != NULL && text_equal(auth->service->protocol, "rtsp") &&
        (auth->scheme == NULL || text_equal(auth->scheme, "basic") ||
         text_equal(auth->scheme, "digest"))) {
        return text_equal(auth->scheme, "basic") ? "rtsp-basic" : "rtsp-digest";
    }
    if (auth == NULL || auth->scheme != NULL) {
        return auth == NULL ? NULL : auth->scheme;
    }
    if (auth->login.path != NULL) {
        return "form";
    }
    for (size_t i = 0; auth->service != NULL && i < sizeof own / sizeof own[0]; i++) {
        if (text_equal(auth->service->protocol, own[i])) {
            return own[i];
        }
    }
    if (auth->service != NULL && (text_equal(auth->service->protocol, "mqtt") ||
                                  text_equal(auth->service->protocol, "mqtts"))) {
        return "mqtt";
    }
    return "basic";
}

const struct auth *web_account_of(const struct profile *profile, const struct auth *auth)
{
    for (size_t i = 0; profile != NULL && auth->account_of != NULL && i < profile->auth_count;
         i++) {
        if (text_equal(profile->auths[i].id, auth->account_of)) {
            return &profile->auths[i];
        }
    }
    return auth;
}

static const struct credential *of_role(const struct auth *auth, const char *role)
{
    for (size_t i = 0; i < auth->credential_count; i++) {
        if (role == NULL || role[0] == '\0' || text_equal(auth->credentials[i].role, role)) {
            return &auth->credentials[i];
        }
    }
    return NULL;
}

const struct credential *web_credential(const struct profile *profile, const struct auth *auth,
                                        const char *role)
{
    const struct credential *own = auth == NULL ? NULL : of_role(auth, role);

    return own != NULL || auth == NULL ? own : of_role(web_account_of(profile, auth), role);
}

static bool is_html(const struct http_answer *answer)
{
    return strstr(answer->content_type, "html") != NULL;
}

/* {"error": 17}, {"code": -1}, {"success": false}; not {"error": 0}. */
static bool member_says_failure(const char *name, const json_t *value)
{
    static const char *const faults[] = { "error", "err", "errcode", "error_code", "errno", NULL };
    static const char *const merits[] = { "success", "ok", NULL };

    for (const char *const *fault = faults; *fault != NULL; fault++) {
        if (text_equal_nocase(name, *fault)) {
            return json_is_true(value) || json_integer_value(value) != 0 ||
                   json_string_length(value) > 0 || json_object_size(value) > 0;
        }
    }
    for (const char *const *merit = merits; *merit != NULL; merit++) {
        if (text_equal_nocase(name, *merit)) {
            return json_is_false(value);
        }
    }
    return text_equal_nocase(name, "code") && json_integer_value(value) < 0;
}

/* Many devices answer 200 and say in a short JSON object that access is refused. */
bool web_says_failure(const struct http_answer *answer)
{
    json_t *tree;
    bool fails = false;
    const char *name;
    json_t *value;

    if (answer->body.length == 0 || answer->body.length > MACHINE_BODY_MAX) {
        return false;
    }
    if (wire_page_says_refused(answer->body.data, answer->body.length)) {
        return true;
    }
    tree = json_loadb((const char *) answer->body.data, answer->body.length, 0, NULL);
    json_object_foreach(tree, name, value)
    {
        fails |= member_says_failure(name, value);
    }
    json_decref(tree);
    return fails;
}

static void view_says(struct web_view *view, enum web_word word, const char *reason)
{
    view->word = word;
    (void) snprintf(view->reason, sizeof view->reason, "%s", reason);
}

static void view_success(const struct http_answer *answer, bool writes, struct web_view *view)
{
    view->login_page = recipe_is_login_page(answer);
    if (view->login_page) {
        view_says(view, WEB_REFUSED, "a log-in form came in place of the thing");
    } else if (answer->body_cut && is_html(answer)) {
        view_says(view, WEB_OPEN, "the page stopped before its end");
    } else if (!writes && answer->body.length == 0) {
        view_says(view, WEB_OPEN, "the answer is a success without content");
    } else if (web_says_failure(answer)) {
        view_says(view, WEB_OPEN, "the status says success, the words say refusal");
    } else {
        view_says(view, WEB_GRANTED, "a success that is not a log-in page");
    }
}

/* "/admin" to "/admin/", or to the same path over TLS. */
static bool same_thing_elsewhere(const struct http_answer *answer, const char *path)
{
    char location[sizeof answer->location];
    char *start;
    size_t length;

    web_location(answer, location, sizeof location);
    start = strstr(location, "://");
    start = start == NULL ? location : strchr(start + 3, '/');
    if (start == NULL) {
        return strcmp(path, "/") == 0;
    }
    length = strcspn(path, "?");
    return strncmp(start, path, length) == 0 &&
           (start[length] == '\0' || strcmp(start + length, "/") == 0);
}

static void view_redirect(const struct http_answer *answer, const char *path, bool writes,
                          struct web_view *view)
{
    view->redirected = true;
    if (answer->status == 304 || answer->location[0] == '\0') {
        view_says(view, WEB_OPEN, "a redirect that does not say where to");
    } else if (same_thing_elsewhere(answer, path)) {
        view_says(view, WEB_OPEN, "redirected to the same thing under another address");
    } else if (answer->body.length > REDIRECT_BODY_MAX) {
        view_says(view, WEB_OPEN, "a redirect that carries a whole page with it");
    } else if (writes && !recipe_redirects_to_login(answer)) {
        view_says(view, WEB_OPEN, "a redirect may also follow a successful change");
    } else {
        view_says(view, WEB_REFUSED, "redirected elsewhere");
    }
}

struct web_view web_view(const struct http_answer *answer, const char *path, bool writes)
{
    struct web_view view = { .word = WEB_OPEN };

    if (answer->event != HTTP_ANSWERED) {
        (void) snprintf(view.reason, sizeof view.reason, "no answer: %s",
                        http_event_word(answer->event));
    } else if (answer->status >= 200 && answer->status < 300) {
        view_success(answer, writes, &view);
    } else if (answer->status >= 300 && answer->status < 400) {
        view_redirect(answer, path, writes, &view);
    } else if (answer->status == 401 || answer->status == 403) {
        view.login_page = recipe_is_login_page(answer);
        view_says(&view, WEB_REFUSED, "refused by status");
    } else {
        (void) snprintf(view.reason, sizeof view.reason,
                        "status %d does not say whether access was refused", answer->status);
    }
    return view;
}

bool web_puts_off(int status)
{
    return status == 429 || status == 503;
}

json_t *web_challenges(const struct http_answer *answer)
{
    const json_t *values = json_object_get(answer->headers, "www-authenticate");
    struct wire_http_challenge challenge = { .count = 0 };
    json_t *list = json_array();

    for (size_t i = 0; i < json_array_size(values); i++) {
        const char *value = json_string_value(json_array_get(values, i));

        wire_http_challenge_read(value, strlen(value), &challenge);
    }
    for (size_t i = 0; i < challenge.count; i++) {
        if (json_array_append_new(list, json_string(challenge.schemes[i])) != 0) {
            abort();
        }
    }
    return list;
}

void web_location(const struct http_answer *answer, char *room, size_t size)
{
    (void) snprintf(room, size, "%.*s", (int) strcspn(answer->location, "?#;"), answer->location);
}

/* splitmix64: one well-mixed word per step of a counter. */
static uint64_t random_word(uint64_t *state)
{
    uint64_t word = *state += 0x9e3779b97f4a7c15u;

    word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9u;
    word = (word ^ (word >> 27)) * 0x94d049bb133111ebu;
    return word ^ (word >> 31);
}

void web_random_text(uint64_t *state, char *room, size_t length)
{
    static const char alphabet[] = "abcdefghijkmnpqrstuvwxyz23456789";

    for (size_t i = 0; i < length; i++) {
        room[i] = alphabet[random_word(state) % (sizeof alphabet - 1)];
    }
    room[length] = '\0';
}
