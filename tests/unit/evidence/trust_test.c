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
    cr_assert(!trust->rollback && trust->pinned);
    MUST(trust_load(older, &options, arena, &trust, &error));
    cr_assert(trust->rollback);
    MUST(trust_load(newer, &options, arena, &trust, &error)); /* a rollback is not remembered */
    cr_assert(!trust->rollback);
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
