#include "base/clock.h"
#include "base/text.h"
#include "evidence/dsse.h"
#include "evidence/json_make.h"
#include "evidence/json_strict.h"
#include "evidence/trust_private.h"

#include <stdlib.h>
#include <string.h>

json_t *trust_spki_text(const struct public_key *key)
{
    return json_base64(key->spki, sizeof key->spki);
}

static enum status refuse_text(const char *text, const char *what, struct error *reterr)
{
    if (text == NULL || *text == '\0' || !text_is_utf8(text, strlen(text))) {
        return fail(reterr, STATUS_BAD_INPUT, "trust.form: %s is empty or not UTF-8", what);
    }
    return STATUS_OK;
}

static enum status refuse_time(const char *text, const char *what, struct error *reterr)
{
    if (text == NULL || !json_strict_is_time(text)) {
        return fail(reterr, STATUS_BAD_INPUT, "trust.form: %s is not a time such as %s", what,
                    "2026-04-01T00:00:00Z");
    }
    return STATUS_OK;
}

static json_t *roles_of(const struct trust_policy *policy)
{
    json_t *roles = json_made(json_array());

    for (size_t i = 0; i < TRUST_ROLE_COUNT; i++) {
        if (policy->accept_waivers_of[i]) {
            json_append(roles, json_string(trust_role_word((enum trust_role) i)));
        }
    }
    return roles;
}

static void put_policy(json_t *object, const struct trust_policy *policy)
{
    char from[CLOCK_TEXT_SIZE];

    json_put(object, "requireEvaluator", json_boolean(policy->require_evaluator));
    json_put(object, "requireTimestamp", json_boolean(policy->require_timestamp));
    json_put(object, "requireAllExamined", json_boolean(policy->require_all_examined));
    json_put(object, "requireConformant", json_boolean(policy->require_conformant));
    json_put(object, "acceptWaiversOf", roles_of(policy));
    json_put(object, "organisations",
             json_integer(policy->organisations == 0 ? 1 : (json_int_t) policy->organisations));
    (void) json_object_del(object, "pqRequiredFrom");
    if (policy->pq_required) {
        clock_text(policy->pq_required_from, from);
        json_put(object, "pqRequiredFrom", json_string(from));
    }
}

enum status trust_draft_new(const struct trust_draft *draft, json_t **ret_payload,
                            struct error *reterr)
{
    json_t *payload;

    TRY(refuse_text(draft->id, "id", reterr));
    TRY(refuse_time(draft->created, "created", reterr));
    TRY(refuse_time(draft->expires, "expires", reterr));
    payload = json_made(json_pack(
        "{s:i, s:s, s:i, s:s, s:s, s:{s:i, s:[{s:o}]}, s:[], s:{}}", "hoshiTrust", 1, "id",
        draft->id, "version", 1, "created", draft->created, "expires", draft->expires, "roots",
        "threshold", 1, "keys", "spki", trust_spki_text(draft->root), "keys", "policy"));
    put_policy(json_object_get(payload, "policy"), &draft->policy);
    *ret_payload = payload;
    return STATUS_OK;
}

enum status trust_payload(const void *data, size_t length, json_t **ret_payload,
                          struct error *reterr)
{
    DEFER(trust_envelope_done)
    struct trust_envelope envelope = { .payload = bytes_bounded(TRUST_FILE_MAX) };

    TRY(trust_envelope_open(data, length, &envelope, reterr));
    return json_strict_parse(envelope.payload.data, envelope.payload.length, ret_payload, reterr);
}

enum status trust_draft_of(const char *path, json_t **ret_payload, struct error *reterr)
{
    DEFER(bytes_done) struct bytes file = bytes_bounded(TRUST_FILE_MAX);
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct trust_options options = { 0 };
    struct trust trust;

    TRY(trust_file_read(path, &file, reterr));
    TRY(trust_read(file.data, file.length, &options, arena, &trust, reterr));
    return trust_payload(file.data, file.length, ret_payload, reterr);
}

enum status trust_draft_next(json_t *payload, const char *created, const char *expires,
                             struct error *reterr)
{
    json_int_t version = json_integer_value(json_object_get(payload, "version"));

