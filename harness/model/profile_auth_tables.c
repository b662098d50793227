#include "model/profile_tables.h"

#define AT(type, member) .offset = offsetof(struct type, member)
#define COUNT(type, member) .count_offset = offsetof(struct type, member)

static const struct field request_fields[] = {
    { .key = "method",
      .kind = &kind_marked,
      AT(request_raw, method),
      .help = "HTTP method; GET unless given" },
    { .key = "path",
      .kind = &kind_marked,
      AT(request_raw, path),
      .flags = FIELD_REQUIRED,
      .help = "begins with '/'" },
    { .key = "json",
      .kind = &kind_json,
      AT(request_raw, request.json),
      .help = "body; ${user}, ${password}, ${old}, ${new} and ${marker} are replaced" },
    { .key = "form",
      .kind = &kind_json_map,
      AT(request_raw, request.form),
      .help = "form fields, with the same replacements" },
    FIELD_END,
};
const struct record profile_request_record = { "a request", request_fields,
                                               sizeof(struct request_raw), true };

static const struct range status_range = { 100, 599 };

static const char *const session_kinds[] = { "session-cookie", "bearer-token", NULL };

static const struct field success_fields[] = {
    { .key = "status",
      .kind = &kind_unsigned,
      AT(login_raw, success_status),
      .detail = &status_range,
      .flags = FIELD_REQUIRED,
      .help = "HTTP status of an accepted log-in" },
    { .key = "sets",
      .kind = &kind_word,
      AT(login_raw, sets),
      .detail = session_kinds,
      .help = "how the session is carried" },
    FIELD_END,
};
static const struct record success_record = { "success", success_fields, 0, false };

static const struct field failure_fields[] = {
    { .key = "status",
      .kind = &kind_unsigned,
      AT(login_raw, failure_status),
      .detail = &status_range,
      .flags = FIELD_REQUIRED,
      .help = "HTTP status of a refused log-in" },
    FIELD_END,
};
static const struct record failure_record = { "failure", failure_fields, 0, false };

static const struct field csrf_fields[] = {
    { .key = "path",
      .kind = &kind_marked,
      AT(csrf_raw, path),
      .flags = FIELD_REQUIRED,
      .help = "asked with GET before each request that repeats the token" },
    { .key = "json",
      .kind = &kind_text,
      AT(csrf_raw, place.json),
      .help = "JSON pointer into the answer" },
    { .key = "field",
      .kind = &kind_text,
      AT(csrf_raw, place.field),
      .help = "name of an input or meta element of the page" },
    { .key = "pattern",
      .kind = &kind_text,
      AT(csrf_raw, place.pattern),
      .help = "extended regular expression; its first group is the value" },
    { .key = "cookie",
      .kind = &kind_text,
      AT(csrf_raw, place.cookie),
      .help = "name of a cookie that the page sets" },
    { .key = "header",
      .kind = &kind_text,
      AT(csrf_raw, place.header),
      .help = "name of a header of the answer" },
    { .key = "send_header",
      .kind = &kind_text,
      AT(csrf_raw, send_header),
      .help = "header that carries the token; without it, it goes where ${csrf} stands" },
    FIELD_END,
};
static const struct record csrf_record = { "csrf", csrf_fields, sizeof(struct csrf_raw), true };

static const struct field login_fields[] = {
    { .key = "request",
      .kind = &kind_record,
      AT(login_raw, request),
      .detail = &profile_request_record,
      .flags = FIELD_REQUIRED,
      .help = "the log-in itself" },
    { .key = "success",
      .kind = &kind_record,
      .detail = &success_record,
      .flags = FIELD_REQUIRED,
      .help = "how acceptance looks" },
    { .key = "failure",
      .kind = &kind_record,
      .detail = &failure_record,
      .flags = FIELD_REQUIRED,
      .help = "how refusal looks" },
    { .key = "csrf",
      .kind = &kind_record,
      AT(login_raw, csrf),
      .detail = &csrf_record,
      .help = "token against forged requests: one of json, field, pattern, cookie and header" },
    FIELD_END,
};
static const struct record login_record = { "login", login_fields, 0, true };

static const struct field waiting_fields[] = {
    { .key = "request",
      .kind = &kind_record,
      AT(first_use_raw, waiting),
      .detail = &profile_request_record,
      .flags = FIELD_REQUIRED,
      .help = "what is asked" },
    { .key = "contains",
      .kind = &kind_text,
      AT(first_use_raw, waiting_contains),
      .flags = FIELD_REQUIRED,
      .help = "text in the answer as long as no password is set" },
    FIELD_END,
};
static const struct record waiting_record = { "waiting", waiting_fields, 0, false };

