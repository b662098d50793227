#include "evidence/manifest.h"

#include "base/text.h"
#include "evidence/json_strict.h"
#include "evidence/manifest_rules.h"

#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 1000, FIRMWARE_MAX = 1000, REQUIRES_MAX = 100, WHERE_SIZE = 64 };

/* One JSON object on its way into the struct. */
struct decoding {
    struct arena *arena;
    manifest_note note;
    void *context;
    struct error *reterr;
};

struct object {
    const struct decoding *decoding;
    const json_t *json;
    char where[WHERE_SIZE]; /* such as "entries[3]"; for messages */
};

static enum status object_fault(const struct object *object, const char *code, const char *key,
                                const char *words)
{
    return fail(object->decoding->reterr, STATUS_BAD_INPUT, "%s: %s%s%s %s", code, object->where,
                object->where[0] == '\0' ? "" : ".", key, words);
}

/* ---- members ---- */

static enum status take_object(const struct object *parent, const char *key,
                               struct object *ret_object)
{
    const json_t *json = json_object_get(parent->json, key);

    if (!json_is_object(json)) {
        return object_fault(parent, "manifest.member", key, "is not an object");
    }
    *ret_object = (struct object){ .decoding = parent->decoding, .json = json };
    (void) snprintf(ret_object->where, sizeof ret_object->where, "%.40s%s%.20s", parent->where,
                    parent->where[0] == '\0' ? "" : ".", key);
    return STATUS_OK;
}

static enum status take_element(const struct object *parent, const char *key, const json_t *array,
                                size_t index, struct object *ret_object)
{
    *ret_object =
        (struct object){ .decoding = parent->decoding, .json = json_array_get(array, index) };
    (void) snprintf(ret_object->where, sizeof ret_object->where, "%.20s%s%.10s[%zu]", parent->where,
                    parent->where[0] == '\0' ? "" : ".", key, index);
    if (!json_is_object(ret_object->json)) {
        return object_fault(ret_object, "manifest.member", "", "is not an object");
    }
    return STATUS_OK;
}

static enum status take_array(const struct object *object, const char *key, size_t count_max,
                              const json_t **ret_array)
{
    const json_t *array = json_object_get(object->json, key);

    if (!json_is_array(array)) {
        return object_fault(object, "manifest.member", key, "is not an array");
    }
    if (json_array_size(array) > count_max) {
        return fail(object->decoding->reterr, STATUS_LIMIT, "manifest.limit: too many %s", key);
    }
    *ret_array = array;
    return STATUS_OK;
}

/* Text that is shown to people: not empty, and nothing that moves a cursor. */
static bool is_showable(const char *text)
{
    size_t length = strnlen(text, TEXT_MAX + 1);

    if (length == 0 || length > TEXT_MAX) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char) text[i] < 0x20 || text[i] == 0x7f) {
            return false;
        }
    }
    return true;
}

static enum status take_text(const struct object *object, const char *key, const char **ret_text)
{
    const json_t *json = json_object_get(object->json, key);

    if (!json_is_string(json)) {
        return object_fault(object, "manifest.member", key, "is not a string");
    }
    if (!is_showable(json_string_value(json))) {
        return object_fault(object, "manifest.text", key, "is empty, too long or not plain text");
    }
    *ret_text = arena_text(object->decoding->arena, json_string_value(json));
    return STATUS_OK;
}

static enum status take_text_if_any(const struct object *object, const char *key,
                                    const char **ret_text)
{
    if (json_object_get(object->json, key) == NULL) {
        *ret_text = NULL;
        return STATUS_OK;
    }
    return take_text(object, key, ret_text);
}

static enum status take_time(const struct object *object, const char *key, const char **ret_time)
{
    TRY(take_text(object, key, ret_time));
    if (!json_strict_is_time(*ret_time)) {
        return object_fault(object, "manifest.time", key, "is no time");
    }
    return STATUS_OK;
}

static enum status take_digest(const struct object *object, const char *key,
                               struct digest *ret_digest)
{
    const json_t *json = json_object_get(object->json, key);

    if (!json_is_string(json) || !digest_from_hex(json_string_value(json), ret_digest)) {
        return object_fault(object, "manifest.digest_form", key,
                            "is not 64 lower-case hexadecimal digits");
    }
    return STATUS_OK;
}

