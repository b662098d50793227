/* The levers of a bench, as a profile declares them. */
#include "model/profile_tables.h"
#include "model/source.h"

#include <string.h>

#define AT(type, member) .offset = offsetof(struct type, member)
#define COUNT(type, member) .count_offset = offsetof(struct type, member)

enum { SETTLE_S = 30, STATUSES_MAX = 16 };

/* ---- the tables ---- */

static const char *const bodies[] = { "declared", "image", "multipart", NULL };

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
      .help = "body; ${value}, ${user}, ${new} (a new password) and ${csrf} are replaced" },
    { .key = "form",
      .kind = &kind_json_map,
      AT(request_raw, request.form),
      .help = "form fields, with the same replacements" },
    FIELD_END,
};
static const struct record request_record = { "a lever's request", request_fields, 0, true };

static const struct field mqtt_fields[] = {
    { .key = "topic",
      .kind = &kind_text,
      AT(lever_raw, way.mqtt.topic),
      .flags = FIELD_REQUIRED,
      .help = "of the plug, such as cmnd/plug1/POWER" },
    { .key = "message",
      .kind = &kind_text_or_empty,
      AT(lever_raw, way.mqtt.message),
      .flags = FIELD_REQUIRED,
      .help = "what is published there" },
    { .key = "state_topic",
      .kind = &kind_text,
      AT(lever_raw, way.mqtt.state_topic),
      .help = "where the plug says what it did; waited for within within_s" },
    { .key = "state",
      .kind = &kind_text,
      AT(lever_raw, way.mqtt.state),
      .help = "the message there that says it; any unless given" },
    FIELD_END,
};
static const struct record mqtt_record = { "a lever's message", mqtt_fields, 0, false };

static const struct field snmp_fields[] = {
    { .key = "oid",
      .kind = &kind_text,
      AT(lever_raw, way.snmp.oid),
      .flags = FIELD_REQUIRED,
      .help = "of the outlet, in digits" },
    { .key = "value",
      .kind = &kind_node,
      AT(lever_raw, value),
      .flags = FIELD_REQUIRED,
      .help = "an integer, or a text in quotes" },
    { .key = "version_1",
      .kind = &kind_bool,
      AT(lever_raw, way.snmp.version_1),
      .help = "true: SNMPv1; SNMPv2c otherwise" },
    FIELD_END,
};
static const struct record snmp_record = { "a lever's set", snmp_fields, 0, false };

static const struct field at_fields[] = {
    { .key = "address",
      .kind = &kind_text,
      AT(lever_raw, way.at.address),
      .flags = FIELD_REQUIRED,
      .help = "numeric, of a plug, a power strip or a broker; on a private network" },
    { .key = "port",
      .kind = &kind_port,
      AT(lever_raw, way.at.port),
      .help = "80 or 443, 1883 or 8883, 161 unless given" },
    { .key = "tls",
      .kind = &kind_bool,
      AT(lever_raw, way.at.tls),
      .help = "HTTP or MQTT over TLS" },
    { .key = "user",
      .kind = &kind_text,
      AT(lever_raw, way.at.user),
      .help = "name to log in with, by Basic over HTTP" },
    { .key = "secret_file",
      .kind = &kind_marked,
      AT(lever_raw, secret_file),
      .help = "a file, mode 0600, with its password, or for SNMP the community; never copied" },
    FIELD_END,
};
static const struct record at_record = { "at", at_fields, 0, false };

static const struct range within_range = { 1, LEVER_WITHIN_S_MAX };

