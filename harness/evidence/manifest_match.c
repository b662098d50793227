#include "evidence/manifest_rules.h"
#include "evidence/promise.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

enum { SALT_FILE_MAX = 4096 };

struct matching {
    const struct manifest *manifest;
    const struct container_reader *reader;
    manifest_seen seen;
    manifest_note note;
    void *context;
    const struct manifest_watch *watch; /* NULL: nobody */
    struct error *reterr;
};

/* ---- names outside the manifest ---- */

/* Strips a prefix and one of the suffixes; false if they are not there. */
static bool middle_of(const char *name, const char *prefix, const char *const suffixes[],
                      const char **ret_middle, size_t *ret_length)
{
    if (!text_starts_with(name, prefix)) {
        return false;
    }
    *ret_middle = name + strlen(prefix);
    for (size_t i = 0; suffixes[i] != NULL; i++) {
        if (text_ends_with(*ret_middle, suffixes[i])) {
            *ret_length = strlen(*ret_middle) - strlen(suffixes[i]);
            return true;
        }
    }
    return false;
}

static bool only(const char *text, size_t length, const char *set)
{
    return strspn(text, set) >= length;
}

static bool is_att(const char *name)
{
    static const char *const suffixes[] = { ".sigstore.json", NULL };
    const char *middle;
    size_t length;

    if (!middle_of(name, "META-INF/att/", suffixes, &middle, &length) || length < 4 ||
        !only(middle, 2, "0123456789") || middle[2] != '-' || middle[length - 1] == '-') {
        return false;
    }
    for (size_t i = 3; i < length; i++) {
        if (middle[i] == '-' && middle[i - 1] == '-') {
            return false;
        }
    }
    return only(middle + 3, length - 3, "abcdefghijklmnopqrstuvwxyz0123456789-");
}

static bool is_val(const char *name)
{
    static const char *const suffixes[] = { ".crt", ".crl", ".ocsp", NULL };
    const char *middle;
    size_t length;

    return middle_of(name, "META-INF/val/", suffixes, &middle, &length) &&
           length == DIGEST_HEX_SIZE - 1 && only(middle, length, "0123456789abcdef");
}

static bool is_arc(const char *name)
{
    static const char *const suffixes[] = { ".json", ".tsr", NULL };
    const char *middle;
    size_t length;

    return middle_of(name, "META-INF/arc/", suffixes, &middle, &length) && length == 4 &&
           only(middle, length, "0123456789");
}

static bool is_disc(const char *name, const char **ret_id, size_t *ret_length)
{
    static const char *const suffixes[] = { ".json", NULL };

    return middle_of(name, "META-INF/disc/", suffixes, ret_id, ret_length) &&
           (manifest_is_entry_id(*ret_id, *ret_length) ||
            (*ret_length == strlen(WITHHOLD_UNIT_ID) &&
             memcmp(*ret_id, WITHHOLD_UNIT_ID, *ret_length) == 0));
}

bool manifest_is_unlisted_name(const char *name)
{
    const char *id;
    size_t length;

    return is_att(name) || is_val(name) || is_arc(name) || is_disc(name, &id, &length);
}

/* ---- entries ---- */

/* An entry's bytes run through what the manifest promised about them. */
struct measuring {
    struct promise promise;
    const struct manifest_watch *watch;
};

static enum status measure(void *context, const void *data, size_t length, struct error *reterr)
{
    struct measuring *measuring = context;

    (void) reterr;
    promise_feed(&measuring->promise, data, length);
    if (measuring->watch != NULL) {
        measuring->watch->bytes(measuring->watch->context, data, length);
    }
    return STATUS_OK;
}

static enum status read_salt(const struct matching *matching, const char *id,
                             struct withhold_salt *ret_salt)
{
    DEFER(bytes_done) struct bytes text = bytes_bounded(SALT_FILE_MAX);
    char name[WITHHOLD_NAME_SIZE];
    const struct container_entry *file;

    withhold_salt_name(id, name);
    file = container_read_find(matching->reader, name);
    if (file == NULL) {
        return fail(matching->reterr, STATUS_BAD_INPUT,
                    "manifest.no_salt: %s is shown without its salt", id);
    }
    TRY(container_read_bytes(matching->reader, file, &text, matching->reterr));
    return withhold_salt_read(text.data, text.length, id, ret_salt, matching->reterr);
}

static enum status match_present(const struct matching *matching,
                                 const struct manifest_entry *entry,
                                 const struct container_entry *file)
{
    DEFER(withhold_salt_wipe) struct withhold_salt salt = { { 0 } };
    struct measuring measuring = { .watch = matching->watch };
    enum status status;

    if (file->size != entry->size) {
        return fail(matching->reterr, STATUS_BAD_INPUT,
                    "manifest.size: %s has %llu bytes, not %llu", entry->path,
                    (unsigned long long) file->size, (unsigned long long) entry->size);
    }
    if (entry->has_commit) {
        TRY(read_salt(matching, entry->id, &salt));
    }
    promise_open(&measuring.promise, "manifest", entry, entry->has_commit ? &salt : NULL);
    if (measuring.watch != NULL) {
        measuring.watch->begin(measuring.watch->context, entry);
    }
    status = container_read_stream(matching->reader, file, measure, &measuring, matching->reterr);
    if (measuring.watch != NULL) {
        measuring.watch->end(measuring.watch->context);
    }
    if (status == STATUS_OK) {
        status = promise_close(&measuring.promise, matching->reterr);
    }
    promise_abandon(&measuring.promise);
    return status;
}

