#include "evidence/seal.h"

#include "base/secret.h"
#include "base/text.h"
#include "evidence/container_write.h"
#include "evidence/cosign.h"
#include "evidence/evlog.h"
#include "evidence/json_strict.h"
#include "evidence/published.h"
#include "evidence/rollup.h"
#include "evidence/sigstore.h"
#include "evidence/statement.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { FIRST_ENTRY = 2, MANIFEST_MAX = 32 << 20 };

/* What is gathered on the way to one file. */
struct sealing {
    const struct bundle_inputs *inputs;
    struct arena *arena;
    struct container_writer *writer;
    struct manifest manifest;
    struct manifest_entry *entries;
    struct digest manifest_sha;
    struct rollup rollup;
};

void bundle_entry_id(size_t index, char room[BUNDLE_ENTRY_ID_SIZE])
{
    (void) snprintf(room, BUNDLE_ENTRY_ID_SIZE, "e%04u", (unsigned) (index + FIRST_ENTRY) % 100000);
}

/* Hands the bytes of an entry, in memory or in its file, to sink. */
static enum status entry_stream(const struct bundle_entry *entry, container_sink sink,
                                void *context, struct error *reterr)
{
    uint8_t room[32 * 1024];
    enum status status = STATUS_OK;
    FILE *file;
    size_t got;

    if (entry->data != NULL || entry->file == NULL) {
        return entry->length == 0 ? STATUS_OK : sink(context, entry->data, entry->length, reterr);
    }
    file = fopen(entry->file, "rbe");
    if (file == NULL) {
        return fail(reterr, STATUS_IO, "%s: %s", entry->file, strerror(errno));
    }
    while (status == STATUS_OK && (got = fread(room, 1, sizeof room, file)) > 0) {
        status = sink(context, room, got, reterr);
    }
    if (status == STATUS_OK && ferror(file) != 0) {
        status = fail(reterr, STATUS_IO, "%s: cannot be read", entry->file);
    }
    (void) fclose(file);
    return status;
}

struct measure {
    struct digest_stream plain;
    struct digest_stream keyed; /* only when has_commit */
    bool has_commit;
    uint64_t size;
    struct published *published; /* NULL: not shown to everybody */
};

static enum status measure_sink(void *context, const void *data, size_t length,
                                struct error *reterr)
{
    struct measure *measure = context;

    (void) reterr;
    digest_update(&measure->plain, data, length);
    if (measure->has_commit) {
        digest_update(&measure->keyed, data, length);
    }
    if (measure->published != NULL) {
        published_feed(measure->published, data, length);
    }
    measure->size += length;
    return STATUS_OK;
}

/* What every copy shows must not look like a secret; what it is like is said, never what it is. */
static enum status refuse_secret(const char *path, struct published *published,
                                 struct error *reterr)
{
    published_close(published);
    return published->shape == NULL
               ? STATUS_OK
               : fail(reterr, STATUS_BAD_INPUT,
                      "seal.secret: %s holds %s, at byte %llu, and would be shown to everybody",
                      path, published->shape, (unsigned long long) published->offset);
}

/* Size, digest and, when the entry may be withheld, the commitment under salt. */
static enum status entry_measure(const struct bundle_entry *entry, const char *id,
                                 const struct withhold_salt *salt, struct manifest_entry *listed,
                                 struct digest *ret_sha, struct error *reterr)
{
    struct published published;
    struct measure measure = { .has_commit = listed->has_commit };
    enum status status;

    if (entry->disclosure == MANIFEST_REQUIRED) {
        published_open(&published);
        measure.published = &published;
    }

    digest_open(&measure.plain);
    if (measure.has_commit) {
        withhold_open(&measure.keyed, salt, id);
    }
    status = entry_stream(entry, measure_sink, &measure, reterr);
    if (status == STATUS_OK) {
        status = digest_close(&measure.plain, ret_sha, reterr);
    }
    if (status == STATUS_OK && measure.has_commit) {
        status = digest_close(&measure.keyed, &listed->commit, reterr);
    }
    digest_abandon(&measure.plain);
    if (measure.has_commit) {
        digest_abandon(&measure.keyed);
    }
    listed->size = measure.size;
    if (status == STATUS_OK && measure.published != NULL) {
        status = refuse_secret(entry->path, &published, reterr);
    }
    return status;
}