    TRY(refuse_time(created, "created", reterr));
    TRY(refuse_time(expires, "expires", reterr));
    json_put(payload, "version", json_integer(version + 1));
    json_put(payload, "created", json_string(created));
    json_put(payload, "expires", json_string(expires));
    return STATUS_OK;
}

static enum status organisation_of(const char *name, const char *corporate_number,
                                   json_t **ret_organisation, struct error *reterr)
{
    TRY(refuse_text(name, "organisation", reterr));
    if (corporate_number != NULL) {
        TRY(refuse_text(corporate_number, "corporate number", reterr));
    }
    *ret_organisation =
        json_made(json_pack("{s:s, s:s*}", "name", name, "corporateNumber", corporate_number));
    return STATUS_OK;
}

static enum status append(json_t *payload, const char *list, json_t *entry, struct error *reterr)
{
    if (json_object_get(payload, list) == NULL) {
        json_put(payload, list, json_array());
    }
    return json_array_append_new(json_object_get(payload, list), entry) == 0
               ? STATUS_OK
               : fail(reterr, STATUS_BAD_INPUT, "trust.form: %s is not a list", list);
}

enum status trust_draft_add(json_t *payload, const struct trust_member *member,
                            struct error *reterr)
{
    enum trust_key_kind kind = TRUST_KEY_P256;
    struct public_key key = { 0 };
    json_t *organisation = NULL;
    json_t *entry;

    TRY(refuse_text(member->name, "name", reterr));
    TRY(refuse_time(member->not_before, "notBefore", reterr));
    TRY(refuse_time(member->not_after, "notAfter", reterr));
    if (member->key == NULL) {
        TRY(trust_spki_open(member->spki, &key, &kind, reterr));
    } else {
        key = *member->key;
    }
    TRY(organisation_of(member->organisation, member->corporate_number, &organisation, reterr));
    entry = json_made(json_pack("{s:o, s:s, s:s, s:s, s:o, s:s, s:s}", "spki",
                                kind == TRUST_KEY_P256
                                    ? trust_spki_text(&key)
                                    : json_base64(member->spki->data, member->spki->length),
                                "keyid", key.keyid, "name", member->name, "role",
                                trust_role_word(member->role), "organisation", organisation,
                                "notBefore", member->not_before, "notAfter", member->not_after));
    return append(payload, "keys", entry, reterr);
}

enum status trust_draft_add_authority(json_t *payload, const struct trust_authority_member *member,
                                      struct error *reterr)
{
    json_t *organisation = NULL;
    json_t *entry;

    TRY(refuse_text(member->name, "name", reterr));
    if (member->not_before != NULL) {
        TRY(refuse_time(member->not_before, "notBefore", reterr));
    }
    if (member->not_after != NULL) {
        TRY(refuse_time(member->not_after, "notAfter", reterr));
    }
    if (member->organisation != NULL) {
        TRY(organisation_of(member->organisation, member->corporate_number, &organisation, reterr));
    }
    entry = json_made(json_pack("{s:s, s:o*, s:o, s:s*, s:s*}", "name", member->name,
                                "organisation", organisation, "certificate",
                                json_base64(member->certificate->data, member->certificate->length),
                                "notBefore", member->not_before, "notAfter", member->not_after));
    return append(payload, "timestampAuthorities", entry, reterr);
}

enum status trust_draft_trust_digest(json_t *payload, const char *list, const struct digest *digest,
                                     struct error *reterr)
{
    const json_t *known = json_object_get(payload, list);
    char hex[DIGEST_HEX_SIZE];

    digest_to_hex(digest, hex);
    for (size_t i = 0; i < json_array_size(known); i++) {
        if (text_equal(json_string_value(json_array_get(known, i)), hex)) {
            return STATUS_OK;
        }
    }
    return append(payload, list, json_made(json_string(hex)), reterr);
}

enum status trust_draft_policy(json_t *payload, const struct trust_policy *policy,
                               struct error *reterr)
{
    json_t *object = json_object_get(payload, "policy");

    if (!json_is_object(object)) {
        return fail(reterr, STATUS_BAD_INPUT, "trust.form: the store has no policy");
    }
    put_policy(object, policy);
    return STATUS_OK;
}

