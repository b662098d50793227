#include "evidence/container_write.h"

#include "base/arena.h"
#include "base/text.h"
#include "evidence/container_format.h"
#include "evidence/container_output.h"
#include "evidence/disk.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

/* One entry to be; exactly one of data, path and entry says where its bytes are. */
struct item {
    const char *name;
    const uint8_t *data;
    size_t length;
    const char *path;
    const struct container_reader *from;
    const struct container_entry *entry;
    bool has_expected;
    struct digest expected;
    /* known once written */
    uint8_t shared[ZIP_SHARED_SIZE];
    uint32_t offset;
};

struct container_writer {
    struct arena *arena;
    const char *path;
    char *temporary; /* NULL when there is no file to remove */
    bool replace;
    bool spent; /* a commit was tried */
    struct item *items;
    size_t count;
    size_t capacity;
    struct container_output output;
};

/* One way of an item's bytes into the file. */
struct emission {
    struct container_output *output;
    struct digest_stream digest;
    uint64_t size;
    uLong crc;
    bool deflating;
    z_stream deflater;
};

/* ---- gathering ---- */

enum status container_write_open(const char *path, bool replace,
                                 struct container_writer **ret_writer, struct error *reterr)
{
    DEFER(container_write_done) struct container_writer *writer = calloc(1, sizeof *writer);
    const char *slash = strrchr(path, '/');
    char *temporary;
    int fd;

    if (writer == NULL) {
        abort();
    }
    writer->arena = arena_new();
    writer->path = arena_text(writer->arena, path);
    writer->replace = replace;
    writer->output.fd = -1;
    if (!replace && access(path, F_OK) == 0) {
        return fail(reterr, STATUS_IO, "container.exists: %s is there already", path);
    }
    temporary = arena_format(writer->arena, "%.*s" CONTAINER_TEMPORARY "XXXXXX",
                             slash == NULL ? 0 : (int) (slash - path + 1), path);
    fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0) {
        return fail(reterr, STATUS_IO, "container.io: cannot write beside %s: %s", path,
                    strerror(errno));
    }
    writer->temporary = temporary;
    writer->output.fd = fd;
    *ret_writer = writer;
    writer = NULL;
    return STATUS_OK;
}

static struct item *item_push(struct container_writer *writer, const char *name)
{
    struct item *item = NULL;

    if (writer->count == writer->capacity) {
        writer->capacity = writer->capacity == 0 ? 64 : 2 * writer->capacity;
        writer->items = reallocarray(writer->items, writer->capacity, sizeof *writer->items);
        if (writer->items == NULL) {
            abort();
        }
    }
    item = &writer->items[writer->count++];
    *item = (struct item){ .name = arena_text(writer->arena, name) };
    return item;
}

static enum status item_add(struct container_writer *writer, const char *name,
                            struct item **ret_item, struct error *reterr)
{
    assert(!writer->spent);
    TRY(container_name_check(name, strlen(name), reterr));
    if (strcmp(name, CONTAINER_MIMETYPE) == 0) {
        return fail(reterr, STATUS_BAD_INPUT, "container.name.duplicate: %s is added by itself",
                    name);
    }
    *ret_item = item_push(writer, name);
    return STATUS_OK;
}

enum status container_write_bytes(struct container_writer *writer, const char *name,
                                  const void *data, size_t length, struct error *reterr)
{
    struct item *item = NULL;
    uint8_t *copy;

    TRY(item_add(writer, name, &item, reterr));
    copy = arena_alloc(writer->arena, length + 1);
    if (length > 0) {
        memcpy(copy, data, length);
    }
    item->data = copy;
    item->length = length;
    return STATUS_OK;
}

enum status container_write_file(struct container_writer *writer, const char *name,
                                 const char *path, const struct digest *expected,
                                 struct error *reterr)
{
    struct item *item = NULL;

    TRY(item_add(writer, name, &item, reterr));
    item->path = arena_text(writer->arena, path);
    if (expected != NULL) {
        item->has_expected = true;
        item->expected = *expected;
    }
    return STATUS_OK;
}

