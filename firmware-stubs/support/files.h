/* files.h - the few file operations a device's "flash" needs.
 *
 * Every function returns false after it has said why on standard error. */
#pragma once

#include "support/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Says what went wrong, on standard error, and returns false. */
bool complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "<directory>/<name>", from malloc; aborts out of memory. */
char *path_join(const char *directory, const char *name);

/* Makes a directory (0700) unless it is there. */
bool directory_make(const char *path);

/* All or nothing: written beside, flushed, then renamed, so that a power cut leaves the old file
 * or the new one. */
bool file_write(const char *path, mode_t mode, const void *data, size_t length);
bool file_write_text(const char *directory, const char *name, mode_t mode, const char *text);

/* Appends the whole file; false without a word when it does not exist. */
bool file_read(const char *path, struct buffer *buffer);

void text_free(char **text);
