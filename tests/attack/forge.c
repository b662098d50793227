/* Changes to a bundle that is already there; part of world.h. */
#include "world.h"

#include "base/text.h"
#include "evidence/json_strict.h"
#include "evidence/sigstore.h"
#include "evidence/statement.h"
#include "model/decode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FORGED_MAX = 64 << 20 };

static json_t *entry_json(struct raw_zip *zip, const char *name)
{
    struct raw_entry *entry = raw_zip_find(zip, name);
    struct error error = { 0 };
    json_t *json = NULL;

    must(json_strict_parse(entry->data, entry->length, &json, &error), &error);
    return json;
}

static void put_json(struct raw_zip *zip, const char *name, const json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);

    if (text == NULL) {
        abort();
    }
    raw_entry_set(raw_zip_find(zip, name), text, strlen(text));
    free(text);
}

void world_edit_entry(struct raw_zip *zip, const char *name, world_edit edit, void *context)
{
    json_t *json = entry_json(zip, name);

    edit(json, context);
    put_json(zip, name, json);
    json_decref(json);
}

void world_edit_statement(struct raw_zip *zip, const char *name, const struct key *key,
                          world_edit edit, void *context)
{
    struct raw_entry *entry = raw_zip_find(zip, name);
    struct sigstore envelope = sigstore_empty();
    DEFER(bytes_done) struct bytes file = bytes_bounded(FORGED_MAX);
    struct error error = { 0 };
    json_t *statement = NULL;
    char *payload;

    must(sigstore_read(entry->data, entry->length, &envelope, &error), &error);
    must(json_strict_parse(envelope.payload.data, envelope.payload.length, &statement, &error),
         &error);
    if (edit != NULL) {
        edit(statement, context);
    }
    payload = json_dumps(statement, JSON_COMPACT | JSON_SORT_KEYS);
    if (payload == NULL) {
        abort();
    }
    must(sigstore_write(key, payload, strlen(payload), &file, &error), &error);
    raw_entry_set(entry, file.data, file.length);
    free(payload);
    json_decref(statement);
    sigstore_done(&envelope);
}

static void hex_of(const struct raw_entry *entry, char room[DIGEST_HEX_SIZE])
{
    struct digest digest;
    struct error error = { 0 };

    must(digest_of(entry->data, entry->length, &digest, &error), &error);
    digest_to_hex(&digest, room);
}

/* Those entries that are there get their present size and digest. */
static void refresh(struct raw_zip *zip, json_t *manifest)
{
    json_t *entries = json_object_get(manifest, "entries");

    for (size_t i = 0; i < json_array_size(entries); i++) {
        json_t *listed = json_array_get(entries, i);
        const char *path = json_string_value(json_object_get(listed, "path"));
        char hex[DIGEST_HEX_SIZE];

        for (size_t j = 0; j < zip->count; j++) {
            const struct raw_entry *entry = &zip->entries[j];

            if (!text_equal(entry->central.name, path) ||
                json_object_get(listed, "sha256") == NULL) {
                continue;
            }
            hex_of(entry, hex);
            (void) json_object_set_new(listed, "sha256", json_string(hex));
            (void) json_object_set_new(listed, "size", json_integer((json_int_t) entry->length));
        }
    }
}

static void set_subject(json_t *statement, void *context)
{
    json_t *subject = json_array_get(json_object_get(statement, "subject"), 0);

    (void) json_object_set_new(json_object_get(subject, "digest"), "sha256",
                               json_string((const char *) context));
}

void world_reseal(struct raw_zip *zip, const struct key *key, world_edit edit, void *context)
{
    json_t *manifest = entry_json(zip, CONTAINER_MANIFEST);
    char hex[DIGEST_HEX_SIZE];

    refresh(zip, manifest);
    if (edit != NULL) {
        edit(manifest, context);
    }
    put_json(zip, CONTAINER_MANIFEST, manifest);
    json_decref(manifest);
    hex_of(raw_zip_find(zip, CONTAINER_MANIFEST), hex);
    world_edit_statement(zip, BUNDLE_ATT_RUN, key, set_subject, hex);
    world_edit_statement(zip, BUNDLE_ATT_RESULT, key, set_subject, hex);
}

