#include "evidence/json_make.h"
#include "evidence/json_strict.h"
#include "evidence/manifest_rules.h"

/* json_pack leaves no trace of which member was wrong; every text is checked when the
 * result is read back. */

static json_t *hex_json_if(bool has, const struct digest *digest)
{
    return has ? json_digest(digest) : NULL;
}

/* "*" leaves a member out when its value is NULL. */
static json_t *run_json(const struct manifest_run *run)
{
    return json_pack("{s:s,s:{s:s,s:s,s:o},s:{s:s,s:s,s:o},s:{s:s,s:s,s:o*}}", "id", run->id,
                     "suite", "id", run->suite.id, "version", run->suite.version, "sha256",
                     json_digest(&run->suite.sha256), "harness", "name", run->harness.name,
                     "version", run->harness.version, "sha256", json_digest(&run->harness.sha256),
                     "opened", "time", run->opened.time, "anchor",
                     manifest_anchor_word(run->opened.anchor), "sha256",
                     hex_json_if(run->opened.has_sha256, &run->opened.sha256));
}

static json_t *dut_json(const struct manifest_dut *dut)
{
    json_t *firmware = json_array();
    json_t *unit = NULL;

    for (size_t i = 0; i < dut->firmware_count; i++) {
        (void) json_array_append_new(firmware,
                                     json_pack("{s:s,s:s,s:o}", "name", dut->firmware[i].name,
                                               "version", dut->firmware[i].version, "sha256",
                                               json_digest(&dut->firmware[i].sha256)));
    }
    if (dut->has_unit) {
        unit = json_pack("{s:o}", "commit", json_digest(&dut->unit_commit));
    }
    return json_pack("{s:{s:s,s:s*},s:s,s:s*,s:o,s:o*}", "vendor", "name", dut->vendor_name,
                     "corporateNumber", dut->vendor_number, "model", dut->model, "hw", dut->hw,
                     "firmware", firmware, "unit", unit);
}

static json_t *entries_json(const struct manifest *manifest)
{
    json_t *array = json_array();

    for (size_t i = 0; i < manifest->entry_count; i++) {
        const struct manifest_entry *entry = &manifest->entries[i];

        (void) json_array_append_new(
            array, json_pack("{s:s,s:s,s:I,s:s,s:s,s:o*,s:o*}", "id", entry->id, "path",
                             entry->path, "size", (json_int_t) entry->size, "class", entry->class,
                             "disclosure", manifest_disclosure_word(entry->disclosure), "sha256",
                             hex_json_if(entry->has_sha256, &entry->sha256), "commit",
                             hex_json_if(entry->has_commit, &entry->commit)));
    }
    return array;
}

static json_t *manifest_json(const struct manifest *manifest)
{
    json_t *requires = json_array();

    for (size_t i = 0; i < manifest->requires_count; i++) {
        (void) json_array_append_new(requires, json_string(manifest->requires[i]));
    }
    return json_pack("{s:i,s:o,s:s,s:s,s:o,s:o,s:{s:s,s:I,s:o,s:o},s:o}", "hoshi", MANIFEST_VERSION,
                     "requires", requires, "bundleId", manifest->bundle_id, "created",
                     manifest->created, "run", run_json(&manifest->run), "dut",
                     dut_json(&manifest->dut), "log", "path", manifest->log.path, "count",
                     (json_int_t) manifest->log.count, "root", json_digest(&manifest->log.root),
                     "head", json_digest(&manifest->log.head), "entries", entries_json(manifest));
}

enum status manifest_write(const struct manifest *manifest, struct bytes *out, struct error *reterr)
{
    DEFER(json_strict_done) json_t *json = manifest_json(manifest);
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(bytes_done)
    struct bytes text = bytes_bounded(container_limits_default.manifest_size);
    const struct manifest *check = NULL;

    if (json == NULL) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "manifest.member: a member is missing or is not UTF-8");
    }
    TRY(json_strict_write(json, &text, reterr));
    TRY(manifest_read(text.data, text.length, arena, NULL, NULL, &check, reterr));
    if (check->entry_count != manifest->entry_count ||
        check->dut.firmware_count != manifest->dut.firmware_count ||
        check->requires_count != manifest->requires_count) {
        return fail(reterr, STATUS_BAD_INPUT, "manifest.member: a text is missing or not UTF-8");
    }
    return bytes_append(out, text.data, text.length, reterr);
}
