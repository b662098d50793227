#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_CHUNK = 16 * 1024 };

struct chunk {
    struct chunk *next;
    size_t used;
    size_t size;
    alignas(max_align_t) unsigned char room[];
};

struct deferred {
    struct deferred *next;
    void (*fn)(void *value);
    void *value;
};

struct arena {
    struct chunk *chunks;
    struct deferred *deferred; /* in the chunks themselves */
};

struct arena *arena_new(void)
{
    struct arena *arena = calloc(1, sizeof *arena);

    if (arena == NULL) {
        abort();
    }
    return arena;
}

void arena_free(struct arena *arena)
{
    if (arena == NULL) {
        return;
    }
    for (const struct deferred *at = arena->deferred; at != NULL; at = at->next) {
        at->fn(at->value);
    }
    while (arena->chunks != NULL) {
        struct chunk *next = arena->chunks->next;

        free(arena->chunks);
        arena->chunks = next;
    }
    free(arena);
}

void arena_done(struct arena **arena)
{
    arena_free(*arena);
    *arena = NULL;
}

static struct chunk *chunk_new(size_t size)
{
    struct chunk *chunk = NULL;

    if (size <= SIZE_MAX - sizeof *chunk) {
        chunk = calloc(1, sizeof *chunk + size);
    }
    if (chunk == NULL) {
        abort();
    }
    chunk->size = size;
    return chunk;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    const size_t step = alignof(max_align_t);
    size_t rounded;
    struct chunk *chunk = arena->chunks;
    void *at;

    if (size > SIZE_MAX - step) {
        abort();
    }
    rounded = (size + step - 1) / step * step;
    if (chunk == NULL || rounded > chunk->size - chunk->used) {
        chunk = chunk_new(rounded > ARENA_CHUNK ? rounded : ARENA_CHUNK);
        chunk->next = arena->chunks;
        arena->chunks = chunk;
    }
    at = chunk->room + chunk->used;
    chunk->used += rounded;
    return at;
}

void arena_defer(struct arena *arena, void (*fn)(void *value), void *value)
{
    struct deferred *deferred = arena_alloc(arena, sizeof *deferred);

    *deferred = (struct deferred){ .next = arena->deferred, .fn = fn, .value = value };
    arena->deferred = deferred;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        abort();
    }
    return arena_alloc(arena, count * size);
}

char *arena_text_n(struct arena *arena, const char *text, size_t length)
{
    char *copy = arena_alloc(arena, length + 1);

    memcpy(copy, text, length);
    return copy;
}

char *arena_text(struct arena *arena, const char *text)
{
    return arena_text_n(arena, text, strlen(text));
}

char *arena_format(struct arena *arena, const char *format, ...)
{
    va_list args;
    int length;
    char *text;

    va_start(args, format);
    length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0) {
        abort();
    }
    text = arena_alloc(arena, (size_t) length + 1);
    va_start(args, format);
    (void) vsnprintf(text, (size_t) length + 1, format, args);
    va_end(args);
    return text;
}

const char *arena_shortened(struct arena *arena, const char *text, size_t length_max)
{
    size_t length = strlen(text);

    if (length <= length_max) {
        return text;
    }
    length = length_max;
    while (length > 0 && ((unsigned char) text[length] & 0xc0) == 0x80) {
        length--;
    }
    return arena_format(arena, "%.*s...", (int) length, text);
}
