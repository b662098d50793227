/* source.h - files as they were read: what is parsed is what a digest speaks of. */
#pragma once

#include "base/arena.h"
#include "base/status.h"
#include "model/profile.h"

enum { SOURCE_SIZE_MAX = 1024 * 1024 };

/* The whole of a regular file; larger than SOURCE_SIZE_MAX is BAD_INPUT and nothing is
 * read.  Path and content live in the arena. */
enum status source_file_read(const char *path, struct arena *arena, struct source_file *ret_source,
                             struct error *reterr) MUST_CHECK;

/* `path` as seen from the folder that holds `base_file`; absolute paths stay. */
const char *source_resolve(const char *base_file, const char *path, struct arena *arena);