enum status container_write_entry(struct container_writer *writer,
                                  const struct container_reader *from,
                                  const struct container_entry *entry, struct error *reterr)
{
    struct item *item = NULL;

    TRY(item_add(writer, entry->name, &item, reterr));
    item->from = from;
    item->entry = entry;
    return STATUS_OK;
}

enum status container_write_all(struct container_writer *writer,
                                const struct container_reader *from, struct error *reterr)
{
    for (size_t i = 0; i < container_read_count(from); i++) {
        const struct container_entry *entry = container_read_at(from, i);

        if (!text_equal(entry->name, CONTAINER_MIMETYPE)) {
            TRY(container_write_entry(writer, from, entry, reterr));
        }
    }
    return STATUS_OK;
}

void container_write_done(struct container_writer **writer)
{
    struct container_writer *done = *writer;

    if (done == NULL) {
        return;
    }
    if (done->output.fd >= 0) {
        (void) close(done->output.fd);
    }
    if (done->temporary != NULL) {
        (void) unlink(done->temporary);
    }
    arena_free(done->arena);
    free(done->items);
    free(done);
    *writer = NULL;
}

/* ---- one entry ---- */

static enum status emit_deflated(struct emission *emission, const void *data, size_t length,
                                 int flush, struct error *reterr)
{
    z_stream *deflater = &emission->deflater;
    uint8_t packed[16 * 1024];

    /* zlib's interface predates const; it does not write to its input. */
    deflater->next_in = (Bytef *) (uintptr_t) data;
    deflater->avail_in = (uInt) length;
    do {
        deflater->next_out = packed;
        deflater->avail_out = sizeof packed;
        (void) deflate(deflater, flush);
        TRY(container_output_put(emission->output, packed, sizeof packed - deflater->avail_out,
                                 reterr));
    } while (deflater->avail_out == 0);
    return STATUS_OK;
}

static enum status emit(void *context, const void *data, size_t length, struct error *reterr)
{
    struct emission *emission = context;

    emission->size += length;
    if (emission->size > zip_size_max) {
        return fail(reterr, STATUS_LIMIT, "container.limit.entry: an entry of 4 GiB or more");
    }
    emission->crc = crc32_z(emission->crc, data, length);
    digest_update(&emission->digest, data, length);
    if (!emission->deflating) {
        return container_output_put(emission->output, data, length, reterr);
    }
    return length == 0 ? STATUS_OK : emit_deflated(emission, data, length, Z_NO_FLUSH, reterr);
}

static enum status replay_fd(int fd, const char *path, struct emission *emission,
                             struct error *reterr)
{
    uint8_t room[32 * 1024];
    struct stat facts;

    if (fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode)) {
        return fail(reterr, STATUS_BAD_INPUT, "container.source: %s is not a regular file", path);
    }
    for (;;) {
        ssize_t got = read(fd, room, sizeof room);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return fail(reterr, STATUS_IO, "container.io: %s: %s", path, strerror(errno));
        }
        if (got == 0) {
            return STATUS_OK;
        }
        TRY(emit(emission, room, (size_t) got, reterr));
    }
}

static enum status replay(const struct item *item, struct emission *emission, struct error *reterr)
{
    enum status status;
    int fd;

    if (item->entry != NULL) {
        return container_read_stream(item->from, item->entry, emit, emission, reterr);
    }
    if (item->path == NULL) {
        for (size_t done = 0; done < item->length;) {
            size_t left = item->length - done;
            size_t step = left < (1u << 20) ? left : (1u << 20);

            TRY(emit(emission, item->data + done, step, reterr));
            done += step;
        }
        return STATUS_OK;
    }
    fd = open(item->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return fail(reterr, STATUS_IO, "container.io: %s: %s", item->path, strerror(errno));
    }
    status = replay_fd(fd, item->path, emission, reterr);
    (void) close(fd);
    return status;
}

