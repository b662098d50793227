/* What users leave on the device, which an erasure must take away. */
#include "model/profile_tables.h"

#include <string.h>

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
      .help = "begins with '/'; ${marker} is replaced" },
    { .key = "json",
      .kind = &kind_json,
      AT(request_raw, request.json),
      .help = "body; ${marker} is what is planted, ${new} a password or key beside it" },
    { .key = "form",
      .kind = &kind_json_map,
      AT(request_raw, request.form),
      .help = "form fields, with the same replacements" },
    FIELD_END,
};
static const struct record request_record = { "a request about planted data", request_fields,
                                              sizeof(struct request_raw), true };

static const struct field token_fields[] = {
    { .key = "json",
      .kind = &kind_text,
      AT(value_raw, place.json),
      .help = "JSON pointer into the answer to 'write'" },
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
static const struct record token_record = { "token", token_fields, sizeof(struct value_raw), true };

static const char *const kinds[] = { "account", "network", "name", "schedule",
                                     "token",   "other",   NULL };

static const struct field planted_fields[] = {
    { .key = "id",
      .kind = &kind_marked,
      AT(user_datum_raw, id),
      .flags = FIELD_REQUIRED,
      .help = "a short name" },
    { .key = "kind",
      .kind = &kind_word,
      AT(user_datum_raw, kind),
      .detail = kinds,
      .flags = FIELD_REQUIRED,
      .help = "an account named ${marker} with the password ${new}; a radio network and its key; "
              "a name; a schedule; a token; anything else" },
    { .key = "service",
      .kind = &kind_marked,
      AT(user_datum_raw, service),
      .help = "id of the service over HTTP; that of the mechanism unless given" },
    { .key = "auth",
      .kind = &kind_marked,
      AT(user_datum_raw, auth),
      .flags = FIELD_REQUIRED,
      .help = "id of the mechanism" },
    { .key = "role",
      .kind = &kind_marked,
      AT(user_datum_raw, role),
      .flags = FIELD_REQUIRED,
      .help = "whose data it is" },
    { .key = "write",
      .kind = &kind_record,
      AT(user_datum_raw, write),
      .detail = &request_record,
      .flags = FIELD_REQUIRED,
      .help = "how it is planted" },
    { .key = "read",
      .kind = &kind_record,
      AT(user_datum_raw, read),
      .detail = &request_record,
      .flags = FIELD_REQUIRED,
      .help = "an answer in which ${marker} then stands" },
    { .key = "remove",
      .kind = &kind_record,
      AT(user_datum_raw, remove),
      .detail = &request_record,
      .help = "how its owner takes it away again" },
    { .key = "token",
      .kind = &kind_record,
      AT(user_datum_raw, token),
      .detail = &token_record,
      .help = "where a bearer token stands that opens 'read' in place of a log-in" },
    FIELD_END,
};
static const struct record planted_record = { "planted data", planted_fields,
                                              sizeof(struct user_datum_raw), true };

static const struct field user_data_fields[] = {
    { .key = "stays_erased",
      .kind = &kind_bool,
      AT(profile_raw, profile.user_data.stays_erased),
      .help = "true: a run may leave the unit erased; unless so, nothing is erased where "
              "control.save_state and control.restore_state are missing" },
    { .key = "planted",
      .kind = &kind_records,
      AT(profile_raw, user_data),
      COUNT(profile_raw, user_datum_count),
      .detail = &planted_record,
      .flags = FIELD_REQUIRED,
      .help = "what the harness may plant" },
    FIELD_END,
};
const struct record profile_user_data_record = { "user_data", user_data_fields, 0, false };

static void place_check(const struct value_raw *raw, struct problems *problems)
{
    unsigned count = 0;

    count += raw->place.json != NULL;
    count += raw->place.field != NULL;
    count += raw->place.pattern != NULL;
    if (raw->head.node == NULL) {
        return;
    }
    if (count != 1) {
        problem_at(problems, raw->head.node->mark, "name one place where the token stands");
    } else if (raw->place.json != NULL && raw->place.json[0] != '/') {
        problem_at(problems, raw->head.node->mark, "a JSON pointer begins with '/'");
    }
}

static bool is_among(const char *text, const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(texts[i], text) == 0) {
            return true;
        }
    }
    return false;
}

static void datum_resolve(const struct user_datum_raw *raw, struct problems *problems,
                          const struct profile *profile, struct user_datum *datum)
{
    const struct auth *auth = profile_auth(profile, raw->auth.text);
    const struct service *service = auth == NULL ? NULL : auth->service;

    if (auth == NULL) {
        problem_at(problems, raw->auth.node->mark, "no mechanism is declared with this id");
    }
    if (raw->service.text != NULL) {
        service = profile_service(profile, raw->service.text);
        if (service == NULL) {
            problem_at(problems, raw->service.node->mark, "no service is declared with this id");
        }
    }
    if (service != NULL && strcmp(service->protocol, "http") != 0 &&
        strcmp(service->protocol, "https") != 0) {
        problem_at(problems, raw->head.node->mark, "data is planted over HTTP(S) alone");
    }
    if (!is_among(raw->role.text, profile->roles, profile->role_count)) {
        problem_at(problems, raw->role.node->mark, "not among the declared roles");
    }
    place_check(&raw->token, problems);
    *datum =
        (struct user_datum){ .access = { .id = raw->id.text,
                                         .asset = raw->id.text,
                                         .service = service,
                                         .auth = auth,
                                         .role = raw->role.text,
                                         .read = profile_request_resolve(&raw->read, problems),
                                         .write = profile_request_resolve(&raw->write, problems) },
                             .kind = raw->kind,
                             .remove = profile_request_resolve(&raw->remove, problems),
                             .token = raw->token.place };
}

void profile_user_data_resolve(const struct profile_raw *raw, struct problems *problems,
                               struct arena *arena, struct profile *profile)
{
    struct user_datum *data = arena_array(arena, raw->user_datum_count, sizeof *data);

    for (size_t i = 0; i < raw->user_datum_count; i++) {
        datum_resolve(&raw->user_data[i], problems, profile, &data[i]);
        for (size_t j = 0; j < i; j++) {
            if (strcmp(data[j].access.id, data[i].access.id) == 0) {
                problem_at(problems, raw->user_data[i].id.node->mark,
                           "there is other planted data with this id");
            }
        }
    }
    profile->user_data.planted = data;
    profile->user_data.count = raw->user_datum_count;
}