/* The bundle that a statement by somebody else is about. */
struct forged {
    struct arena *arena;
    const struct manifest *manifest;
    struct digest manifest_sha;
    struct statement_about about;
    struct bytes payload;
};

static void forge_open(struct raw_zip *zip, struct forged *forged)
{
    const struct raw_entry *file = raw_zip_find(zip, CONTAINER_MANIFEST);
    struct error error = { 0 };

    forged->arena = arena_new();
    forged->payload = bytes_bounded(FORGED_MAX);
    must(manifest_read(file->data, file->length, forged->arena, NULL, NULL, &forged->manifest,
                       &error),
         &error);
    must(digest_of(file->data, file->length, &forged->manifest_sha, &error), &error);
    forged->about = (struct statement_about){ forged->manifest, &forged->manifest_sha };
}

/* Signs the payload, adds it under that name, and closes. */
static void forge_close(const struct world *world, struct raw_zip *zip, struct forged *forged,
                        enum world_who signer, const char *name)
{
    DEFER(bytes_done) struct bytes file = bytes_bounded(FORGED_MAX);
    struct error error = { 0 };

    must(sigstore_write(&world->keys[signer == WORLD_ROOT ? WORLD_LAB : signer],
                        forged->payload.data, forged->payload.length, &file, &error),
         &error);
    (void) raw_zip_insert(zip, zip->count, name, file.data, file.length);
    raw_zip_sort(zip);
    bytes_done(&forged->payload);
    arena_done(&forged->arena);
}

static const char *or_else(const char *given, const char *otherwise)
{
    return given == NULL ? otherwise : given;
}

void world_evaluate(const struct world *world, struct raw_zip *zip,
                    const struct world_evaluation *how)
{
    const struct raw_entry *run = raw_zip_find(zip, BUNDLE_ATT_RUN);
    struct statement_digest input = { .name = BUNDLE_ATT_RUN };
    struct forged forged;
    struct error error = { 0 };
    char hex[DIGEST_HEX_SIZE];
    struct statement_evaluation evaluation = {
        .evaluator = or_else(how->evaluator, "Lab KK"),
        .method = how->re_run == NULL ? "reviewed" : "re-run",
        .inputs = &input,
        .input_count = 1,
        .examined_all = true,
        .withheld_seen = !how->withheld_unseen,
        .overall = OVERALL_CONFORMANT,
        .issued_at = or_else(how->issued_at, "2026-04-10T00:00:00Z"),
        .not_after = or_else(how->not_after, "2028-04-10T00:00:00Z"),
    };

    forge_open(zip, &forged);
    must(digest_of(run->data, run->length - (how->wrong_input ? 1 : 0), &input.sha256, &error),
         &error);
    digest_to_hex(&forged.manifest_sha, hex);
    if (how->overall != NULL && !overall_from_word(how->overall, &evaluation.overall)) {
        abort();
    }
    if (how->re_run != NULL) {
        evaluation.re_run = json_kept(
            forged.arena, json_pack("{s:s, s:{s:s}, s:s}", "bundleId", forged.manifest->bundle_id,
                                    "manifest", "sha256", hex, "overall", how->re_run));
    }
    if (how->label_state != NULL) {
        evaluation.label = json_kept(forged.arena, json_pack("{s:s, s:s, s:s, s:s}", "authority",
                                                             "IPA", "registrationNumber", "00-1",
                                                             "url", "https://example.invalid/",
                                                             "state", how->label_state));
    }
    if (how->finding != NULL) {
        evaluation.findings = json_kept(
            forged.arena, json_pack("[{s:s, s:s}]", "clause", "S1.1-01", "verdict", how->finding));
    }
    if (how->supersedes != NULL) {
        evaluation.supersedes = json_kept(
            forged.arena, json_pack("[{s:{s:s}}]", "statement", "sha256", how->supersedes));
    }
    must(statement_evaluation_write(&forged.about, &evaluation, &forged.payload, &error), &error);
    forge_close(world, zip, &forged, how->signer, or_else(how->file, BUNDLE_ATT_EVALUATION));
}

