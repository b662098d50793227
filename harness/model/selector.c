#include "model/selector.h"

#include <string.h>

enum {
    ON_SERVICE = 1 << SUBJECT_SERVICE,
    ON_AUTH = 1 << SUBJECT_AUTH,
    ON_ACCESS = 1 << SUBJECT_ACCESS,
    ON_CLIENT = 1 << SUBJECT_CLIENT,
    ON_DOCUMENT = 1 << SUBJECT_DOCUMENT,
    ON_UPDATE = 1 << SUBJECT_UPDATE,
    ON_ERASURE = 1 << SUBJECT_ERASURE,
    ON_USER_DATA = 1 << SUBJECT_USER_DATA,
    ON_INTERFACE = 1 << SUBJECT_INTERFACE,
    ON_STORAGE = 1 << SUBJECT_STORAGE,
    ON_EXPORT = 1 << SUBJECT_EXPORT,
    ON_FIRMWARE = 1 << SUBJECT_FIRMWARE,
    VIA_SERVICE = ON_AUTH | ON_ACCESS
};

const char *const subject_kind_words[] = {
    [SUBJECT_ADDRESS] = "address",     [SUBJECT_SERVICE] = "service",
    [SUBJECT_AUTH] = "auth",           [SUBJECT_ACCESS] = "access",
    [SUBJECT_CLIENT] = "client",       [SUBJECT_DOCUMENT] = "document",
    [SUBJECT_UPDATE] = "update",       [SUBJECT_ERASURE] = "erasure",
    [SUBJECT_INTERFACE] = "interface", [SUBJECT_STORAGE] = "storage",
    [SUBJECT_EXPORT] = "export",       [SUBJECT_FIRMWARE] = "firmware",
    [SUBJECT_USER_DATA] = "user_data", NULL,
};

static json_t *text_or_none(const char *text)
{
    return text == NULL ? NULL : json_string(text);
}

static json_t *service_id(const struct subject *subject)
{
    return json_string(subject->service->id);
}

static json_t *service_protocol(const struct subject *subject)
{
    return json_string(subject->service->protocol);
}

static json_t *service_transport(const struct subject *subject)
{
    return json_string(subject->service->transport == TRANSPORT_TCP ? "tcp" : "udp");
}

static json_t *service_carries_assets(const struct subject *subject)
{
    return json_boolean(subject->service->carries_assets);
}

/* Their TLS begins on request; those whose TLS begins at once have names of their own. */
static json_t *service_tls_on_request(const struct subject *subject)
{
    static const char *const protocols[] = { "smtp", "imap", "pop3", "ftp", "ldap", "xmpp" };
    bool found = false;

    for (size_t i = 0; i < sizeof protocols / sizeof protocols[0]; i++) {
        found = found || strcmp(subject->service->protocol, protocols[i]) == 0;
    }
    return json_boolean(found);
}

static json_t *auth_id(const struct subject *subject)
{
    return text_or_none(subject->auth == NULL ? "none" : subject->auth->id);
}

static json_t *auth_kind(const struct subject *subject)
{
    return text_or_none(subject->auth == NULL ? NULL : subject->auth->kind);
}

static json_t *auth_scheme(const struct subject *subject)
{
    return text_or_none(subject->auth == NULL ? NULL : subject->auth->scheme);
}

static json_t *auth_default_policy(const struct subject *subject)
{
    return text_or_none(subject->auth == NULL ? NULL : subject->auth->default_policy);
}

static json_t *auth_owns_accounts(const struct subject *subject)
{
    return subject->auth == NULL
               ? NULL
               : json_boolean(strcmp(subject->auth->account_of, subject->auth->id) == 0);
}

static json_t *auth_has_credentials(const struct subject *subject)
{
    return subject->auth == NULL ? NULL : json_boolean(subject->auth->credential_count > 0);
}

static json_t *auth_has_first_use(const struct subject *subject)
{
    return subject->auth == NULL ? NULL
                                 : json_boolean(subject->auth->first_use.waiting.path != NULL);
}

