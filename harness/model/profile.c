#include "model/profile.h"

#include "model/profile_tables.h"
#include "model/source.h"

#include <string.h>

/* One walk over a decoded profile: names become pointers, and what a table cannot say
 * is checked. */
struct resolver {
    struct problems *problems;
    struct arena *arena;
    struct profile_raw *raw;
    struct profile *profile;
    enum profile_secrets secrets;
};

static void problem_in(struct resolver *resolver, const struct marked_text *text, const char *what)
{
    problem_at(resolver->problems, text->node->mark, "%s '%s'", what,
               text_shown(resolver->arena, text->text));
}

static bool text_among(const char *text, const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(texts[i], text) == 0) {
            return true;
        }
    }
    return false;
}

static void resolve_addresses(struct resolver *resolver)
{
    const struct node *list = resolver->raw->addresses;
    struct profile *profile = resolver->profile;
    const char **addresses;

    if (list->kind != NODE_LIST || list->count == 0) {
        problem_at(resolver->problems, list->mark, "'addresses' must be a list, not empty");
        return;
    }
    addresses = arena_array(resolver->arena, list->count, sizeof *addresses);
    for (const struct node *at = list->first; at != NULL; at = at->next) {
        if (at->kind != NODE_SCALAR || !address_is_numeric(at->text)) {
            problem_at(resolver->problems, at->mark, "an address must be numeric");
        } else if (text_among(at->text, addresses, profile->address_count)) {
            problem_at(resolver->problems, at->mark, "the address is given twice");
        } else {
            addresses[profile->address_count++] = at->text;
        }
    }
    profile->addresses = addresses;
}

void profile_secret_load(const struct marked_text *file, enum profile_secrets secrets,
                         struct problems *problems, struct arena *arena, struct secret *ret_secret)
{
    struct error error = { .status = STATUS_OK };
    const char *path = source_resolve(problems->path, file->text, arena);

    if (secrets == PROFILE_SECRETS_LOAD && problems->count == 0 &&
        secret_from_file(ret_secret, path, true, SECRET_FOR_CHILDREN, &error) != STATUS_OK) {
        problem_at(problems, file->node->mark, "%s", error.message);
    } else if (ret_secret->length > SECRET_TEXT_MAX) {
        problem_at(problems, file->node->mark, "%s: a secret of more than %d bytes", path,
                   SECRET_TEXT_MAX);
    }
}

static void load_secret(struct resolver *resolver, const struct marked_text *file,
                        struct secret *ret_secret)
{
    profile_secret_load(file, resolver->secrets, resolver->problems, resolver->arena, ret_secret);
}

static void resolve_assets(struct resolver *resolver)
{
    const struct profile_raw *raw = resolver->raw;
    struct asset *assets = arena_array(resolver->arena, raw->asset_count, sizeof *assets);

    resolver->profile->assets = assets;
    for (size_t i = 0; i < raw->asset_count; i++) {
        if (profile_asset(resolver->profile, raw->assets[i].id.text) != NULL) {
            problem_in(resolver, &raw->assets[i].id, "there is another asset");
        }
        assets[i] = (struct asset){ .id = raw->assets[i].id.text, .kind = raw->assets[i].kind };
        if (raw->assets[i].marker_file.text != NULL) {
            load_secret(resolver, &raw->assets[i].marker_file, &assets[i].marker);
        }
        resolver->profile->asset_count = i + 1;
    }
}

static const struct service *named_service(struct resolver *resolver,
                                           const struct marked_text *name)
{
    const struct service *service = profile_service(resolver->profile, name->text);

    if (service == NULL) {
        problem_in(resolver, name, "no service is declared with the id");
    }
    return service;
}

static void check_role(struct resolver *resolver, const struct marked_text *role)
{
    const struct profile *profile = resolver->profile;

    if (role->text != NULL && !text_among(role->text, profile->roles, profile->role_count)) {
        problem_in(resolver, role, "not among the declared roles:");
    }
}

static void check_slash(struct problems *problems, const struct marked_text *path)
{
    if (path->text != NULL && path->text[0] != '/') {
        problem_at(problems, path->node->mark, "a path begins with '/'");
    }
}

struct http_request profile_request_resolve(const struct request_raw *raw,
                                            struct problems *problems)
{
    struct http_request request = raw->request;
    const char *method = raw->method.text;

