#include "evidence/trust.h"

#include "sample.h"

struct store {
    struct key root;
    struct key next;
    struct key member;
    json_t *payload;
};

static struct store store_open(void)
{
    struct store store = { 0 };

    MUST(key_new(&store.root, &error));
    MUST(key_new(&store.next, &error));
    MUST(key_new(&store.member, &error));

    const struct trust_draft draft = { .id = "t",
                                       .created = "2026-01-01T00:00:00Z",
                                       .expires = "2027-01-01T00:00:00Z",
                                       .root = &store.root.public_half };
    const struct trust_member member = { .key = &store.member.public_half,
                                         .role = TRUST_VENDOR,
                                         .name = "n",
                                         .organisation = "o",
                                         .not_before = "2026-01-01T00:00:00Z",
                                         .not_after = "2028-01-01T00:00:00Z" };

    MUST(trust_draft_new(&draft, &store.payload, &error));
    MUST(trust_draft_add(store.payload, &member, &error));
    return store;
}

static void store_done(struct store *store)
{
    json_decref(store->payload);
    key_done(&store->root);
    key_done(&store->next);
    key_done(&store->member);
}

static void store_save(const struct store *store, const struct key *signer, const char *path)
{
    DEFER(bytes_done) struct bytes out = bytes_bounded(1 << 20);

    MUST(trust_sign(store->payload, &signer, 1, &out, &error));
    MUST(trust_save(path, &out, true, &error));
}

Test(trust, is_read_as_written)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct sample sample = sample_open();
    const char *path = sample_path(&sample, "trust.json");
    struct store store = store_open();
    const struct trust_options options = { .root_keyid = store.root.public_half.keyid,
                                           .at_ms = SAMPLE_AT };
    const struct trust *trust = NULL;

    store_save(&store, &store.root, path);
    MUST(trust_load(path, &options, arena, &trust, &error));
    cr_assert_eq(trust->version, 1);
    cr_assert(!trust->stale && !trust->rollback && trust->pinned);
    cr_assert_eq(trust->key_count, 1);
    cr_assert_eq(trust->policy.organisations, 1);
    cr_assert_not_null(trust_find(trust, store.member.public_half.keyid));
    cr_assert_null(trust_find(trust, store.root.public_half.keyid));
    cr_assert_str_eq(trust_organisation_of(&trust->keys[0]), "o");
    store_done(&store);
    sample_done(&sample);
}

Test(trust, foreign_signature_is_refused)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct sample sample = sample_open();
    const char *path = sample_path(&sample, "trust.json");
    struct store store = store_open();
    const struct trust_options options = { .at_ms = SAMPLE_AT };
    const struct trust *trust = NULL;

    store_save(&store, &store.member, path);
    cr_assert_eq(trust_load(path, &options, arena, &trust, NULL), STATUS_BAD_INPUT);
    cr_assert_null(trust);
    store_done(&store);
    sample_done(&sample);
}

Test(trust, versions_do_not_go_back)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct sample sample = sample_open();
    const char *older = sample_path(&sample, "1.json");
    const char *newer = sample_path(&sample, "2.json");
    const char *state = sample_path(&sample, "state.json");
    struct store store = store_open();
    const struct trust_options options = { .state_path = state, .at_ms = SAMPLE_AT };
    const struct trust *trust = NULL;

    store_save(&store, &store.root, older);
    MUST(trust_draft_next(store.payload, "2026-02-01T00:00:00Z", "2027-02-01T00:00:00Z", &error));
    store_save(&store, &store.root, newer);
    MUST(trust_load(older, &options, arena, &trust, &error));
    cr_assert(!trust->rollback && !trust->pinned);
    MUST(trust_load(newer, &options, arena, &trust, &error));
    cr_assert(!trust->rollback && !trust->pinned); /* seen before, but never compared */
    MUST(trust_load(older, &options, arena, &trust, &error));
    cr_assert(trust->rollback);
    MUST(trust_load(newer, &options, arena, &trust, &error)); /* a rollback is not remembered */
    cr_assert(!trust->rollback);
    store_done(&store);
    sample_done(&sample);
}