#define LEVER_FIELDS                                                                               \
    { .key = "command",                                                                            \
      .kind = &kind_node,                                                                          \
      AT(lever_raw, command),                                                                      \
      .help = "list: a program, seen from this file, and its arguments; ${image}, ${value}, "      \
              "${user}, ${way} and ${unit} are replaced; no shell; exit 0: done, 3: the device "   \
              "refused; a secret comes on its standard input" },                                   \
        { .key = "request",                                                                        \
          .kind = &kind_record,                                                                    \
          AT(lever_raw, request),                                                                  \
          .detail = &request_record,                                                               \
          .help = "over HTTP, to the device or, with 'at', to a plug" },                           \
        { .key = "mqtt",                                                                           \
          .kind = &kind_record,                                                                    \
          .detail = &mqtt_record,                                                                  \
          .help = "a message to a plug; needs 'at'" },                                             \
        { .key = "snmp",                                                                           \
          .kind = &kind_record,                                                                    \
          .detail = &snmp_record,                                                                  \
          .help = "a set at a power strip; needs 'at'" },                                          \
        { .key = "person",                                                                         \
          .kind = &kind_words,                                                                     \
          AT(lever_raw, person),                                                                   \
          .help = "what the operator is asked to do" },                                            \
        { .key = "within_s",                                                                       \
          .kind = &kind_unsigned,                                                                  \
          AT(lever_raw, way.within_s),                                                             \
          .detail = &within_range,                                                                 \
          .help = "time limit; 30 unless given, for a person 300" },                               \
        { .key = "body",                                                                           \
          .kind = &kind_choice,                                                                    \
          AT(lever_raw, way.body),                                                                 \
          .detail = bodies,                                                                        \
          .help = "of the request: as declared there, or the image as it is, or the image as a "   \
                  "file of a form (multipart/form-data)" },                                        \
        { .key = "field",                                                                          \
          .kind = &kind_text,                                                                      \
          AT(lever_raw, way.field),                                                                \
          .help = "name of the form's file, for body: multipart; 'file' unless given" },           \
        { .key = "file_name",                                                                      \
          .kind = &kind_text,                                                                      \
          AT(lever_raw, way.file_name),                                                            \
          .help = "its file name; 'image.bin' unless given" },                                     \
        { .key = "service",                                                                        \
          .kind = &kind_marked,                                                                    \
          AT(lever_raw, service),                                                                  \
          .help = "of the device, for a request; the mechanism's, or the liveness service, "       \
                  "unless given" },                                                                \
        { .key = "auth",                                                                           \
          .kind = &kind_marked,                                                                    \
          AT(lever_raw, auth),                                                                     \
          .help = "mechanism by which the request is made; nobody logs in unless given" },         \
        { .key = "role",                                                                           \
          .kind = &kind_marked,                                                                    \
          AT(lever_raw, role),                                                                     \
          .help = "whose account; the first credential's unless given" },                          \
        { .key = "refused",                                                                        \
          .kind = &kind_node,                                                                      \
          AT(lever_raw, refused),                                                                  \
          .help = "list of HTTP statuses by which the device says no; any other but 2xx and 3xx "  \
                  "is a lever that failed" },                                                      \
        { .key = "json",                                                                           \
          .kind = &kind_text,                                                                      \
          AT(lever_raw, way.json),                                                                 \
          .help = "JSON pointer (RFC 6901) to the value in the answer, or in what a command "      \
                  "prints" },                                                                      \
    {                                                                                              \
        .key = "at", .kind = &kind_record, .detail = &at_record,                                   \
        .help = "a plug, power strip or broker that is not the device"                             \
    }

static const struct field lever_fields[] = { LEVER_FIELDS, FIELD_END };
static const struct record lever_record = { "a lever", lever_fields, 0, true };

static const struct field erase_fields[] = {
    { .key = "id",
      .kind = &kind_marked,
      AT(lever_raw, id),
      .flags = FIELD_REQUIRED,
      .help = "a short name for this way" },
    LEVER_FIELDS,
    FIELD_END,
};
static const struct record erase_record = { "a way to erase", erase_fields,
                                            sizeof(struct lever_raw), true };

static const struct field setting_fields[] = {
    { .key = "id",
      .kind = &kind_marked,
      AT(setting_raw, id),
      .flags = FIELD_REQUIRED,
      .help = "a short name for this setting" },
    { .key = "read",
      .kind = &kind_record,
      AT(setting_raw, read),
      .detail = &lever_record,
      .help = "a lever that answers its value" },
    { .key = "write",
      .kind = &kind_record,
      AT(setting_raw, write),
      .detail = &lever_record,
      .help = "a lever that sets it to ${value}" },
    { .key = "auth",
      .kind = &kind_marked,
      AT(setting_raw, auth),
      .help = "of both, where they name none" },
    { .key = "role", .kind = &kind_marked, AT(setting_raw, role), .help = "likewise" },
    FIELD_END,
};
static const struct record setting_record = { "a setting", setting_fields,
                                              sizeof(struct setting_raw), true };

static const struct range settle_range = { 1, 600 };

#define LEVER(word, which, text)                                                                   \
    {                                                                                              \
        .key = word, .kind = &kind_record, AT(bench_raw, levers[which]), .detail = &lever_record,  \
        .help = text                                                                               \
    }

