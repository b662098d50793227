/* camera.h - HC-100, a network camera: an administration page over TLS, a redirect, a stream
 * control service, and what a defect adds. */
#pragma once

#include "camera/accounts.h"
#include "camera/fetch.h"
#include "camera/firmware.h"
#include "camera/sessions.h"
#include "stub.h"

#include <jansson.h>

enum {
    SETTING_COUNT = 3,
    SETTING_SIZE = 65,
    SERIAL_SIZE = 16,
    MAC_SIZE = 18,
    WIFI_NAME_SIZE = 33,
    WIFI_KEY_SIZE = 64,
    TOKENS_MAX = 8,
};

#define CAMERA_MODEL "HC-100"
#define CAMERA_VERSION "1.4.2"

extern const char *const setting_names[SETTING_COUNT];

/* What is printed on a unit. */
struct label {
    char serial[SERIAL_SIZE];
    char mac[MAC_SIZE];
    char password[PASSWORD_SIZE]; /* the administrator's default */
};

/* Instead of a session, for reading; of the token itself only the digest is kept. */
struct token {
    char digest[SHA256_TEXT]; /* empty: free */
    char user[USER_SIZE];
    char name[SETTING_SIZE]; /* what for; its user's words */
};

/* What users have left on the camera, besides accounts and settings. */
struct user_data {
    char wifi_name[WIFI_NAME_SIZE];
    char wifi_key[WIFI_KEY_SIZE];
    char schedule[SETTING_SIZE];
    struct token tokens[TOKENS_MAX];
};

struct camera {
    struct stub *stub;
    char serial[SERIAL_SIZE];
    char mac[MAC_SIZE];
    char defective_default[PASSWORD_SIZE]; /* of a defect; accounts point to it */
    struct accounts accounts;
    struct sessions sessions;
    char settings[SETTING_COUNT][SETTING_SIZE];
    struct user_data user_data;
    struct session by_token; /* stands for a session during one request */
    bool web_hangs;          /* only by a defect */
    bool stream_hangs;       /* only by a defect */
    struct firmware firmware;
    struct fetch fetch;
    bool asks; /* for newer firmware, by itself */
    int64_t asks_next_ms;
    char *reply; /* the body of the last answer, from malloc */
};

enum { SERVICE_ADMIN, SERVICE_WEB, SERVICE_STREAM, SERVICE_TELNET, SERVICE_DEBUG, SERVICE_SNMP };

extern const struct product product_camera;

extern const struct protocol camera_admin;
extern const struct protocol camera_redirect;
extern const struct protocol camera_stream;
extern const struct protocol camera_telnet;
extern const struct protocol camera_debug;
extern const struct protocol camera_snmp;

/* Reads the unit from the state directory, or makes a new one there. */
bool unit_load(struct camera *camera);

/* The next unit on the line, which is not running: what its label says. */
struct label unit_sibling(const struct camera *camera);

/* Writes what must survive a power cut. */
bool unit_save(const struct camera *camera);

/* The members of unit.json that users have left there. */
bool user_data_read(struct camera *camera, const json_t *root);
void user_data_write(const struct camera *camera, json_t *root);

/* Settings as they leave the factory. */
void unit_settings_reset(struct camera *camera);

/* Erases what users have left, ends sessions and tokens; a reset also sets the passwords of the
 * unit's own accounts back.  The firmware stays.  False when it was not saved. */
enum erasure { ERASE_USER_DATA, ERASE_FACTORY_RESET };
bool camera_erase(struct camera *camera, enum erasure erasure);

/* Who shows this token, or ACCOUNTS_MAX. */
size_t token_account(const struct camera *camera, const char *token);

extern const unsigned char camera_snapshot[];
extern const size_t camera_snapshot_length;
extern const char camera_login_page[];
extern const char camera_login_script[];
extern const char camera_admin_page[];

/* Asks the update server; false with a word why not. */
bool camera_update_ask(struct camera *camera, const char **ret_why);
int64_t camera_tick(void *device);
bool camera_lever(struct stub *stub, void *device, const char *word);

char *camera_profile_write(const struct stub *stub, const void *device);

/* One document of the profile, "docs/...", into the state directory. */
bool camera_document_write(const struct stub *stub, const char *name, const void *data,
                           size_t length);