Test(trust, remembers_that_its_root_was_compared)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct sample sample = sample_open();
    const char *older = sample_path(&sample, "1.json");
    const char *newer = sample_path(&sample, "2.json");
    struct store store = store_open();
    struct trust_options options = { .state_path = sample_path(&sample, "state.json"),
                                     .at_ms = SAMPLE_AT };
    const struct trust *trust = NULL;

    store_save(&store, &store.root, older);
    MUST(trust_draft_next(store.payload, "2026-02-01T00:00:00Z", "2027-02-01T00:00:00Z", &error));
    store_save(&store, &store.root, newer);
    for (int i = 0; i < 2; i++) {
        MUST(trust_load(older, &options, arena, &trust, &error));
        cr_assert(!trust->pinned);
    }
    options.root_keyid = store.root.public_half.keyid;
    MUST(trust_load(older, &options, arena, &trust, &error));
    options.root_keyid = NULL;
    MUST(trust_load(older, &options, arena, &trust, &error));
    cr_assert(trust->pinned);
    MUST(trust_load(newer, &options, arena, &trust, &error)); /* signed by the root compared */
    cr_assert(trust->pinned);
    MUST(trust_load(newer, &options, arena, &trust, &error));
    cr_assert(trust->pinned);
    store_done(&store);
    sample_done(&sample);
}

Test(trust, a_store_beside_the_known_one_is_a_stranger_until_compared)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct sample sample = sample_open();
    const char *known = sample_path(&sample, "known.json");
    const char *other = sample_path(&sample, "other.json");
    struct store store = store_open();
    struct trust_options options = { .state_path = sample_path(&sample, "state.json"),
                                     .at_ms = SAMPLE_AT };
    const struct trust *trust = NULL;

    store_save(&store, &store.root, known);
    cr_assert_eq(json_object_set_new(store.payload, "id", json_string("u")), 0);
    store_save(&store, &store.root, other);
    MUST(trust_load(known, &options, arena, &trust, &error));
    cr_assert(!trust->stranger);
    for (int i = 0; i < 2; i++) { /* having been seen does not make it known */
        MUST(trust_load(other, &options, arena, &trust, &error));
        cr_assert(trust->stranger);
    }
    options.root_keyid = store.root.public_half.keyid;
    MUST(trust_load(other, &options, arena, &trust, &error));
    cr_assert(!trust->stranger);
    options.root_keyid = NULL;
    MUST(trust_load(other, &options, arena, &trust, &error));
    cr_assert(!trust->stranger && trust->pinned);
    store_done(&store);
    sample_done(&sample);
}

Test(trust, members_it_does_not_know_are_told)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct sample sample = sample_open();
    const char *path = sample_path(&sample, "trust.json");
    struct store store = store_open();
    const struct trust_options options = { .at_ms = SAMPLE_AT };
    const struct trust *trust = NULL;

    store_save(&store, &store.root, path);
    MUST(trust_load(path, &options, arena, &trust, &error));
    cr_assert_null(trust->unknown);
    json_object_set_new(json_object_get(store.payload, "policy"), "requireTwo", json_true());
    store_save(&store, &store.root, path);
    MUST(trust_load(path, &options, arena, &trust, &error));
    cr_assert_str_eq(trust->unknown, "policy.requireTwo");
    cr_assert_eq(trust->unknown_count, 1);
    store_done(&store);
    sample_done(&sample);
}

Test(trust, is_stale_from_its_expiry_on)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct sample sample = sample_open();
    const char *path = sample_path(&sample, "trust.json");
    struct store store = store_open();
    struct trust_options options = { 0 };
    const struct trust *trust = NULL;

    store_save(&store, &store.root, path);
    cr_assert(json_strict_time("2026-12-31T23:59:59.999Z", &options.at_ms));
    MUST(trust_load(path, &options, arena, &trust, &error));
    cr_assert(!trust->stale);
    options.at_ms++;
    MUST(trust_load(path, &options, arena, &trust, &error));
    cr_assert(trust->stale);
    store_done(&store);
    sample_done(&sample);
}