static const struct field control_fields[] = {
    LEVER("power_off", LEVER_POWER_OFF, "cuts the unit's power"),
    LEVER("power_on", LEVER_POWER_ON, "gives it back; no harm while it is on"),
    LEVER("power_cycle", LEVER_POWER_CYCLE, "both"),
    LEVER("network_down", LEVER_NETWORK_DOWN, "takes the unit off the network, while it runs on"),
    LEVER("network_up", LEVER_NETWORK_UP, "puts it back; no harm while it is there"),
    LEVER("factory_reset", LEVER_FACTORY_RESET, "to the state of delivery"),
    { .key = "erase",
      .kind = &kind_records,
      AT(bench_raw, erase),
      COUNT(bench_raw, erase_count),
      .detail = &erase_record,
      .help = "every way by which a user erases his data" },
    LEVER("set_credential", LEVER_SET_CREDENTIAL,
          "sets a user's authentication value, from the "
          "bench"),
    LEVER("change_credential", LEVER_CHANGE_CREDENTIAL,
          "changes it as the user does, where "
          "'auth' cannot say how"),
    LEVER("install_image", LEVER_INSTALL_IMAGE, "offers an image as the user does"),
    LEVER("reinstall", LEVER_REINSTALL,
          "brings the declared firmware back, past the device's own "
          "checks (serial line, flash programmer)"),
    LEVER("check_update", LEVER_CHECK_UPDATE, "makes the device look for an update"),
    LEVER("read_version", LEVER_READ_VERSION, "answers the version that is installed"),
    LEVER("save_state", LEVER_SAVE_STATE, "keeps the whole unit as it is"),
    LEVER("restore_state", LEVER_RESTORE_STATE, "brings it back so"),
    LEVER("client_start", LEVER_CLIENT_START, "makes the device open its own connections"),
    LEVER("client_stop", LEVER_CLIENT_STOP, "ends that; no harm when it does not"),
    { .key = "settings",
      .kind = &kind_records,
      AT(bench_raw, settings),
      COUNT(bench_raw, setting_count),
      .detail = &setting_record,
      .help = "what a user sets" },
    { .key = "settle_s",
      .kind = &kind_unsigned,
      AT(bench_raw, settle_s),
      .detail = &settle_range,
      .help = "the device answers again within so many seconds after power, network or an update; "
              "30 unless given" },
    FIELD_END,
};
const struct record profile_control_record = { "control", control_fields, 0, true };

/* ---- what the tables cannot say ---- */

struct control_loader {
    struct problems *problems;
    struct arena *arena;
    struct profile *profile;
    enum profile_secrets secrets;
};

static bool placeholders_known(const char *text)
{
    static const char *const known[] = { "${image}", "${value}", "${user}", "${way}", "${unit}" };

    for (const char *at = strstr(text, "${"); at != NULL; at = strstr(at + 1, "${")) {
        bool found = false;

        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
            found = found || strncmp(at, known[i], strlen(known[i])) == 0;
        }
        if (!found) {
            return false;
        }
    }
    return true;
}

static void command_load(struct control_loader *loader, const struct lever_raw *raw,
                         struct lever_way *way)
{
    const struct node *list = raw->command;
    const char **words;
    size_t count = 0;

    if (list->kind != NODE_LIST || list->count == 0) {
        problem_at(loader->problems, list->mark,
                   "'command' is a list: a program and its arguments");
        return;
    }
    words = arena_array(loader->arena, list->count + 1, sizeof *words);
    for (const struct node *at = list->first; at != NULL; at = at->next) {
        if (at->kind != NODE_SCALAR || (count == 0 && at->length == 0)) {
            problem_at(loader->problems, at->mark, "a word of a command is a text");
        } else if (!placeholders_known(at->text) || (count == 0 && strstr(at->text, "${"))) {
            problem_at(loader->problems, at->mark,
                       "in an argument, ${image}, ${value}, ${user}, ${way} and ${unit} are known");
        } else {
            words[count++] = at->text;
        }
    }
    if (count > 0) {
        words[0] = source_resolve(loader->problems->path, words[0], loader->arena);
    }
    way->command = words;
    way->folder = source_resolve(loader->problems->path, ".", loader->arena);
}

static void refused_load(struct control_loader *loader, const struct node *list,
                         struct lever_way *way)
{
    unsigned *statuses;

    if (list->kind != NODE_LIST || list->count > STATUSES_MAX) {
        problem_at(loader->problems, list->mark, "'refused' is a list of at most %d HTTP statuses",
                   STATUSES_MAX);
        return;
    }
    statuses = arena_array(loader->arena, list->count + 1, sizeof *statuses);
    for (const struct node *at = list->first; at != NULL; at = at->next) {
        unsigned long long value = 0;

        if (at->kind != NODE_SCALAR || text_to_unsigned(at->text, 599, &value) != STATUS_OK ||
            value < 400) {
            problem_at(loader->problems, at->mark, "an HTTP status of a refusal: 400 to 599");
        }
        statuses[way->refused_count++] = (unsigned) value;
    }
    way->refused = statuses;
}