static const struct field set_fields[] = {
    { .key = "request",
      .kind = &kind_record,
      AT(first_use_raw, set),
      .detail = &profile_request_record,
      .flags = FIELD_REQUIRED,
      .help = "sets the first password, ${password}" },
    { .key = "accepted",
      .kind = &kind_unsigned,
      AT(first_use_raw, accepted_status),
      .detail = &status_range,
      .flags = FIELD_REQUIRED,
      .help = "HTTP status of an accepted password" },
    { .key = "refused",
      .kind = &kind_unsigned,
      AT(first_use_raw, refused_status),
      .detail = &status_range,
      .flags = FIELD_REQUIRED,
      .help = "HTTP status of a refused password" },
    FIELD_END,
};
static const struct record set_record = { "set", set_fields, 0, false };

static const struct field first_use_fields[] = {
    { .key = "waiting",
      .kind = &kind_record,
      .detail = &waiting_record,
      .flags = FIELD_REQUIRED,
      .help = "how to tell that no password is set yet" },
    { .key = "set",
      .kind = &kind_record,
      .detail = &set_record,
      .flags = FIELD_REQUIRED,
      .help = "how the first password is set" },
    { .key = "reset",
      .kind = &kind_record,
      AT(first_use_raw, reset),
      .detail = &profile_request_record,
      .help = "brings the state back, after a log-in with the password that was set" },
    FIELD_END,
};
static const struct record first_use_record = { "first_use", first_use_fields,
                                                sizeof(struct first_use_raw), true };

static const char *const default_policies[] = { "unique-per-unit", "set-at-first-use", "none",
                                                NULL };

static const struct field default_fields[] = {
    { .key = "policy",
      .kind = &kind_word,
      AT(auth_raw, auth.default_policy),
      .detail = default_policies,
      .flags = FIELD_REQUIRED,
      .help = "what kind of default the mechanism has" },
    { .key = "user",
      .kind = &kind_text_or_empty,
      AT(auth_raw, auth.default_user),
      .help = "default account name" },
    { .key = "password",
      .kind = &kind_text,
      AT(auth_raw, auth.default_password),
      .help = "where the default stands, such as label; never the value itself" },
    { .key = "first_use",
      .kind = &kind_record,
      AT(auth_raw, first_use),
      .detail = &first_use_record,
      .help = "with set-at-first-use: how the first password is set" },
    FIELD_END,
};
static const struct record default_record = { "default", default_fields, 0, false };

static const char *const growths[] = { "constant", "doubling", NULL };

static const struct field lockout_fields[] = {
    { .key = "after",
      .kind = &kind_unsigned,
      AT(auth_raw, auth.lockout.after),
      .flags = FIELD_REQUIRED,
      .help = "wrong log-ins in a row" },
    { .key = "delay_s",
      .kind = &kind_unsigned,
      AT(auth_raw, auth.lockout.delay_s),
      .help = "first delay, in seconds" },
    { .key = "growth",
      .kind = &kind_word,
      AT(auth_raw, auth.lockout.growth),
      .detail = growths,
      .help = "how the delay grows" },
    { .key = "max_s",
      .kind = &kind_unsigned,
      AT(auth_raw, auth.lockout.max_s),
      .help = "longest delay, in seconds" },
    FIELD_END,
};
static const struct record lockout_record = { "lockout", lockout_fields, 0, false };

static const char *const usm_hashes[] = {
    "sha", "md5", "sha224", "sha256", "sha384", "sha512", NULL
};
static const char *const usm_ciphers[] = { "aes", "des", "none", NULL };

static const struct field usm_fields[] = {
    { .key = "hash",
      .kind = &kind_word,
      AT(auth_raw, auth.usm_hash),
      .detail = usm_hashes,
      .help = "sha unless given (RFC 3414, RFC 7860)" },
    { .key = "cipher",
      .kind = &kind_word,
      AT(auth_raw, auth.usm_cipher),
      .detail = usm_ciphers,
      .help = "aes unless given; none: authentication without privacy" },
    FIELD_END,
};
static const struct record usm_record = { "usm", usm_fields, 0, false };

static const struct field credential_fields[] = {
    { .key = "role",
      .kind = &kind_marked,
      AT(credential_raw, role),
      .flags = FIELD_REQUIRED,
      .help = "what this account may do" },
    { .key = "user",
      .kind = &kind_text_or_empty,
      AT(credential_raw, user),
      .help = "account name; for psk the identity" },
    { .key = "secret_file",
      .kind = &kind_marked,
      AT(credential_raw, secret_file),
      .flags = FIELD_REQUIRED,
      .help =
          "a file, mode 0600: the password on one line; for psk the key, hex:... for bytes; for "
          "certificate PEM, certificate and private key" },
    FIELD_END,
};
static const struct record credential_record = { "a credential", credential_fields,
                                                 sizeof(struct credential_raw), true };