    if (raw->head.node == NULL) {
        return request;
    }
    check_slash(problems, &raw->path);
    /* A method is a token (RFC 9110 section 9.1), in capitals. */
    if (method != NULL && strspn(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-") != strlen(method)) {
        problem_at(problems, raw->method.node->mark, "not an HTTP method");
    }
    if (request.json != NULL && request.form != NULL) {
        problem_at(problems, raw->head.node->mark, "a request has a json or a form body, not both");
    }
    request.path = raw->path.text;
    request.topic = raw->topic.text;
    request.method = method != NULL ? method : "GET";
    return request;
}

static struct http_request resolve_request(struct resolver *resolver, const struct request_raw *raw)
{
    return profile_request_resolve(raw, resolver->problems);
}

/* At most one place may be named, and where `needed` is given, one. */
static void check_place(struct resolver *resolver, const struct record_head *head,
                        const struct http_place *place, bool needed)
{
    const char *const members[] = { place->json, place->field, place->pattern, place->cookie,
                                    place->header };
    unsigned count = 0;

    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        count += members[i] != NULL;
    }
    if (head->node != NULL && (count > 1 || (needed && count == 0))) {
        problem_at(resolver->problems, head->node->mark, "name one place where the value stands");
    }
    if (place->json != NULL && place->json[0] != '/') {
        problem_at(resolver->problems, head->node->mark, "a JSON pointer begins with '/'");
    }
}

static struct csrf resolve_csrf(struct resolver *resolver, const struct csrf_raw *raw)
{
    check_slash(resolver->problems, &raw->path);
    check_place(resolver, &raw->head, &raw->place, true);
    return (struct csrf){ .path = raw->path.text,
                          .place = raw->place,
                          .send_header = raw->send_header };
}

static struct first_use resolve_first_use(struct resolver *resolver,
                                          const struct first_use_raw *raw)
{
    return (struct first_use){
        .waiting = resolve_request(resolver, &raw->waiting),
        .waiting_contains = raw->waiting_contains,
        .set = resolve_request(resolver, &raw->set),
        .accepted_status = raw->accepted_status,
        .refused_status = raw->refused_status,
        .reset = resolve_request(resolver, &raw->reset),
    };
}

static void resolve_credentials(struct resolver *resolver, const struct auth_raw *raw,
                                struct auth *auth)
{
    auth->credentials =
        arena_array(resolver->arena, raw->credential_count, sizeof *auth->credentials);
    auth->credential_count = raw->credential_count;
    for (size_t i = 0; i < raw->credential_count; i++) {
        const struct credential_raw *from = &raw->credentials[i];
        struct credential *credential = &auth->credentials[i];

        check_role(resolver, &from->role);
        if (auth_credential(auth, from->role.text) != NULL) {
            problem_in(resolver, &from->role, "there is another credential of role");
        }
        credential->role = from->role.text;
        credential->user = from->user != NULL ? from->user : "";
        load_secret(resolver, &from->secret_file, &credential->secret);
    }
}

static void resolve_change(struct resolver *resolver, const struct change_raw *raw,
                           struct auth *auth)
{
    auth->change.request = resolve_request(resolver, &raw->request);
    check_role(resolver, &raw->role);
    auth->change.role = raw->role.text;
    auth->change.csrf =
        raw->csrf.head.node != NULL ? resolve_csrf(resolver, &raw->csrf) : auth->csrf;
}

static void resolve_auth(struct resolver *resolver, const struct auth_raw *raw, struct auth *auth)
{
    const struct profile *profile = resolver->profile;

    *auth = raw->auth;
    auth->id = raw->id.text;
    auth->service = named_service(resolver, &raw->service);
    auth->scheme = raw->auth.scheme != NULL ? raw->auth.scheme : "form";
    auth->account_of = raw->account_of.text != NULL ? raw->account_of.text : raw->id.text;
    auth->path = raw->path.text;
    check_slash(resolver->problems, &raw->path);
    auth->login = resolve_request(resolver, &raw->login.request);
    auth->success_status = raw->login.success_status;
    auth->failure_status = raw->login.failure_status;
    auth->success_sets = raw->login.sets;
    auth->csrf = resolve_csrf(resolver, &raw->login.csrf);
    auth->logout = resolve_request(resolver, &raw->logout);
    auth->first_use = resolve_first_use(resolver, &raw->first_use);
    resolve_change(resolver, &raw->change, auth);
    for (size_t i = 0; i < auth->role_count; i++) {
        if (!text_among(auth->roles[i], profile->roles, profile->role_count)) {
            problem_at(resolver->problems, node_member(raw->head.node, "roles")->mark,
                       "not among the declared roles: '%s'",
                       text_shown(resolver->arena, auth->roles[i]));
        }
    }
    if (strcmp(auth->scheme, "form") == 0 && strcmp(auth->kind, "password") == 0 &&
        auth->login.path == NULL) {
        problem_at(resolver->problems, raw->head.node->mark,
                   "a password asked for by a form needs 'login'");
    }
    resolve_credentials(resolver, raw, auth);
}