static void snmp_load(struct control_loader *loader, const struct lever_raw *raw,
                      struct lever_way *way)
{
    unsigned long long value = 0;
    const struct node *node = raw->value;

    if (strspn(way->snmp.oid, "0123456789.") != strlen(way->snmp.oid)) {
        problem_at(loader->problems, raw->head.node->mark, "'oid' is given in digits and dots");
    }
    if (node->kind != NODE_SCALAR || node->length > 255) {
        problem_at(loader->problems, node->mark, "'value' is an integer or a text");
    } else if (!node->plain) {
        way->snmp.text = node->text;
    } else if (text_to_unsigned(node->text, INT32_MAX, &value) != STATUS_OK) {
        problem_at(loader->problems, node->mark,
                   "'value' is an integer from 0 to 2147483647, or a text in quotes");
    }
    way->snmp.value = (long long) value;
}

static void place_load(struct control_loader *loader, const struct lever_raw *raw,
                       struct lever_way *way)
{
    const struct node *node = node_member(raw->head.node, "at");
    static const uint16_t ports[][2] = {
        [LEVER_BY_REQUEST] = { 80, 443 },
        [LEVER_BY_MQTT] = { 1883, 8883 },
        [LEVER_BY_SNMP] = { 161, 161 },
    };

    if (node == NULL || way->at.address == NULL) {
        if (way->by == LEVER_BY_MQTT || way->by == LEVER_BY_SNMP) {
            problem_at(loader->problems, raw->head.node->mark, "this lever needs 'at'");
        }
        return;
    }
    if (way->by == LEVER_BY_COMMAND || way->by == LEVER_BY_PERSON) {
        problem_at(loader->problems, node->mark, "'at' belongs to request, mqtt and snmp");
        return;
    }
    if (!address_is_numeric(way->at.address) || !address_is_private(way->at.address)) {
        problem_at(loader->problems, node->mark,
                   "'address' must be numeric, and on a private network");
    }
    if (way->by == LEVER_BY_SNMP && raw->secret_file.text == NULL) {
        problem_at(loader->problems, node->mark,
                   "an SNMP set needs 'secret_file' with the community");
    }
    way->at.port = way->at.port != 0 ? way->at.port : ports[way->by][way->at.tls];
    if (raw->secret_file.text != NULL) {
        profile_secret_load(&raw->secret_file, loader->secrets, loader->problems, loader->arena,
                            &way->at.secret);
    }
}

static void request_load(struct control_loader *loader, const struct lever_raw *raw,
                         struct lever_way *way)
{
    struct http_request *request = arena_alloc(loader->arena, sizeof *request);
    const struct profile *profile = loader->profile;

    *request = profile_request_resolve(&raw->request, loader->problems);
    way->request = request;
    if (way->body != LEVER_BODY_DECLARED && (request->json != NULL || request->form != NULL)) {
        problem_at(loader->problems, raw->head.node->mark,
                   "a request that sends an image has no other body");
    }
    if (way->at.address != NULL) {
        if (raw->auth.node != NULL || raw->service.node != NULL) {
            problem_at(loader->problems, raw->head.node->mark,
                       "a plug at 'at' is none of the device's services");
        }
        return;
    }
    if (raw->auth.text != NULL) {
        way->auth = profile_auth(profile, raw->auth.text);
        if (way->auth == NULL) {
            problem_at(loader->problems, raw->auth.node->mark,
                       "no mechanism is declared with the id '%s'",
                       text_shown(loader->arena, raw->auth.text));
        } else if (auth_credential(way->auth, raw->role.text) == NULL && raw->role.text != NULL) {
            problem_at(loader->problems, raw->role.node->mark,
                       "the mechanism has no credential of this role");
        }
    }
    way->role = raw->role.text;
    way->service = way->auth != NULL ? way->auth->service : profile->liveness.service;
    if (raw->service.text != NULL) {
        way->service = profile_service(profile, raw->service.text);
    }
    if (way->service == NULL) {
        problem_at(loader->problems, raw->head.node->mark, "no service is declared with this id");
    } else if (!text_equal(way->service->protocol, "http") &&
               !text_equal(way->service->protocol, "https")) {
        problem_at(loader->problems, raw->head.node->mark,
                   "a request needs a service over HTTP or HTTPS");
    }
}

