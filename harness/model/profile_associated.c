/* What is reachable: the services of the device, and the servers of apps and clouds beside it. */
#include "model/profile_tables.h"

#include <string.h>

#define AT(type, member) .offset = offsetof(struct type, member)

static const struct field authorization_fields[] = {
    { .key = "by",
      .kind = &kind_text,
      AT(associated_raw, associated.authorization.by),
      .flags = FIELD_REQUIRED,
      .help = "who operates it and allows the test" },
    { .key = "date",
      .kind = &kind_text,
      AT(associated_raw, associated.authorization.date),
      .flags = FIELD_REQUIRED,
      .help = "YYYY-MM-DD" },
    { .key = "scope",
      .kind = &kind_text,
      AT(associated_raw, associated.authorization.scope),
      .flags = FIELD_REQUIRED,
      .help = "what may be tested" },
    FIELD_END,
};
static const struct record authorization_record = { "associated.authorization",
                                                    authorization_fields, 0, false };

static const struct field liveness_fields[] = {
    { .key = "service",
      .kind = &kind_marked,
      AT(associated_raw, liveness_service),
      .flags = FIELD_REQUIRED,
      .help = "id of one of its services, asked before and after every check of it" },
    { .key = "path",
      .kind = &kind_marked,
      AT(associated_raw, liveness_path),
      .help = "for HTTP: asked with GET; without it, connecting suffices" },
    { .key = "contains",
      .kind = &kind_text,
      AT(associated_raw, associated.liveness.contains),
      .help = "text in the answer by which it is known" },
    FIELD_END,
};
static const struct record liveness_record = { "associated.liveness", liveness_fields, 0, false };

static const struct field associated_fields[] = {
    { .key = "id",
      .kind = &kind_marked,
      AT(associated_raw, id),
      .flags = FIELD_REQUIRED,
      .help = "a short name" },
    { .key = "name",
      .kind = &kind_words,
      AT(associated_raw, associated.name),
      .flags = FIELD_REQUIRED,
      .help = "what it is called" },
    { .key = "address",
      .kind = &kind_marked,
      AT(associated_raw, address),
      .flags = FIELD_REQUIRED,
      .help = "numeric; its name stands in tls.server_name of its services" },
    { .key = "authorization",
      .kind = &kind_record,
      .detail = &authorization_record,
      .flags = FIELD_REQUIRED,
      .help = "of its operator, whatever its address" },
    { .key = "liveness",
      .kind = &kind_record,
      .detail = &liveness_record,
      .flags = FIELD_REQUIRED,
      .help = "how to tell that it is there" },
    FIELD_END,
};
const struct record profile_associated_record = { "an associated service", associated_fields,
                                                  sizeof(struct associated_raw), true };

static const struct associated *associated_named(const struct profile *profile, const char *id)
{
    for (size_t i = 0; i < profile->associated_count; i++) {
        if (strcmp(profile->associated[i].id, id) == 0) {
            return &profile->associated[i];
        }
    }
    return NULL;
}

static void resolve_associated(const struct profile_raw *raw, struct problems *problems,
                               struct associated *associated, struct profile *profile)
{
    profile->associated = associated;
    for (size_t i = 0; i < raw->associated_count; i++) {
        const struct associated_raw *from = &raw->associated[i];

        if (associated_named(profile, from->id.text) != NULL) {
            problem_at(problems, from->id.node->mark, "there is another associated service '%s'",
                       from->id.text);
        }
        if (!address_is_numeric(from->address.text)) {
            problem_at(problems, from->address.node->mark, "an address must be numeric");
        }
        associated[i] = from->associated;
        associated[i].id = from->id.text;
        associated[i].address = from->address.text;
        profile->associated_count = i + 1;
    }
}

static void check_twins(const struct service_raw *from, const struct service *service,
                        const struct profile *profile, struct problems *problems)
{
    for (size_t i = 0; i < profile->service_total; i++) {
        const struct service *other = &profile->services[i];

        if (strcmp(other->id, service->id) == 0) {
            problem_at(problems, from->id.node->mark, "there is another service '%s'", service->id);
        } else if (other->of == service->of && other->transport == service->transport &&
                   other->port == service->port) {
            problem_at(problems, from->head.node->mark, "port %u is declared twice",
                       (unsigned) service->port);
        }
    }
}

/* Those of the device first, or the others. */
static void take_services(const struct profile_raw *raw, bool of_device, struct problems *problems,
                          struct service *services, struct profile *profile)
{
    for (size_t i = 0; i < raw->service_count; i++) {
        const struct service_raw *from = &raw->services[i];
        struct service *service = &services[profile->service_total];

        if ((from->of.text == NULL) != of_device) {
            continue;
        }
        *service = from->service;
        service->id = from->id.text;
        service->carries_assets =
            node_member(from->head.node, "carries_assets") == NULL || from->service.carries_assets;
        service->of = of_device ? NULL : associated_named(profile, from->of.text);
        if (!of_device && service->of == NULL) {
            problem_at(problems, from->of.node->mark,
                       "no associated service is declared with the id '%s'", from->of.text);
        }
        check_twins(from, service, profile, problems);
        profile->service_total++;
    }
}

static void resolve_liveness(const struct associated_raw *from, struct problems *problems,
                             const struct profile *profile, struct associated *associated)
{
    struct liveness *liveness = &associated->liveness;

    liveness->path = from->liveness_path.text;
    liveness->service = profile_service(profile, from->liveness_service.text);
    if (liveness->service == NULL || liveness->service->of != associated) {
        problem_at(problems, from->liveness_service.node->mark,
                   "'%s' is no service of the associated service '%s'", from->liveness_service.text,
                   associated->id);
    }
    if (liveness->path != NULL && liveness->path[0] != '/') {
        problem_at(problems, from->liveness_path.node->mark, "a path begins with '/'");
    }
    if (liveness->contains != NULL && liveness->path == NULL) {
        problem_at(problems, from->liveness_service.node->mark, "'contains' needs a 'path'");
    }
}

void profile_services_resolve(const struct profile_raw *raw, struct problems *problems,
                              struct arena *arena, struct profile *profile)
{
    struct associated *associated = arena_array(arena, raw->associated_count, sizeof *associated);
    struct service *services = arena_array(arena, raw->service_count, sizeof *services);

    resolve_associated(raw, problems, associated, profile);
    profile->services = services;
    take_services(raw, true, problems, services, profile);
    profile->service_count = profile->service_total;
    take_services(raw, false, problems, services, profile);
    for (size_t i = 0; i < raw->associated_count; i++) {
        resolve_liveness(&raw->associated[i], problems, profile, &associated[i]);
    }
}
