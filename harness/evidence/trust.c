#include "evidence/trust.h"

#include "base/text.h"
#include "evidence/dsse.h"
#include "evidence/json_strict.h"
#include "evidence/trust_private.h"

#include <string.h>

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

static enum status read_roots(const json_t *payload, struct trust *trust, struct error *reterr)
{
    const json_t *roots = json_object_get(payload, "roots");
    const json_t *list = json_object_get(roots, "keys");
    size_t count = json_array_size(list);

    if (count == 0 || count > TRUST_ROOTS_MAX) {
        return trust_malformed(reterr, "roots");
    }
    for (size_t i = 0; i < count; i++) {
        TRY(trust_spki_read(json_array_get(list, i), &trust->roots[i], reterr));
        for (size_t j = 0; j < i; j++) {
            if (public_key_equal(&trust->roots[i], &trust->roots[j])) {
                return trust_malformed(reterr, "roots (one key twice)");
            }
        }
    }
    trust->root_count = count;
    return trust_read_count(roots, "threshold", (uint32_t) count, &trust->root_threshold, reterr);
}

static enum status read_payload(const struct bytes *bytes, int64_t at_ms, struct arena *arena,
                                struct trust *trust, struct error *reterr)
{
    DEFER(json_strict_done) json_t *payload = NULL;
    json_int_t version;
    int64_t expires = 0;
    int64_t created = 0;

    TRY(json_strict_parse(bytes->data, bytes->length, &payload, reterr));
    if (json_integer_value(json_object_get(payload, "hoshiTrust")) != 1) {
        return fail(reterr, STATUS_UNSUPPORTED, "trust.version: not hoshiTrust 1");
    }
    version = json_integer_value(json_object_get(payload, "version"));
    if (version < 1) {
        return trust_malformed(reterr, "version");
    }
    trust->version = (uint64_t) version;
    TRY(trust_need_text(payload, "id", arena, &trust->id, reterr));
    TRY(trust_need_time(payload, "created", &created, reterr));
    TRY(trust_need_text(payload, "expires", arena, &trust->expires, reterr));
    TRY(trust_need_time(payload, "expires", &expires, reterr));
    trust->stale = at_ms >= expires;
    TRY(read_roots(payload, trust, reterr));
    TRY(trust_keys_read(payload, arena, trust, reterr));
    trust_unknown_find(payload, arena, trust);
    return trust_rules_read(payload, arena, trust, reterr);
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

enum status trust_read_draft(const void *data, size_t length, int64_t at_ms, struct arena *arena,
                             struct trust *ret_trust, struct error *reterr)
{
    DEFER(trust_envelope_done)
    struct trust_envelope envelope = { .payload = bytes_bounded(TRUST_FILE_MAX) };

    *ret_trust = (struct trust){ 0 };
    TRY(trust_envelope_open(data, length, &envelope, reterr));
    return read_payload(&envelope.payload, at_ms, arena, ret_trust, reterr);
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