static enum status emission_run(struct emission *emission, const struct item *item,
                                struct error *reterr)
{
    TRY(replay(item, emission, reterr));
    if (emission->deflating) {
        TRY(emit_deflated(emission, NULL, 0, Z_FINISH, reterr));
    }
    return STATUS_OK;
}

/* Writes the item's bytes at the output's place; fills in the fields both headers share. */
static enum status item_emit(struct container_writer *writer, struct item *item, bool deflating,
                             uint64_t *ret_size, uint64_t *ret_packed, struct error *reterr)
{
    uint64_t start = container_output_at(&writer->output);
    struct emission emission = { .output = &writer->output,
                                 .crc = crc32(0, NULL, 0),
                                 .deflating = deflating };
    struct digest digest;
    enum status status;

    /* Level and memory are part of what makes two runs give the same bytes. */
    if (deflating && deflateInit2(&emission.deflater, 6, Z_DEFLATED, -MAX_WBITS, 8,
                                  Z_DEFAULT_STRATEGY) != Z_OK) {
        abort();
    }
    digest_open(&emission.digest);
    status = emission_run(&emission, item, reterr);
    if (deflating) {
        (void) deflateEnd(&emission.deflater);
    }
    if (status != STATUS_OK) {
        digest_abandon(&emission.digest);
        return status;
    }
    TRY(digest_close(&emission.digest, &digest, reterr));
    if (item->has_expected && !digest_equal(&digest, &item->expected)) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "container.changed: %s has not the bytes that were promised", item->name);
    }
    *ret_size = emission.size;
    *ret_packed = container_output_at(&writer->output) - start;
    if (container_output_at(&writer->output) > zip_size_max) {
        return fail(reterr, STATUS_LIMIT, "container.limit.total: a container of 4 GiB or more");
    }
    memset(item->shared, 0, sizeof item->shared);
    zip_put_u16(item->shared, ZIP_VERSION);
    zip_put_u16(item->shared + 4, deflating ? ZIP_DEFLATED : ZIP_STORED);
    zip_put_u16(item->shared + 8, ZIP_DATE);
    zip_put_u32(item->shared + 10, (uint32_t) emission.crc);
    zip_put_u32(item->shared + 14, (uint32_t) *ret_packed);
    zip_put_u32(item->shared + 18, (uint32_t) *ret_size);
    zip_put_u16(item->shared + 22, (uint16_t) strlen(item->name));
    return STATUS_OK;
}

/* Deflate must gain something, and must not look like a bomb to the reader. */
static bool worth_deflating(uint64_t size, uint64_t packed)
{
    const struct container_limits *limits = &container_limits_default;

    return packed < size && (size <= limits->ratio_from || size <= packed * limits->ratio);
}

static enum status item_write(struct container_writer *writer, struct item *item,
                              struct error *reterr)
{
    struct container_output *output = &writer->output;
    uint64_t start = container_output_at(output);
    bool mimetype = strcmp(item->name, CONTAINER_MIMETYPE) == 0;
    uint8_t local[ZIP_LOCAL_SIZE] = { 0 };
    uint64_t size = 0;
    uint64_t packed = 0;

    item->offset = (uint32_t) start;
    TRY(container_output_put(output, local, sizeof local, reterr));
    TRY(container_output_put(output, item->name, strlen(item->name), reterr));
    TRY(item_emit(writer, item, !mimetype, &size, &packed, reterr));
    if (!mimetype && !worth_deflating(size, packed)) {
        TRY(container_output_rewind(output, start + sizeof local + strlen(item->name), reterr));
        TRY(item_emit(writer, item, false, &size, &packed, reterr));
    }
    zip_put_u32(local, ZIP_LOCAL_SIGNATURE);
    memcpy(local + ZIP_LOCAL_SHARED, item->shared, ZIP_SHARED_SIZE);
    return container_output_patch(output, start, local, sizeof local, reterr);
}

/* ---- the whole ---- */

