/* The administration page: HTTPS, sessions, two roles. */
#include "camera/admin.h"
#include "support/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char JSON_TYPE[] = "application/json";
static const char HTML_TYPE[] = "text/html; charset=utf-8";
static const char PAGE_FIELDS[] =
    "Content-Security-Policy: default-src 'self'; frame-ancestors 'none'\r\n";

struct http_answer answer_json(struct camera *camera, int status, json_t *value)
{
    free(camera->reply);
    camera->reply = json_dumps(value, JSON_COMPACT);
    json_decref(value);
    if (camera->reply == NULL) {
        abort();
    }
    return (struct http_answer){ .status = status,
                                 .type = JSON_TYPE,
                                 .body = camera->reply,
                                 .body_length = strlen(camera->reply) };
}

struct http_answer answer_error(struct camera *camera, int status, const char *why)
{
    return answer_json(camera, status, json_pack("{s:s}", "error", why));
}

static struct http_answer answer_text(const char *type, const char *text, const char *fields)
{
    struct http_answer answer = { .status = 200, .type = type, .body = text };

    answer.body_length = strlen(text);
    snprintf(answer.fields, sizeof answer.fields, "%s", fields);
    return answer;
}

static struct http_answer answer_locked(struct camera *camera, unsigned retry_after_s)
{
    struct http_answer answer = answer_error(camera, 429, "locked");

    snprintf(answer.fields, sizeof answer.fields, "Retry-After: %u\r\n", retry_after_s);
    return answer;
}

json_t *body_texts(const struct message *request, const char *first, const char *second,
                   const char **ret_first, const char **ret_second)
{
    json_t *body = json_loadb(request->body, request->body_length, JSON_REJECT_DUPLICATES, NULL);

    *ret_first = json_string_value(json_object_get(body, first));
    *ret_second = json_string_value(json_object_get(body, second));
    if (*ret_first == NULL || *ret_second == NULL || json_object_size(body) != 2) {
        json_decref(body);
        return NULL;
    }
    return body;
}

static struct http_answer answer_page(struct camera *camera, const char *page)
{
    bool other = stub_has(camera->stub, DEFECT_UI_WITHOUT_MODEL) ||
                 stub_has(camera->stub, DEFECT_UI_OTHER_MODEL);
    struct http_answer answer =
        other ? camera_page(camera, page) : answer_text(HTML_TYPE, page, PAGE_FIELDS);

    snprintf(answer.fields, sizeof answer.fields, "%s", PAGE_FIELDS);
    return answer;
}

static struct http_answer login_page(const struct visit *visit)
{
    return answer_page(visit->camera, camera_login_page);
}

static struct http_answer login_script(const struct visit *visit)
{
    (void) visit;
    return answer_text("text/javascript", camera_login_script, "");
}

static struct http_answer admin_page(const struct visit *visit)
{
    return answer_page(visit->camera, camera_admin_page);
}

static struct http_answer version_get(const struct visit *visit)
{
    return answer_json(
        visit->camera, 200,
        json_pack("{s:s, s:s}", "model", CAMERA_MODEL, "version", visit->camera->firmware.version));
}

static struct http_answer login_post(const struct visit *visit)
{
    struct camera *camera = visit->camera;
    const char *user = NULL;
    const char *password = NULL;
    json_t *body = body_texts(visit->request, "user", "password", &user, &password);

    if (body == NULL) {
        return answer_error(camera, 400, "user and password are needed");
    }
    struct login login = accounts_login_password(&camera->accounts, user, password);
    json_decref(body);
    if (login.answer == LOGIN_LOCKED) {
        return answer_locked(camera, login.retry_after_s);
    }
    if (login.answer == LOGIN_WRONG) {
        return answer_error(camera, 401, "wrong user or password");
    }
    const struct session *session = session_begin(&camera->sessions, login.account);
    const char *role = role_name(camera->accounts.all[login.account].role);
    struct http_answer answer = answer_json(camera, 200, json_pack("{s:s}", "role", role));
    snprintf(answer.fields, sizeof answer.fields,
             "Set-Cookie: session=%s; Path=/; HttpOnly; Secure; SameSite=Strict\r\n",
             session->token);
    return answer;
}

