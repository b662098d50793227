/* archive.h - what an archive renewal covers: META-INF/arc/NNNN.json beside NNNN.tsr.
 *
 * {"files":[{"path","sha256"}...],"hoshiArchive":1}, sorted by path.  The token NNNN.tsr is over
 * the bytes of the JSON.  Listed is every file of the container but the two themselves, the salts
 * (META-INF/disc) and what may be withheld: the manifest binds that by commitments already, and a
 * plain digest would let a guess be confirmed.
 *
 * Codes "archive.*". */
#pragma once

#include "base/bytes.h"
#include "evidence/container_read.h"
#include "evidence/manifest.h"

#include <jansson.h>
#include <stdbool.h>

enum { ARCHIVE_FILE_MAX = 8 << 20, ARCHIVE_NAME_SIZE = 32 };

/* "META-INF/arc/0001.json"; number from 1 to 9999, suffix "json" or "tsr". */
void archive_name(size_t number, const char *suffix, char room[ARCHIVE_NAME_SIZE]);

/* How many records the container holds, 0001 to it; a gap, or one file of a pair, is BAD_INPUT. */
enum status archive_count(const struct container_reader *reader, size_t *ret_count,
                          struct error *reterr) MUST_CHECK;

/* path: digest, of every file that a record made now must list.  Files of the manifest are taken at
 * its word: match them first.  The caller's to release. */
enum status archive_files(const struct container_reader *reader, const struct manifest *manifest,
                          const char *without, json_t **ret_files, struct error *reterr) MUST_CHECK;

/* Appends the bytes of a record. */
enum status archive_write(const json_t *files, struct bytes *out, struct error *reterr) MUST_CHECK;

/* *ret_files as above; the caller's to release. */
enum status archive_read(const void *data, size_t length, json_t **ret_files,
                         struct error *reterr) MUST_CHECK;
