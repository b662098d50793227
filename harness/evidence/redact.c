#include "evidence/redact.h"

#include "base/secret.h"
#include "base/text.h"
#include "evidence/container_write.h"
#include "evidence/disk.h"
#include "evidence/json_strict.h"
#include "evidence/promise.h"

#include <stdlib.h>
#include <string.h>

enum { SALT_FILE_MAX = 4096 };

/* ---- the copy ---- */

/* The names of what is left out, sorted. */
struct hidden {
    const char **names;
    size_t count;
};

static int order_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}

static const char *salt_name(struct arena *arena, const char *id)
{
    char room[WITHHOLD_NAME_SIZE];

    withhold_salt_name(id, room);
    return arena_text(arena, room);
}

static struct hidden hidden_of(const struct verified_bundle *bundle,
                               const struct selection *selection, struct arena *arena)
{
    struct hidden hidden = {
        .names = arena_array(arena, 2 * selection->count + 1, sizeof *hidden.names),
    };

    for (size_t i = 0; i < bundle->manifest->entry_count; i++) {
        if (selection->chosen[i]) {
            hidden.names[hidden.count++] = bundle->manifest->entries[i].path;
            hidden.names[hidden.count++] = salt_name(arena, bundle->manifest->entries[i].id);
        }
    }
    if (selection->unit) {
        hidden.names[hidden.count++] = salt_name(arena, WITHHOLD_UNIT_ID);
    }
    qsort(hidden.names, hidden.count, sizeof *hidden.names, order_names);
    return hidden;
}

static bool is_hidden(const struct hidden *hidden, const char *name)
{
    return bsearch(&name, hidden->names, hidden->count, sizeof *hidden->names, order_names) != NULL;
}

static enum status copy_rest(const struct verified_bundle *bundle,
                             const struct selection *selection, const char *path,
                             struct error *reterr)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(container_write_done) struct container_writer *writer = NULL;
    const struct container_reader *reader = verified_reader(bundle);
    const struct hidden hidden = hidden_of(bundle, selection, arena);

    TRY(container_write_open(path, false, &writer, reterr));
    for (size_t i = 0; i < container_read_count(reader); i++) {
        const struct container_entry *entry = container_read_at(reader, i);

        if (!text_equal(entry->name, CONTAINER_MIMETYPE) && !is_hidden(&hidden, entry->name)) {
            TRY(container_write_entry(writer, reader, entry, reterr));
        }
    }
    return container_write_commit(writer, reterr);
}

static bool is_withheld(const struct verified_bundle *bundle, const char *path)
{
    for (size_t i = 0; i < bundle->withheld_count; i++) {
        if (text_equal(bundle->withheld[i], path)) {
            return true;
        }
    }
    return false;
}

static bool withholds_just(const struct verified_bundle *copy,
                           const struct verified_bundle *original,
                           const struct selection *selection)
{
    for (size_t i = 0; i < original->manifest->entry_count; i++) {
        const char *path = original->manifest->entries[i].path;

        if (is_withheld(copy, path) != (selection->chosen[i] || is_withheld(original, path))) {
            return false;
        }
    }
    return !selection->unit || !select_has_unit(copy);
}

/* A copy is made to be handed on. */
static enum status refuse_secrets(const json_t *report, struct error *reterr)
{
    const json_t *checks = json_object_get(report, "checks");
    const json_t *check;
    size_t i;

    json_array_foreach(checks, i, check)
    {
        if (text_equal(json_string_value(json_object_get(check, "code")), "published") &&
            !text_equal(json_string_value(json_object_get(check, "outcome")), "ok")) {
            return fail(reterr, STATUS_BAD_INPUT, "redact.secret: not written: %s",
                        json_string_value(json_object_get(check, "detail")));
        }
    }
    return STATUS_OK;
}