static enum status add_salt(struct sealing *sealing, const struct withhold_salt *salt,
                            const char *id, struct error *reterr)
{
    DEFER(bytes_done) struct bytes content = bytes_bounded(1024);
    char name[WITHHOLD_NAME_SIZE];
    enum status status;

    withhold_salt_name(id, name);
    status = withhold_salt_write(salt, id, &content, reterr);
    if (status == STATUS_OK) {
        status = container_write_bytes(sealing->writer, name, content.data, content.length, reterr);
    }
    if (content.length > 0) {
        secret_wipe(content.data, content.length);
    }
    return status;
}

static enum status add_content(struct sealing *sealing, const struct bundle_entry *entry,
                               const struct digest *sha, struct error *reterr)
{
    if (entry->data == NULL && entry->file != NULL) {
        return container_write_file(sealing->writer, entry->path, entry->file, sha, reterr);
    }
    return container_write_bytes(sealing->writer, entry->path, entry->data, entry->length, reterr);
}

static enum status add_entry(struct sealing *sealing, const struct bundle_entry *entry,
                             const char *id, struct manifest_entry *listed, struct error *reterr)
{
    DEFER(withhold_salt_wipe) struct withhold_salt salt = { 0 };
    const bool withholdable = entry->disclosure == MANIFEST_WITHHOLDABLE;
    struct digest sha;

    if (withholdable && entry->salt != NULL) {
        salt = *entry->salt;
    } else if (withholdable) {
        TRY(withhold_salt_new(&salt, reterr));
    }
    *listed = (struct manifest_entry){ .id = id,
                                       .path = entry->path,
                                       .class = entry->class,
                                       .disclosure = entry->disclosure,
                                       .has_commit = withholdable };
    TRY(entry_measure(entry, id, &salt, listed, &sha, reterr));
    listed->has_sha256 = !text_equal(entry->class, MANIFEST_CLASS_SECRET);
    if (listed->has_sha256) {
        listed->sha256 = sha;
    }
    if (withholdable) {
        TRY(add_salt(sealing, &salt, id, reterr));
    }
    return add_content(sealing, entry, &sha, reterr);
}

static enum status append_sink(void *context, const void *data, size_t length, struct error *reterr)
{
    return bytes_append(context, data, length, reterr);
}

static enum status feed_sink(void *context, const void *data, size_t length, struct error *reterr)
{
    return evlog_verify_feed(context, data, length, reterr);
}

/* The one entry at path, which must be disclosed. */
static enum status required_entry(const struct bundle_inputs *inputs, const char *path,
                                  const struct bundle_entry **ret_entry, struct error *reterr)
{
    for (size_t i = 0; i < inputs->entry_count; i++) {
        if (text_equal(inputs->entries[i].path, path)) {
            *ret_entry = &inputs->entries[i];
            return inputs->entries[i].disclosure == MANIFEST_REQUIRED
                       ? STATUS_OK
                       : fail(reterr, STATUS_BAD_INPUT, "seal.entry: %s must be disclosed", path);
        }
    }
    return fail(reterr, STATUS_BAD_INPUT, "seal.entry: %s is missing", path);
}

static enum status seal_log(struct sealing *sealing, struct error *reterr)
{
    DEFER(evlog_verify_done) struct evlog_verifier *verifier = evlog_verify_new(NULL, NULL);
    const struct bundle_entry *entry = NULL;
    struct evlog_summary summary = { 0 };

    TRY(required_entry(sealing->inputs, BUNDLE_LOG, &entry, reterr));
    TRY(entry_stream(entry, feed_sink, verifier, reterr));
    TRY(evlog_verify_close(verifier, &summary, reterr));
    sealing->manifest.log = (struct manifest_log){
        .path = BUNDLE_LOG, .count = summary.count, .root = summary.root, .head = summary.head
    };
    return STATUS_OK;
}