/* The keyid of a key, the digest of a certificate. */
static enum status is_named(const json_t *entry, const char *name, const char *keyid,
                            bool *ret_named, struct error *reterr)
{
    DEFER(bytes_done) struct bytes der = bytes_bounded(TRUST_CERTIFICATE_MAX);
    struct digest digest;
    char hex[DIGEST_HEX_SIZE];

    TRY(trust_need_bytes(entry, name, &der, reterr));
    TRY(digest_of(der.data, der.length, &digest, reterr));
    digest_to_hex(&digest, hex);
    *ret_named = text_equal(hex, keyid);
    return STATUS_OK;
}

enum status trust_draft_revoke(json_t *payload, const char *keyid, const char *at,
                               const char *reason, struct error *reterr)
{
    static const struct {
        const char *list;
        const char *name;
    } places[] = { { "keys", "spki" }, { "timestampAuthorities", "certificate" } };
    bool found = false;

    TRY(refuse_time(at, "revoked.at", reterr));
    TRY(refuse_text(reason, "revoked.reason", reterr));
    for (size_t place = 0; place < sizeof places / sizeof places[0]; place++) {
        json_t *list = json_object_get(payload, places[place].list);

        for (size_t i = 0; i < json_array_size(list); i++) {
            json_t *entry = json_array_get(list, i);
            bool named = false;

            TRY(is_named(entry, places[place].name, keyid, &named, reterr));
            if (named) {
                json_put(entry, "revoked", json_pack("{s:s, s:s}", "at", at, "reason", reason));
                found = true;
            }
        }
    }
    return found ? STATUS_OK
                 : fail(reterr, STATUS_BAD_INPUT, "trust.key: no key %.16s... in the store", keyid);
}

enum status trust_draft_add_root(json_t *payload, const struct public_key *root,
                                 struct error *reterr)
{
    json_t *list = json_object_get(json_object_get(payload, "roots"), "keys");

    if (!json_is_array(list)) {
        return fail(reterr, STATUS_BAD_INPUT, "trust.form: the store has no roots");
    }
    json_append(list, json_pack("{s:o}", "spki", trust_spki_text(root)));
    return STATUS_OK;
}

enum status trust_draft_remove_root(json_t *payload, const char *keyid, struct error *reterr)
{
    json_t *list = json_object_get(json_object_get(payload, "roots"), "keys");

    for (size_t i = 0; i < json_array_size(list); i++) {
        bool named = false;

        TRY(is_named(json_array_get(list, i), "spki", keyid, &named, reterr));
        if (named) {
            (void) json_array_remove(list, i);
            return STATUS_OK;
        }
    }
    return fail(reterr, STATUS_BAD_INPUT, "trust.key: %.16s... is no root of the store", keyid);
}

enum status trust_draft_threshold(json_t *payload, uint32_t threshold, struct error *reterr)
{
    json_t *roots = json_object_get(payload, "roots");

    if (!json_is_object(roots) || threshold == 0) {
        return fail(reterr, STATUS_BAD_INPUT, "trust.form: no roots, or a threshold of 0");
    }
    json_put(roots, "threshold", json_integer((json_int_t) threshold));
    return STATUS_OK;
}

enum status trust_sign(const json_t *payload, const struct key *const *keys, size_t count,
                       struct bytes *out, struct error *reterr)
{
    DEFER(trust_envelope_done)
    struct trust_envelope envelope = { .payload = bytes_bounded(TRUST_FILE_MAX),
                                       .signatures = json_made(json_array()) };

    envelope.root = json_made(json_pack("{s:o}", "signatures", envelope.signatures));
    TRY(json_strict_write(payload, &envelope.payload, reterr));
    json_put(envelope.root, "payloadType", json_string(DSSE_TYPE_TRUST));
    json_put(envelope.root, "payload", json_base64(envelope.payload.data, envelope.payload.length));
    for (size_t i = 0; i < count; i++) {
        TRY(trust_envelope_sign(&envelope, keys[i], reterr));
    }
    return json_strict_write(envelope.root, out, reterr);
}