static struct http_answer logout_post(const struct visit *visit)
{
    struct http_answer answer = { .status = 204 };

    if (!stub_has(visit->camera->stub, DEFECT_SESSION_SURVIVES_LOGOUT)) {
        session_end(&visit->camera->sessions, visit->session->token);
    }
    snprintf(answer.fields, sizeof answer.fields, "%s",
             "Set-Cookie: session=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict\r\n");
    return answer;
}

static struct http_answer settings_get(const struct visit *visit)
{
    json_t *settings = json_object();

    for (size_t i = 0; i < SETTING_COUNT; i++) {
        json_object_set_new(settings, setting_names[i], json_string(visit->camera->settings[i]));
    }
    return answer_json(visit->camera, 200, settings);
}

static char (*setting_find(struct camera *camera, const char *name))[SETTING_SIZE]
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if (strcmp(setting_names[i], name) == 0) {
            return &camera->settings[i];
        }
    }
    return NULL;
}

static struct http_answer settings_put(const struct visit *visit)
{
    struct camera *camera = visit->camera;
    const struct message *request = visit->request;
    json_t *body = json_loadb(request->body, request->body_length, JSON_REJECT_DUPLICATES, NULL);
    bool right = json_object_size(body) > 0;
    const char *name;
    json_t *value;

    json_object_foreach(body, name, value)
    {
        right = right && setting_find(camera, name) != NULL && json_is_string(value) &&
                json_string_length(value) > 0 && json_string_length(value) < SETTING_SIZE;
    }
    if (right) {
        json_object_foreach(body, name, value)
        {
            snprintf(*setting_find(camera, name), SETTING_SIZE, "%s", json_string_value(value));
        }
    }
    json_decref(body);
    if (!right) {
        return answer_error(camera, 400, "unknown setting, or not a short text");
    }
    return unit_save(camera) ? settings_get(visit) : answer_error(camera, 500, "not saved");
}

struct http_answer users_get(const struct visit *visit)
{
    json_t *users = json_array();

    for (size_t i = 0; i < ACCOUNTS_MAX; i++) {
        const struct account *account = &visit->camera->accounts.all[i];
        if (account->user[0] == '\0') {
            continue;
        }
        json_array_append_new(users, json_pack("{s:s, s:s}", "user", account->user, "role",
                                               role_name(account->role)));
    }
    return answer_json(visit->camera, 200, json_pack("{s:o}", "users", users));
}

static const char *password_change(struct camera *camera, struct account *account, const char *new)
{
    char before[PASSWORD_SIZE];

    if (stub_has(camera->stub, DEFECT_CHANGE_IGNORED)) {
        return NULL;
    }
    memcpy(before, account_password(account), strlen(account_password(account)) + 1);
    size_t least = stub_has(camera->stub, DEFECT_CHANGE_SHORT_PASSWORD) ? 1 : PASSWORD_LENGTH_MIN;
    const char *why = account_password_set(account, new, least,
                                           stub_has(camera->stub, DEFECT_CHANGE_COMMON_PASSWORD));
    if (why == NULL && stub_has(camera->stub, DEFECT_OLD_PASSWORD_STAYS)) {
        memcpy(account->previous, before, sizeof before);
    }
    return why;
}

static struct http_answer password_put(const struct visit *visit)
{
    struct camera *camera = visit->camera;
    /* Nobody is logged in: only with the defect does it come to this. */
    size_t index = visit->session == NULL ? 0 : visit->session->account;
    struct account *account = &camera->accounts.all[index];
    const char *old = NULL;
    const char *new = NULL;
    json_t *body = body_texts(visit->request, "old", "new", &old, &new);

