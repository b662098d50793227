#include "evidence/disclose.h"

#include "base/secret.h"
#include "base/text.h"
#include "evidence/disk.h"
#include "evidence/json_make.h"
#include "evidence/json_strict.h"
#include "evidence/promise.h"
#include "evidence/redact.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 64 * 1024, SALT_TEXT_SIZE = (WITHHOLD_SALT_SIZE + 2) / 3 * 4 + 1 };

static void file_done(FILE **file)
{
    if (*file != NULL) {
        (void) fclose(*file);
    }
}

/* ---- writing ---- */

struct packing {
    const struct verified_bundle *bundle;
    const struct selection *selection;
    FILE *file;
};

static enum status put(void *context, const void *data, size_t length, struct error *reterr)
{
    return fwrite(data, 1, length, context) == length
               ? STATUS_OK
               : fail(reterr, STATUS_IO, "disclose.io: cannot write: %s", strerror(errno));
}

static enum status entry_json(const struct packing *packing, const struct manifest_entry *entry,
                              json_t *list, struct error *reterr)
{
    DEFER(withhold_salt_wipe) struct withhold_salt salt = { { 0 } };
    char encoded[SALT_TEXT_SIZE];

    TRY(bundle_salt(packing->bundle, entry->id, &salt, reterr));
    text_base64(salt.octets, sizeof salt.octets, encoded);
    json_append(list, json_pack("{s:s, s:s, s:s, s:I}", "id", entry->id, "path", entry->path,
                                "salt", encoded, "size", (json_int_t) entry->size));
    secret_wipe(encoded, sizeof encoded);
    return STATUS_OK;
}

static enum status put_head(const struct packing *packing, struct error *reterr)
{
    DEFER(bytes_done) struct bytes line = bytes_bounded(DISCLOSURE_HEAD_MAX);
    DEFER(json_strict_done) json_t *head = json_made(json_object());
    const struct manifest *manifest = packing->bundle->manifest;
    json_t *list = json_made(json_array());

    json_put(head, "bundleId", json_string(manifest->bundle_id));
    json_put(head, "manifest", json_string(packing->bundle->manifest_sha256));
    json_put(head, "entries", list);
    for (size_t i = 0; i < manifest->entry_count; i++) {
        if (packing->selection->chosen[i]) {
            TRY(entry_json(packing, &manifest->entries[i], list, reterr));
        }
    }
    TRY(json_strict_write(head, &line, reterr));
    TRY(bytes_append_text(&line, "\n", reterr));
    TRY(put(packing->file, DISCLOSURE_MAGIC, strlen(DISCLOSURE_MAGIC), reterr));
    return put(packing->file, line.data, line.length, reterr);
}

static enum status put_contents(const struct packing *packing, struct error *reterr)
{
    const struct container_reader *reader = verified_reader(packing->bundle);
    const struct manifest *manifest = packing->bundle->manifest;

    for (size_t i = 0; i < manifest->entry_count; i++) {
        if (packing->selection->chosen[i]) {
            TRY(container_read_stream(reader,
                                      container_read_find(reader, manifest->entries[i].path), put,
                                      packing->file, reterr));
        }
    }
    return STATUS_OK;
}

static enum status write_package(struct packing *packing, const char *path, struct error *reterr)
{
    DEFER(file_done) FILE *file = NULL;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

    file = fd < 0 ? NULL : fdopen(fd, "wb");
    if (file == NULL) {
        return fail(reterr, STATUS_IO, "disclose.io: %s: %s", path, strerror(errno));
    }
    packing->file = file;
    TRY(put_head(packing, reterr));
    TRY(put_contents(packing, reterr));
    if (fflush(file) != 0 || fsync(fd) != 0) {
        return fail(reterr, STATUS_IO, "disclose.io: %s: %s", path, strerror(errno));
    }
    return STATUS_OK;
}

static enum status write_and_check(struct packing *packing, const char *path, struct error *reterr)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct disclosure *written = NULL;

    TRY(write_package(packing, path, reterr));
    return disclosure_check(packing->bundle, path, NULL, arena, &written, reterr);
}

enum status disclosure_write(const struct verified_bundle *bundle,
                             const struct selection *selection, const char *out_path,
                             struct error *reterr)
{
    struct packing packing = { .bundle = bundle, .selection = selection };
    DEFER(disk_draft_done) struct disk_draft draft = { 0 };

