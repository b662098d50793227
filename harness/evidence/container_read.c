#include "evidence/container_read.h"

#include "evidence/container_format.h"
#include "evidence/container_private.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const struct container_limits container_limits_default = {
    .entries = 20000,
    .ratio = 100,
    .ratio_from = 1ull << 20,
    .entry_size = 2ull << 30,
    .total_size = 4ull << 30,
    .manifest_size = 32ull << 20,
};

/* Where the walk along the central directory stands. */
struct walk {
    struct container_reader *reader;
    uint64_t central;       /* next central header */
    uint64_t central_start; /* also where the last local entry must end */
    uint64_t central_end;
    uint64_t local; /* where the next local header must start */
    uint64_t total; /* declared sizes so far */
    struct error *reterr;
};

static enum status source_read(const struct container_reader *reader, uint64_t offset, void *room,
                               size_t length, struct error *reterr)
{
    assert(offset <= reader->source.size && length <= reader->source.size - offset);
    return reader->source.read(reader->source.context, offset, room, length, reterr);
}

/* ---- one entry ---- */

static enum status check_fixed_fields(const struct walk *walk, const uint8_t *central)
{
    const uint8_t *shared = central + ZIP_CENTRAL_SHARED;
    size_t index = walk->reader->count;

    const struct {
        bool wrong;
        const char *words;
    } rules[] = {
        { zip_u16(central + 4) != ZIP_VERSION, "container.made_by: not version 2.0 on DOS" },
        { zip_u16(shared) != ZIP_VERSION, "container.version: needs another version than 2.0" },
        { zip_u16(shared + 2) != 0, "container.flags: a flag is set" },
        { zip_u16(shared + 4) != ZIP_STORED && zip_u16(shared + 4) != ZIP_DEFLATED,
          "container.method: neither stored nor deflated" },
        { zip_u16(shared + 6) != 0 || zip_u16(shared + 8) != ZIP_DATE,
          "container.time: not 1980-01-01 00:00" },
        { zip_u16(shared + 24) != 0, "container.extra: an extra field" },
        { zip_u16(central + 32) != 0, "container.comment: a comment" },
        { zip_u16(central + 34) != 0, "container.disk: on another disk" },
        { zip_u16(central + 36) != 0 || zip_u32(central + 38) != 0,
          "container.attributes: file attributes" },
        { zip_u32(shared + 14) > zip_size_max || zip_u32(shared + 18) > zip_size_max ||
              zip_u32(central + 42) > zip_size_max,
          "container.zip64: a ZIP64 value" },
    };

    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (rules[i].wrong) {
            return fail(walk->reterr, STATUS_BAD_INPUT, "%s (entry %zu)", rules[i].words, index);
        }
    }
    return STATUS_OK;
}

static enum status check_sizes(struct walk *walk, const struct container_entry *entry)
{
    const struct container_limits *limits = &walk->reader->limits;
    bool manifest = strcmp(entry->name, CONTAINER_MANIFEST) == 0;

    if (!entry->deflated && entry->size != entry->packed_size) {
        return fail(walk->reterr, STATUS_BAD_INPUT, "container.size: %s is stored in another size",
                    entry->name);
    }
    if (entry->size > limits->entry_size || (manifest && entry->size > limits->manifest_size)) {
        return fail(walk->reterr, STATUS_LIMIT, "container.limit.entry: %s is too large",
                    entry->name);
    }
    if (entry->size > limits->ratio_from && entry->size > entry->packed_size * limits->ratio) {
        return fail(walk->reterr, STATUS_LIMIT,
                    "container.limit.ratio: %s grows more than %u times", entry->name,
                    limits->ratio);
    }
    walk->total += entry->size;
    if (walk->total > limits->total_size) {
        return fail(walk->reterr, STATUS_LIMIT, "container.limit.total: too large in all");
    }
    return STATUS_OK;
}

/* The two that lead, then strictly ascending, which also means: none twice. */
static enum status check_order(const struct walk *walk, const struct container_entry *entry)
{
    const struct container_reader *reader = walk->reader;
    size_t index = reader->count;
    bool leads = strcmp(entry->name, CONTAINER_MIMETYPE) == 0 ||
                 strcmp(entry->name, CONTAINER_MANIFEST) == 0;
    int order;

    if (index < 2) {
        const char *wanted = index == 0 ? CONTAINER_MIMETYPE : CONTAINER_MANIFEST;

        if (strcmp(entry->name, wanted) != 0) {
            return fail(walk->reterr, STATUS_BAD_INPUT, "container.order: entry %zu must be %s",
                        index, wanted);
        }
        return STATUS_OK;
    }
    order = index == 2 ? -1 : strcmp(reader->entries[index - 1].name, entry->name);
    if (leads || order == 0) {
        return fail(walk->reterr, STATUS_BAD_INPUT, "container.name.duplicate: %s is there twice",
                    entry->name);
    }
    if (order > 0) {
        return fail(walk->reterr, STATUS_BAD_INPUT, "container.order: %s is out of order",
                    entry->name);
    }
    return STATUS_OK;
}