static enum status take_digest_if_any(const struct object *object, const char *key, bool *ret_has,
                                      struct digest *ret_digest)
{
    *ret_has = json_object_get(object->json, key) != NULL;
    return *ret_has ? take_digest(object, key, ret_digest) : STATUS_OK;
}

static enum status take_count(const struct object *object, const char *key, uint64_t *ret_count)
{
    const json_t *json = json_object_get(object->json, key);

    if (!json_is_integer(json) || json_integer_value(json) < 0) {
        return object_fault(object, "manifest.member", key, "is no count");
    }
    *ret_count = (uint64_t) json_integer_value(json);
    return STATUS_OK;
}

/* Tells of members that this version has no use for.  known ends in NULL. */
static void note_unknown(const struct object *object, const char *const known[])
{
    json_t *json = (json_t *) object->json;

    if (object->decoding->note == NULL) {
        return;
    }
    for (void *at = json_object_iter(json); at != NULL; at = json_object_iter_next(json, at)) {
        const char *name = json_object_iter_key(at);
        size_t i = 0;

        while (known[i] != NULL && strcmp(known[i], name) != 0) {
            i++;
        }
        if (known[i] == NULL) {
            char shown[80];
            char text[WHERE_SIZE + sizeof shown + 2];

            text_printable(name, strlen(name), shown, sizeof shown);
            (void) snprintf(text, sizeof text, "%s%s%s", object->where,
                            object->where[0] == '\0' ? "" : ".", shown);
            object->decoding->note(object->decoding->context, "manifest.unknown_member", text);
        }
    }
}

/* ---- run, dut, log ---- */

static enum status take_opened(const struct object *run, struct manifest_opened *ret_opened)
{
    static const char *const known[] = { "time", "anchor", "sha256", NULL };
    struct object object;
    const char *anchor = NULL;

    TRY(take_object(run, "opened", &object));
    TRY(take_time(&object, "time", &ret_opened->time));
    TRY(take_text(&object, "anchor", &anchor));
    if (!manifest_anchor_from_word(anchor, &ret_opened->anchor)) {
        return object_fault(&object, "manifest.anchor", "anchor", "is none of tsa, nonce, none");
    }
    TRY(take_digest_if_any(&object, "sha256", &ret_opened->has_sha256, &ret_opened->sha256));
    if (ret_opened->has_sha256 != (ret_opened->anchor != MANIFEST_ANCHOR_NONE)) {
        return object_fault(&object, "manifest.anchor", "sha256",
                            "stands there exactly when there is an anchor");
    }
    note_unknown(&object, known);
    return STATUS_OK;
}

static enum status take_run(const struct object *root, struct manifest_run *ret_run)
{
    static const char *const known[] = { "id", "suite", "harness", "opened", NULL };
    static const char *const known_suite[] = { "id", "version", "sha256", NULL };
    static const char *const known_harness[] = { "name", "version", "sha256", NULL };
    struct object run;
    struct object part;

    TRY(take_object(root, "run", &run));
    TRY(take_text(&run, "id", &ret_run->id));
    TRY(take_object(&run, "suite", &part));
    TRY(take_text(&part, "id", &ret_run->suite.id));
    TRY(take_text(&part, "version", &ret_run->suite.version));
    TRY(take_digest(&part, "sha256", &ret_run->suite.sha256));
    note_unknown(&part, known_suite);
    TRY(take_object(&run, "harness", &part));
    TRY(take_text(&part, "name", &ret_run->harness.name));
    TRY(take_text(&part, "version", &ret_run->harness.version));
    TRY(take_digest(&part, "sha256", &ret_run->harness.sha256));
    note_unknown(&part, known_harness);
    note_unknown(&run, known);
    return take_opened(&run, &ret_run->opened);
}

static enum status take_firmware(const struct object *dut, struct manifest_dut *ret_dut)
{
    static const char *const known[] = { "name", "version", "sha256", NULL };
    struct manifest_firmware *firmware;
    const json_t *array = NULL;