void world_remark(const struct world *world, struct raw_zip *zip, const struct world_remark *how)
{
    struct statement_remark remark = {
        .by = or_else(how->by, "Lab KK"),
        .role = or_else(how->role, "evaluator"),
        .clause = how->check == NULL ? or_else(how->clause, "S1.1-01") : NULL,
        .check = how->check,
        .justification = "closed by the network in front of it",
        .issued_at = "2026-04-10T00:00:00Z",
        .not_after = or_else(how->not_after, "2027-04-10T00:00:00Z"),
    };
    struct forged forged;
    struct error error = { 0 };

    forge_open(zip, &forged);
    if (!verdict_from_word(or_else(how->verdict, "fail"), &remark.verdict)) {
        abort();
    }
    must(statement_remark_write(&forged.about,
                                how->attestation ? STATEMENT_ATTESTATION : STATEMENT_WAIVER,
                                &remark, &forged.payload, &error),
         &error);
    forge_close(world, zip, &forged, how->signer, "META-INF/att/30-remark.sigstore.json");
}

void world_register(const struct world *world, struct raw_zip *zip, enum world_who signer,
                    const char *authority)
{
    const struct statement_registration registration = {
        .authority = authority,
        .scheme = "jc-star",
        .number = "00-1",
        .url = "https://example.invalid/00-1",
        .state = "granted",
        .issued_at = "2026-04-20T00:00:00Z",
        .not_after = "2028-04-20T00:00:00Z",
    };
    struct forged forged;
    struct error error = { 0 };

    forge_open(zip, &forged);
    must(statement_registration_write(&forged.about, &registration, &forged.payload, &error),
         &error);
    forge_close(world, zip, &forged, signer, "META-INF/att/70-registration.sigstore.json");
}

void world_judge(const struct world *world, struct raw_zip *zip, enum world_who signer,
                 const char *role, const char *judged_at)
{
    static const char suite[] = "5b1a61c840b2559bdb8ee8634f8fb1769483d81286a07dc3d0fdb37005da474c";
    const struct statement_judgement judgement = { .role = role,
                                                   .suite = "jc-star-star1",
                                                   .version = "1.3.0",
                                                   .suite_sha256 = suite,
                                                   .harness_version = "0.2.0",
                                                   .judged_at = judged_at };
    DEFER(json_strict_done)
    json_t *result = json_pack("{s:s, s:i, s:[{s:s, s:b, s:[{s:s, s:s, s:s}, {s:s, s:s}]}]}",
                               "scheme", "jc-star", "level", 1, "clauses", "id", "S1.1-01",
                               "mandatory", 1, "checks", "id", "S1.1-01/a@x", "verdict", "pass",
                               "from", "S1.1-01/b@x", "id", "S1.1-01/c@x", "verdict", "fail");
    struct forged forged;
    struct error error = { 0 };

    forge_open(zip, &forged);
    must(rollup_fill(result, &error), &error);
    must(statement_judgement_write(&forged.about, &judgement, result, &forged.payload, &error),
         &error);
    forge_close(world, zip, &forged, signer, WORLD_ATT_JUDGEMENT);
}

void world_payload(struct raw_zip *zip, const char *file, char room[DIGEST_HEX_SIZE])
{
    const struct raw_entry *entry = raw_zip_find(zip, file);
    struct sigstore envelope = sigstore_empty();
    struct digest digest;
    struct error error = { 0 };

    must(sigstore_read(entry->data, entry->length, &envelope, &error), &error);
    must(digest_of(envelope.payload.data, envelope.payload.length, &digest, &error), &error);
    digest_to_hex(&digest, room);
    sigstore_done(&envelope);
}
