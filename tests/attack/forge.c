/* Changes to a bundle that is already there; part of world.h. */
#include "world.h"

#include "base/text.h"
#include "evidence/json_strict.h"
#include "evidence/sigstore.h"
#include "evidence/statement.h"

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

void world_evaluate(const struct world *world, struct raw_zip *zip,
                    const struct world_evaluation *how)
{
    DEFER(bytes_done) struct bytes payload = bytes_bounded(FORGED_MAX);
    DEFER(bytes_done) struct bytes file = bytes_bounded(FORGED_MAX);
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct raw_entry *manifest_file = raw_zip_find(zip, CONTAINER_MANIFEST);
    const struct raw_entry *run = raw_zip_find(zip, BUNDLE_ATT_RUN);
    const struct manifest *manifest = NULL;
    struct statement_digest input = { .name = BUNDLE_ATT_RUN };
    struct digest manifest_sha;
    struct error error = { 0 };
    enum overall overall = OVERALL_CONFORMANT;

    must(manifest_read(manifest_file->data, manifest_file->length, arena, NULL, NULL, &manifest,
                       &error),
         &error);
    must(digest_of(manifest_file->data, manifest_file->length, &manifest_sha, &error), &error);
    must(digest_of(run->data, run->length - (how->wrong_input ? 1 : 0), &input.sha256, &error),
         &error);
    if (how->overall != NULL && !overall_from_word(how->overall, &overall)) {
        abort();
    }
    const struct statement_evaluation_inputs inputs = {
        .manifest = manifest,
        .manifest_sha = &manifest_sha,
        .evaluation = { .evaluator = how->evaluator == NULL ? "Lab KK" : how->evaluator,
                        .method = "re-run",
                        .inputs = &input,
                        .input_count = 1,
                        .examined_all = true,
                        .withheld_seen = true,
                        .overall = overall,
                        .issued_at = "2026-04-10T00:00:00Z",
                        .not_after = how->not_after,
                        .claims_label = how->claims_label },
    };
    must(statement_evaluation_write(&inputs, &payload, &error), &error);
    must(sigstore_write(&world->keys[how->signer == WORLD_ROOT ? WORLD_LAB : how->signer],
                        payload.data, payload.length, &file, &error),
         &error);
    (void) raw_zip_insert(zip, zip->count, BUNDLE_ATT_EVALUATION, file.data, file.length);
    raw_zip_sort(zip);
}