static enum status check_plan(struct sealing *sealing, struct error *reterr)
{
    DEFER(bytes_done) struct bytes content = bytes_bounded(BUNDLE_JSON_MAX);
    DEFER(json_strict_done) json_t *plan = NULL;
    const struct bundle_entry *entry = NULL;

    TRY(required_entry(sealing->inputs, BUNDLE_PLAN, &entry, reterr));
    TRY(entry_stream(entry, append_sink, &content, reterr));
    TRY(json_strict_parse(content.data, content.length, &plan, reterr));
    return rollup_covers(&sealing->rollup, plan, reterr);
}

static enum status seal_result(struct sealing *sealing, struct error *reterr)
{
    DEFER(bytes_done) struct bytes content = bytes_bounded(BUNDLE_JSON_MAX);
    struct bundle_entry entry = { .path = BUNDLE_RESULT,
                                  .class = MANIFEST_CLASS_RESULT,
                                  .disclosure = MANIFEST_REQUIRED };

    TRY(rollup_of(sealing->inputs->result, sealing->arena, &sealing->rollup, reterr));
    TRY(rollup_matches(&sealing->rollup, sealing->inputs->result, reterr));
    TRY(check_plan(sealing, reterr));
    TRY(json_strict_write(sealing->inputs->result, &content, reterr));
    entry.data = content.data;
    entry.length = content.length;
    return add_entry(sealing, &entry, "e0001", &sealing->entries[0], reterr);
}

static enum status seal_entries(struct sealing *sealing, struct error *reterr)
{
    const struct bundle_inputs *inputs = sealing->inputs;
    static const char *const features[] = { MANIFEST_REQUIRES_MERKLE, MANIFEST_REQUIRES_WITHHOLD };
    bool withholds = false;

    for (size_t i = 0; i < inputs->entry_count; i++) {
        char *id = arena_alloc(sealing->arena, BUNDLE_ENTRY_ID_SIZE);

        bundle_entry_id(i, id);
        TRY(add_entry(sealing, &inputs->entries[i], id, &sealing->entries[i + 1], reterr));
        withholds = withholds || inputs->entries[i].disclosure == MANIFEST_WITHHOLDABLE;
    }
    sealing->manifest.requires = features;
    sealing->manifest.requires_count = withholds ? 2 : 1;
    sealing->manifest.entries = sealing->entries;
    sealing->manifest.entry_count = inputs->entry_count + 1;
    return STATUS_OK;
}

static enum status seal_manifest(struct sealing *sealing, struct error *reterr)
{
    DEFER(bytes_done) struct bytes content = bytes_bounded(MANIFEST_MAX);

    TRY(manifest_write(&sealing->manifest, &content, reterr));
    TRY(digest_of(content.data, content.length, &sealing->manifest_sha, reterr));
    return container_write_bytes(sealing->writer, CONTAINER_MANIFEST, content.data, content.length,
                                 reterr);
}

static enum status seal_statement(struct sealing *sealing, const struct key *key, const char *name,
                                  const struct bytes *payload, struct error *reterr)
{
    DEFER(bytes_done) struct bytes file = bytes_bounded(2 * (size_t) SIGSTORE_PAYLOAD_MAX);
    char beside[CONTAINER_NAME_MAX + 1];

    TRY(sigstore_write(key, payload->data, payload->length, &file, reterr));
    TRY(container_write_bytes(sealing->writer, name, file.data, file.length, reterr));
    if (sealing->inputs->pq_key == NULL) {
        return STATUS_OK;
    }
    bytes_clear(&file);
    TRY(cosign_name(name, beside, reterr));
    TRY(cosign_payload(sealing->inputs->pq_key, payload, &file, reterr));
    return container_write_bytes(sealing->writer, beside, file.data, file.length, reterr);
}