static enum status copy_check(const struct verified_bundle *original,
                              const struct selection *selection,
                              const struct verify_options *options, const char *path,
                              enum verify_exit *ret_exit, struct error *reterr)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(json_strict_done) json_t *report = NULL;
    DEFER(verified_done) struct verified_bundle *copy = NULL;
    struct verify_options same = *options;

    same.unknown_signer_allowed = true;
    *ret_exit = bundle_verify(path, &same, arena, &copy, &report, reterr);
    if (*ret_exit == VERIFY_IO) {
        return STATUS_IO;
    }
    if (copy == NULL || !text_equal(copy->manifest_sha256, original->manifest_sha256) ||
        !withholds_just(copy, original, selection)) {
        return fail(reterr, STATUS_INTERNAL, "redact.check: the copy does not verify; not written");
    }
    return refuse_secrets(report, reterr);
}

enum status bundle_redact(const struct verified_bundle *bundle, const struct selection *selection,
                          const struct verify_options *options, const char *out_path,
                          enum verify_exit *ret_exit, struct error *reterr)
{
    DEFER(disk_draft_done) struct disk_draft draft = { 0 };

    TRY(disk_draft_open(out_path, &draft, reterr));
    TRY(copy_rest(bundle, selection, draft.path, reterr));
    TRY(copy_check(bundle, selection, options, draft.path, ret_exit, reterr));
    return disk_rename(draft.path, out_path, false, reterr);
}

/* ---- as files ---- */

struct unpacking {
    struct outbox *outbox;
    struct promise promise;
};

static enum status take_bytes(void *context, const void *data, size_t length, struct error *reterr)
{
    struct unpacking *unpacking = context;

    if (unpacking->promise.entry != NULL) {
        promise_feed(&unpacking->promise, data, length);
    }
    return outbox_put(unpacking->outbox, data, length, reterr);
}

enum status bundle_salt(const struct verified_bundle *bundle, const char *id,
                        struct withhold_salt *ret_salt, struct error *reterr)
{
    DEFER(bytes_done) struct bytes text = bytes_bounded(SALT_FILE_MAX);
    const struct container_entry *file;
    char name[WITHHOLD_NAME_SIZE];
    enum status status;

    withhold_salt_name(id, name);
    file = container_read_find(verified_reader(bundle), name);
    if (file == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "redact.no_salt: the salt of %s is not there", id);
    }
    TRY(container_read_bytes(verified_reader(bundle), file, &text, reterr));
    status = withhold_salt_read(text.data, text.length, id, ret_salt, reterr);
    secret_wipe(text.data, text.length);
    return status;
}

static void unpacking_done(struct unpacking *unpacking)
{
    promise_abandon(&unpacking->promise);
}

static enum status unpack_file(const struct verified_bundle *bundle,
                               const struct container_entry *file, struct outbox *outbox,
                               struct error *reterr)
{
    DEFER(withhold_salt_wipe) struct withhold_salt salt = { { 0 } };
    DEFER(unpacking_done) struct unpacking unpacking = { .outbox = outbox };
    const struct manifest_entry *entry = manifest_find_path(bundle->manifest, file->name);

    if (entry != NULL) {
        if (entry->has_commit) {
            TRY(bundle_salt(bundle, entry->id, &salt, reterr));
        }
        promise_open(&unpacking.promise, "promise", entry, entry->has_commit ? &salt : NULL);
    }
    TRY(outbox_file(outbox, file->name, reterr));
    TRY(container_read_stream(verified_reader(bundle), file, take_bytes, &unpacking, reterr));
    return entry == NULL ? STATUS_OK : promise_close(&unpacking.promise, reterr);
}

enum status bundle_unpack(const struct verified_bundle *bundle, struct outbox *outbox,
                          struct error *reterr)
{
    const struct container_reader *reader = verified_reader(bundle);

    for (size_t i = 0; i < container_read_count(reader); i++) {
        TRY(unpack_file(bundle, container_read_at(reader, i), outbox, reterr));
    }
    return STATUS_OK;
}