    if (body == NULL) {
        return answer_error(camera, 400, "old and new are needed");
    }
    /* A session must not be a way to guess without being counted. */
    struct login login = visit->session == NULL
                             ? (struct login){ .answer = LOGIN_RIGHT }
                             : accounts_login_password(&camera->accounts, account->user, old);
    const char *why = login.answer == LOGIN_RIGHT ? password_change(camera, account, new) : NULL;
    json_decref(body);
    if (login.answer == LOGIN_LOCKED) {
        return answer_locked(camera, login.retry_after_s);
    }
    if (login.answer == LOGIN_WRONG) {
        return answer_error(camera, 403, "the old password is wrong");
    }
    if (why != NULL) {
        return answer_error(camera, 422, why);
    }
    if (!stub_has(camera->stub, DEFECT_SESSIONS_SURVIVE_CHANGE)) {
        sessions_end_of(&camera->sessions, index);
    }
    return unit_save(camera) ? (struct http_answer){ .status = 204 }
                             : answer_error(camera, 500, "not saved");
}

static struct http_answer setup_get(const struct visit *visit)
{
    return answer_json(visit->camera, 200,
                       json_pack("{s:b}", "first_use", accounts_wait(&visit->camera->accounts)));
}

static struct http_answer setup_post(const struct visit *visit)
{
    struct camera *camera = visit->camera;
    json_t *body =
        json_loadb(visit->request->body, visit->request->body_length, JSON_REJECT_DUPLICATES, NULL);
    const char *password = json_string_value(json_object_get(body, "password"));
    const char *why = NULL;

    if (!accounts_wait(&camera->accounts) || password == NULL) {
        json_decref(body);
        return answer_error(camera, password == NULL ? 400 : 409, "no first password now");
    }
    why = accounts_begin(&camera->accounts, password);
    json_decref(body);
    if (why != NULL) {
        return answer_error(camera, 422, why);
    }
    return unit_save(camera) ? (struct http_answer){ .status = 204 }
                             : answer_error(camera, 500, "not saved");
}

static struct http_answer reset_post(const struct visit *visit)
{
    struct camera *camera = visit->camera;

    for (size_t i = 0; i < ACCOUNT_COUNT; i++) {
        camera->accounts.all[i].password[0] = '\0';
        sessions_end_of(&camera->sessions, i);
    }
    return unit_save(camera) ? (struct http_answer){ .status = 204 }
                             : answer_error(camera, 500, "not saved");
}

/* RFC 7617.  A session will do as well, for the page's own image. */
static struct http_answer snapshot_get(const struct visit *visit)
{
    struct camera *camera = visit->camera;
    struct login login = { .answer = LOGIN_WRONG };
    char field[512];
    char pair[384];

    if (visit->session != NULL) {
        login.answer = LOGIN_RIGHT;
    } else if (message_field(visit->request, "Authorization", field, sizeof field) &&
               strncasecmp(field, "Basic ", 6) == 0 &&
               base64_decode(field + 6, pair, sizeof pair) && strchr(pair, ':') != NULL) {
        char *colon = strchr(pair, ':');
        *colon = '\0';
        login = stub_has(camera->stub, DEFECT_BASIC_UNLIMITED)
                    ? accounts_login_uncounted(&camera->accounts, pair, colon + 1)
                    : accounts_login_password(&camera->accounts, pair, colon + 1);
    }
    if (login.answer == LOGIN_LOCKED) {
        return answer_locked(camera, login.retry_after_s);
    }
    if (login.answer == LOGIN_WRONG) {
        struct http_answer answer = answer_error(camera, 401, "log in first");
        snprintf(answer.fields, sizeof answer.fields, "%s",
                 "WWW-Authenticate: Basic realm=\"" CAMERA_MODEL "\", charset=\"UTF-8\"\r\n");
        return answer;
    }
    return (struct http_answer){ .status = 200,
                                 .type = "image/jpeg",
                                 .body = camera_snapshot,
                                 .body_length = camera_snapshot_length };
}