static enum status match_absent(const struct matching *matching, const struct manifest_entry *entry)
{
    char name[WITHHOLD_NAME_SIZE];

    if (entry->disclosure == MANIFEST_REQUIRED) {
        return fail(matching->reterr, STATUS_BAD_INPUT, "manifest.missing: %s is not there",
                    entry->path);
    }
    withhold_salt_name(entry->id, name);
    if (container_read_find(matching->reader, name) != NULL) {
        return fail(matching->reterr, STATUS_BAD_INPUT,
                    "manifest.salt_left: %s is withheld but its salt is there", entry->path);
    }
    return STATUS_OK;
}

static enum status match_entries(const struct matching *matching)
{
    for (size_t i = 0; i < matching->manifest->entry_count; i++) {
        const struct manifest_entry *entry = &matching->manifest->entries[i];
        const struct container_entry *file = container_read_find(matching->reader, entry->path);

        if (file == NULL) {
            TRY(match_absent(matching, entry));
        } else {
            TRY(match_present(matching, entry, file));
        }
        if (matching->seen != NULL) {
            matching->seen(matching->context, i, entry,
                           file == NULL ? MANIFEST_WITHHELD : MANIFEST_PRESENT);
        }
    }
    return STATUS_OK;
}

/* ---- files ---- */

static enum status match_salt(const struct matching *matching, const char *id, size_t length)
{
    DEFER(withhold_salt_wipe) struct withhold_salt salt = { { 0 } };
    char name[WITHHOLD_ID_MAX + 1] = { 0 };
    const struct manifest_entry *entry;

    memcpy(name, id, length);
    if (strcmp(name, WITHHOLD_UNIT_ID) == 0 && matching->manifest->dut.has_unit) {
        return read_salt(matching, name, &salt);
    }
    entry = manifest_find_id(matching->manifest, name);
    if (entry == NULL || !entry->has_commit) {
        return fail(matching->reterr, STATUS_BAD_INPUT,
                    "manifest.stray_salt: a salt for %s, which nothing is committed under", name);
    }
    return STATUS_OK;
}

static enum status match_file(const struct matching *matching, const struct container_entry *file,
                              const struct manifest_entry *const *by_path)
{
    const char *id;
    size_t length;

    if (strcmp(file->name, CONTAINER_MIMETYPE) == 0 ||
        manifest_search(by_path, matching->manifest->entry_count, file->name) != NULL) {
        return STATUS_OK;
    }
    if (is_disc(file->name, &id, &length)) {
        TRY(match_salt(matching, id, length));
    } else if (strcmp(file->name, CONTAINER_MANIFEST) != 0 &&
               !manifest_is_unlisted_name(file->name)) {
        return fail(matching->reterr, STATUS_BAD_INPUT,
                    "manifest.unlisted: %s is in the container but not in the manifest",
                    file->name);
    }
    return container_read_stream(matching->reader, file, NULL, NULL, matching->reterr);
}

static void list_free(const struct manifest_entry ***list)
{
    free(*list);
}

static enum status match_files(const struct matching *matching)
{
    DEFER(list_free) const struct manifest_entry **by_path = manifest_by_path(matching->manifest);

    for (size_t i = 0; i < container_read_count(matching->reader); i++) {
        TRY(match_file(matching, container_read_at(matching->reader, i), by_path));
    }
    return STATUS_OK;
}

/* ---- commitments ---- */

static int order_commit(const void *a, const void *b)
{
    return memcmp((*(const struct manifest_entry *const *) a)->commit.octets,
                  (*(const struct manifest_entry *const *) b)->commit.octets, DIGEST_SIZE);
}

/* Fresh salts make equal commitments impossible: somebody reused bytes. */
static void note_equal_commitments(const struct matching *matching)
{
    DEFER(list_free) const struct manifest_entry **list = manifest_by_path(matching->manifest);
    size_t count = 0;

    if (matching->note == NULL) {
        return;
    }
    for (size_t i = 0; i < matching->manifest->entry_count; i++) {
        if (list[i]->has_commit) {
            list[count++] = list[i];
        }
    }
    qsort(list, count, sizeof *list, order_commit);
    for (size_t i = 1; i < count; i++) {
        if (order_commit(&list[i - 1], &list[i]) == 0) {
            matching->note(matching->context, "manifest.equal_commitments", list[i]->path);
        }
    }
}

enum status manifest_match(const struct manifest *manifest, const struct container_reader *reader,
                           manifest_seen seen, manifest_note note, void *context,
                           struct error *reterr)
{
    return manifest_match_watched(manifest, reader, seen, note, context, NULL, reterr);
}

enum status manifest_match_watched(const struct manifest *manifest,
                                   const struct container_reader *reader, manifest_seen seen,
                                   manifest_note note, void *context,
                                   const struct manifest_watch *watch, struct error *reterr)
{
    const struct matching matching = { .manifest = manifest,
                                       .reader = reader,
                                       .seen = seen,
                                       .note = note,
                                       .context = context,
                                       .watch = watch,
                                       .reterr = reterr };

    TRY(match_files(&matching));
    TRY(match_entries(&matching));
    note_equal_commitments(&matching);
    return STATUS_OK;
}