    TRY(take_array(dut, "firmware", FIRMWARE_MAX, &array));
    ret_dut->firmware_count = json_array_size(array);
    firmware = arena_array(dut->decoding->arena, ret_dut->firmware_count, sizeof *firmware);
    ret_dut->firmware = firmware;
    for (size_t i = 0; i < ret_dut->firmware_count; i++) {
        struct object object;

        TRY(take_element(dut, "firmware", array, i, &object));
        TRY(take_text(&object, "name", &firmware[i].name));
        TRY(take_text(&object, "version", &firmware[i].version));
        TRY(take_digest(&object, "sha256", &firmware[i].sha256));
        note_unknown(&object, known);
        for (size_t k = 0; k < i; k++) {
            if (strcmp(firmware[k].name, firmware[i].name) == 0) {
                return object_fault(&object, "manifest.duplicate", "name", "is there twice");
            }
        }
    }
    return STATUS_OK;
}

static enum status take_unit(const struct object *dut, struct manifest_dut *ret_dut)
{
    static const char *const known[] = { "commit", NULL };
    struct object unit;

    ret_dut->has_unit = json_object_get(dut->json, "unit") != NULL;
    if (!ret_dut->has_unit) {
        return STATUS_OK;
    }
    TRY(take_object(dut, "unit", &unit));
    note_unknown(&unit, known);
    return take_digest(&unit, "commit", &ret_dut->unit_commit);
}

static enum status take_dut(const struct object *root, struct manifest_dut *ret_dut)
{
    static const char *const known[] = { "vendor", "model", "hw", "firmware", "unit", NULL };
    static const char *const known_vendor[] = { "name", "corporateNumber", NULL };
    struct object dut;
    struct object vendor;

    TRY(take_object(root, "dut", &dut));
    TRY(take_object(&dut, "vendor", &vendor));
    TRY(take_text(&vendor, "name", &ret_dut->vendor_name));
    TRY(take_text_if_any(&vendor, "corporateNumber", &ret_dut->vendor_number));
    if (ret_dut->vendor_number != NULL && (strlen(ret_dut->vendor_number) != 13 ||
                                           strspn(ret_dut->vendor_number, "0123456789") != 13)) {
        return object_fault(&vendor, "manifest.text", "corporateNumber", "is not 13 digits");
    }
    TRY(take_text(&dut, "model", &ret_dut->model));
    TRY(take_text_if_any(&dut, "hw", &ret_dut->hw));
    note_unknown(&vendor, known_vendor);
    note_unknown(&dut, known);
    TRY(take_firmware(&dut, ret_dut));
    return take_unit(&dut, ret_dut);
}

static enum status take_log(const struct object *root, struct manifest_log *ret_log)
{
    static const char *const known[] = { "path", "count", "root", "head", NULL };
    struct object log;

    TRY(take_object(root, "log", &log));
    TRY(take_text(&log, "path", &ret_log->path));
    TRY(take_count(&log, "count", &ret_log->count));
    TRY(take_digest(&log, "root", &ret_log->root));
    TRY(take_digest(&log, "head", &ret_log->head));
    note_unknown(&log, known);
    return STATUS_OK;
}

/* ---- entries ---- */

static enum status take_entry(const struct object *object, struct manifest_entry *ret_entry)
{
    static const char *const known[] = { "id",         "path",   "size",   "class",
                                         "disclosure", "sha256", "commit", NULL };
    const char *disclosure = NULL;

    TRY(take_text(object, "id", &ret_entry->id));
    TRY(take_text(object, "path", &ret_entry->path));
    TRY(take_count(object, "size", &ret_entry->size));
    TRY(take_text(object, "class", &ret_entry->class));
    TRY(take_text(object, "disclosure", &disclosure));
    if (!manifest_disclosure_from_word(disclosure, &ret_entry->disclosure)) {
        return object_fault(object, "manifest.disclosure", "disclosure",
                            "is neither required nor withholdable");
    }
    TRY(take_digest_if_any(object, "sha256", &ret_entry->has_sha256, &ret_entry->sha256));
    TRY(take_digest_if_any(object, "commit", &ret_entry->has_commit, &ret_entry->commit));
    note_unknown(object, known);
    return manifest_entry_check(ret_entry, object->decoding->reterr);
}

static enum status take_entries(const struct object *root, struct manifest *ret_manifest)
{
    struct manifest_entry *entries;
    const json_t *array = NULL;