Test(trust, draft_is_taken_up_again)
{
    struct sample sample = sample_open();
    const char *path = sample_path(&sample, "trust.json");
    struct store store = store_open();
    json_t *payload = NULL;

    store_save(&store, &store.root, path);
    MUST(trust_draft_of(path, &payload, &error));
    cr_assert(json_equal(payload, store.payload));
    MUST(trust_draft_revoke(payload, store.member.public_half.keyid, "2026-03-01T00:00:00Z",
                            "superseded", &error));
    cr_assert_eq(trust_draft_revoke(payload, store.root.public_half.keyid, "2026-03-01T00:00:00Z",
                                    "superseded", NULL),
                 STATUS_BAD_INPUT);
    json_decref(payload);
    store_done(&store);
    sample_done(&sample);
}

enum { ML_DSA_65_SPKI_SIZE = 1974 };

/* The form of RFC 9881 section 4 around bytes that stand for a key. */
static struct bytes ml_dsa_spki(uint8_t filling)
{
    static const uint8_t prefix[] = { 0x30, 0x82, 0x07, 0xb2, 0x30, 0x0b, 0x06, 0x09,
                                      0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03,
                                      0x12, 0x03, 0x82, 0x07, 0xa1, 0x00 };
    struct bytes spki = bytes_bounded(ML_DSA_65_SPKI_SIZE);

    MUST(bytes_append(&spki, prefix, sizeof prefix, &error));
    while (spki.length < ML_DSA_65_SPKI_SIZE) {
        MUST(bytes_append(&spki, &filling, 1, &error));
    }
    return spki;
}

static enum status add_spki(const struct store *store, const struct bytes *spki)
{
    const struct trust_member member = { .spki = spki,
                                         .role = TRUST_VENDOR,
                                         .name = "n-pq",
                                         .organisation = "o",
                                         .not_before = "2026-01-01T00:00:00Z",
                                         .not_after = "2028-01-01T00:00:00Z" };

    return trust_draft_add(store->payload, &member, NULL);
}

Test(trust, keeps_a_post_quantum_key_beside_the_other)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(bytes_done) struct bytes spki = ml_dsa_spki(7);
    struct sample sample = sample_open();
    const char *path = sample_path(&sample, "trust.json");
    struct store store = store_open();
    const struct trust_options options = { .at_ms = SAMPLE_AT };
    const struct trust *trust = NULL;
    struct digest digest;
    char keyid[DIGEST_HEX_SIZE];

    MUST(add_spki(&store, &spki));
    store_save(&store, &store.root, path);
    MUST(trust_load(path, &options, arena, &trust, &error));
    cr_assert_eq(trust->key_count, 2);
    cr_assert_eq(trust->keys[0].kind, TRUST_KEY_P256);
    cr_assert_eq(trust->keys[0].spki_length, KEY_SPKI_SIZE);
    cr_assert_eq(trust->keys[1].kind, TRUST_KEY_ML_DSA_65);
    cr_assert(!trust->keys[1].supported);
    cr_assert_eq(trust->keys[1].spki_length, spki.length);
    cr_assert_arr_eq(trust->keys[1].spki, spki.data, spki.length);
    MUST(digest_of(spki.data, spki.length, &digest, &error));
    digest_to_hex(&digest, keyid);
    cr_assert_eq(trust_find(trust, keyid), &trust->keys[1]);
    cr_assert_str_eq(trust_key_kind_word(trust->keys[1].kind), "ml-dsa-65");
    store_done(&store);
    sample_done(&sample);
}