static void resolve_auths(struct resolver *resolver)
{
    const struct profile_raw *raw = resolver->raw;
    struct profile *profile = resolver->profile;

    profile->auths = arena_array(resolver->arena, raw->auth_count, sizeof *profile->auths);
    for (size_t i = 0; i < raw->auth_count; i++) {
        if (profile_auth(profile, raw->auths[i].id.text) != NULL) {
            problem_in(resolver, &raw->auths[i].id, "there is another mechanism");
        }
        resolve_auth(resolver, &raw->auths[i], &profile->auths[i]);
        profile->auth_count = i + 1;
    }
    for (size_t i = 0; i < raw->auth_count; i++) {
        const struct marked_text *owner = &raw->auths[i].account_of;

        if (owner->text != NULL && profile_auth(profile, owner->text) == NULL) {
            problem_in(resolver, owner, "no mechanism is declared with the id");
        }
    }
}

static bool speaks_mqtt(const struct service *service)
{
    return text_equal(service->protocol, "mqtt") || text_equal(service->protocol, "mqtts");
}

/* MQTT has topics, everything else has paths; only what is read may have wildcards. */
static void check_topic(struct resolver *resolver, const struct service *service,
                        const struct request_raw *raw, bool writes)
{
    const char *topic = raw->topic.text;
    bool wanted;

    if (raw->head.node == NULL || service == NULL) {
        return;
    }
    wanted = speaks_mqtt(service);
    if (wanted != (topic != NULL) || wanted == (raw->path.text != NULL)) {
        problem_at(resolver->problems, raw->head.node->mark,
                   wanted ? "over MQTT this needs 'topic', and no 'path'"
                          : "this needs 'path', and no 'topic'");
    } else if (topic != NULL && (topic[0] == '\0' || (writes && strpbrk(topic, "#+") != NULL))) {
        problem_at(resolver->problems, raw->topic.node->mark, "not a topic");
    }
}

/* The mechanism of an access path: NULL for what is public on purpose. */
static const struct auth *access_auth(struct resolver *resolver, const struct access_raw *raw)
{
    const struct auth *auth;

    if (strcmp(raw->auth.text, "none") == 0) {
        return NULL;
    }
    auth = profile_auth(resolver->profile, raw->auth.text);
    if (auth == NULL) {
        problem_in(resolver, &raw->auth, "no mechanism is declared with the id");
    } else if (raw->role.text == NULL) {
        problem_at(resolver->problems, raw->head.node->mark, "'role' is missing in %s",
                   "an access path with a mechanism");
    } else if (auth->role_count > 0 && !text_among(raw->role.text, auth->roles, auth->role_count)) {
        problem_in(resolver, &raw->role, "the mechanism does not have the role");
    }
    return auth;
}

static void resolve_access(struct resolver *resolver, const struct access_raw *raw,
                           struct access *access)
{
    if (profile_asset(resolver->profile, raw->asset.text) == NULL) {
        problem_in(resolver, &raw->asset, "no asset is declared with the id");
    }
    check_role(resolver, &raw->role);
    if (raw->read.head.node == NULL && raw->write.head.node == NULL) {
        problem_at(resolver->problems, raw->head.node->mark,
                   "an access path needs 'read' or 'write'");
    }
    *access = (struct access){
        .id = raw->id != NULL
                  ? raw->id
                  : arena_format(resolver->arena, "%s@%s", raw->asset.text, raw->service.text),
        .asset = raw->asset.text,
        .service = named_service(resolver, &raw->service),
        .auth = access_auth(resolver, raw),
        .role = raw->role.text,
        .read = resolve_request(resolver, &raw->read),
        .write = resolve_request(resolver, &raw->write),
        .value = raw->value.place,
    };
    check_topic(resolver, access->service, &raw->read, false);
    check_topic(resolver, access->service, &raw->write, true);
    check_place(resolver, &raw->value.head, &raw->value.place, true);
    if (access->service != NULL && access->auth != NULL && !access->service->carries_assets) {
        problem_at(resolver->problems, raw->head.node->mark,
                   "this path hands out an asset, so its service cannot say "
                   "'carries_assets: false'");
    }
}