static json_t *auth_units_reachable(const struct subject *subject)
{
    const struct profile *profile = subject->profile;

    for (size_t i = 0; profile->unit_count > 1 && i < profile->unit_count; i++) {
        if (profile->units[i].address != NULL) {
            return json_true();
        }
    }
    return json_false();
}

static json_t *auth_has_lifetime(const struct subject *subject)
{
    return json_boolean(subject->auth != NULL && subject->auth->session_lifetime_s > 0);
}

static json_t *access_lower_role(const struct subject *subject)
{
    return json_boolean(access_has_lower_role(subject->profile, subject->access));
}

static json_t *auth_changeable(const struct subject *subject)
{
    const struct auth *auth = subject->auth;

    return auth == NULL
               ? NULL
               : json_boolean(auth->change.request.path != NULL && !auth->change.forbidden);
}

static json_t *access_id(const struct subject *subject)
{
    return json_string(subject->access->id);
}

static json_t *access_asset(const struct subject *subject)
{
    return json_string(subject->access->asset);
}

static json_t *access_role(const struct subject *subject)
{
    return text_or_none(subject->access->role);
}

static json_t *access_public(const struct subject *subject)
{
    return json_boolean(subject->access->auth == NULL);
}

static json_t *access_readable(const struct subject *subject)
{
    return json_boolean(subject->access->read.path != NULL || subject->access->read.topic != NULL);
}

static json_t *access_writable(const struct subject *subject)
{
    return json_boolean(subject->access->write.path != NULL ||
                        subject->access->write.topic != NULL);
}

static json_t *access_harmless(const struct subject *subject)
{
    return json_boolean(subject->access->write.harmless);
}

/* Whether the harness has an account of a role below the one that may. */
static json_t *access_lower_roles(const struct subject *subject)
{
    return json_boolean(access_lower_credential(subject->profile, subject->access, 0) != NULL);
}

static json_t *client_id(const struct subject *subject)
{
    return json_string(subject->client->id);
}

static json_t *client_protocol(const struct subject *subject)
{
    return json_string(subject->client->protocol);
}

static json_t *client_carries_assets(const struct subject *subject)
{
    return json_boolean(subject->client->carries_assets);
}

static json_t *document_id(const struct subject *subject)
{
    return json_string(subject->document->id);
}

static json_t *document_clauses(const struct subject *subject)
{
    json_t *clauses = json_array();

    for (size_t i = 0; i < subject->document->clause_count; i++) {
        (void) json_array_append_new(clauses, json_string(subject->document->clauses[i]));
    }
    return clauses;
}

static json_t *document_kind(const struct subject *subject)
{
    return text_or_none(subject->document->kind);
}

static json_t *document_language(const struct subject *subject)
{
    return text_or_none(subject->document->language);
}

static json_t *document_published(const struct subject *subject)
{
    return json_boolean(subject->document->url != NULL);
}

static json_t *update_network(const struct subject *subject)
{
    return json_boolean(subject->update->network);
}

static json_t *update_image_given(const struct subject *subject)
{
    return json_boolean(subject->update->image != NULL);
}

static json_t *update_signature_place(const struct subject *subject)
{
    return json_boolean(update_has_signature(subject->update));
}

static json_t *update_other_key(const struct subject *subject)
{
    return json_boolean(update_can_sign(subject->update) ||
                        subject->update->other_key_image != NULL);
}

static json_t *update_signable(const struct subject *subject)
{
    return json_boolean(update_can_sign(subject->update));
}

static json_t *update_older(const struct subject *subject)
{
    return json_boolean(subject->update->older_image != NULL);
}

static json_t *update_other_product(const struct subject *subject)
{
    return json_boolean(subject->update->other_product_image != NULL);
}

static json_t *update_version_place(const struct subject *subject)
{
    return json_boolean(subject->update->signing.version.length > 0);
}

static json_t *update_digest_place(const struct subject *subject)
{
    return json_boolean(subject->update->signing.digest_algorithm != NULL);
}

static json_t *update_several(const struct subject *subject)
{
    return json_boolean(subject->profile->firmware_count > 1);
}

static json_t *update_server_declared(const struct subject *subject)
{
    return json_boolean(subject->update->server.client != NULL);
}