static enum status check_local(struct walk *walk, const uint8_t *central,
                               struct container_entry *entry)
{
    size_t name_length = strlen(entry->name);
    uint64_t at = zip_u32(central + 42);
    uint64_t left;
    uint8_t local[ZIP_LOCAL_SIZE + CONTAINER_NAME_MAX];

    if (at != walk->local) {
        return fail(walk->reterr, STATUS_BAD_INPUT, "container.%s: %s begins at %llu, not at %llu",
                    at < walk->local ? "overlap" : "gap", entry->name, (unsigned long long) at,
                    (unsigned long long) walk->local);
    }
    left = walk->central_start - at;
    if (left < ZIP_LOCAL_SIZE + name_length ||
        left - ZIP_LOCAL_SIZE - name_length < entry->packed_size) {
        return fail(walk->reterr, STATUS_BAD_INPUT,
                    "container.overlap: %s reaches into the directory", entry->name);
    }
    TRY(source_read(walk->reader, at, local, ZIP_LOCAL_SIZE + name_length, walk->reterr));
    if (zip_u32(local) != ZIP_LOCAL_SIGNATURE) {
        return fail(walk->reterr, STATUS_BAD_INPUT, "container.local: no local header for %s",
                    entry->name);
    }
    if (memcmp(local + ZIP_LOCAL_SHARED, central + ZIP_CENTRAL_SHARED, ZIP_SHARED_SIZE) != 0) {
        return fail(walk->reterr, STATUS_BAD_INPUT,
                    "container.local_differs: the two headers of %s differ", entry->name);
    }
    if (memcmp(local + ZIP_LOCAL_SIZE, entry->name, name_length) != 0) {
        return fail(walk->reterr, STATUS_BAD_INPUT,
                    "container.local_name: %s has another name in its local header", entry->name);
    }
    entry->offset = at + ZIP_LOCAL_SIZE + name_length;
    walk->local = entry->offset + entry->packed_size;
    return STATUS_OK;
}

static enum status walk_entry(struct walk *walk)
{
    struct container_reader *reader = walk->reader;
    struct container_entry *entry = &reader->entries[reader->count];
    uint8_t central[ZIP_CENTRAL_SIZE];
    uint64_t left = walk->central_end - walk->central;
    size_t name_length;

    if (left < ZIP_CENTRAL_SIZE) {
        return fail(walk->reterr, STATUS_BAD_INPUT,
                    "container.count: fewer entries than the end record says");
    }
    TRY(source_read(reader, walk->central, central, sizeof central, walk->reterr));
    if (zip_u32(central) != ZIP_CENTRAL_SIGNATURE) {
        return fail(walk->reterr, STATUS_BAD_INPUT, "container.central: entry %zu has no header",
                    reader->count);
    }
    TRY(check_fixed_fields(walk, central));
    name_length = zip_u16(central + 28);
    if (name_length > CONTAINER_NAME_MAX || left - ZIP_CENTRAL_SIZE < name_length) {
        return fail(walk->reterr, STATUS_BAD_INPUT, "container.name.length: a name of %zu bytes",
                    name_length);
    }
    TRY(source_read(reader, walk->central + ZIP_CENTRAL_SIZE, entry->name, name_length,
                    walk->reterr));
    TRY(container_name_check(entry->name, name_length, walk->reterr));
    entry->name[name_length] = '\0';
    entry->deflated = zip_u16(central + 10) == ZIP_DEFLATED;
    entry->crc = zip_u32(central + 16);
    entry->packed_size = zip_u32(central + 20);
    entry->size = zip_u32(central + 24);
    TRY(check_order(walk, entry));
    TRY(check_sizes(walk, entry));
    TRY(check_local(walk, central, entry));
    walk->central += ZIP_CENTRAL_SIZE + name_length;
    reader->count++;
    return STATUS_OK;
}

/* ---- the whole ---- */

/* A name that is also another name's folder could not both be written out. */
static enum status check_folders(const struct container_reader *reader, struct error *reterr)
{
    for (size_t i = 0; i < reader->count; i++) {
        char folder[CONTAINER_NAME_MAX + 1];
        char *slash;

        memcpy(folder, reader->entries[i].name, sizeof folder);
        while ((slash = strrchr(folder, '/')) != NULL) {
            *slash = '\0';
            if (container_read_find(reader, folder) != NULL) {
                return fail(reterr, STATUS_BAD_INPUT,
                            "container.name.folder: %s is a file and a folder", folder);
            }
        }
    }
    return STATUS_OK;
}