static void resolve_accesses(struct resolver *resolver)
{
    const struct profile_raw *raw = resolver->raw;
    struct access *accesses = arena_array(resolver->arena, raw->access_count, sizeof *accesses);

    for (size_t i = 0; i < raw->access_count; i++) {
        resolve_access(resolver, &raw->accesses[i], &accesses[i]);
        for (size_t j = 0; j < i; j++) {
            if (strcmp(accesses[j].id, accesses[i].id) == 0) {
                problem_at(resolver->problems, raw->accesses[i].head.node->mark,
                           "there is another access path '%s'; give this one an 'id'",
                           text_shown(resolver->arena, accesses[i].id));
            }
        }
    }
    resolver->profile->accesses = accesses;
    resolver->profile->access_count = raw->access_count;
}

static void resolve_not_applicable(struct resolver *resolver)
{
    const struct profile_raw *raw = resolver->raw;
    struct not_applicable *list =
        arena_array(resolver->arena, raw->not_applicable_count, sizeof *list);

    for (size_t i = 0; i < raw->not_applicable_count; i++) {
        const struct not_applicable_raw *from = &raw->not_applicable[i];

        list[i] = (struct not_applicable){ .mark = from->clause.node->mark,
                                           .clause = from->clause.text,
                                           .reason = from->reason };
        for (size_t j = 0; j < i; j++) {
            if (strcmp(list[j].clause, list[i].clause) == 0) {
                problem_in(resolver, &from->clause, "given twice:");
            }
        }
    }
    resolver->profile->not_applicable = list;
    resolver->profile->not_applicable_count = raw->not_applicable_count;
}

static void resolve_liveness(struct resolver *resolver)
{
    const struct profile_raw *raw = resolver->raw;
    struct liveness *liveness = &resolver->profile->liveness;

    check_slash(resolver->problems, &raw->liveness_path);
    liveness->path = raw->liveness_path.text;
    liveness->service = named_service(resolver, &raw->liveness_service);
    if (liveness->service != NULL && liveness->service->of != NULL) {
        problem_in(resolver, &raw->liveness_service,
                   "the device is not known by an associated service,");
    }
    if (liveness->contains != NULL && liveness->path == NULL) {
        problem_at(resolver->problems, raw->liveness_service.node->mark,
                   "'contains' needs a 'path' to ask");
    }
}

static void check_product(struct resolver *resolver)
{
    const struct profile *profile = resolver->profile;
    const struct node *product = node_member(resolver->raw->head.node, "product");

    for (size_t i = 0; i < profile->firmware_count; i++) {
        const char *digest = profile->firmware[i].sha256;

        if (digest != NULL && (strlen(digest) != 64 || strspn(digest, "0123456789abcdef") != 64)) {
            problem_at(resolver->problems, product->mark,
                       "firmware '%s': sha256 must be 64 lower-case hex digits",
                       text_shown(resolver->arena, profile->firmware[i].name));
        }
    }
    for (size_t i = 0; i < profile->unit_count; i++) {
        const char *address = profile->units[i].address;

        if (address != NULL && !address_is_numeric(address)) {
            problem_at(resolver->problems, product->mark, "unit '%s': an address must be numeric",
                       text_shown(resolver->arena, profile->units[i].id));
        }
    }
}

static unsigned two_digits(const char *text)
{
    return (unsigned) (text[0] - '0') * 10 + (unsigned) (text[1] - '0');
}