static json_t *erasure_id(const struct subject *subject)
{
    return json_string(erasure_name(subject->erasure));
}

static json_t *erasure_resets(const struct subject *subject)
{
    return json_boolean(subject->erasure->lever == LEVER_FACTORY_RESET);
}

static json_t *user_datum_id(const struct subject *subject)
{
    return json_string(subject->user_datum->access.id);
}

static json_t *user_datum_kind(const struct subject *subject)
{
    return json_string(subject->user_datum->kind);
}

static json_t *user_datum_removable(const struct subject *subject)
{
    return json_boolean(subject->user_datum->remove.path != NULL);
}

/* Whether the harness has an account of a role below its owner's. */
static json_t *user_datum_lower_role(const struct subject *subject)
{
    const struct access *access = &subject->user_datum->access;

    return json_boolean(access_lower_credential(subject->profile, access, 0) != NULL);
}

static json_t *erasure_by(const struct subject *subject)
{
    return json_string(lever_by_words[subject->erasure->by]);
}

static json_t *interface_id(const struct subject *subject)
{
    return json_string(subject->interface->id);
}

static json_t *interface_kind(const struct subject *subject)
{
    return json_string(subject->interface->kind);
}

static json_t *interface_state(const struct subject *subject)
{
    return json_string(subject->interface->state);
}

static json_t *storage_id(const struct subject *subject)
{
    return json_string(subject->storage->id);
}

static json_t *storage_asset(const struct subject *subject)
{
    return json_string(subject->storage->asset);
}

static json_t *storage_relies_on(const struct subject *subject)
{
    return json_string(subject->storage->relies_on);
}

static json_t *storage_encrypted(const struct subject *subject)
{
    return json_boolean(subject->storage->cipher != NULL);
}

static json_t *storage_hashed(const struct subject *subject)
{
    return json_boolean(subject->storage->hash != NULL);
}

static json_t *export_id(const struct subject *subject)
{
    return json_string(subject->export->id);
}

static json_t *export_kind(const struct subject *subject)
{
    return json_string(subject->export->kind);
}

static json_t *firmware_id(const struct subject *subject)
{
    return json_string(subject->firmware->name);
}

static json_t *firmware_image(const struct subject *subject)
{
    return json_boolean(subject->firmware->image != NULL);
}