static enum status check_mimetype(const struct container_reader *reader, struct error *reterr)
{
    const struct container_entry *entry = &reader->entries[0];
    DEFER(bytes_done) struct bytes content = bytes_bounded(sizeof CONTAINER_MEDIA_TYPE);

    if (entry->deflated || entry->size != strlen(CONTAINER_MEDIA_TYPE)) {
        return fail(reterr, STATUS_BAD_INPUT, "container.mimetype: not stored as it should be");
    }
    TRY(container_read_bytes(reader, entry, &content, reterr));
    if (memcmp(content.data, CONTAINER_MEDIA_TYPE, content.length) != 0) {
        return fail(reterr, STATUS_BAD_INPUT, "container.mimetype: another media type");
    }
    return STATUS_OK;
}

static enum status find_end(struct walk *walk, size_t *ret_count)
{
    struct container_reader *reader = walk->reader;
    uint64_t size = reader->source.size;
    uint8_t end[ZIP_END_SIZE];
    uint8_t first[4];

    if (size < ZIP_END_SIZE + sizeof first || size > zip_size_max) {
        return fail(walk->reterr, STATUS_BAD_INPUT, "container.end: no container of this size");
    }
    TRY(source_read(reader, 0, first, sizeof first, walk->reterr));
    TRY(source_read(reader, size - ZIP_END_SIZE, end, sizeof end, walk->reterr));
    if (zip_u32(first) != ZIP_LOCAL_SIGNATURE) {
        return fail(walk->reterr, STATUS_BAD_INPUT, "container.start: does not begin with PK 3 4");
    }
    if (zip_u32(end) != ZIP_END_SIGNATURE || zip_u16(end + 20) != 0) {
        return fail(walk->reterr, STATUS_BAD_INPUT, "container.end: does not end in an end record");
    }
    if (zip_u16(end + 4) != 0 || zip_u16(end + 6) != 0) {
        return fail(walk->reterr, STATUS_BAD_INPUT, "container.disk: spread over disks");
    }
    if (zip_u16(end + 8) != zip_u16(end + 10)) {
        return fail(walk->reterr, STATUS_BAD_INPUT, "container.count: two counts of entries");
    }
    *ret_count = zip_u16(end + 10);
    walk->central_start = zip_u32(end + 16);
    walk->central = walk->central_start;
    walk->central_end = walk->central_start + zip_u32(end + 12);
    return STATUS_OK;
}

static enum status check_end(const struct walk *walk, size_t count)
{
    const struct container_reader *reader = walk->reader;
    uint64_t end = reader->source.size - ZIP_END_SIZE;
    uint8_t locator[4] = { 0 };

    if (count > zip_count_max) {
        return fail(walk->reterr, STATUS_BAD_INPUT, "container.zip64: a ZIP64 count");
    }
    if (walk->central_end != end) {
        if (end >= ZIP64_LOCATOR_SIZE) {
            TRY(source_read(reader, end - ZIP64_LOCATOR_SIZE, locator, sizeof locator,
                            walk->reterr));
        }
        if (zip_u32(locator) == ZIP64_LOCATOR_SIGNATURE) {
            return fail(walk->reterr, STATUS_BAD_INPUT, "container.zip64: a ZIP64 locator");
        }
        return fail(walk->reterr, STATUS_BAD_INPUT,
                    "container.%s: the directory does not end where the end record begins",
                    walk->central_end < end ? "gap" : "overlap");
    }
    if (count > reader->limits.entries) {
        return fail(walk->reterr, STATUS_LIMIT, "container.limit.entries: %zu entries", count);
    }
    if (count < 2 || count * (ZIP_CENTRAL_SIZE + 1) > end - walk->central_start) {
        return fail(walk->reterr, STATUS_BAD_INPUT, "container.count: no room for %zu entries",
                    count);
    }
    return STATUS_OK;
}

static enum status read_structure(struct container_reader *reader, struct error *reterr)
{
    struct walk walk = { .reader = reader, .reterr = reterr };
    size_t count = 0;

    TRY(find_end(&walk, &count));
    TRY(check_end(&walk, count));
    reader->entries = calloc(count, sizeof *reader->entries);
    if (reader->entries == NULL) {
        abort();
    }
    for (size_t i = 0; i < count; i++) {
        TRY(walk_entry(&walk));
    }
    if (walk.central != walk.central_end) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "container.count: more entries than the end record says");
    }
    if (walk.local != walk.central_start) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "container.gap: bytes before the directory belong to no entry");
    }
    TRY(check_folders(reader, reterr));
    return check_mimetype(reader, reterr);
}