static const struct route ROUTES[] = {
    ROUTE("GET", "/", NEED_NOTHING, login_page),
    ROUTE("GET", "/login.js", NEED_NOTHING, login_script),
    ROUTE("GET", "/api/version", NEED_NOTHING, version_get),
    ROUTE("POST", "/api/login", NEED_NOTHING, login_post),
    ROUTE("POST", "/api/logout", NEED_SESSION, logout_post),
    { "GET", "/admin", NEED_SESSION, DEFECT_ADMIN_PATH_UNAUTHENTICATED, DEFECT_NONE, admin_page },
    { "GET", "/api/settings", NEED_ADMIN, DEFECT_ADMIN_PATH_UNAUTHENTICATED, DEFECT_NONE,
      settings_get },
    { "PUT", "/api/settings", NEED_ADMIN, DEFECT_WRITE_UNAUTHENTICATED,
      DEFECT_VIEWER_WRITES_SETTINGS, settings_put },
    { "GET", "/backup.cfg", NEED_ADMIN, DEFECT_BACKUP_UNAUTHENTICATED, DEFECT_NONE, settings_get },
    { "GET", "/api/diagnostics", NEED_ADMIN, DEFECT_DIAGNOSTICS_UNAUTHENTICATED, DEFECT_NONE,
      users_get },
    { "GET", "/api/users", NEED_ADMIN, DEFECT_NONE, DEFECT_VIEWER_READS_USERS, users_get },
    { "PUT", "/api/password", NEED_SESSION, DEFECT_CHANGE_WITHOUT_LOGIN, DEFECT_NONE,
      password_put },
    ROUTE("GET", "/snapshot.jpg", NEED_NOTHING, snapshot_get),
};

/* These exist on a camera that has no default password. */
static const struct route SETUP_ROUTES[] = {
    ROUTE("GET", "/api/setup", NEED_NOTHING, setup_get),
    ROUTE("POST", "/api/setup", NEED_NOTHING, setup_post),
    ROUTE("POST", "/api/reset", NEED_ADMIN, reset_post),
};

#define TABLE(rows)                                                                                \
    {                                                                                              \
        rows, sizeof(rows) / sizeof *(rows)                                                        \
    }

static const struct route_table setup_routes = TABLE(SETUP_ROUTES);
static const struct route_table page_routes = TABLE(ROUTES);

/* The last are of a camera without a default password alone. */
static const struct route_table *const TABLES[] = { &page_routes, &update_routes, &user_data_routes,
                                                    &document_routes, &setup_routes };

static size_t table_count(const struct camera *camera)
{
    return sizeof TABLES / sizeof *TABLES - (camera->accounts.first_use ? 0 : 1);
}

static bool path_fits(const struct route *route, const char *path)
{
    size_t length = strlen(route->path);

    return route->path[length - 1] == '*' ? strncmp(route->path, path, length - 1) == 0
                                          : strcmp(route->path, path) == 0;
}

static const struct route *route_find(const struct camera *camera, const char *method,
                                      const char *path)
{
    for (size_t i = 0; i < table_count(camera); i++) {
        for (size_t k = 0; k < TABLES[i]->count; k++) {
            const struct route *route = &TABLES[i]->routes[k];
            if (strcmp(route->method, method) == 0 && path_fits(route, path)) {
                return route;
            }
        }
    }
    return NULL;
}

/* RFC 6750 section 2.1: a token reads, and does nothing else. */
static const struct session *session_by_token(struct camera *camera, const struct message *request)
{
    char field[128];

    if (strcmp(request->method, "GET") != 0 ||
        !message_field(request, "Authorization", field, sizeof field) ||
        strncasecmp(field, "Bearer ", 7) != 0) {
        return NULL;
    }
    camera->by_token.account = token_account(camera, field + 7);
    return camera->by_token.account < ACCOUNTS_MAX ? &camera->by_token : NULL;
}

/* RFC 6265 section 5.4: "name=value" pairs with "; " between them. */
static const struct session *session_of(struct camera *camera, const struct message *request)
{
    char field[1024];
    char *rest = field;

    if (!message_field(request, "Cookie", field, sizeof field)) {
        return session_by_token(camera, request);
    }
    for (char *pair; (pair = strsep(&rest, ";")) != NULL;) {
        pair += strspn(pair, " ");
        if (strncmp(pair, "session=", 8) == 0) {
            return session_find(&camera->sessions, pair + 8);
        }
    }
    return NULL;
}