    TRY(take_array(root, "entries", MANIFEST_ENTRIES_MAX, &array));
    ret_manifest->entry_count = json_array_size(array);
    entries = arena_array(root->decoding->arena, ret_manifest->entry_count, sizeof *entries);
    ret_manifest->entries = entries;
    for (size_t i = 0; i < ret_manifest->entry_count; i++) {
        struct object object;

        TRY(take_element(root, "entries", array, i, &object));
        TRY(take_entry(&object, &entries[i]));
    }
    return manifest_entries_check(ret_manifest, root->decoding->reterr);
}

/* ---- the whole ---- */

/* First of all: a demand that is not understood makes everything else moot. */
static enum status take_requires(const struct object *root, struct manifest *ret_manifest)
{
    const json_t *version = json_object_get(root->json, "hoshi");
    const json_t *array = NULL;
    const char **requires;

    if (!json_is_integer(version)) {
        return object_fault(root, "manifest.member", "hoshi", "is no number");
    }
    if (json_integer_value(version) != MANIFEST_VERSION) {
        return fail(root->decoding->reterr, STATUS_UNSUPPORTED,
                    "manifest.version: version %" JSON_INTEGER_FORMAT " of the format",
                    json_integer_value(version));
    }
    TRY(take_array(root, "requires", REQUIRES_MAX, &array));
    ret_manifest->requires_count = json_array_size(array);
    requires = arena_array(root->decoding->arena, ret_manifest->requires_count, sizeof *requires);
    ret_manifest->requires = requires;
    for (size_t i = 0; i < ret_manifest->requires_count; i++) {
        const json_t *item = json_array_get(array, i);
        char shown[80];

        if (!json_is_string(item)) {
            return object_fault(root, "manifest.member", "requires", "holds something else");
        }
        requires[i] = arena_text(root->decoding->arena, json_string_value(item));
        if (strcmp(requires[i], MANIFEST_REQUIRES_WITHHOLD) != 0 &&
            strcmp(requires[i], MANIFEST_REQUIRES_MERKLE) != 0) {
            text_printable(requires[i], strlen(requires[i]), shown, sizeof shown);
            return fail(root->decoding->reterr, STATUS_UNSUPPORTED,
                        "manifest.requires: needs '%s', which this version does not know", shown);
        }
    }
    return STATUS_OK;
}

enum status manifest_read(const void *data, size_t length, struct arena *arena, manifest_note note,
                          void *context, const struct manifest **ret_manifest, struct error *reterr)
{
    static const char *const known[] = { "hoshi", "requires", "bundleId", "created", "run",
                                         "dut",   "log",      "entries",  NULL };
    DEFER(json_strict_done) json_t *json = NULL;
    struct decoding decoding = {
        .arena = arena, .note = note, .context = context, .reterr = reterr
    };
    struct object root = { .decoding = &decoding };
    struct manifest *manifest = arena_alloc(arena, sizeof *manifest);

    TRY(json_strict_parse(data, length, &json, reterr));
    root.json = json;
    TRY(take_requires(&root, manifest));
    TRY(take_text(&root, "bundleId", &manifest->bundle_id));
    if (!manifest_is_uuid7(manifest->bundle_id)) {
        return object_fault(&root, "manifest.bundle_id", "bundleId", "is no UUID version 7");
    }
    TRY(take_time(&root, "created", &manifest->created));
    TRY(take_run(&root, &manifest->run));
    TRY(take_dut(&root, &manifest->dut));
    TRY(take_log(&root, &manifest->log));
    TRY(take_entries(&root, manifest));
    note_unknown(&root, known);
    *ret_manifest = manifest;
    return STATUS_OK;
}

const struct manifest_entry *manifest_find_path(const struct manifest *manifest, const char *path)
{
    for (size_t i = 0; i < manifest->entry_count; i++) {
        if (strcmp(manifest->entries[i].path, path) == 0) {
            return &manifest->entries[i];
        }
    }
    return NULL;
}

const struct manifest_entry *manifest_find_id(const struct manifest *manifest, const char *id)
{
    for (size_t i = 0; i < manifest->entry_count; i++) {
        if (strcmp(manifest->entries[i].id, id) == 0) {
            return &manifest->entries[i];
        }
    }
    return NULL;
}
