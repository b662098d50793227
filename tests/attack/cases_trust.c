/* The trust store, the log and withholding: cases 95 to 134. */
#include "attack.h"

#include "base/text.h"
#include "evidence/digest.h"
#include "evidence/json_strict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Lets the state file see a store of that kind first. */
static void remember(struct attempt *attempt, const struct world_store *how)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct trust *trust = NULL;
    struct error error = { 0 };
    char store[WORLD_PATH];
    char state[WORLD_PATH];

    world_store(attempt->world, how, "trust-old.json");
    world_path(attempt->world, "trust-old.json", store);
    world_path(attempt->world, "state.json", state);
    const struct trust_options options = { .state_path = state };

    must(trust_load(store, &options, arena, &trust, &error), &error);
    attempt->state = "state.json";
}

void attack_095_rollback(struct attempt *attempt)
{
    const struct world_store newer = { .version = 4 };

    remember(attempt, &newer);
}

void attack_095_rollback_named(struct attempt *attempt)
{
    attack_095_rollback(attempt);
    attempt->root = attempt_key(attempt, WORLD_ROOT)->public_half.keyid;
}

static void rename_store(json_t *payload, void *context)
{
    (void) context;
    (void) json_object_set_new(payload, "id", json_string("other-store"));
}

void attack_095_other_store(struct attempt *attempt)
{
    const struct world_store known = { .version = 3 };
    const struct world_store other = { .edit = rename_store };

    remember(attempt, &known);
    attempt_trust(attempt, &other);
}

void attack_095_other_store_named(struct attempt *attempt)
{
    attack_095_other_store(attempt);
    attempt->root = attempt_key(attempt, WORLD_ROOT)->public_half.keyid;
}

void attack_096_expires_now(struct attempt *attempt)
{
    const struct world_store store = { .expires = WORLD_AT };

    attempt_trust(attempt, &store);
}

void attack_096_expired_store(struct attempt *attempt)
{
    const struct world_store store = { .expires = "2026-05-01T00:00:00Z" };

    attempt_trust(attempt, &store);
}

void attack_065_off_curve(struct attempt *attempt)
{
    const struct world_store store = { .off_curve = true };

    attempt_trust(attempt, &store);
}

static void rotate(struct attempt *attempt, size_t signers)
{
    const struct world_store before = { .version = 2 };
    const struct world_store after = { .version = 3,
                                       .root = WORLD_ROOT_NEXT,
                                       .signers = { WORLD_ROOT_NEXT, WORLD_ROOT },
                                       .signer_count = signers };

    remember(attempt, &before);
    attempt_trust(attempt, &after);
}

void attack_097_rotation(struct attempt *attempt)
{
    rotate(attempt, 1);
}

void attack_097_good_rotation(struct attempt *attempt)
{
    rotate(attempt, 2);
}

static void ask_for_two_roots(json_t *payload, void *context)
{
    const struct key *second = context;
    struct error error = { 0 };

    must(trust_draft_add_root(payload, &second->public_half, &error), &error);
    must(trust_draft_threshold(payload, 2, &error), &error);
}

void attack_097_too_few_new(struct attempt *attempt)
{
    const struct world_store store = { .signers = { WORLD_ROOT, WORLD_ROOT },
                                       .signer_count = 2,
                                       .edit = ask_for_two_roots,
                                       .context = &attempt->world->keys[WORLD_ROOT_NEXT] };

    attempt_trust(attempt, &store);
}

void attack_098_introduced_key(struct attempt *attempt)
{
    const struct world_store store = { .signers = { WORLD_VENDOR, WORLD_VENDOR },
                                       .signer_count = 1 };

    attempt_trust(attempt, &store);
}

void attack_098_other_fingerprint(struct attempt *attempt)
{
    attempt->root = attempt_key(attempt, WORLD_ROOT_NEXT)->public_half.keyid;
}

void attack_098_two_of_one_version(struct attempt *attempt)
{
    const struct world_store other = { .organisations = 2 };

    remember(attempt, &other);
}

void attack_099_too_early(struct attempt *attempt)
{
    attempt->at = "2025-12-31T23:59:59Z";
}

static void signed_by(struct attempt *attempt, enum world_who who)
{
    const struct world_bundle how = { .signer = who };

    attempt_bundle(attempt, &how);
}