const struct selector_field selector_fields[] = {
    { "id", FACT_TEXT, ON_SERVICE, "id of the service", service_id },
    { "protocol", FACT_TEXT, ON_SERVICE, "its protocol", service_protocol },
    { "transport", FACT_TEXT, ON_SERVICE, "tcp or udp", service_transport },
    { "carries_assets", FACT_BOOL, ON_SERVICE, "protected information passes over it",
      service_carries_assets },
    { "tls_on_request", FACT_BOOL, ON_SERVICE,
      "its protocol is smtp, imap, pop3, ftp, ldap or xmpp", service_tls_on_request },
    { "id", FACT_TEXT, ON_AUTH, "id of the mechanism", auth_id },
    { "kind", FACT_TEXT, ON_AUTH, "kind of authentication value", auth_kind },
    { "scheme", FACT_TEXT, ON_AUTH, "form, basic, digest, ...", auth_scheme },
    { "default_policy", FACT_TEXT, ON_AUTH, "default.policy", auth_default_policy },
    { "owns_accounts", FACT_BOOL, ON_AUTH, "account_of is the mechanism itself",
      auth_owns_accounts },
    { "has_credentials", FACT_BOOL, ON_AUTH, "the harness has an account", auth_has_credentials },
    { "has_first_use", FACT_BOOL, ON_AUTH, "default.first_use is declared", auth_has_first_use },
    { "units_reachable", FACT_BOOL, ON_AUTH,
      "two units are declared, and one of them has an address of its own", auth_units_reachable },
    { "changeable", FACT_BOOL, ON_AUTH, "how to change it is declared and may be tried",
      auth_changeable },
    { "id", FACT_TEXT, ON_ACCESS, "id of the access path", access_id },
    { "asset", FACT_TEXT, ON_ACCESS, "id of the asset", access_asset },
    { "role", FACT_TEXT, ON_ACCESS, "the role that may", access_role },
    { "public", FACT_BOOL, ON_ACCESS, "declared with auth none", access_public },
    { "readable", FACT_BOOL, ON_ACCESS, "has 'read'", access_readable },
    { "writable", FACT_BOOL, ON_ACCESS, "has 'write'", access_writable },
    { "harmless", FACT_BOOL, ON_ACCESS, "its 'write' is declared harmless", access_harmless },
    { "has_lower_role", FACT_BOOL, ON_ACCESS, "the harness has an account of a role below it",
      access_lower_roles },
    { "lower_role", FACT_BOOL, ON_ACCESS,
      "a role below its own is declared, with an account or without", access_lower_role },
    { "auth.has_lifetime", FACT_BOOL, ON_ACCESS, "session_lifetime_s of its mechanism is declared",
      auth_has_lifetime },
    { "auth.id", FACT_TEXT, ON_ACCESS, "id of its mechanism, or none", auth_id },
    { "auth.kind", FACT_TEXT, ON_ACCESS, "kind of its mechanism", auth_kind },
    { "auth.scheme", FACT_TEXT, ON_ACCESS, "scheme of its mechanism", auth_scheme },
    { "service.id", FACT_TEXT, VIA_SERVICE, "id of its service", service_id },
    { "service.protocol", FACT_TEXT, VIA_SERVICE, "protocol of its service", service_protocol },
    { "service.transport", FACT_TEXT, VIA_SERVICE, "transport of its service", service_transport },
    { "service.carries_assets", FACT_BOOL, VIA_SERVICE, "of its service", service_carries_assets },
    { "id", FACT_TEXT, ON_CLIENT, "id of the connection", client_id },
    { "protocol", FACT_TEXT, ON_CLIENT, "its protocol", client_protocol },
    { "carries_assets", FACT_BOOL, ON_CLIENT, "protected information passes over it",
      client_carries_assets },
    { "id", FACT_TEXT, ON_DOCUMENT, "id of the document", document_id },
    { "clause", FACT_TEXT, ON_DOCUMENT, "one of the clauses that it is evidence for",
      document_clauses },
    { "kind", FACT_TEXT, ON_DOCUMENT, "its kind", document_kind },
    { "language", FACT_TEXT, ON_DOCUMENT, "its language", document_language },
    { "published", FACT_BOOL, ON_DOCUMENT, "it has a 'url'", document_published },
    { "network", FACT_BOOL, ON_UPDATE, "updates come over a network", update_network },
    { "image", FACT_BOOL, ON_UPDATE, "a newer image is given", update_image_given },
    { "signature", FACT_BOOL, ON_UPDATE, "where the signature stands is declared",
      update_signature_place },
    { "signable", FACT_BOOL, ON_UPDATE, "the harness can sign as the scheme wants it",
      update_signable },
    { "other_key", FACT_BOOL, ON_UPDATE, "it can, or an image signed by another key is given",
      update_other_key },
    { "older", FACT_BOOL, ON_UPDATE, "an older image is given", update_older },
    { "other_product", FACT_BOOL, ON_UPDATE, "an image for another product is given",
      update_other_product },
    { "version", FACT_BOOL, ON_UPDATE, "where the version stands in the image is declared",
      update_version_place },
    { "digest", FACT_BOOL, ON_UPDATE, "where a digest stands in the image is declared",
      update_digest_place },
    { "several", FACT_BOOL, ON_UPDATE, "product.firmware has more than one component",
      update_several },
    { "server", FACT_BOOL, ON_UPDATE, "an update server is declared", update_server_declared },
    { "id", FACT_TEXT, ON_ERASURE, "id of the way to erase", erasure_id },
    { "by", FACT_TEXT, ON_ERASURE, "command, request, mqtt, snmp or person", erasure_by },
    { "resets", FACT_BOOL, ON_ERASURE, "it is control.factory_reset", erasure_resets },
    { "id", FACT_TEXT, ON_USER_DATA, "id of the data", user_datum_id },
    { "kind", FACT_TEXT, ON_USER_DATA, "its kind", user_datum_kind },
    { "removable", FACT_BOOL, ON_USER_DATA, "has 'remove'", user_datum_removable },
    { "has_lower_role", FACT_BOOL, ON_USER_DATA,
      "the harness has an account of a role below its owner's", user_datum_lower_role },
    { "id", FACT_TEXT, ON_INTERFACE, "id of the interface", interface_id },
    { "kind", FACT_TEXT, ON_INTERFACE, "usb, bluetooth, ...", interface_kind },
    { "state", FACT_TEXT, ON_INTERFACE, "none, disabled, protected or enabled", interface_state },
    { "id", FACT_TEXT, ON_STORAGE, "id of the stored asset", storage_id },
    { "asset", FACT_TEXT, ON_STORAGE, "id of the asset", storage_asset },
    { "relies_on", FACT_TEXT, ON_STORAGE,
      "hardware; else closed, when it is neither removable nor reached from outside; else "
      "encryption, hash, words or nothing",
      storage_relies_on },
    { "encrypted", FACT_BOOL, ON_STORAGE, "a cipher is declared", storage_encrypted },
    { "hashed", FACT_BOOL, ON_STORAGE, "a hash is declared", storage_hashed },
    { "id", FACT_TEXT, ON_EXPORT, "id of the export", export_id },
    { "kind", FACT_TEXT, ON_EXPORT, "config, backup or log", export_kind },
    { "id", FACT_TEXT, ON_FIRMWARE, "name of the component", firmware_id },
    { "image", FACT_BOOL, ON_FIRMWARE, "its image is given", firmware_image },
    { .name = NULL },
};

