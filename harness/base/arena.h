/* arena.h - memory that lives as long as a run and is freed once.
 *
 * Out of memory aborts: nothing that an arena holds is sized by a device without
 * a declared limit in front of it. */
#pragma once

#include "base/status.h"

#include <stddef.h>

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *arena); /* NULL allowed */

/* For DEFER(arena_done) struct arena *arena = arena_new(); */
void arena_done(struct arena **arena);

/* Calls fn(value) when the arena is freed, the last registered first: for what an
 * arena refers to but did not allocate. */
void arena_defer(struct arena *arena, void (*fn)(void *value), void *value);

/* Zeroed, aligned for any type. */
void *arena_alloc(struct arena *arena, size_t size);
void *arena_array(struct arena *arena, size_t count, size_t size);
char *arena_text(struct arena *arena, const char *text);

/* At most length_max octets of UTF-8 and "...", never in the middle of a character; the
 * text itself when it is short enough. */
const char *arena_shortened(struct arena *arena, const char *text, size_t length_max);
char *arena_text_n(struct arena *arena, const char *text, size_t length);
char *arena_format(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);
