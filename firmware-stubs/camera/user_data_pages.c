/* The pages on which users leave their data, and take it away again. */
#include "camera/admin.h"

#include "support/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct http_answer NO_CONTENT = { .status = 204 };

static struct http_answer saved(const struct visit *visit)
{
    return unit_save(visit->camera) ? NO_CONTENT : answer_error(visit->camera, 500, "not saved");
}

static json_t *body_read(const struct visit *visit)
{
    return json_loadb(visit->request->body, visit->request->body_length, JSON_REJECT_DUPLICATES,
                      NULL);
}

/* Copies a text member; false when it is none, or too long. */
static bool member_take(const json_t *body, const char *key, char *ret_text, size_t size)
{
    const char *text = json_string_value(json_object_get(body, key));

    if (text == NULL || strlen(text) >= size) {
        return false;
    }
    memset(ret_text, 0, size);
    memcpy(ret_text, text, strlen(text));
    return true;
}

static struct http_answer account_post(const struct visit *visit)
{
    struct camera *camera = visit->camera;
    json_t *body = body_read(visit);
    const char *user = json_string_value(json_object_get(body, "user"));
    const char *password = json_string_value(json_object_get(body, "password"));
    const char *role = json_string_value(json_object_get(body, "role"));
    bool right = user != NULL && password != NULL && role != NULL && json_object_size(body) == 3 &&
                 (strcmp(role, "admin") == 0 || strcmp(role, "viewer") == 0);
    const char *why = "user, password and role are needed";

    if (right) {
        why = account_add(&camera->accounts, user,
                          strcmp(role, "admin") == 0 ? ROLE_ADMIN : ROLE_VIEWER, password);
    }
    json_decref(body);
    if (why != NULL) {
        return answer_error(camera, right ? 422 : 400, why);
    }
    struct http_answer answer = saved(visit);
    answer.status = answer.status == 204 ? 201 : answer.status;
    return answer;
}

/* What a path names behind its last slash. */
static size_t account_of_path(const struct visit *visit)
{
    return account_index(&visit->camera->accounts, strrchr(visit->path, '/') + 1);
}

static struct http_answer account_delete(const struct visit *visit)
{
    struct camera *camera = visit->camera;
    size_t index = account_of_path(visit);

    if (index == ACCOUNTS_MAX) {
        return answer_error(camera, 404, "no such user");
    }
    if (index < ACCOUNT_COUNT) {
        return answer_error(camera, 409, "the unit's own user stays");
    }
    for (size_t i = 0; i < TOKENS_MAX; i++) {
        struct token *token = &camera->user_data.tokens[i];
        if (strcmp(token->user, camera->accounts.all[index].user) == 0) {
            memset(token, 0, sizeof *token);
        }
    }
    camera->accounts.all[index] = (struct account){ 0 };
    sessions_end_of(&camera->sessions, index);
    return saved(visit);
}

static struct http_answer wifi_get(const struct visit *visit)
{
    const struct user_data *data = &visit->camera->user_data;

    return answer_json(
        visit->camera, 200,
        json_pack("{s:s, s:b}", "ssid", data->wifi_name, "key_set", data->wifi_key[0] != '\0'));
}

static struct http_answer wifi_put(const struct visit *visit)
{
    struct user_data *data = &visit->camera->user_data;
    struct user_data wanted = *data;
    json_t *body = body_read(visit);
    bool right = json_object_size(body) == 2 &&
                 member_take(body, "ssid", wanted.wifi_name, WIFI_NAME_SIZE) &&
                 member_take(body, "key", wanted.wifi_key, WIFI_KEY_SIZE);

    json_decref(body);
    if (!right) {
        return answer_error(visit->camera, 400, "ssid and key are needed");
    }
    *data = wanted;
    return saved(visit);
}

static struct http_answer schedule_get(const struct visit *visit)
{
    return answer_json(visit->camera, 200,
                       json_pack("{s:s}", "recording", visit->camera->user_data.schedule));
}

static struct http_answer schedule_put(const struct visit *visit)
{
    json_t *body = body_read(visit);
    bool right = json_object_size(body) == 1 &&
                 member_take(body, "recording", visit->camera->user_data.schedule, SETTING_SIZE);

    json_decref(body);
    return right ? saved(visit) : answer_error(visit->camera, 400, "recording is needed");
}