    if (selection->count == 0) {
        return fail(reterr, STATUS_USAGE, "disclose.nothing: name an entry to show");
    }
    TRY(disk_draft_open(out_path, &draft, reterr));
    TRY(write_and_check(&packing, draft.path, reterr));
    return disk_rename(draft.path, out_path, false, reterr);
}

/* ---- reading ---- */

static enum status read_salt(const json_t *value, struct withhold_salt *ret_salt,
                             struct error *reterr)
{
    DEFER(bytes_done) struct bytes salt = bytes_bounded(SALT_TEXT_SIZE);

    if (!json_is_string(value) || json_string_length(value) >= SALT_TEXT_SIZE) {
        return fail(reterr, STATUS_BAD_INPUT, "disclose.salt: an entry has no salt of %d bytes",
                    WITHHOLD_SALT_SIZE);
    }
    TRY(json_strict_base64(json_string_value(value), json_string_length(value), &salt, reterr));
    if (salt.length != WITHHOLD_SALT_SIZE) {
        return fail(reterr, STATUS_BAD_INPUT, "disclose.salt: a salt of %zu bytes, not %d",
                    salt.length, WITHHOLD_SALT_SIZE);
    }
    memcpy(ret_salt->octets, salt.data, WITHHOLD_SALT_SIZE);
    secret_wipe(salt.data, salt.length);
    return STATUS_OK;
}

static enum status read_entry(const json_t *value, struct arena *arena,
                              struct disclosure_entry *entry, struct error *reterr)
{
    const json_t *id = json_object_get(value, "id");
    const json_t *path = json_object_get(value, "path");
    const json_t *size = json_object_get(value, "size");

    if (!json_is_string(id) || !json_is_string(path) || !json_is_integer(size) ||
        json_integer_value(size) < 0 || json_object_size(value) != 4) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "disclose.entry: an entry has id, path, salt and size, and no more");
    }
    entry->id = arena_text(arena, json_string_value(id));
    entry->path = arena_text(arena, json_string_value(path));
    entry->size = (uint64_t) json_integer_value(size);
    return read_salt(json_object_get(value, "salt"), &entry->salt, reterr);
}

static enum status read_entries(const json_t *list, struct arena *arena,
                                struct disclosure *disclosure, struct error *reterr)
{
    const size_t count = json_array_size(list);
    struct disclosure_entry *entries = arena_array(arena, count + 1, sizeof *entries);

    if (count == 0 || count > MANIFEST_ENTRIES_MAX) {
        return fail(reterr, STATUS_BAD_INPUT, "disclose.entries: %zu entries", count);
    }
    for (size_t i = 0; i < count; i++) {
        TRY(read_entry(json_array_get(list, i), arena, &entries[i], reterr));
    }
    disclosure->entries = entries;
    disclosure->count = count;
    return STATUS_OK;
}

enum status disclosure_read(const void *data, size_t length, struct arena *arena,
                            const struct disclosure **ret_disclosure, struct error *reterr)
{
    DEFER(json_strict_done) json_t *head = NULL;
    struct disclosure *disclosure = arena_alloc(arena, sizeof *disclosure);
    const json_t *id;
    const json_t *manifest;

    TRY(json_strict_parse(data, length, &head, reterr));
    id = json_object_get(head, "bundleId");
    manifest = json_object_get(head, "manifest");
    if (!json_is_string(id) || !json_is_string(manifest) ||
        !digest_from_hex(json_string_value(manifest), &disclosure->manifest) ||
        json_object_size(head) != 3) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "disclose.head: a package has bundleId, manifest and entries, and no more");
    }
    disclosure->bundle_id = arena_text(arena, json_string_value(id));
    TRY(read_entries(json_object_get(head, "entries"), arena, disclosure, reterr));
    *ret_disclosure = disclosure;
    return STATUS_OK;
}

static enum status read_head(FILE *file, struct arena *arena,
                             const struct disclosure **ret_disclosure, struct error *reterr)
{
    DEFER(bytes_done) struct bytes line = bytes_bounded(DISCLOSURE_HEAD_MAX);
    char magic[sizeof DISCLOSURE_MAGIC] = "";
    int octet = EOF;

    if (fread(magic, 1, sizeof magic - 1, file) != sizeof magic - 1 ||
        !text_equal(magic, DISCLOSURE_MAGIC)) {
        return fail(reterr, STATUS_BAD_INPUT, "disclose.magic: this is no disclosure package");
    }
    while ((octet = getc(file)) != EOF && octet != '\n') {
        const uint8_t byte = (uint8_t) octet;

        TRY(bytes_append(&line, &byte, 1, reterr));
    }
    if (octet == EOF) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "disclose.head: the file ends within its second line");
    }
    return disclosure_read(line.data, line.length, arena, ret_disclosure, reterr);
}

