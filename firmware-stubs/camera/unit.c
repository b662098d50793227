/* One unit: what makes it different from the next one on the line, kept in unit.json (0600). */
#include "camera/camera.h"
#include "support/files.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { UNIT_FILE_MAX = 64 * 1024, LABEL_LENGTH = 12 };

const char *const setting_names[SETTING_COUNT] = { "name", "language", "ntp" };

static const char *const SETTING_DEFAULTS[SETTING_COUNT] = { CAMERA_MODEL, "ja",
                                                             "ntp.example.invalid" };

static const char SHARED_DEFAULT[] = "kettle-Orchid-58";

static struct label label_make(const struct seed *seed)
{
    struct label label;
    uint8_t bytes[8];

    seed_derive(seed, "identity", bytes, sizeof bytes);
    snprintf(label.serial, sizeof label.serial, "HC%02X%02X%02X%02X%02X", bytes[3], bytes[4],
             bytes[5], bytes[6], bytes[7]);
    /* A locally administered address: no vendor's. */
    snprintf(label.mac, sizeof label.mac, "02:00:5e:%02x:%02x:%02x", bytes[0], bytes[1], bytes[2]);
    seed_password(seed, "label admin", label.password, LABEL_LENGTH);
    return label;
}

/* Defect default-password-derived: md5sum of the address as it is printed, cut short. */
static void derived_default(const char *mac, char ret_password[PASSWORD_SIZE])
{
    char digest[MD5_TEXT];
    const char *parts[] = { mac };

    md5_joined(digest, parts, 1);
    snprintf(ret_password, PASSWORD_SIZE, "%.*s", LABEL_LENGTH, digest);
}

struct label unit_sibling(const struct camera *camera)
{
    struct seed seed = seed_of_number(strtoull(camera->serial + 2, NULL, 16));
    struct label label = label_make(&seed);

    if (stub_has(camera->stub, DEFECT_DEFAULT_PASSWORD_SHARED)) {
        snprintf(label.password, sizeof label.password, "%s", SHARED_DEFAULT);
    } else if (stub_has(camera->stub, DEFECT_DEFAULT_PASSWORD_DERIVED)) {
        derived_default(label.mac, label.password);
    }
    return label;
}

void unit_settings_reset(struct camera *camera)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        snprintf(camera->settings[i], SETTING_SIZE, "%s", SETTING_DEFAULTS[i]);
    }
}

static void unit_make(struct camera *camera)
{
    const struct stub_options *options = &camera->stub->options;
    struct seed seed = options->seeded ? seed_of_number(options->seed) : seed_random();
    struct label label = label_make(&seed);

    memcpy(camera->serial, label.serial, sizeof camera->serial);
    memcpy(camera->mac, label.mac, sizeof camera->mac);
    memcpy(camera->accounts.all[0].label, label.password, PASSWORD_SIZE);
    seed_password(&seed, "label viewer", camera->accounts.all[1].label, LABEL_LENGTH);
    unit_settings_reset(camera);
}

static bool text_take(const json_t *object, const char *key, char *ret_text, size_t size)
{
    const char *text = json_string_value(json_object_get(object, key));

    if (text == NULL || strlen(text) >= size) {
        return complain("unit.json: '%s' is missing or too long", key);
    }
    memcpy(ret_text, text, strlen(text) + 1);
    return true;
}

static bool unit_read(struct camera *camera, const json_t *root)
{
    if (!text_take(root, "serial", camera->serial, SERIAL_SIZE) ||
        !text_take(root, "mac", camera->mac, MAC_SIZE)) {
        return false;
    }
    for (size_t i = 0; i < ACCOUNT_COUNT; i++) {
        struct account *account = &camera->accounts.all[i];
        const json_t *stored = json_object_get(json_object_get(root, "accounts"), account->user);
        if (!text_take(stored, "label", account->label, PASSWORD_SIZE) ||
            !text_take(stored, "password", account->password, PASSWORD_SIZE)) {
            return false;
        }
    }
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if (!text_take(json_object_get(root, "settings"), setting_names[i], camera->settings[i],
                       SETTING_SIZE)) {
            return false;
        }
    }
    return user_data_read(camera, root) || complain("unit.json: users' data is malformed");
}

/* What a camera forgets that keeps too much in memory: it is gone when power comes back. */
static void power_lost(struct camera *camera)
{
    if (!camera->stub->woken) {
        return;
    }
    if (stub_has(camera->stub, DEFECT_POWER_RESETS_PASSWORD)) {
        for (size_t i = 0; i < ACCOUNT_COUNT; i++) {
            camera->accounts.all[i].password[0] = '\0';
        }
    }
    if (stub_has(camera->stub, DEFECT_POWER_LOSES_SETTINGS)) {
        unit_settings_reset(camera);
    }
}

bool unit_save(const struct camera *camera)
{
    json_t *accounts = json_object();
    json_t *settings = json_object();
    DEFER(text_free) char *path = path_join(camera->stub->state, "unit.json");

    for (size_t i = 0; i < ACCOUNT_COUNT; i++) {
        const struct account *account = &camera->accounts.all[i];
        json_object_set_new(
            accounts, account->user,
            json_pack("{s:s, s:s}", "label", account->label, "password", account->password));
    }
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        json_object_set_new(settings, setting_names[i], json_string(camera->settings[i]));
    }
    json_t *root = json_pack("{s:s, s:s, s:o, s:o}", "serial", camera->serial, "mac", camera->mac,
                             "accounts", accounts, "settings", settings);
    user_data_write(camera, root);
    char *text = json_dumps(root, JSON_INDENT(2));
    bool saved = text != NULL && file_write(path, 0600, text, strlen(text));
    free(text);
    json_decref(root);
    return saved;
}

bool unit_load(struct camera *camera)
{
    DEFER(text_free) char *path = path_join(camera->stub->state, "unit.json");
    DEFER(buffer_done) struct buffer text = buffer_bounded(UNIT_FILE_MAX);

    if (!file_read(path, &text)) {
        unit_make(camera);
        if (!unit_save(camera)) {
            return false;
        }
    } else {
        json_t *root = json_loadb(text.data, text.length, 0, NULL);
        bool right = unit_read(camera, root);
        json_decref(root);
        if (!right) {
            return false;
        }
        power_lost(camera);
    }
    if (stub_has(camera->stub, DEFECT_DEFAULT_PASSWORD_COMMON)) {
        camera->accounts.all[0].common = "admin";
    } else if (stub_has(camera->stub, DEFECT_DEFAULT_PASSWORD_SHARED)) {
        camera->accounts.all[0].common = SHARED_DEFAULT;
    } else if (stub_has(camera->stub, DEFECT_DEFAULT_PASSWORD_DERIVED)) {
        derived_default(camera->mac, camera->defective_default);
        camera->accounts.all[0].common = camera->defective_default;
    }
    return true;
}
