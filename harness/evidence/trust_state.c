/* The state file: {"hoshiTrustState":1,"stores":{"<id>":{"version","sha256","threshold",
 * "roots":[{"spki"}...],"compared"}}}; compared: a root was, with a keyid learnt on paper.  Not
 * secret, but an attacker who can write it can roll back. */
#include "base/text.h"
#include "evidence/json_strict.h"
#include "evidence/trust_private.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum status state_read(const char *path, json_t **ret_state, struct error *reterr)
{
    DEFER(bytes_done) struct bytes file = bytes_bounded(TRUST_FILE_MAX);

    if (access(path, F_OK) != 0) {
        *ret_state = json_pack("{s:i, s:{}}", "hoshiTrustState", 1, "stores");
        return *ret_state == NULL ? fail(reterr, STATUS_INTERNAL, "no memory") : STATUS_OK;
    }
    TRY(trust_file_read(path, &file, reterr));
    TRY(json_strict_parse(file.data, file.length, ret_state, reterr));
    if (json_integer_value(json_object_get(*ret_state, "hoshiTrustState")) != 1 ||
        !json_is_object(json_object_get(*ret_state, "stores"))) {
        return fail(reterr, STATUS_BAD_INPUT, "trust.state: %s is not a state file", path);
    }
    return STATUS_OK;
}

/* A newer version needs as many of the roots seen last as those asked for. */
static enum status check_rotation(const json_t *seen, const struct trust_envelope *envelope,
                                  struct error *reterr)
{
    const json_t *list = json_object_get(seen, "roots");
    const json_int_t threshold = json_integer_value(json_object_get(seen, "threshold"));
    struct public_key roots[TRUST_ROOTS_MAX];
    size_t count = json_array_size(list);
    size_t signers = 0;

    if (count == 0 || count > TRUST_ROOTS_MAX || threshold < 1) {
        return fail(reterr, STATUS_BAD_INPUT, "trust.state: roots seen last are missing");
    }
    for (size_t i = 0; i < count; i++) {
        TRY(trust_spki_read(json_array_get(list, i), &roots[i], reterr));
    }
    TRY(trust_envelope_signers(envelope, roots, count, &signers, reterr));
    if ((json_int_t) signers < threshold) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "trust.rotation: signed by %zu of the roots seen last, %d needed", signers,
                    (int) threshold);
    }
    return STATUS_OK;
}

static enum status state_save(const char *path, json_t *state, const struct trust *trust,
                              const char *sha256, struct error *reterr)
{
    DEFER(bytes_done) struct bytes content = bytes_bounded(TRUST_FILE_MAX);
    json_t *roots = json_array();
    json_t *entry;

    for (size_t i = 0; i < trust->root_count; i++) {
        json_t *root = json_pack("{s:o}", "spki", trust_spki_text(&trust->roots[i]));

        if (root == NULL || json_array_append_new(roots, root) != 0) {
            abort();
        }
    }
    entry = json_pack("{s:I, s:s, s:i, s:o, s:b}", "version", (json_int_t) trust->version, "sha256",
                      sha256, "threshold", (int) trust->root_threshold, "roots", roots, "compared",
                      (int) trust->pinned);
    if (entry == NULL ||
        json_object_set_new(json_object_get(state, "stores"), trust->id, entry) != 0) {
        abort();
    }
    TRY(json_strict_write(state, &content, reterr));
    return trust_save(path, &content, true, reterr);
}

enum status trust_state_check(const char *path, const struct trust_envelope *envelope,
                              struct trust *trust, struct error *reterr)
{
    DEFER(json_strict_done) json_t *state = NULL;
    struct digest digest;
    char sha256[DIGEST_HEX_SIZE];
    const json_t *seen;
    bool was_compared;
    uint64_t version;

    TRY(digest_of(envelope->payload.data, envelope->payload.length, &digest, reterr));
    digest_to_hex(&digest, sha256);
    TRY(state_read(path, &state, reterr));
    seen = json_object_get(json_object_get(state, "stores"), trust->id);
    /* Whoever can exchange a store can give his own another name. */
    trust->stranger =
        seen == NULL && !trust->pinned && json_object_size(json_object_get(state, "stores")) > 0;
    if (trust->stranger) {
        return STATUS_OK;
    }
    if (seen == NULL) {
        return state_save(path, state, trust, sha256, reterr);
    }
    was_compared = json_is_true(json_object_get(seen, "compared"));
    version = (uint64_t) json_integer_value(json_object_get(seen, "version"));
    if (trust->version < version) {
        trust->rollback = true;
        return STATUS_OK;
    }
    if (trust->version == version) {
        if (!text_equal(json_string_value(json_object_get(seen, "sha256")), sha256)) {
            return fail(reterr, STATUS_BAD_INPUT,
                        "trust.version: two different stores both say version %llu",
                        (unsigned long long) version);
        }
        if (was_compared || !trust->pinned) {
            trust->pinned = was_compared;
            return STATUS_OK;
        }
        return state_save(path, state, trust, sha256, reterr);
    }
    TRY(check_rotation(seen, envelope, reterr));
    trust->pinned = trust->pinned || was_compared;
    return state_save(path, state, trust, sha256, reterr);
}