static enum status write_directory(struct container_writer *writer, struct error *reterr)
{
    struct container_output *output = &writer->output;
    uint64_t start = container_output_at(output);
    uint8_t end[ZIP_END_SIZE] = { 0 };

    for (size_t i = 0; i < writer->count; i++) {
        const struct item *item = &writer->items[i];
        uint8_t central[ZIP_CENTRAL_SIZE] = { 0 };

        zip_put_u32(central, ZIP_CENTRAL_SIGNATURE);
        zip_put_u16(central + 4, ZIP_VERSION);
        memcpy(central + ZIP_CENTRAL_SHARED, item->shared, ZIP_SHARED_SIZE);
        zip_put_u32(central + 42, item->offset);
        TRY(container_output_put(output, central, sizeof central, reterr));
        TRY(container_output_put(output, item->name, strlen(item->name), reterr));
    }
    if (container_output_at(output) > zip_size_max - ZIP_END_SIZE) {
        return fail(reterr, STATUS_LIMIT, "container.limit.total: a container of 4 GiB or more");
    }
    zip_put_u32(end, ZIP_END_SIGNATURE);
    zip_put_u16(end + 8, (uint16_t) writer->count);
    zip_put_u16(end + 10, (uint16_t) writer->count);
    zip_put_u32(end + 12, (uint32_t) (container_output_at(output) - start));
    zip_put_u32(end + 16, (uint32_t) start);
    return container_output_put(output, end, sizeof end, reterr);
}

static int lead_rank(const char *name)
{
    if (strcmp(name, CONTAINER_MIMETYPE) == 0) {
        return 0;
    }
    return strcmp(name, CONTAINER_MANIFEST) == 0 ? 1 : 2;
}

static int order_items(const void *a, const void *b)
{
    const struct item *left = a;
    const struct item *right = b;
    int ranks = lead_rank(left->name) - lead_rank(right->name);

    return ranks != 0 ? ranks : strcmp(left->name, right->name);
}

static enum status arrange(struct container_writer *writer, struct error *reterr)
{
    struct item *mimetype;

    if (writer->count >= container_limits_default.entries) {
        return fail(reterr, STATUS_LIMIT, "container.limit.entries: %zu entries", writer->count);
    }
    mimetype = item_push(writer, CONTAINER_MIMETYPE);
    mimetype->data = (const uint8_t *) CONTAINER_MEDIA_TYPE;
    mimetype->length = strlen(CONTAINER_MEDIA_TYPE);
    qsort(writer->items, writer->count, sizeof *writer->items, order_items);
    if (writer->count < 2 || lead_rank(writer->items[1].name) != 1) {
        return fail(reterr, STATUS_BAD_INPUT, "container.order: there is no " CONTAINER_MANIFEST);
    }
    for (size_t i = 1; i < writer->count; i++) {
        if (strcmp(writer->items[i - 1].name, writer->items[i].name) == 0) {
            return fail(reterr, STATUS_BAD_INPUT, "container.name.duplicate: %s is there twice",
                        writer->items[i].name);
        }
    }
    return STATUS_OK;
}

static enum status rename_into_place(struct container_writer *writer, struct error *reterr)
{
    TRY(disk_rename(writer->temporary, writer->path, writer->replace, reterr));
    writer->temporary = NULL;
    return STATUS_OK;
}

enum status container_write_commit(struct container_writer *writer, struct error *reterr)
{
    DEFER(container_read_done) struct container_reader *check = NULL;

    assert(!writer->spent);
    TRY(arrange(writer, reterr));
    writer->spent = true;
    for (size_t i = 0; i < writer->count; i++) {
        TRY(item_write(writer, &writer->items[i], reterr));
    }
    TRY(write_directory(writer, reterr));
    TRY(container_output_sync(&writer->output, reterr));
    /* Nothing gets a bundle's name that its reader would refuse. */
    TRY(container_read_open_fd(writer->output.fd, NULL, &check, reterr));
    return rename_into_place(writer, reterr);
}

const char *container_zlib_version(void)
{
    return zlibVersion();
}