Test(trust, misshapen_post_quantum_key_is_refused)
{
    DEFER(bytes_done) struct bytes spki = ml_dsa_spki(7);
    struct store store = store_open();

    spki.length--;
    cr_assert_eq(add_spki(&store, &spki), STATUS_BAD_INPUT);
    spki.length++;
    spki.data[21] = 1; /* unused bits in the BIT STRING */
    cr_assert_eq(add_spki(&store, &spki), STATUS_BAD_INPUT);
    store_done(&store);
}

static const uint8_t certificate_form[] = { 0x30, 0x03, 0x02, 0x01, 0x05 };

static enum status add_authority(const struct store *store, size_t length)
{
    DEFER(bytes_done) struct bytes der = bytes_bounded(64);

    MUST(bytes_append(&der, certificate_form, length, &error));
    return trust_draft_add_authority(
        store->payload,
        &(struct trust_authority_member){ .name = "tsa",
                                          .organisation = "clock keepers",
                                          .not_after = "2027-01-01T00:00:00Z",
                                          .certificate = &der },
        NULL);
}

Test(trust, timestamp_authorities_and_policy_are_read_as_written)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct sample sample = sample_open();
    const char *path = sample_path(&sample, "trust.json");
    struct store store = store_open();
    const struct trust_options options = { .at_ms = SAMPLE_AT };
    const struct trust_policy policy = { .require_all_examined = true,
                                         .pq_required = true,
                                         .pq_required_from = SAMPLE_AT,
                                         .accept_waivers_of = { [TRUST_EVALUATOR] = true },
                                         .organisations = 2 };
    const struct trust_timestamp_authority *authority;
    const struct trust *trust = NULL;
    struct digest digest;
    char name[DIGEST_HEX_SIZE];

    MUST(add_authority(&store, sizeof certificate_form));
    MUST(trust_draft_policy(store.payload, &policy, &error));
    MUST(digest_of(certificate_form, sizeof certificate_form, &digest, &error));
    digest_to_hex(&digest, name);
    MUST(trust_draft_revoke(store.payload, name, "2026-03-01T00:00:00Z", "compromise", &error));
    MUST(trust_draft_trust_digest(store.payload, "suites", &digest, &error));
    MUST(trust_draft_trust_digest(store.payload, "suites", &digest, &error));
    store_save(&store, &store.root, path);
    MUST(trust_load(path, &options, arena, &trust, &error));
    cr_assert_eq(trust->suite_count, 1);
    cr_assert_eq(trust->timestamp_authority_count, 1);
    authority = &trust->timestamp_authorities[0];
    cr_assert_str_eq(authority->name, "tsa");
    cr_assert_str_eq(authority->organisation, "clock keepers");
    cr_assert_null(authority->corporate_number);
    cr_assert_eq(authority->certificate_length, sizeof certificate_form);
    cr_assert_arr_eq(authority->certificate, certificate_form, sizeof certificate_form);
    cr_assert(authority->not_before == INT64_MIN && authority->not_after < INT64_MAX);
    cr_assert(authority->revoked && authority->compromised && authority->revoked_at != 0);
    cr_assert(trust->policy.require_all_examined && !trust->policy.require_evaluator);
    cr_assert(trust->policy.pq_required && trust->policy.pq_required_from == SAMPLE_AT);
    cr_assert(trust->policy.accept_waivers_of[TRUST_EVALUATOR]);
    cr_assert(!trust->policy.accept_waivers_of[TRUST_VENDOR]);
    cr_assert_eq(trust->policy.organisations, 2);
    store_done(&store);
    sample_done(&sample);
}

Test(trust, certificate_is_one_whole_sequence)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct sample sample = sample_open();
    const char *path = sample_path(&sample, "trust.json");
    struct store store = store_open();
    const struct trust_options options = { .at_ms = SAMPLE_AT };
    const struct trust *trust = NULL;

    MUST(add_authority(&store, sizeof certificate_form - 1));
    store_save(&store, &store.root, path);
    cr_assert_eq(trust_load(path, &options, arena, &trust, NULL), STATUS_BAD_INPUT);
    store_done(&store);
    sample_done(&sample);
}