void attack_100_expired_key(struct attempt *attempt)
{
    signed_by(attempt, WORLD_EXPIRED);
}

void attack_100_timestamp_required(struct attempt *attempt)
{
    const struct world_store store = { .require_timestamp = true };

    attempt_trust(attempt, &store);
}

void attack_101_revoked(struct attempt *attempt)
{
    signed_by(attempt, WORLD_REVOKED);
}

void attack_101_revoked_later(struct attempt *attempt)
{
    signed_by(attempt, WORLD_REVOKED);
    attempt->at = "2026-04-30T00:00:00Z";
}

void attack_102_compromised(struct attempt *attempt)
{
    signed_by(attempt, WORLD_COMPROMISED);
}

void attack_103_two_roles(struct attempt *attempt)
{
    const struct world_store store = { .two_roles = true };

    attempt_trust(attempt, &store);
}

static void end_twin_later(json_t *payload, void *context)
{
    json_t *keys = json_object_get(payload, "keys");

    (void) context;
    (void) json_object_set_new(json_array_get(keys, json_array_size(keys) - 1), "notAfter",
                               json_string("2031-01-01T00:00:00Z"));
}

void attack_103_two_windows(struct attempt *attempt)
{
    const struct world_store store = { .twin = true, .edit = end_twin_later };

    attempt_trust(attempt, &store);
}

static void name_after_another(json_t *payload, void *context)
{
    json_t *keys = json_object_get(payload, "keys");

    (void) context;
    (void) json_object_set(json_array_get(keys, 0), "keyid",
                           json_object_get(json_array_get(keys, 1), "keyid"));
}

void attack_103_other_keyid(struct attempt *attempt)
{
    const struct world_store store = { .edit = name_after_another };

    attempt_trust(attempt, &store);
}

/* The partner calls itself ACME in Cyrillic letters. */
static void look_like_acme(json_t *payload, void *context)
{
    json_t *partner = json_array_get(json_object_get(payload, "keys"), 2);

    (void) context;
    (void) json_object_set_new(json_object_get(partner, "organisation"), "name",
                               json_string("\xd0\x90\xd0\xa1\xd0\x9c\xd0\x95"));
}

void attack_104_look_alike(struct attempt *attempt)
{
    const struct world_store store = { .edit = look_like_acme };

    attempt_trust(attempt, &store);
}

void attack_104_twin_key(struct attempt *attempt)
{
    const struct world_store store = { .twin = true };

    attempt_trust(attempt, &store);
}

/* ---- the log; all but the log is made to fit, and signed anew ---- */

struct lines {
    const uint8_t *at[32];
    size_t length[32]; /* with the LF */
    size_t count;
};

static struct lines lines_of(const struct raw_entry *log)
{
    struct lines lines = { .count = 0 };
    size_t start = 0;

    for (size_t i = 0; i < log->length; i++) {
        if (log->data[i] == '\n') {
            lines.at[lines.count] = log->data + start;
            lines.length[lines.count++] = i + 1 - start;
            start = i + 1;
        }
    }
    return lines;
}

/* A new log of the lines named by number; -1 ends. */
static void relog(struct attempt *attempt, const int *order)
{
    DEFER(bytes_done) struct bytes content = bytes_bounded(1 << 20);
    struct raw_entry *log = raw_zip_find(&attempt->zip, BUNDLE_LOG);
    const struct lines lines = lines_of(log);
    struct error error = { 0 };

    for (; *order >= 0; order++) {
        must(bytes_append(&content, lines.at[*order], lines.length[*order], &error), &error);
    }
    raw_entry_set(log, content.data, content.length);
    attempt_reseal(attempt);
}

void attack_119_line_deleted(struct attempt *attempt)
{
    relog(attempt, (const int[]){ 0, 1, 3, 4, 5, -1 });
}

void attack_119_line_inserted(struct attempt *attempt)
{
    relog(attempt, (const int[]){ 0, 1, 2, 2, 3, 4, 5, -1 });
}

void attack_119_lines_swapped(struct attempt *attempt)
{
    relog(attempt, (const int[]){ 0, 2, 1, 3, 4, 5, -1 });
}