static const struct field change_success_fields[] = {
    { .key = "status",
      .kind = &kind_unsigned,
      AT(auth_raw, auth.change.success_status),
      .detail = &status_range,
      .flags = FIELD_REQUIRED,
      .help = "HTTP status of a change that was made" },
    FIELD_END,
};
static const struct record change_success_record = { "change.success", change_success_fields, 0,
                                                     false };

static const struct range change_length_range = { 8, 64 };

static const struct field change_password_fields[] = {
    { .key = "length",
      .kind = &kind_unsigned,
      AT(auth_raw, auth.change.length),
      .detail = &change_length_range,
      .help = "a length that the device takes; 20 unless given" },
    { .key = "symbols",
      .kind = &kind_text_or_empty,
      AT(auth_raw, auth.change.symbols),
      .help = "symbols of which one may stand in it, or \"\" for none" },
    FIELD_END,
};
static const struct record change_password_record = { "change.password", change_password_fields, 0,
                                                      false };

static const struct field change_fields[] = {
    { .key = "request",
      .kind = &kind_record,
      AT(auth_raw, change.request),
      .detail = &profile_request_record,
      .help = "the change itself, by somebody who is logged in" },
    { .key = "success",
      .kind = &kind_record,
      .detail = &change_success_record,
      .help = "how acceptance looks" },
    { .key = "documented",
      .kind = &kind_text,
      AT(auth_raw, auth.change.documented),
      .help = "where users read about it" },
    { .key = "role",
      .kind = &kind_marked,
      AT(auth_raw, change.role),
      .help = "whose value is changed; the first credential's unless given" },
    { .key = "forbidden",
      .kind = &kind_bool,
      AT(auth_raw, auth.change.forbidden),
      .help = "true: the harness may not change it, not even to change it back" },
    { .key = "csrf",
      .kind = &kind_record,
      AT(auth_raw, change.csrf),
      .detail = &csrf_record,
      .help = "token against forged requests; that of the log-in unless given" },
    { .key = "password",
      .kind = &kind_record,
      .detail = &change_password_record,
      .help = "what the device demands of a new value" },
    FIELD_END,
};
static const struct record change_record = { "change", change_fields, 0, false };

static const char *const auth_kinds[] = { "password", "token", "certificate", "key", NULL };
static const char *const auth_schemes[] = { "form", "basic",       "digest", "bearer", "telnet",
                                            "ssh",  "ftp",         "mqtt",   "snmp",   "snmpv3",
                                            "psk",  "certificate", "other",  NULL };

static const struct field auth_fields[] = {
    { .key = "id",
      .kind = &kind_marked,
      AT(auth_raw, id),
      .flags = FIELD_REQUIRED,
      .help = "a short name" },
    { .key = "kind",
      .kind = &kind_word,
      AT(auth_raw, auth.kind),
      .detail = auth_kinds,
      .flags = FIELD_REQUIRED,
      .help = "kind of authentication value" },
    { .key = "service",
      .kind = &kind_marked,
      AT(auth_raw, service),
      .flags = FIELD_REQUIRED,
      .help = "id of the service it guards" },
    { .key = "scheme",
      .kind = &kind_word,
      AT(auth_raw, auth.scheme),
      .detail = auth_schemes,
      .help = "form unless given" },
    { .key = "account_of",
      .kind = &kind_marked,
      AT(auth_raw, account_of),
      .help = "id of the mechanism that owns the accounts; itself unless given" },
    { .key = "roles",
      .kind = &kind_texts,
      AT(auth_raw, auth.roles),
      COUNT(auth_raw, auth.role_count),
      .help = "roles that may log in" },
    { .key = "login",
      .kind = &kind_record,
      AT(auth_raw, login),
      .detail = &login_record,
      .help = "for scheme form" },
    { .key = "logout",
      .kind = &kind_record,
      AT(auth_raw, logout),
      .detail = &profile_request_record,
      .help = "ends a session" },
    { .key = "session_lifetime_s",
      .kind = &kind_unsigned,
      AT(auth_raw, auth.session_lifetime_s),
      .help = "after so many seconds an unused session has ended" },
    { .key = "path",
      .kind = &kind_marked,
      AT(auth_raw, path),
      .help = "a page behind the mechanism, for basic and digest" },
    { .key = "default",
      .kind = &kind_record,
      .detail = &default_record,
      .help = "the authentication value as delivered" },
    { .key = "change",
      .kind = &kind_record,
      .detail = &change_record,
      .help = "how a user changes the value; the harness tries it and changes it back" },
    { .key = "lockout",
      .kind = &kind_record,
      .detail = &lockout_record,
      .help = "what wrong log-ins lead to" },
    { .key = "usm",
      .kind = &kind_record,
      .detail = &usm_record,
      .help = "for scheme snmpv3; one passphrase serves both" },
    { .key = "credentials",
      .kind = &kind_records,
      AT(auth_raw, credentials),
      COUNT(auth_raw, credential_count),
      .detail = &credential_record,
      .help = "accounts the harness may use" },
    FIELD_END,
};
const struct record profile_auth_record = { "an authentication mechanism", auth_fields,
                                            sizeof(struct auth_raw), true };