/* ---- judging ---- */

/* The manifest's entry of which this one speaks. */
static enum status listed_of(const struct manifest *manifest, const struct disclosure_entry *shown,
                             const struct manifest_entry **ret_entry, struct error *reterr)
{
    const struct manifest_entry *entry = manifest_find_id(manifest, shown->id);

    if (entry == NULL || !text_equal(entry->path, shown->path)) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "disclose.unknown: the bundle has no such entry as the package shows");
    }
    if (!entry->has_commit || entry->size != shown->size) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "disclose.commit: the bundle has not committed to what the package shows as %s",
                    entry->id);
    }
    *ret_entry = entry;
    return STATUS_OK;
}

static enum status check_content(FILE *file, const struct manifest_entry *entry,
                                 const struct disclosure_entry *shown, struct outbox *outbox,
                                 struct error *reterr)
{
    DEFER(promise_abandon) struct promise promise = { 0 };
    uint8_t room[PIECE];
    uint64_t left = shown->size;

    promise_open(&promise, "promise", entry, &shown->salt);
    if (outbox != NULL) {
        TRY(outbox_file(outbox, entry->path, reterr));
    }
    while (left > 0) {
        size_t piece = left < sizeof room ? (size_t) left : sizeof room;

        if (fread(room, 1, piece, file) != piece) {
            return fail(reterr, STATUS_BAD_INPUT, "disclose.cut: the package ends within %s",
                        entry->id);
        }
        promise_feed(&promise, room, piece);
        if (outbox != NULL) {
            TRY(outbox_put(outbox, room, piece, reterr));
        }
        left -= piece;
    }
    return promise_close(&promise, reterr);
}

static enum status check_entries(const struct verified_bundle *bundle, FILE *file,
                                 const struct disclosure *disclosure, struct outbox *outbox,
                                 struct error *reterr)
{
    const struct manifest_entry *before = NULL;

    for (size_t i = 0; i < disclosure->count; i++) {
        const struct manifest_entry *entry = NULL;

        TRY(listed_of(bundle->manifest, &disclosure->entries[i], &entry, reterr));
        /* The manifest's order, so that none comes twice. */
        if (before != NULL && entry <= before) {
            return fail(reterr, STATUS_BAD_INPUT,
                        "disclose.order: %s is not in the manifest's order", entry->id);
        }
        before = entry;
        TRY(check_content(file, entry, &disclosure->entries[i], outbox, reterr));
    }
    return getc(file) == EOF
               ? STATUS_OK
               : fail(reterr, STATUS_BAD_INPUT, "disclose.trailing: bytes follow the last content");
}

static enum status open_package(const char *path, FILE **ret_file, struct error *reterr)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    struct stat facts;

    if (fd < 0) {
        return fail(reterr, STATUS_IO, "%s: %s", path, strerror(errno));
    }
    if (fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode) ||
        (*ret_file = fdopen(fd, "rb")) == NULL) {
        (void) close(fd);
        return fail(reterr, STATUS_IO, "%s: not a regular file", path);
    }
    return STATUS_OK;
}

enum status disclosure_check(const struct verified_bundle *bundle, const char *path,
                             struct outbox *outbox, struct arena *arena,
                             const struct disclosure **ret_disclosure, struct error *reterr)
{
    DEFER(file_done) FILE *file = NULL;
    const struct disclosure *disclosure = NULL;
    char manifest[DIGEST_HEX_SIZE];
    enum status status;

    TRY(open_package(path, &file, reterr));
    status = read_head(file, arena, &disclosure, reterr);
    if (status == STATUS_OK) {
        digest_to_hex(&disclosure->manifest, manifest);
        status = text_equal(manifest, bundle->manifest_sha256) &&
                         text_equal(disclosure->bundle_id, bundle->manifest->bundle_id)
                     ? check_entries(bundle, file, disclosure, outbox, reterr)
                     : fail(reterr, STATUS_BAD_INPUT,
                            "disclose.other: the package is of another bundle");
    }
    if (ferror(file) != 0) {
        return fail(reterr, STATUS_IO, "%s: cannot be read", path);
    }
    TRY(status);
    *ret_disclosure = disclosure;
    return STATUS_OK;
}