/* ---- opening ---- */

static struct container_reader *reader_new(const struct container_limits *limits)
{
    struct container_reader *reader = calloc(1, sizeof *reader);

    if (reader == NULL) {
        abort();
    }
    reader->limits = limits == NULL ? container_limits_default : *limits;
    assert(reader->limits.ratio > 0);
    reader->fd = -1;
    return reader;
}

/* Hands the reader over when its structure is sound, else frees it. */
static enum status reader_start(struct container_reader *reader,
                                struct container_reader **ret_reader, struct error *reterr)
{
    enum status status = read_structure(reader, reterr);

    if (status != STATUS_OK) {
        container_read_done(&reader);
        return status;
    }
    *ret_reader = reader;
    return STATUS_OK;
}

enum status container_read_open_source(const struct container_source *source,
                                       const struct container_limits *limits,
                                       struct container_reader **ret_reader, struct error *reterr)
{
    struct container_reader *reader = reader_new(limits);

    reader->source = *source;
    return reader_start(reader, ret_reader, reterr);
}

static enum status memory_read(void *context, uint64_t offset, void *room, size_t length,
                               struct error *reterr)
{
    const struct container_reader *reader = context;

    (void) reterr;
    if (length > 0) {
        memcpy(room, reader->memory + offset, length);
    }
    return STATUS_OK;
}

enum status container_read_open_memory(const void *data, size_t length,
                                       const struct container_limits *limits,
                                       struct container_reader **ret_reader, struct error *reterr)
{
    struct container_reader *reader = reader_new(limits);

    reader->memory = data;
    reader->source =
        (struct container_source){ .read = memory_read, .context = reader, .size = length };
    return reader_start(reader, ret_reader, reterr);
}

static enum status fd_read(void *context, uint64_t offset, void *room, size_t length,
                           struct error *reterr)
{
    const struct container_reader *reader = context;
    uint8_t *at = room;

    while (length > 0) {
        ssize_t got = pread(reader->borrowed_fd, at, length, (off_t) offset);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return fail(reterr, STATUS_IO, "container.io: %s",
                        got == 0 ? "the file became shorter" : strerror(errno));
        }
        at += got;
        offset += (uint64_t) got;
        length -= (size_t) got;
    }
    return STATUS_OK;
}

static enum status reader_over_fd(struct container_reader *reader, int fd,
                                  struct container_reader **ret_reader, struct error *reterr)
{
    struct stat facts;

    if (fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode)) {
        container_read_done(&reader);
        return fail(reterr, STATUS_IO, "container.io: not a regular file");
    }
    reader->borrowed_fd = fd;
    reader->source = (struct container_source){ .read = fd_read,
                                                .context = reader,
                                                .size = (uint64_t) facts.st_size };
    return reader_start(reader, ret_reader, reterr);
}

enum status container_read_open_fd(int fd, const struct container_limits *limits,
                                   struct container_reader **ret_reader, struct error *reterr)
{
    return reader_over_fd(reader_new(limits), fd, ret_reader, reterr);
}

enum status container_read_open(const char *path, const struct container_limits *limits,
                                struct container_reader **ret_reader, struct error *reterr)
{
    /* Without O_NONBLOCK a FIFO would hold us here before fstat can refuse it. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct container_reader *reader;

    if (fd < 0) {
        return fail(reterr, STATUS_IO, "container.io: %s: %s", path, strerror(errno));
    }
    reader = reader_new(limits);
    reader->fd = fd;
    return reader_over_fd(reader, fd, ret_reader, reterr);
}

void container_read_done(struct container_reader **reader)
{
    if (*reader == NULL) {
        return;
    }
    if ((*reader)->fd >= 0) {
        (void) close((*reader)->fd);
    }
    free((*reader)->entries);
    free(*reader);
    *reader = NULL;
}

/* ---- the index ---- */

size_t container_read_count(const struct container_reader *reader)
{
    return reader->count;
}

const struct container_entry *container_read_at(const struct container_reader *reader, size_t index)
{
    assert(index < reader->count);
    return &reader->entries[index];
}

static int order_name(const void *name, const void *entry)
{
    return strcmp(name, ((const struct container_entry *) entry)->name);
}

const struct container_entry *container_read_find(const struct container_reader *reader,
                                                  const char *name)
{
    for (size_t i = 0; i < 2; i++) {
        if (strcmp(name, reader->entries[i].name) == 0) {
            return &reader->entries[i];
        }
    }
    return bsearch(name, reader->entries + 2, reader->count - 2, sizeof *reader->entries,
                   order_name);
}
