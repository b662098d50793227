/* What users have left on the camera: kept in unit.json with the rest, so that one rename is the
 * moment at which everything changes. */
#include "camera/camera.h"
#include "support/files.h"

#include <string.h>

/* A text member that may be missing; false when it is there and does not fit. */
static bool text_take(const json_t *object, const char *key, char *ret_text, size_t size)
{
    const json_t *value = json_object_get(object, key);
    const char *text = value == NULL ? "" : json_string_value(value);

    if (text == NULL || strlen(text) >= size) {
        return false;
    }
    memcpy(ret_text, text, strlen(text) + 1);
    return true;
}

static bool account_read(struct camera *camera, const json_t *stored)
{
    char user[USER_SIZE];
    char role[USER_SIZE];
    size_t index = ACCOUNT_COUNT;

    while (index < ACCOUNTS_MAX && camera->accounts.all[index].user[0] != '\0') {
        index++;
    }
    if (index == ACCOUNTS_MAX || !text_take(stored, "user", user, sizeof user) ||
        !text_take(stored, "role", role, sizeof role)) {
        return false;
    }
    struct account *account = &camera->accounts.all[index];
    memcpy(account->user, user, sizeof user);
    account->role = strcmp(role, role_name(ROLE_ADMIN)) == 0 ? ROLE_ADMIN : ROLE_VIEWER;
    return text_take(stored, "password", account->password, PASSWORD_SIZE) &&
           account->password[0] != '\0';
}

static bool accounts_read(struct camera *camera, const json_t *root)
{
    const json_t *notes = json_object_get(root, "notes");
    const json_t *stored;
    size_t i;

    json_array_foreach(json_object_get(root, "added"), i, stored)
    {
        if (!account_read(camera, stored)) {
            return false;
        }
    }
    for (i = 0; i < ACCOUNTS_MAX; i++) {
        struct account *account = &camera->accounts.all[i];
        if (account->user[0] != '\0' &&
            !text_take(notes, account->user, account->note, NOTE_SIZE)) {
            return false;
        }
    }
    return true;
}

bool user_data_read(struct camera *camera, const json_t *root)
{
    struct user_data *data = &camera->user_data;
    const json_t *wifi = json_object_get(root, "wifi");
    const json_t *stored;
    size_t i;

    json_array_foreach(json_object_get(root, "tokens"), i, stored)
    {
        if (i >= TOKENS_MAX || !text_take(stored, "sha256", data->tokens[i].digest, SHA256_TEXT) ||
            !text_take(stored, "user", data->tokens[i].user, USER_SIZE) ||
            !text_take(stored, "name", data->tokens[i].name, SETTING_SIZE)) {
            return false;
        }
    }
    return text_take(wifi, "name", data->wifi_name, WIFI_NAME_SIZE) &&
           text_take(wifi, "key", data->wifi_key, WIFI_KEY_SIZE) &&
           text_take(root, "schedule", data->schedule, SETTING_SIZE) && accounts_read(camera, root);
}

void user_data_write(const struct camera *camera, json_t *root)
{
    const struct user_data *data = &camera->user_data;
    json_t *added = json_array();
    json_t *notes = json_object();
    json_t *tokens = json_array();

    for (size_t i = 0; i < ACCOUNTS_MAX; i++) {
        const struct account *account = &camera->accounts.all[i];
        if (i >= ACCOUNT_COUNT && account->user[0] != '\0') {
            json_array_append_new(added, json_pack("{s:s, s:s, s:s}", "user", account->user, "role",
                                                   role_name(account->role), "password",
                                                   account->password));
        }
        if (account->note[0] != '\0') {
            json_object_set_new(notes, account->user, json_string(account->note));
        }
    }
    for (size_t i = 0; i < TOKENS_MAX; i++) {
        const struct token *token = &data->tokens[i];
        if (token->digest[0] != '\0') {
            json_array_append_new(tokens, json_pack("{s:s, s:s, s:s}", "sha256", token->digest,
                                                    "user", token->user, "name", token->name));
        }
    }
    json_object_set_new(root, "added", added);
    json_object_set_new(root, "notes", notes);
    json_object_set_new(root, "tokens", tokens);
    json_object_set_new(root, "schedule", json_string(data->schedule));
    json_object_set_new(root, "wifi",
                        json_pack("{s:s, s:s}", "name", data->wifi_name, "key", data->wifi_key));
}

size_t token_account(const struct camera *camera, const char *token)
{
    char digest[SHA256_TEXT];
    size_t found = ACCOUNTS_MAX;

    sha256_text(token, strlen(token), digest);
    for (size_t i = 0; i < TOKENS_MAX; i++) {
        const struct token *known = &camera->user_data.tokens[i];
        if (known->digest[0] != '\0' && strcmp(known->digest, digest) == 0) {
            found = account_index(&camera->accounts, known->user);
        }
    }
    return found;
}

static void accounts_erase(struct camera *camera, enum erasure erasure)
{
    bool keeps = stub_has(camera->stub, DEFECT_ERASE_KEEPS_ACCOUNTS);

    for (size_t i = 0; i < ACCOUNTS_MAX; i++) {
        struct account *account = &camera->accounts.all[i];
        memset(account->note, 0, sizeof account->note);
        if (i >= ACCOUNT_COUNT && !keeps) {
            *account = (struct account){ 0 };
        }
        if (i < ACCOUNT_COUNT && erasure == ERASE_FACTORY_RESET) {
            memset(account->password, 0, sizeof account->password);
            memset(account->previous, 0, sizeof account->previous);
        }
    }
    if (erasure == ERASE_FACTORY_RESET && stub_has(camera->stub, DEFECT_RESET_WITHOUT_FIRST_USE)) {
        memcpy(camera->accounts.all[0].password, "admin", sizeof "admin");
    }
}

bool camera_erase(struct camera *camera, enum erasure erasure)
{
    const struct user_data before = camera->user_data;
    struct stub *stub = camera->stub;

    camera->user_data = (struct user_data){ 0 };
    if (stub_has(stub, DEFECT_ERASE_KEEPS_WIFI)) {
        memcpy(camera->user_data.wifi_name, before.wifi_name, WIFI_NAME_SIZE);
        memcpy(camera->user_data.wifi_key, before.wifi_key, WIFI_KEY_SIZE);
    }
    if (stub_has(stub, DEFECT_ERASE_KEEPS_TOKENS)) {
        memcpy(camera->user_data.tokens, before.tokens, sizeof before.tokens);
    }
    unit_settings_reset(camera);
    accounts_erase(camera, erasure);
    if (!stub_has(stub, DEFECT_ERASE_KEEPS_SESSIONS)) {
        sessions_end_all(&camera->sessions);
    }
    if (stub_has(stub, DEFECT_RESET_ROLLS_BACK_VERSION) && firmware_reinstall(stub)) {
        memcpy(camera->firmware.version, CAMERA_VERSION, sizeof CAMERA_VERSION);
    }
    return unit_save(camera);
}
