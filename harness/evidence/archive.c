#include "evidence/archive.h"

#include "base/text.h"
#include "evidence/digest.h"
#include "evidence/json_make.h"
#include "evidence/json_strict.h"
#include "evidence/manifest_rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char arc_prefix[] = "META-INF/arc/";
static const char disc_prefix[] = "META-INF/disc/";

void archive_name(size_t number, const char *suffix, char room[ARCHIVE_NAME_SIZE])
{
    (void) snprintf(room, ARCHIVE_NAME_SIZE, "%s%04u.%s", arc_prefix, (unsigned) (number % 10000),
                    suffix);
}

enum status archive_count(const struct container_reader *reader, size_t *ret_count,
                          struct error *reterr)
{
    size_t files = 0;
    char name[ARCHIVE_NAME_SIZE];

    for (size_t i = 0; i < container_read_count(reader); i++) {
        files += text_starts_with(container_read_at(reader, i)->name, arc_prefix);
    }
    *ret_count = files / 2;
    for (size_t i = 0; i < files; i++) {
        archive_name(i / 2 + 1, i % 2 == 0 ? "json" : "tsr", name);
        if (container_read_find(reader, name) == NULL) {
            return fail(reterr, STATUS_BAD_INPUT, "archive.number: there is no %s", name);
        }
    }
    return files % 2 == 0 ? STATUS_OK
                          : fail(reterr, STATUS_BAD_INPUT, "archive.number: half a record");
}

static enum status feed(void *context, const void *data, size_t length, struct error *reterr)
{
    (void) reterr;
    digest_update(context, data, length);
    return STATUS_OK;
}

static enum status measure(const struct container_reader *reader,
                           const struct container_entry *entry, struct digest *ret_digest,
                           struct error *reterr)
{
    DEFER(digest_abandon) struct digest_stream stream;

    digest_open(&stream);
    TRY(container_read_stream(reader, entry, feed, &stream, reterr));
    return digest_close(&stream, ret_digest, reterr);
}

static void by_path_free(const struct manifest_entry ***list)
{
    free(*list);
}

/* "META-INF/arc/0002" leaves out both files of that record. */
static bool is_left_out(const char *name, const char *without)
{
    return text_starts_with(name, disc_prefix) ||
           (without != NULL && text_starts_with(name, without));
}

enum status archive_files(const struct container_reader *reader, const struct manifest *manifest,
                          const char *without, json_t **ret_files, struct error *reterr)
{
    DEFER(by_path_free) const struct manifest_entry **by_path = manifest_by_path(manifest);
    DEFER(json_strict_done) json_t *files = json_made(json_object());

    for (size_t i = 0; i < container_read_count(reader); i++) {
        const struct container_entry *entry = container_read_at(reader, i);
        const struct manifest_entry *listed =
            manifest_search(by_path, manifest->entry_count, entry->name);
        struct digest digest = { { 0 } };

        if (is_left_out(entry->name, without) ||
            (listed != NULL && listed->disclosure == MANIFEST_WITHHOLDABLE)) {
            continue;
        }
        if (listed != NULL && listed->has_sha256) {
            digest = listed->sha256;
        } else {
            TRY(measure(reader, entry, &digest, reterr));
        }
        json_put(files, entry->name, json_digest(&digest));
    }
    *ret_files = files;
    files = NULL;
    return STATUS_OK;
}

static int order(const void *a, const void *b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}

enum status archive_write(const json_t *files, struct bytes *out, struct error *reterr)
{
    DEFER(json_strict_done) json_t *root = json_made(json_pack("{s:i}", "hoshiArchive", 1));
    const size_t count = json_object_size(files);
    const char **paths = calloc(count + 1, sizeof *paths);
    json_t *list = json_made(json_array());
    const char *path;
    json_t *value;
    size_t used = 0;

    if (paths == NULL) {
        abort();
    }
    /* The list is sorted by itself: jansson keeps the order of insertion. */
    json_object_foreach((json_t *) (uintptr_t) files, path, value)
    {
        paths[used++] = path;
    }
    qsort(paths, count, sizeof *paths, order);
    for (size_t i = 0; i < count; i++) {
        json_append(list, json_made(json_pack("{s:s, s:O}", "path", paths[i], "sha256",
                                              json_object_get(files, paths[i]))));
    }
    json_put(root, "files", list);
    free(paths);
    return json_strict_write(root, out, reterr);
}

enum status archive_read(const void *data, size_t length, json_t **ret_files, struct error *reterr)
{
    DEFER(json_strict_done) json_t *root = NULL;
    DEFER(json_strict_done) json_t *files = json_made(json_object());
    const char *before = NULL;
    const json_t *list;

    TRY(json_strict_parse(data, length, &root, reterr));
    list = json_object_get(root, "files");
    if (json_integer_value(json_object_get(root, "hoshiArchive")) != 1 || !json_is_array(list)) {
        return fail(reterr, STATUS_BAD_INPUT, "archive.form: not a list of files");
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        const char *path = json_string_value(json_object_get(item, "path"));
        const char *hex = json_string_value(json_object_get(item, "sha256"));
        struct digest digest;

        if (path == NULL || hex == NULL || !digest_from_hex(hex, &digest) ||
            (before != NULL && strcmp(before, path) >= 0)) {
            return fail(reterr, STATUS_BAD_INPUT,
                        "archive.form: item %zu is not a file, or out of order", i);
        }
        json_put(files, path, json_string(hex));
        before = path;
    }
    *ret_files = files;
    files = NULL;
    return STATUS_OK;
}
