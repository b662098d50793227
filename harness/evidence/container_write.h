/* container_write.h - writes a bundle file in the profile of container_read.h.
 *
 * Entries are gathered in any order and written at commit: mimetype (added here),
 * META-INF/manifest.json (the caller's, must be there), the others sorted.  An entry is
 * deflated when that makes it smaller and stays within the reader's ratio limit, else
 * stored, so the same entries give the same bytes with the same zlib.
 *
 * The file grows under a temporary name in the same folder, mode 0600, and is renamed
 * when it is complete and on disk: a failure at any point leaves nothing behind. */
#pragma once

#include "evidence/container_read.h"
#include "evidence/digest.h"

/* What the temporary names begin with: a killed writer leaves its file. */
#define CONTAINER_TEMPORARY ".hoshi-"

struct container_writer;

/* With `replace` an existing file at path is replaced at commit, else it is an error. */
enum status container_write_open(const char *path, bool replace,
                                 struct container_writer **ret_writer,
                                 struct error *reterr) MUST_CHECK;

/* Copies the bytes.  A name that breaks the rules is refused here, one that is given
 * twice at commit. */
enum status container_write_bytes(struct container_writer *writer, const char *name,
                                  const void *data, size_t length, struct error *reterr) MUST_CHECK;

/* Reads the file at commit.  When `expected` is given, bytes with another SHA-256
 * fail the commit ("container.changed"). */
enum status container_write_file(struct container_writer *writer, const char *name,
                                 const char *path, const struct digest *expected,
                                 struct error *reterr) MUST_CHECK;

/* Copies an entry of another container, which stays open until commit. */
enum status container_write_entry(struct container_writer *writer,
                                  const struct container_reader *from,
                                  const struct container_entry *entry,
                                  struct error *reterr) MUST_CHECK;

/* All that another container has, which stays open until commit; its mimetype is added anyway. */
enum status container_write_all(struct container_writer *writer,
                                const struct container_reader *from,
                                struct error *reterr) MUST_CHECK;

/* Once; afterwards only container_write_done may follow. */
enum status container_write_commit(struct container_writer *writer,
                                   struct error *reterr) MUST_CHECK;

/* For DEFER; without a commit the temporary file is removed. */
void container_write_done(struct container_writer **writer);

/* Of the zlib that packs; static. */
const char *container_zlib_version(void);