static enum status seal_statements(struct sealing *sealing, const struct key *key,
                                   struct error *reterr)
{
    DEFER(bytes_done) struct bytes payload = bytes_bounded(SIGSTORE_PAYLOAD_MAX);
    const struct bundle_inputs *inputs = sealing->inputs;
    const struct statement_run_inputs statement = {
        .manifest = &sealing->manifest,
        .manifest_sha = &sealing->manifest_sha,
        .rollup = &sealing->rollup,
        .result = inputs->result,
        .criteria_edition = inputs->criteria_edition,
        .started_at = inputs->started_at,
        .finished_at = inputs->finished_at,
        .environment = inputs->environment,
        .previous_runs = inputs->previous_runs,
        .previous_unsealed = inputs->previous_unsealed,
        .previous_head = inputs->previous_head,
        .interruptions = inputs->interruptions,
    };

    TRY(statement_run_write(&statement, &payload, reterr));
    TRY(seal_statement(sealing, key, BUNDLE_ATT_RUN, &payload, reterr));
    bytes_clear(&payload);
    TRY(statement_test_result_write(&statement, &payload, reterr));
    return seal_statement(sealing, key, BUNDLE_ATT_RESULT, &payload, reterr);
}

static enum status refuse_inputs(const struct bundle_inputs *inputs, struct error *reterr)
{
    const char *edition = inputs->criteria_edition;

    if (inputs->started_at == NULL || !json_strict_is_time(inputs->started_at) ||
        inputs->finished_at == NULL || !json_strict_is_time(inputs->finished_at)) {
        return fail(reterr, STATUS_BAD_INPUT, "seal.time: the run's start or end is not a time");
    }
    if (edition != NULL && !text_is_utf8(edition, strlen(edition))) {
        return fail(reterr, STATUS_BAD_INPUT, "seal.criteria: the edition is not UTF-8");
    }
    if (inputs->environment != NULL && !json_is_object(inputs->environment)) {
        return fail(reterr, STATUS_BAD_INPUT, "seal.environment: not an object");
    }
    if (inputs->entry_count >= MANIFEST_ENTRIES_MAX) {
        return fail(reterr, STATUS_LIMIT, "seal.entries: too many");
    }
    return STATUS_OK;
}

enum status bundle_seal(const struct bundle_inputs *inputs, const struct key *key,
                        const char *out_path, struct error *reterr)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(container_write_done) struct container_writer *writer = NULL;
    struct sealing sealing = { .inputs = inputs, .arena = arena };

    TRY(refuse_inputs(inputs, reterr));
    TRY(container_write_open(out_path, inputs->replace, &writer, reterr));
    sealing.writer = writer;
    sealing.entries = arena_array(arena, inputs->entry_count + 1, sizeof *sealing.entries);
    sealing.manifest = (struct manifest){ .bundle_id = inputs->bundle_id,
                                          .created = inputs->created,
                                          .run = inputs->run,
                                          .dut = inputs->dut };
    TRY(seal_result(&sealing, reterr));
    TRY(seal_log(&sealing, reterr));
    TRY(seal_entries(&sealing, reterr));
    TRY(seal_manifest(&sealing, reterr));
    TRY(seal_statements(&sealing, key, reterr));
    return container_write_commit(writer, reterr);
}

enum status bundle_attach(const char *path, const char *name, const void *data, size_t length,
                          const char *out_path, struct error *reterr)
{
    DEFER(container_read_done) struct container_reader *reader = NULL;
    DEFER(container_write_done) struct container_writer *writer = NULL;

    if (!text_starts_with(name, "META-INF/att/") || !manifest_is_unlisted_name(name)) {
        return fail(reterr, STATUS_BAD_INPUT, "seal.attach: %s is not a statement's name", name);
    }
    TRY(container_read_open(path, NULL, &reader, reterr));
    TRY(container_write_open(out_path, false, &writer, reterr));
    TRY(container_write_all(writer, reader, reterr));
    TRY(container_write_bytes(writer, name, data, length, reterr));
    return container_write_commit(writer, reterr);
}