static void lever_add(struct control_loader *loader, const struct lever_raw *raw, enum lever lever,
                      const char *id)
{
    const struct node *node = raw->head.node;
    const bool given[] = {
        [LEVER_BY_COMMAND] = raw->command != NULL,
        [LEVER_BY_REQUEST] = raw->request.head.node != NULL,
        [LEVER_BY_MQTT] = node_member(node, "mqtt") != NULL,
        [LEVER_BY_SNMP] = node_member(node, "snmp") != NULL,
        [LEVER_BY_PERSON] = node_member(node, "person") != NULL,
    };
    struct lever_way *way = &loader->profile->levers[loader->profile->lever_count++];
    unsigned count = 0;

    *way = raw->way;
    way->mark = node->mark;
    way->lever = lever;
    way->id = id;
    way->person = raw->person;
    for (int i = 0; i <= LEVER_BY_PERSON; i++) {
        count += given[i];
        way->by = given[i] ? (enum lever_by) i : way->by;
    }
    if (count != 1) {
        problem_at(loader->problems, node->mark,
                   "a lever has one of command, request, mqtt, snmp and person");
        return;
    }
    if (way->within_s == 0) {
        way->within_s = way->by == LEVER_BY_PERSON ? LEVER_PERSON_WITHIN_S : LEVER_WITHIN_S;
    }
    if (way->json != NULL && way->json[0] != '/') {
        problem_at(loader->problems, node->mark, "a JSON pointer begins with '/'");
    }
    if (way->by == LEVER_BY_SNMP) {
        snmp_load(loader, raw, way);
    }
    place_load(loader, raw, way);
    if (way->by == LEVER_BY_COMMAND) {
        command_load(loader, raw, way);
    } else if (way->by == LEVER_BY_REQUEST) {
        request_load(loader, raw, way);
    }
    if (raw->refused != NULL) {
        refused_load(loader, raw->refused, way);
    }
    if (way->by != LEVER_BY_REQUEST &&
        (raw->refused != NULL || raw->auth.node != NULL || raw->service.node != NULL ||
         way->body != LEVER_BODY_DECLARED)) {
        problem_at(loader->problems, node->mark,
                   "'refused', 'auth', 'service' and 'body' belong to a request");
    }
}

static void id_check(struct control_loader *loader, const struct marked_text *id, enum lever lever)
{
    for (size_t i = 0; i < loader->profile->lever_count; i++) {
        const struct lever_way *other = &loader->profile->levers[i];

        if (other->lever == lever && text_equal(other->id, id->text)) {
            problem_at(loader->problems, id->node->mark, "the id '%s' is given twice",
                       text_shown(loader->arena, id->text));
        }
    }
}

static void setting_add(struct control_loader *loader, const struct setting_raw *raw)
{
    struct lever_raw halves[] = { raw->read, raw->write };

    if (raw->read.head.node == NULL && raw->write.head.node == NULL) {
        problem_at(loader->problems, raw->head.node->mark, "a setting needs 'read' or 'write'");
    }
    for (int i = 0; i < 2; i++) {
        enum lever lever = i == 0 ? LEVER_READ_SETTING : LEVER_WRITE_SETTING;

        if (halves[i].head.node == NULL) {
            continue;
        }
        id_check(loader, &raw->id, lever);
        if (halves[i].auth.node == NULL && halves[i].request.head.node != NULL) {
            halves[i].auth = raw->auth;
        }
        halves[i].role = halves[i].role.node == NULL ? raw->role : halves[i].role;
        lever_add(loader, &halves[i], lever, raw->id.text);
    }
}

void profile_control_resolve(const struct profile_raw *raw, enum profile_secrets secrets,
                             struct problems *problems, struct arena *arena,
                             struct profile *profile)
{
    const struct bench_raw *control = &raw->control;
    struct control_loader loader = {
        .problems = problems, .arena = arena, .profile = profile, .secrets = secrets
    };
    size_t most = (size_t) LEVER_COUNT + control->erase_count + 2 * control->setting_count;

    profile->levers = arena_array(arena, most, sizeof *profile->levers);
    profile->settle_s = control->settle_s != 0 ? control->settle_s : SETTLE_S;
    for (int i = 0; i < LEVER_COUNT; i++) {
        if (control->levers[i].head.node != NULL) {
            lever_add(&loader, &control->levers[i], (enum lever) i, NULL);
        }
    }
    for (size_t i = 0; i < control->erase_count; i++) {
        id_check(&loader, &control->erase[i].id, LEVER_ERASE);
        lever_add(&loader, &control->erase[i], LEVER_ERASE, control->erase[i].id.text);
    }
    for (size_t i = 0; i < control->setting_count; i++) {
        setting_add(&loader, &control->settings[i]);
    }
    profile_interfaces_resolve(raw, problems, arena, profile);
}