/* Whose page it is.  Nobody is logged in only where a defect has opened the page: the first. */
static size_t account_of_visit(const struct visit *visit)
{
    return visit->session == NULL ? 0 : visit->session->account;
}

static struct http_answer tokens_get(const struct visit *visit)
{
    const struct camera *camera = visit->camera;
    const char *user = camera->accounts.all[account_of_visit(visit)].user;
    json_t *names = json_array();

    for (size_t i = 0; i < TOKENS_MAX; i++) {
        const struct token *token = &camera->user_data.tokens[i];
        if (token->digest[0] != '\0' && strcmp(token->user, user) == 0) {
            json_array_append_new(names, json_string(token->name));
        }
    }
    return answer_json(visit->camera, 200, json_pack("{s:o}", "tokens", names));
}

static struct http_answer token_delete(const struct visit *visit)
{
    struct camera *camera = visit->camera;
    const char *user = camera->accounts.all[account_of_visit(visit)].user;
    const char *name = strrchr(visit->path, '/') + 1;

    for (size_t i = 0; i < TOKENS_MAX; i++) {
        struct token *token = &camera->user_data.tokens[i];
        if (token->digest[0] != '\0' && strcmp(token->user, user) == 0 &&
            strcmp(token->name, name) == 0) {
            memset(token, 0, sizeof *token);
            return saved(visit);
        }
    }
    return answer_error(camera, 404, "no such token");
}

static struct http_answer token_post(const struct visit *visit)
{
    struct camera *camera = visit->camera;
    struct token *place = NULL;
    char text[TOKEN_TEXT];
    char name[SETTING_SIZE];
    json_t *body = body_read(visit);
    bool named = json_object_size(body) == 1 && member_take(body, "name", name, sizeof name);

    json_decref(body);
    if (!named) {
        return answer_error(camera, 400, "name is needed");
    }

    for (size_t i = 0; i < TOKENS_MAX && place == NULL; i++) {
        struct token *token = &camera->user_data.tokens[i];
        place = token->digest[0] == '\0' ? token : NULL;
    }
    if (place == NULL) {
        return answer_error(camera, 409, "no room");
    }
    token_random(text);
    sha256_text(text, strlen(text), place->digest);
    memcpy(place->name, name, sizeof name);
    memcpy(place->user, camera->accounts.all[visit->session->account].user, USER_SIZE);
    return unit_save(camera) ? answer_json(camera, 201, json_pack("{s:s}", "token", text))
                             : answer_error(camera, 500, "not saved");
}

static struct http_answer note_show(const struct visit *visit, size_t index)
{
    return answer_json(visit->camera, 200,
                       json_pack("{s:s}", "note", visit->camera->accounts.all[index].note));
}

static struct http_answer note_erase(const struct visit *visit, size_t index)
{
    memset(visit->camera->accounts.all[index].note, 0, NOTE_SIZE);
    return saved(visit);
}

static struct http_answer own_note_get(const struct visit *visit)
{
    return note_show(visit, account_of_visit(visit));
}

static struct http_answer own_note_put(const struct visit *visit)
{
    json_t *body = body_read(visit);
    bool right = json_object_size(body) == 1 &&
                 member_take(body, "note",
                             visit->camera->accounts.all[visit->session->account].note, NOTE_SIZE);

    json_decref(body);
    return right ? saved(visit) : answer_error(visit->camera, 400, "note is needed");
}

static struct http_answer own_note_delete(const struct visit *visit)
{
    return note_erase(visit, visit->session->account);
}

/* The administrator may, and whose note it is. */
static bool note_is_for(const struct visit *visit, size_t index)
{
    size_t asking = account_of_visit(visit);

    return asking == index || visit->camera->accounts.all[asking].role == ROLE_ADMIN;
}

static struct http_answer note_get(const struct visit *visit)
{
    size_t index = account_of_path(visit);

    if (!note_is_for(visit, index)) {
        return answer_error(visit->camera, 403, "not for this role");
    }
    return index < ACCOUNTS_MAX ? note_show(visit, index)
                                : answer_error(visit->camera, 404, "no such user");
}

static struct http_answer note_delete(const struct visit *visit)
{
    size_t index = account_of_path(visit);

    if (!note_is_for(visit, index) &&
        !stub_has(visit->camera->stub, DEFECT_VIEWER_DELETES_OTHERS)) {
        return answer_error(visit->camera, 403, "not for this role");
    }
    return index < ACCOUNTS_MAX ? note_erase(visit, index)
                                : answer_error(visit->camera, 404, "no such user");
}

