/* container_read.h - opens a bundle file: ZIP in a profile so strict that every reader
 * agrees on what it holds (APPNOTE.TXT 6.3 for the records).
 *
 * Opening checks the whole structure: each byte belongs to exactly one record, local
 * and central headers agree, names, order, limits, and the content of `mimetype`.
 * Reading an entry checks its content: deflate ends where the entry ends and yields the
 * declared size and CRC.  Nothing is ever extracted by name.
 *
 * Codes "container.*"; STATUS_BAD_INPUT, STATUS_LIMIT, or STATUS_IO for the file itself. */
#pragma once

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONTAINER_MEDIA_TYPE "application/vnd.hoshitori.bundle+zip"
#define CONTAINER_MIMETYPE "mimetype"
#define CONTAINER_MANIFEST "META-INF/manifest.json"

enum { CONTAINER_NAME_MAX = 200, CONTAINER_DEPTH_MAX = 8 };

/* Sizes in bytes.  `ratio` is applied to entries larger than `ratio_from`. */
struct container_limits {
    uint32_t entries;
    uint32_t ratio;
    uint64_t ratio_from;
    uint64_t entry_size;
    uint64_t total_size;
    uint64_t manifest_size;
};

extern const struct container_limits container_limits_default;

struct container_entry {
    char name[CONTAINER_NAME_MAX + 1];
    bool deflated;
    uint32_t crc;
    uint64_t size;
    uint64_t packed_size;
    uint64_t offset; /* of the first packed byte in the file */
};

/* Random access to the container's bytes: fills room with exactly length bytes from
 * offset; never asked for bytes past size. */
struct container_source {
    enum status (*read)(void *context, uint64_t offset, void *room, size_t length,
                        struct error *reterr);
    void *context;
    uint64_t size;
};

/* Takes the next bytes of an entry; anything but STATUS_OK ends the reading with it. */
typedef enum status (*container_sink)(void *context, const void *data, size_t length,
                                      struct error *reterr);

struct container_reader;

/* limits may be NULL for the defaults.  The caller keeps what it passed (fd, memory,
 * source context) alive until container_read_done. */
enum status container_read_open(const char *path, const struct container_limits *limits,
                                struct container_reader **ret_reader,
                                struct error *reterr) MUST_CHECK;
enum status container_read_open_fd(int fd, const struct container_limits *limits,
                                   struct container_reader **ret_reader,
                                   struct error *reterr) MUST_CHECK;
enum status container_read_open_memory(const void *data, size_t length,
                                       const struct container_limits *limits,
                                       struct container_reader **ret_reader,
                                       struct error *reterr) MUST_CHECK;
enum status container_read_open_source(const struct container_source *source,
                                       const struct container_limits *limits,
                                       struct container_reader **ret_reader,
                                       struct error *reterr) MUST_CHECK;

/* For DEFER; NULL inside is allowed. */
void container_read_done(struct container_reader **reader);

/* In the order of the file: mimetype, manifest, then sorted. Entries live as long as
 * the reader. */
size_t container_read_count(const struct container_reader *reader);
const struct container_entry *container_read_at(const struct container_reader *reader,
                                                size_t index);

/* NULL when there is none. */
const struct container_entry *container_read_find(const struct container_reader *reader,
                                                  const char *name);

/* Streams the content; bytes reach the sink before the CRC is known, so a sink must
 * not act on them until this returns STATUS_OK.  sink may be NULL to check only. */
enum status container_read_stream(const struct container_reader *reader,
                                  const struct container_entry *entry, container_sink sink,
                                  void *context, struct error *reterr) MUST_CHECK;

/* Appends the whole content to out, whose limit applies. */
enum status container_read_bytes(const struct container_reader *reader,
                                 const struct container_entry *entry, struct bytes *out,
                                 struct error *reterr) MUST_CHECK;

/* Streams every entry into nothing. */
enum status container_read_check(const struct container_reader *reader,
                                 struct error *reterr) MUST_CHECK;

/* The rules for one name (length may include NULs); codes "container.name.*". */
enum status container_name_check(const char *name, size_t length, struct error *reterr) MUST_CHECK;