static const char *alike(const char *first, const char *second, struct arena *arena)
{
    const struct public_key *keys[2];
    const struct trust_options options = { .at_ms = SAMPLE_AT };
    const char *const names[] = { first, second };
    struct sample sample = sample_open();
    const char *path = sample_path(&sample, "trust.json");
    struct store store = store_open();
    const struct trust *trust = NULL;

    keys[0] = &store.next.public_half;
    keys[1] = &store.root.public_half;
    for (size_t i = 0; i < 2; i++) {
        const struct trust_member member = { .key = keys[i],
                                             .role = TRUST_VENDOR,
                                             .name = "n",
                                             .organisation = names[i],
                                             .not_before = "2026-01-01T00:00:00Z",
                                             .not_after = "2028-01-01T00:00:00Z" };

        MUST(trust_draft_add(store.payload, &member, &error));
    }
    store_save(&store, &store.root, path);
    MUST(trust_load(path, &options, arena, &trust, &error));
    store_done(&store);
    sample_done(&sample);
    return trust->alike[0];
}

Test(trust, names_that_look_alike_are_told)
{
    DEFER(arena_done) struct arena *arena = arena_new();

    cr_assert_not_null(alike("ACME", "\xd0\x90\xd0\xa1\xd0\x9c\xd0\x95", arena));
    cr_assert_not_null(alike("Nichi", "N1chi", arena));
    cr_assert_not_null(alike("株式会社ニコ", "二コ", arena));
    cr_assert_null(alike("ACME", "Acme", arena));                       /* one organisation */
    cr_assert_null(alike("ACME", "\xef\xbc\xa1\xef\xbc\xa3ME", arena)); /* so in full width */
    cr_assert_null(alike("ACME", "ACNE", arena));
}

Test(trust, draft_becomes_a_store_when_enough_have_signed)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(bytes_done) struct bytes draft = bytes_bounded(1 << 20);
    DEFER(bytes_done) struct bytes half = bytes_bounded(1 << 20);
    DEFER(bytes_done) struct bytes whole = bytes_bounded(1 << 20);
    const struct trust_options options = { .at_ms = SAMPLE_AT };
    struct store store = store_open();
    struct trust trust;
    size_t signers = 0;

    MUST(trust_draft_add_root(store.payload, &store.next.public_half, &error));
    MUST(trust_draft_threshold(store.payload, 2, &error));
    MUST(trust_sign(store.payload, NULL, 0, &draft, &error));
    MUST(trust_read_draft(draft.data, draft.length, SAMPLE_AT, arena, &trust, &error));
    cr_assert_eq(trust.root_count, 2);
    cr_assert_eq(trust_read(draft.data, draft.length, &options, arena, &trust, NULL),
                 STATUS_BAD_INPUT);
    MUST(trust_countersign(draft.data, draft.length, &store.root, &half, &error));
    cr_assert_eq(trust_read(half.data, half.length, &options, arena, &trust, NULL),
                 STATUS_BAD_INPUT);
    cr_assert_eq(trust_countersign(half.data, half.length, &store.root, &whole, NULL),
                 STATUS_BAD_INPUT);
    MUST(trust_countersign(half.data, half.length, &store.next, &whole, &error));
    MUST(trust_read(whole.data, whole.length, &options, arena, &trust, &error));
    MUST(trust_signed_by(whole.data, whole.length, trust.roots, 2, &signers, &error));
    cr_assert_eq(signers, 2);
    MUST(trust_draft_remove_root(store.payload, store.root.public_half.keyid, &error));
    cr_assert_eq(trust_draft_remove_root(store.payload, store.root.public_half.keyid, NULL),
                 STATUS_BAD_INPUT);
    draft.length = 0;
    MUST(trust_sign(store.payload, NULL, 0, &draft, &error));
    cr_assert_eq(trust_read_draft(draft.data, draft.length, SAMPLE_AT, arena, &trust, NULL),
                 STATUS_BAD_INPUT); /* two are asked for, one is left */
    store_done(&store);
}
