#include "evidence/trust.h"

#include "base/text.h"
#include "evidence/dsse.h"
#include "evidence/json_strict.h"
#include "evidence/trust_private.h"

#include <string.h>

enum { SPKI_MAX = 2048 };

static const char *const role_words[] = {
    [TRUST_VENDOR] = "vendor",
    [TRUST_EVALUATOR] = "evaluator",
    [TRUST_AUTHORITY] = "authority",
};

const char *trust_role_word(enum trust_role role)
{
    return role_words[role];
}

bool trust_role_from_word(const char *word, enum trust_role *ret_role)
{
    for (size_t i = 0; i < sizeof role_words / sizeof role_words[0]; i++) {
        if (text_equal(word, role_words[i])) {
            *ret_role = (enum trust_role) i;
            return true;
        }
    }
    return false;
}

const char *trust_organisation_of(const struct trust_key *key)
{
    return key->corporate_number != NULL ? key->corporate_number : key->organisation;
}

const struct trust_key *trust_find(const struct trust *trust, const char *keyid)
{
    for (size_t i = 0; i < trust->key_count; i++) {
        if (text_equal(trust->keys[i].key.keyid, keyid)) {
            return &trust->keys[i];
        }
    }
    return NULL;
}

static enum status malformed(struct error *reterr, const char *what)
{
    return fail(reterr, STATUS_BAD_INPUT, "trust.form: %s is missing or of the wrong form", what);
}

static enum status need_text(const json_t *object, const char *name, struct arena *arena,
                             const char **ret_text, struct error *reterr)
{
    const char *text = json_string_value(json_object_get(object, name));

    if (text == NULL || *text == '\0') {
        return malformed(reterr, name);
    }
    *ret_text = arena_text(arena, text);
    return STATUS_OK;
}

static enum status need_time(const json_t *object, const char *name, int64_t *ret_ms,
                             struct error *reterr)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text != NULL && json_strict_time(text, ret_ms) ? STATUS_OK : malformed(reterr, name);
}

/* Absent is false. */
static enum status read_flag(const json_t *object, const char *name, bool *ret_flag,
                             struct error *reterr)
{
    const json_t *value = json_object_get(object, name);

    if (value != NULL && !json_is_boolean(value)) {
        return malformed(reterr, name);
    }
    *ret_flag = json_is_true(value);
    return STATUS_OK;
}

/* Absent is 1; from 1 to maximum. */
static enum status read_count(const json_t *object, const char *name, uint32_t maximum,
                              uint32_t *ret_count, struct error *reterr)
{
    const json_t *value = json_object_get(object, name);
    json_int_t number = value == NULL ? 1 : json_integer_value(value);

    if ((value != NULL && !json_is_integer(value)) || number < 1 || number > maximum) {
        return malformed(reterr, name);
    }
    *ret_count = (uint32_t) number;
    return STATUS_OK;
}

enum status trust_spki_read(const json_t *holder, struct public_key *ret_key, struct error *reterr)
{
    const json_t *spki = json_object_get(holder, "spki");
    DEFER(bytes_done) struct bytes der = bytes_bounded(SPKI_MAX);
    struct digest digest;

    if (!json_is_string(spki)) {
        return malformed(reterr, "spki");
    }
    TRY(json_strict_base64(json_string_value(spki), json_string_length(spki), &der, reterr));
    /* A key of another kind still has its name, so that a signature by it is recognised. */
    TRY(digest_of(der.data, der.length, &digest, reterr));
    digest_to_hex(&digest, ret_key->keyid);
    return public_key_from_spki(der.data, der.length, ret_key, reterr);
}

static enum status read_revocation(const json_t *item, struct trust_key *key, struct error *reterr)
{
    const json_t *revoked = json_object_get(item, "revoked");
    const char *reason = json_string_value(json_object_get(revoked, "reason"));

    if (revoked == NULL) {
        return STATUS_OK;
    }
    if (reason == NULL) {
        return malformed(reterr, "revoked.reason");
    }
    key->revoked = true;
    key->compromised = text_equal(reason, "compromise");
    return need_time(revoked, "at", &key->revoked_at, reterr);
}

static enum status read_key(const json_t *item, struct arena *arena, struct trust_key *key,
                            struct error *reterr)
{
    const json_t *organisation = json_object_get(item, "organisation");
    const char *role = json_string_value(json_object_get(item, "role"));
    const char *number = json_string_value(json_object_get(organisation, "corporateNumber"));
    enum status status = trust_spki_read(item, &key->key, reterr);