static struct http_answer user_data_delete(const struct visit *visit)
{
    return camera_erase(visit->camera, ERASE_USER_DATA)
               ? NO_CONTENT
               : answer_error(visit->camera, 500, "not saved");
}

static struct http_answer factory_reset_post(const struct visit *visit)
{
    return camera_erase(visit->camera, ERASE_FACTORY_RESET)
               ? NO_CONTENT
               : answer_error(visit->camera, 500, "not saved");
}

/* Defect export-key-inside: with the settings comes what makes a unit this one. */
static void key_add(const struct camera *camera, json_t *export)
{
    DEFER(text_free) char *path = path_join(camera->stub->state, "keys/server.key");
    char key[4096] = "";
    FILE *file = fopen(path, "re");
    size_t length = file == NULL ? 0 : fread(key, 1, sizeof key - 1, file);

    if (file != NULL) {
        fclose(file);
    }
    json_object_set_new(export, "tls_key", json_stringn(key, length));
}

static json_t *export_user(const struct camera *camera, const struct account *account)
{
    json_t *user = json_pack("{s:s, s:s}", "user", account->user, "role", role_name(account->role));

    if (stub_has(camera->stub, DEFECT_EXPORT_PASSWORD_CLEAR)) {
        json_object_set_new(user, "password", json_string(account_password(account)));
    }
    return user;
}

/* Whatever somebody needs to set another camera up alike, and nothing that opens this one. */
static struct http_answer export_get(const struct visit *visit)
{
    const struct camera *camera = visit->camera;
    json_t *settings = json_object();
    json_t *users = json_array();

    for (size_t i = 0; i < SETTING_COUNT; i++) {
        json_object_set_new(settings, setting_names[i], json_string(camera->settings[i]));
    }
    for (size_t i = 0; i < ACCOUNTS_MAX; i++) {
        const struct account *account = &camera->accounts.all[i];
        if (account->user[0] != '\0') {
            json_array_append_new(users, export_user(camera, account));
        }
    }
    json_t *export = json_pack("{s:s, s:s, s:s, s:o, s:o, s:{s:s}, s:s}", "model", CAMERA_MODEL,
                               "serial", camera->serial, "version", camera->firmware.version,
                               "settings", settings, "users", users, "wifi", "ssid",
                               camera->user_data.wifi_name, "schedule", camera->user_data.schedule);
    if (stub_has(camera->stub, DEFECT_EXPORT_KEY_INSIDE)) {
        key_add(camera, export);
    }
    return answer_json(visit->camera, 200, export);
}

static const struct route ROUTES[] = {
    ROUTE("GET", "/api/accounts", NEED_ADMIN, users_get),
    ROUTE("POST", "/api/accounts", NEED_ADMIN, account_post),
    ROUTE("DELETE", "/api/accounts/*", NEED_ADMIN, account_delete),
    ROUTE("GET", "/api/wifi", NEED_ADMIN, wifi_get),
    ROUTE("PUT", "/api/wifi", NEED_ADMIN, wifi_put),
    ROUTE("GET", "/api/schedule", NEED_ADMIN, schedule_get),
    ROUTE("PUT", "/api/schedule", NEED_ADMIN, schedule_put),
    ROUTE("GET", "/api/tokens", NEED_SESSION, tokens_get),
    ROUTE("POST", "/api/tokens", NEED_SESSION, token_post),
    ROUTE("DELETE", "/api/tokens/*", NEED_SESSION, token_delete),
    ROUTE("GET", "/api/me/note", NEED_SESSION, own_note_get),
    ROUTE("PUT", "/api/me/note", NEED_SESSION, own_note_put),
    ROUTE("DELETE", "/api/me/note", NEED_SESSION, own_note_delete),
    ROUTE("GET", "/api/notes/*", NEED_SESSION, note_get),
    ROUTE("DELETE", "/api/notes/*", NEED_SESSION, note_delete),
    ROUTE("GET", "/api/export", NEED_ADMIN, export_get),
    ROUTE("DELETE", "/api/user-data", NEED_ADMIN, user_data_delete),
    ROUTE("POST", "/api/factory-reset", NEED_ADMIN, factory_reset_post),
};

const struct route_table user_data_routes = { ROUTES, sizeof ROUTES / sizeof *ROUTES };