#define BY_PATH_OR_TOPIC                                                                           \
    { .key = "method",                                                                             \
      .kind = &kind_marked,                                                                        \
      AT(request_raw, method),                                                                     \
      .help = "HTTP method; GET unless given" },                                                   \
        { .key = "path",                                                                           \
          .kind = &kind_marked,                                                                    \
          AT(request_raw, path),                                                                   \
          .help = "begins with '/'; required unless over MQTT" },                                  \
        { .key = "json",                                                                           \
          .kind = &kind_json,                                                                      \
          AT(request_raw, request.json),                                                           \
          .help = "body; ${user}, ${password}, ${old}, ${new} and ${marker} are replaced" },       \
    {                                                                                              \
        .key = "form", .kind = &kind_json_map, AT(request_raw, request.form),                      \
        .help = "form fields, with the same replacements"                                          \
    }

static const struct field read_fields[] = {
    BY_PATH_OR_TOPIC,
    { .key = "topic",
      .kind = &kind_marked,
      AT(request_raw, topic),
      .help = "over MQTT, in place of the path: a topic or a filter" },
    FIELD_END,
};
static const struct record read_record = { "a request to read", read_fields,
                                           sizeof(struct request_raw), true };

static const struct field write_fields[] = {
    BY_PATH_OR_TOPIC,
    { .key = "topic",
      .kind = &kind_marked,
      AT(request_raw, topic),
      .help = "over MQTT, in place of the path: a topic" },
    { .key = "harmless",
      .kind = &kind_bool,
      AT(request_raw, request.harmless),
      .help = "true: a stray text on this topic, or over CoAP a PUT of what is there already, "
              "does nothing; unless so, nothing is written" },
    FIELD_END,
};
static const struct record write_record = { "a request to write", write_fields,
                                            sizeof(struct request_raw), true };
static const struct field value_fields[] = {
    { .key = "json",
      .kind = &kind_text,
      AT(value_raw, place.json),
      .help = "JSON pointer into the answer" },
    { .key = "field",
      .kind = &kind_text,
      AT(value_raw, place.field),
      .help = "name of an input or meta element of the page" },
    { .key = "pattern",
      .kind = &kind_text,
      AT(value_raw, place.pattern),
      .help = "extended regular expression; its first group is the value" },
    FIELD_END,
};
static const struct record value_record = { "value", value_fields, sizeof(struct value_raw), true };

static const struct field access_fields[] = {
    { .key = "id", .kind = &kind_text, AT(access_raw, id), .help = "asset@service unless given" },
    { .key = "asset",
      .kind = &kind_marked,
      AT(access_raw, asset),
      .flags = FIELD_REQUIRED,
      .help = "id of the asset" },
    { .key = "service",
      .kind = &kind_marked,
      AT(access_raw, service),
      .flags = FIELD_REQUIRED,
      .help = "id of the service" },
    { .key = "auth",
      .kind = &kind_marked,
      AT(access_raw, auth),
      .flags = FIELD_REQUIRED,
      .help = "id of the mechanism, or none for what is public on purpose" },
    { .key = "role",
      .kind = &kind_marked,
      AT(access_raw, role),
      .help = "the lowest role that may; required with a mechanism" },
    { .key = "read",
      .kind = &kind_record,
      AT(access_raw, read),
      .detail = &read_record,
      .help = "how it is read" },
    { .key = "write",
      .kind = &kind_record,
      AT(access_raw, write),
      .detail = &write_record,
      .help = "how it is changed" },
    { .key = "value",
      .kind = &kind_record,
      AT(access_raw, value),
      .detail = &value_record,
      .help =
          "where what is written stands in the answer to read; as in write's json unless given" },
    FIELD_END,
};
const struct record profile_access_record = { "an access path", access_fields,
                                              sizeof(struct access_raw), true };