void attack_119_cut(struct attempt *attempt)
{
    relog(attempt, (const int[]){ 0, 1, 2, 3, 4, -1 });
}

static void zero_member(json_t *json, void *context)
{
    (void) json_object_set_new(
        json_object_get(json, "log"), context,
        json_string("0000000000000000000000000000000000000000000000000000000000000000"));
}

static void reseal_zeroed(struct attempt *attempt, const char *member)
{
    char name[16];

    (void) snprintf(name, sizeof name, "%s", member);
    world_reseal(&attempt->zip, attempt_key(attempt, WORLD_VENDOR), zero_member, name);
}

void attack_120_wrong_root(struct attempt *attempt)
{
    reseal_zeroed(attempt, "root");
}

void attack_120_wrong_head(struct attempt *attempt)
{
    reseal_zeroed(attempt, "head");
}

void attack_123_crlf(struct attempt *attempt)
{
    DEFER(bytes_done) struct bytes content = bytes_bounded(1 << 20);
    struct raw_entry *log = raw_zip_find(&attempt->zip, BUNDLE_LOG);
    const struct lines lines = lines_of(log);
    struct error error = { 0 };

    for (size_t i = 0; i < lines.count; i++) {
        must(bytes_append(&content, lines.at[i], lines.length[i] - 1, &error), &error);
        must(bytes_append(&content, "\r\n", 2, &error), &error);
    }
    raw_entry_set(log, content.data, content.length);
    attempt_reseal(attempt);
}

void attack_123_no_last_lf(struct attempt *attempt)
{
    DEFER(bytes_done) struct bytes content = bytes_bounded(1 << 20);
    struct raw_entry *log = raw_zip_find(&attempt->zip, BUNDLE_LOG);
    struct error error = { 0 };

    must(bytes_append(&content, log->data, log->length - 1, &error), &error);
    raw_entry_set(log, content.data, content.length);
    attempt_reseal(attempt);
}

void attack_124_clock_back(struct attempt *attempt)
{
    const struct world_bundle how = { .clock_backwards = true };

    attempt_bundle(attempt, &how);
}

/* ---- withholding: e0004 is the transcript, e0005 the key log ---- */

static const char wire[] = "wire/tls-01.jsonl";
static const char keylog[] = "wire/tls-01.keylog";
static const char wire_salt[] = "META-INF/disc/e0004.json";
static const char keylog_salt[] = "META-INF/disc/e0005.json";

void attack_127_withheld(struct attempt *attempt)
{
    raw_zip_remove(&attempt->zip, wire);
    raw_zip_remove(&attempt->zip, wire_salt);
    raw_zip_remove(&attempt->zip, keylog);
    raw_zip_remove(&attempt->zip, keylog_salt);
}

void attack_128_required_withheld(struct attempt *attempt)
{
    raw_zip_remove(&attempt->zip, BUNDLE_RESULT);
}

void attack_129_salt_left(struct attempt *attempt)
{
    raw_zip_remove(&attempt->zip, wire);
}

void attack_130_salt_gone(struct attempt *attempt)
{
    raw_zip_remove(&attempt->zip, wire_salt);
}

struct resize {
    size_t length;
};

static void resize_salt(json_t *json, void *context)
{
    const struct resize *resize = context;
    const json_t *text = json_object_get(json, "salt");
    DEFER(bytes_done) struct bytes salt = bytes_bounded(64);
    struct error error = { 0 };
    char room[128];

    must(json_strict_base64(json_string_value(text), json_string_length(text), &salt, &error),
         &error);
    must(bytes_append(&salt, "", 1, &error), &error);
    text_base64(salt.data, resize->length, room);
    (void) json_object_set_new(json, "salt", json_string(room));
}

void attack_131_salt_31(struct attempt *attempt)
{
    struct resize resize = { 31 };

    attempt_edit(attempt, wire_salt, resize_salt, &resize);
}

void attack_131_salt_33(struct attempt *attempt)
{
    struct resize resize = { 33 };

    attempt_edit(attempt, wire_salt, resize_salt, &resize);
}

/* The sizes are equal, so that only the commitment tells. */
void attack_132_other_content(struct attempt *attempt)
{
    attempt_replace(attempt, keylog, "00 11", "22 33");
}