const struct selector_field *selector_field_find(const char *name, enum subject_kind kind)
{
    for (const struct selector_field *at = selector_fields; at->name != NULL; at++) {
        if ((at->kinds & 1u << kind) != 0 && strcmp(at->name, name) == 0) {
            return at;
        }
    }
    return NULL;
}

/* A thing may have several values, such as the clauses of a document. */
static bool has(const json_t *value, const json_t *wanted)
{
    const json_t *member;
    size_t i;

    json_array_foreach(value, i, member)
    {
        if (json_equal(member, wanted)) {
            return true;
        }
    }
    return json_equal(value, wanted);
}

static bool selector_matches(const struct selector *selector, const struct selector_field *field,
                             const struct subject *subject)
{
    json_t *value = field->value(subject);
    bool found = false;

    for (size_t i = 0; value != NULL && i < json_array_size(selector->values); i++) {
        found = found || has(value, json_array_get(selector->values, i));
    }
    json_decref(value);
    return found != selector->excludes;
}

static enum subject_kind kind_of(const struct subject *subject)
{
    if (subject->document != NULL) {
        return SUBJECT_DOCUMENT;
    }
    if (subject->update != NULL) {
        return SUBJECT_UPDATE;
    }
    if (subject->client != NULL) {
        return SUBJECT_CLIENT;
    }
    if (subject->erasure != NULL) {
        return SUBJECT_ERASURE;
    }
    if (subject->interface != NULL) {
        return SUBJECT_INTERFACE;
    }
    if (subject->user_datum != NULL) {
        return SUBJECT_USER_DATA;
    }
    if (subject->storage != NULL) {
        return SUBJECT_STORAGE;
    }
    if (subject->export != NULL) {
        return SUBJECT_EXPORT;
    }
    if (subject->firmware != NULL) {
        return SUBJECT_FIRMWARE;
    }
    if (subject->access != NULL) {
        return SUBJECT_ACCESS;
    }
    if (subject->auth != NULL) {
        return SUBJECT_AUTH;
    }
    return subject->service != NULL ? SUBJECT_SERVICE : SUBJECT_ADDRESS;
}

bool selectors_match(const struct selector *selectors, size_t count, const struct subject *subject)
{
    for (size_t i = 0; i < count; i++) {
        const struct selector_field *field =
            selector_field_find(selectors[i].field, kind_of(subject));

        if (field == NULL || !selector_matches(&selectors[i], field, subject)) {
            return false;
        }
    }
    return true;
}
