/* The signers' keys that a store lists. */
#include "base/text.h"
#include "evidence/mldsa.h"
#include "evidence/trust_private.h"

#include <string.h>

static const char *const role_words[TRUST_ROLE_COUNT] = {
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

static const char *const kind_words[] = {
    [TRUST_KEY_P256] = "p-256",
    [TRUST_KEY_ML_DSA_65] = "ml-dsa-65",
    [TRUST_KEY_OTHER] = "other",
};

const char *trust_key_kind_word(enum trust_key_kind kind)
{
    return kind_words[kind];
}

enum status trust_spki_open(const struct bytes *der, struct public_key *ret_key,
                            enum trust_key_kind *ret_kind, struct error *reterr)
{
    struct digest digest;
    enum status status;

    /* A key of another kind still has its name, so that a signature by it is recognised. */
    TRY(digest_of(der->data, der->length, &digest, reterr));
    digest_to_hex(&digest, ret_key->keyid);
    if (mldsa_is_spki(der->data, der->length)) {
        struct mldsa_public pq;

        *ret_kind = TRUST_KEY_ML_DSA_65;
        return mldsa_from_spki(der->data, der->length, &pq, reterr) == STATUS_OK
                   ? STATUS_OK
                   : fail(reterr, STATUS_BAD_INPUT,
                          "trust.key: not a well-formed ML-DSA-65 public key");
    }
    status = public_key_from_spki(der->data, der->length, ret_key, reterr);
    *ret_kind = status == STATUS_OK ? TRUST_KEY_P256 : TRUST_KEY_OTHER;
    return status == STATUS_UNSUPPORTED ? STATUS_OK : status;
}

enum status trust_spki_read(const json_t *holder, struct public_key *ret_key, struct error *reterr)
{
    DEFER(bytes_done) struct bytes der = bytes_bounded(TRUST_SPKI_MAX);
    enum trust_key_kind kind = TRUST_KEY_OTHER;

    TRY(trust_need_bytes(holder, "spki", &der, reterr));
    TRY(trust_spki_open(&der, ret_key, &kind, reterr));
    return kind == TRUST_KEY_P256
               ? STATUS_OK
               : fail(reterr, STATUS_UNSUPPORTED, "trust.key: not an ECDSA P-256 public key");
}

static enum status read_spki(const json_t *item, struct arena *arena, struct trust_key *key,
                             struct error *reterr)
{
    DEFER(bytes_done) struct bytes der = bytes_bounded(TRUST_SPKI_MAX);
    const char *keyid = json_string_value(json_object_get(item, "keyid"));

    TRY(trust_need_bytes(item, "spki", &der, reterr));
    TRY(trust_spki_open(&der, &key->key, &key->kind, reterr));
    /* The name written beside it is for people, who would be misled by another key's. */
    if (json_object_get(item, "keyid") != NULL && !text_equal(keyid, key->key.keyid)) {
        return fail(reterr, STATUS_BAD_INPUT, "trust.key: %.16s... is not the name of its key",
                    keyid == NULL ? "" : keyid);
    }
    key->supported = key->kind == TRUST_KEY_P256;
    key->spki = trust_keep(arena, &der);
    key->spki_length = der.length;
    return STATUS_OK;
}

static enum status read_key(const json_t *item, struct arena *arena, struct trust_key *key,
                            struct error *reterr)
{
    const char *role = json_string_value(json_object_get(item, "role"));
    struct trust_organisation organisation = { 0 };
    struct trust_revocation revocation = { 0 };

    TRY(read_spki(item, arena, key, reterr));
    if (role == NULL) {
        return trust_malformed(reterr, "role");
    }
    if (!trust_role_from_word(role, &key->role)) {
        return fail(reterr, STATUS_UNSUPPORTED, "trust.role: '%.40s' is not known", role);
    }
    TRY(trust_need_text(item, "name", arena, &key->name, reterr));
    TRY(trust_organisation_read(item, arena, &organisation, reterr));
    key->organisation = organisation.name;
    key->corporate_number = organisation.corporate_number;
    TRY(trust_need_time(item, "notBefore", &key->not_before, reterr));
    TRY(trust_need_time(item, "notAfter", &key->not_after, reterr));
    TRY(trust_revocation_read(item, &revocation, reterr));
    key->revoked = revocation.revoked;
    key->compromised = revocation.compromised;
    key->revoked_at = revocation.at;
    return STATUS_OK;
}

/* Do two entries of one key say the same?  Its name is for people and may differ. */
static bool say_the_same(const struct trust_key *a, const struct trust_key *b)
{
    return a->role == b->role && text_equal(a->organisation, b->organisation) &&
           text_equal(trust_organisation_of(a), trust_organisation_of(b)) &&
           a->not_before == b->not_before && a->not_after == b->not_after &&
           a->revoked == b->revoked && a->compromised == b->compromised &&
           a->revoked_at == b->revoked_at;
}

/* One key has one role, holder, window and fate; listed again with the same, it counts once. */
static enum status keep_key(const struct trust_key *key, struct trust_key *keys,
                            struct trust *trust, struct error *reterr)
{
    for (size_t i = 0; i < trust->key_count; i++) {
        if (!text_equal(keys[i].key.keyid, key->key.keyid)) {
            continue;
        }
        if (!say_the_same(&keys[i], key)) {
            return fail(reterr, STATUS_BAD_INPUT, "trust.key: %.16s... is listed in two ways",
                        key->key.keyid);
        }
        trust->twins++;
        return STATUS_OK;
    }
    keys[trust->key_count++] = *key;
    return STATUS_OK;
}

/* An authority that lists "ACME" and "АСМЕ" may have been deceived.  A warning: they may be two. */
static void find_alike(struct trust *trust, const struct trust_key *keys, struct arena *arena)
{
    const char **looks = arena_array(arena, trust->key_count + 1, sizeof *looks);

    for (size_t i = 0; i < trust->key_count; i++) {
        looks[i] = trust_name_looks(keys[i].organisation, arena);
        for (size_t j = 0; j < i && trust->alike[0] == NULL; j++) {
            if (text_equal(looks[i], looks[j]) && !trust_same_organisation(&keys[i], &keys[j])) {
                trust->alike[0] = keys[j].organisation;
                trust->alike[1] = keys[i].organisation;
            }
        }
    }
}

enum status trust_keys_read(const json_t *payload, struct arena *arena, struct trust *trust,
                            struct error *reterr)
{
    const json_t *list = json_object_get(payload, "keys");
    size_t count = json_array_size(list);
    struct trust_key *keys = arena_array(arena, count + 1, sizeof *keys);

    if (!json_is_array(list) || count > TRUST_KEYS_MAX) {
        return trust_malformed(reterr, "keys");
    }
    for (size_t i = 0; i < count; i++) {
        struct trust_key key = { 0 };

        TRY(read_key(json_array_get(list, i), arena, &key, reterr));
        TRY(keep_key(&key, keys, trust, reterr));
    }
    trust->keys = keys;
    find_alike(trust, keys, arena);
    return STATUS_OK;
}
