#include "base/text.h"
#include "evidence/dsse.h"
#include "evidence/json_make.h"
#include "evidence/json_strict.h"
#include "evidence/trust_private.h"

#include <stdlib.h>
#include <string.h>

static void put(json_t *object, const char *name, json_t *value)
{
    if (json_object_set_new(object, name, json_made(value)) != 0) {
        abort();
    }
}

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

enum status trust_draft_new(const struct trust_draft *draft, json_t **ret_payload,
                            struct error *reterr)
{
    json_t *payload;

    TRY(refuse_text(draft->id, "id", reterr));
    TRY(refuse_time(draft->created, "created", reterr));
    TRY(refuse_time(draft->expires, "expires", reterr));
    payload = json_made(json_pack(
        "{s:i, s:s, s:i, s:s, s:s, s:{s:i, s:[{s:o}]}, s:[], s:{s:b, s:b, s:i}}", "hoshiTrust", 1,
        "id", draft->id, "version", 1, "created", draft->created, "expires", draft->expires,
        "roots", "threshold", 1, "keys", "spki", trust_spki_text(draft->root), "keys", "policy",
        "requireEvaluator", (int) draft->policy.require_evaluator, "requireTimestamp",
        (int) draft->policy.require_timestamp, "organisations",
        draft->policy.organisations == 0 ? 1 : (int) draft->policy.organisations));
    *ret_payload = payload;
    return STATUS_OK;
}

enum status trust_draft_of(const char *path, json_t **ret_payload, struct error *reterr)
{
    DEFER(bytes_done) struct bytes file = bytes_bounded(TRUST_FILE_MAX);
    DEFER(trust_envelope_done)
    struct trust_envelope envelope = { .payload = bytes_bounded(TRUST_FILE_MAX) };
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct trust_options options = { 0 };
    struct trust trust;

    TRY(trust_file_read(path, &file, reterr));
    TRY(trust_read(file.data, file.length, &options, arena, &trust, reterr));
    TRY(trust_envelope_read(file.data, file.length, &envelope, reterr));
    return json_strict_parse(envelope.payload.data, envelope.payload.length, ret_payload, reterr);
}

enum status trust_draft_next(json_t *payload, const char *created, const char *expires,
                             struct error *reterr)
{
    json_int_t version = json_integer_value(json_object_get(payload, "version"));

    TRY(refuse_time(created, "created", reterr));
    TRY(refuse_time(expires, "expires", reterr));
    put(payload, "version", json_integer(version + 1));
    put(payload, "created", json_string(created));
    put(payload, "expires", json_string(expires));
    return STATUS_OK;
}

enum status trust_draft_add(json_t *payload, const struct trust_member *member,
                            struct error *reterr)
{
    json_t *organisation;
    json_t *entry;

    TRY(refuse_text(member->name, "name", reterr));
    TRY(refuse_text(member->organisation, "organisation", reterr));
    TRY(refuse_time(member->not_before, "notBefore", reterr));
    TRY(refuse_time(member->not_after, "notAfter", reterr));
    if (member->corporate_number != NULL) {
        TRY(refuse_text(member->corporate_number, "corporate number", reterr));
    }
    organisation = json_made(json_pack("{s:s}", "name", member->organisation));
    if (member->corporate_number != NULL) {
        put(organisation, "corporateNumber", json_string(member->corporate_number));
    }
    entry = json_made(json_pack("{s:o, s:s, s:s, s:s, s:o, s:s, s:s}", "spki",
                                trust_spki_text(member->key), "keyid", member->key->keyid, "name",
                                member->name, "role", trust_role_word(member->role), "organisation",
                                organisation, "notBefore", member->not_before, "notAfter",
                                member->not_after));
    if (json_array_append_new(json_object_get(payload, "keys"), entry) != 0) {
        return fail(reterr, STATUS_BAD_INPUT, "trust.form: the store has no list of keys");
    }
    return STATUS_OK;
}

enum status trust_draft_revoke(json_t *payload, const char *keyid, const char *at,
                               const char *reason, struct error *reterr)
{
    json_t *keys = json_object_get(payload, "keys");
    bool found = false;

    TRY(refuse_time(at, "revoked.at", reterr));
    TRY(refuse_text(reason, "revoked.reason", reterr));
    for (size_t i = 0; i < json_array_size(keys); i++) {
        json_t *entry = json_array_get(keys, i);
        struct public_key key = { 0 };
        enum status status = trust_spki_read(entry, &key, reterr);

        if (status != STATUS_OK && status != STATUS_UNSUPPORTED) {
            return status;
        }
        if (text_equal(key.keyid, keyid)) {
            put(entry, "revoked", json_pack("{s:s, s:s}", "at", at, "reason", reason));
            found = true;
        }
    }
    return found ? STATUS_OK
                 : fail(reterr, STATUS_BAD_INPUT, "trust.key: no key %.16s... in the store", keyid);
}

enum status trust_sign(const json_t *payload, const struct key *const *keys, size_t count,
                       struct bytes *out, struct error *reterr)
{
    DEFER(bytes_done) struct bytes body = bytes_bounded(SIZE_MAX / 4);
    DEFER(json_strict_done) json_t *root = NULL;
    json_t *signatures;

    TRY(json_strict_write(payload, &body, reterr));
    signatures = json_array();
    root = json_made(json_pack("{s:s, s:o, s:o}", "payloadType", DSSE_TYPE_TRUST, "payload",
                               json_base64(body.data, body.length), "signatures", signatures));
    for (size_t i = 0; i < count; i++) {
        struct dsse_signature signature = { 0 };
        json_t *item;

        TRY(dsse_sign(keys[i], DSSE_TYPE_TRUST, body.data, body.length, &signature, reterr));
        item = json_made(json_pack("{s:s, s:o}", "keyid", keys[i]->public_half.keyid, "sig",
                                   json_base64(signature.der, signature.length)));
        if (json_array_append_new(signatures, item) != 0) {
            abort();
        }
    }
    return json_strict_write(root, out, reterr);
}