    if (status != STATUS_OK && status != STATUS_UNSUPPORTED) {
        return status;
    }
    key->supported = status == STATUS_OK;
    if (role == NULL) {
        return malformed(reterr, "role");
    }
    if (!trust_role_from_word(role, &key->role)) {
        return fail(reterr, STATUS_UNSUPPORTED, "trust.role: '%.40s' is not known", role);
    }
    TRY(need_text(item, "name", arena, &key->name, reterr));
    TRY(need_text(organisation, "name", arena, &key->organisation, reterr));
    key->corporate_number = number == NULL ? NULL : arena_text(arena, number);
    TRY(need_time(item, "notBefore", &key->not_before, reterr));
    TRY(need_time(item, "notAfter", &key->not_after, reterr));
    return read_revocation(item, key, reterr);
}

/* One key has one role; listed again in the same role, the first entry stands. */
static enum status keep_key(const struct trust_key *key, struct trust_key *keys,
                            struct trust *trust, struct error *reterr)
{
    for (size_t i = 0; i < trust->key_count; i++) {
        if (!text_equal(keys[i].key.keyid, key->key.keyid)) {
            continue;
        }
        if (keys[i].role != key->role || keys[i].revoked != key->revoked) {
            return fail(reterr, STATUS_BAD_INPUT, "trust.key: %.16s... is listed in two ways",
                        key->key.keyid);
        }
        trust->twins++;
        return STATUS_OK;
    }
    keys[trust->key_count++] = *key;
    return STATUS_OK;
}

static enum status read_keys(const json_t *payload, struct arena *arena, struct trust *trust,
                             struct error *reterr)
{
    const json_t *list = json_object_get(payload, "keys");
    size_t count = json_array_size(list);
    struct trust_key *keys = arena_array(arena, count + 1, sizeof *keys);

    if (!json_is_array(list) || count > TRUST_KEYS_MAX) {
        return malformed(reterr, "keys");
    }
    for (size_t i = 0; i < count; i++) {
        struct trust_key key = { 0 };

        TRY(read_key(json_array_get(list, i), arena, &key, reterr));
        TRY(keep_key(&key, keys, trust, reterr));
    }
    trust->keys = keys;
    return STATUS_OK;
}

static enum status read_roots(const json_t *payload, struct trust *trust, struct error *reterr)
{
    const json_t *roots = json_object_get(payload, "roots");
    const json_t *list = json_object_get(roots, "keys");
    size_t count = json_array_size(list);

    if (count == 0 || count > TRUST_ROOTS_MAX) {
        return malformed(reterr, "roots");
    }
    for (size_t i = 0; i < count; i++) {
        TRY(trust_spki_read(json_array_get(list, i), &trust->roots[i], reterr));
        for (size_t j = 0; j < i; j++) {
            if (public_key_equal(&trust->roots[i], &trust->roots[j])) {
                return malformed(reterr, "roots (one key twice)");
            }
        }
    }
    trust->root_count = count;
    return read_count(roots, "threshold", (uint32_t) count, &trust->root_threshold, reterr);
}

static enum status read_digests(const json_t *payload, const char *name, struct arena *arena,
                                const struct digest **ret_list, size_t *ret_count,
                                struct error *reterr)
{
    const json_t *list = json_object_get(payload, name);
    size_t count = json_array_size(list);
    struct digest *digests = arena_array(arena, count + 1, sizeof *digests);

    if ((list != NULL && !json_is_array(list)) || count > TRUST_DIGESTS_MAX) {
        return malformed(reterr, name);
    }
    for (size_t i = 0; i < count; i++) {
        const char *hex = json_string_value(json_array_get(list, i));

        if (hex == NULL || !digest_from_hex(hex, &digests[i])) {
            return malformed(reterr, name);
        }
    }
    *ret_list = digests;
    *ret_count = count;
    return STATUS_OK;
}

static enum status read_policy(const json_t *payload, struct trust *trust, struct error *reterr)
{
    const json_t *policy = json_object_get(payload, "policy");

    if (!json_is_object(policy)) {
        return malformed(reterr, "policy");
    }
    TRY(read_flag(policy, "requireEvaluator", &trust->policy.require_evaluator, reterr));
    TRY(read_flag(policy, "requireTimestamp", &trust->policy.require_timestamp, reterr));
    return read_count(policy, "organisations", TRUST_KEYS_MAX, &trust->policy.organisations,
                      reterr);
}