static void resolve_support(struct resolver *resolver)
{
    static const char form[] = "0000-00-00";
    const struct marked_text *until = &resolver->raw->support_until;
    bool fits = until->text != NULL && strlen(until->text) == sizeof form - 1;

    for (size_t i = 0; fits && form[i] != '\0'; i++) {
        char got = until->text[i];

        fits = form[i] == '0' ? got >= '0' && got <= '9' : got == form[i];
    }
    if (fits && two_digits(until->text + 5) - 1 < 12 && two_digits(until->text + 8) - 1 < 31) {
        resolver->profile->support_until = until->text;
        resolver->profile->support_year =
            two_digits(until->text) * 100 + two_digits(until->text + 2);
    } else if (until->text != NULL) {
        problem_at(resolver->problems, until->node->mark,
                   "'support_until' must be a day, YYYY-MM-DD");
    }
}

static void resolve_all(struct resolver *resolver)
{
    resolve_support(resolver);
    resolve_addresses(resolver);
    profile_services_resolve(resolver->raw, resolver->problems, resolver->arena, resolver->profile);
    resolve_assets(resolver);
    resolve_liveness(resolver);
    resolve_auths(resolver);
    resolve_accesses(resolver);
    profile_clients_resolve(resolver->raw, resolver->secrets, resolver->problems, resolver->arena,
                            resolver->profile);
    profile_documents_resolve(resolver->raw, resolver->problems, resolver->arena,
                              resolver->profile);
    profile_update_resolve(resolver->raw, resolver->problems, resolver->arena, resolver->profile);
    profile_control_resolve(resolver->raw, resolver->secrets, resolver->problems, resolver->arena,
                            resolver->profile);
    profile_user_data_resolve(resolver->raw, resolver->problems, resolver->arena,
                              resolver->profile);
    profile_storage_resolve(resolver->raw, resolver->problems, resolver->arena, resolver->profile);
    resolve_not_applicable(resolver);
    check_product(resolver);
}

static const struct limits limits_fallback = {
    .concurrency = 4,
    .connections_per_second = 2000,
    .login_attempts = 120,
};

enum status profile_decode(const struct source_file *source, enum profile_secrets secrets,
                           struct problems *problems, struct arena *arena,
                           struct profile **ret_profile, struct error *reterr)
{
    struct profile_raw *raw = arena_alloc(arena, sizeof *raw);
    struct decoder decoder = { .problems = problems, .arena = arena };
    struct resolver resolver = {
        .problems = problems,
        .arena = arena,
        .raw = raw,
        .profile = arena_alloc(arena, sizeof *resolver.profile),
        .secrets = secrets,
    };
    const struct node *root = NULL;
    enum status status;

    TRY(node_parse(source, arena, &root, reterr));
    raw->profile.limits = limits_fallback;
    decode_record(&decoder, root, &profile_record, raw);
    if (problems->count == 0) {
        *resolver.profile = raw->profile;
        resolver.profile->source = *source;
        resolve_all(&resolver);
    }
    status = problems_status(problems, reterr);
    if (status != STATUS_OK) {
        profile_done(resolver.profile);
        return status;
    }
    *ret_profile = resolver.profile;
    return STATUS_OK;
}

enum status profile_from_source(const struct source_file *source, enum profile_secrets secrets,
                                struct arena *arena, struct profile **ret_profile,
                                struct error *reterr)
{
    struct problems problems = { .path = source->path };

    return profile_decode(source, secrets, &problems, arena, ret_profile, reterr);
}

enum status profile_load(const char *path, struct arena *arena, struct profile **ret_profile,
                         struct error *reterr)
{
    struct source_file source = { 0 };

    TRY(source_file_read(path, arena, &source, reterr));
    return profile_from_source(&source, PROFILE_SECRETS_LOAD, arena, ret_profile, reterr);
}

void profile_done(struct profile *profile)
{
    if (profile == NULL) {
        return;
    }
    for (size_t i = 0; i < profile->auth_count; i++) {
        for (size_t j = 0; j < profile->auths[i].credential_count; j++) {
            secret_done(&profile->auths[i].credentials[j].secret);
        }
    }
    for (size_t i = 0; i < profile->asset_count; i++) {
        secret_done(&profile->assets[i].marker);
    }
    for (size_t i = 0; i < profile->client_count; i++) {
        secret_done(&profile->clients[i].test_ca_key);
    }
    for (size_t i = 0; i < profile->lever_count; i++) {
        secret_done(&profile->levers[i].at.secret);
    }
}