static struct http_answer answer_no_route(const struct visit *visit, const char *path)
{
    struct http_answer answer = answer_error(visit->camera, 405, "method");
    enum need least = NEED_ADMIN;
    size_t used = 0;

    for (size_t i = 0; i < table_count(visit->camera); i++) {
        for (size_t k = 0; k < TABLES[i]->count; k++) {
            const struct route *route = &TABLES[i]->routes[k];
            if (path_fits(route, path)) {
                used += (size_t) snprintf(answer.fields + used, sizeof answer.fields - used, "%s%s",
                                          used == 0 ? "Allow: " : ", ", route->method);
                least = route->need < least ? route->need : least;
            }
        }
    }
    if (used == 0) {
        return answer_error(visit->camera, 404, "no such page");
    }
    if (least != NEED_NOTHING && visit->session == NULL) {
        return answer_error(visit->camera, 401, "log in first");
    }
    snprintf(answer.fields + used, sizeof answer.fields - used, "\r\n");
    return answer;
}

/* A forgotten need lets strangers in; whoever shows a session still meets the check of roles. */
static enum need need_of(const struct visit *visit, const struct route *route)
{
    const struct camera *camera = visit->camera;

    if (route->open_with != DEFECT_NONE && stub_has(camera->stub, route->open_with) &&
        visit->session == NULL) {
        return NEED_NOTHING;
    }
    if (accounts_wait(&camera->accounts) && strcmp(route->method, "GET") == 0 &&
        stub_has(camera->stub, DEFECT_FIRST_USE_SKIPPABLE)) {
        return NEED_NOTHING;
    }
    if (route->viewer_with != DEFECT_NONE && stub_has(camera->stub, route->viewer_with)) {
        return NEED_SESSION;
    }
    return route->need;
}

/* MESSAGE_READY, or the status that says why this visit is none of the route's. */
static int need_met(const struct visit *visit, enum need need)
{
    if (need != NEED_NOTHING && visit->session == NULL) {
        return 401;
    }
    return need == NEED_ADMIN &&
                   visit->camera->accounts.all[visit->session->account].role != ROLE_ADMIN
               ? 403
               : MESSAGE_READY;
}

static struct http_answer admin_answer(struct connection *connection, const struct message *request,
                                       const char *path)
{
    struct camera *camera = connection->device;
    /* Defect path-variant-bypass: what stands behind the gate tidies the path, the gate does not.
     */
    bool around =
        path[0] == '/' && path[1] == '/' && stub_has(camera->stub, DEFECT_PATH_VARIANT_BYPASS);
    const char *method = strcmp(request->method, "HEAD") == 0 ? "GET" : request->method;

    path += around ? 1 : 0;
    struct visit visit = { camera, request, session_of(camera, request), path };
    const struct route *route = route_find(camera, method, path);
    if (route == NULL) {
        return answer_no_route(&visit, path);
    }
    enum need need = around && strcmp(method, "GET") == 0 ? NEED_NOTHING : need_of(&visit, route);
    int met = need_met(&visit, need);
    if (met != MESSAGE_READY) {
        return answer_error(camera, met, met == 401 ? "log in first" : "not for this role");
    }
    return route->answer(&visit);
}

/* Only whoever may install firmware makes the camera take in more than a page needs. */
static int admin_gate(struct connection *connection, const struct message *request,
                      const char *path)
{
    struct camera *camera = connection->device;
    struct visit visit = { camera, request, session_of(camera, request), path };
    bool upload = strcmp(request->method, "POST") == 0 && strcmp(path, "/api/update") == 0;
    int met = upload ? need_met(&visit, NEED_ADMIN) : 413;

    return met == MESSAGE_READY && request->body_length > IMAGE_MAX ? 413 : met;
}

static enum next_step admin_input(struct connection *connection)
{
    return http_input_gated(connection, admin_answer, admin_gate);
}

const struct protocol camera_admin = { .name = "https", .idle_ms = 15000, .input = admin_input };