static enum status read_payload(const struct bytes *bytes, int64_t at_ms, struct arena *arena,
                                struct trust *trust, struct error *reterr)
{
    DEFER(json_strict_done) json_t *payload = NULL;
    json_int_t version;
    int64_t expires = 0;

    TRY(json_strict_parse(bytes->data, bytes->length, &payload, reterr));
    if (json_integer_value(json_object_get(payload, "hoshiTrust")) != 1) {
        return fail(reterr, STATUS_UNSUPPORTED, "trust.version: not hoshiTrust 1");
    }
    version = json_integer_value(json_object_get(payload, "version"));
    if (version < 1) {
        return malformed(reterr, "version");
    }
    trust->version = (uint64_t) version;
    TRY(need_text(payload, "id", arena, &trust->id, reterr));
    TRY(need_text(payload, "expires", arena, &trust->expires, reterr));
    TRY(need_time(payload, "expires", &expires, reterr));
    trust->stale = at_ms >= expires;
    TRY(read_roots(payload, trust, reterr));
    TRY(read_keys(payload, arena, trust, reterr));
    TRY(read_digests(payload, "suites", arena, &trust->suites, &trust->suite_count, reterr));
    TRY(read_digests(payload, "harnesses", arena, &trust->harnesses, &trust->harness_count,
                     reterr));
    return read_policy(payload, trust, reterr);
}

static enum status compare_root(const struct trust *trust, const char *keyid, struct error *reterr)
{
    for (size_t i = 0; i < trust->root_count; i++) {
        if (text_equal(trust->roots[i].keyid, keyid)) {
            return STATUS_OK;
        }
    }
    return fail(reterr, STATUS_BAD_INPUT,
                "trust.root: the store has no root key with the given fingerprint");
}

/* Form, own signatures, and the fingerprint: all that needs no memory of earlier versions. */
static enum status read_envelope(const struct trust_envelope *envelope,
                                 const struct trust_options *options, struct arena *arena,
                                 struct trust *trust, struct error *reterr)
{
    size_t signers = 0;

    TRY(read_payload(&envelope->payload, options->at_ms, arena, trust, reterr));
    TRY(trust_envelope_signers(envelope, trust->roots, trust->root_count, &signers, reterr));
    if (signers < trust->root_threshold) {
        return fail(reterr, STATUS_BAD_INPUT, "trust.signature: %zu of %u root signatures", signers,
                    trust->root_threshold);
    }
    if (options->root_keyid != NULL) {
        /* The one named on paper must itself have signed. */
        TRY(compare_root(trust, options->root_keyid, reterr));
        for (size_t i = 0; i < trust->root_count; i++) {
            if (text_equal(trust->roots[i].keyid, options->root_keyid)) {
                TRY(trust_envelope_signers(envelope, &trust->roots[i], 1, &signers, reterr));
            }
        }
        if (signers == 0) {
            return fail(reterr, STATUS_BAD_INPUT,
                        "trust.root: the root with the given fingerprint has not signed");
        }
        trust->pinned = true;
    }
    return STATUS_OK;
}

enum status trust_read(const void *data, size_t length, const struct trust_options *options,
                       struct arena *arena, struct trust *ret_trust, struct error *reterr)
{
    DEFER(trust_envelope_done)
    struct trust_envelope envelope = { .payload = bytes_bounded(TRUST_FILE_MAX) };

    *ret_trust = (struct trust){ 0 };
    TRY(trust_envelope_read(data, length, &envelope, reterr));
    return read_envelope(&envelope, options, arena, ret_trust, reterr);
}

enum status trust_load(const char *path, const struct trust_options *options, struct arena *arena,
                       const struct trust **ret_trust, struct error *reterr)
{
    DEFER(bytes_done) struct bytes file = bytes_bounded(TRUST_FILE_MAX);
    DEFER(trust_envelope_done)
    struct trust_envelope envelope = { .payload = bytes_bounded(TRUST_FILE_MAX) };
    struct trust *trust = arena_alloc(arena, sizeof *trust);

    TRY(trust_file_read(path, &file, reterr));
    TRY(trust_envelope_read(file.data, file.length, &envelope, reterr));
    TRY(read_envelope(&envelope, options, arena, trust, reterr));
    if (options->state_path != NULL) {
        TRY(trust_state_check(options->state_path, &envelope, trust, reterr));
    }
    *ret_trust = trust;
    return STATUS_OK;
}
