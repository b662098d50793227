/* bytes.h - a growing buffer that knows its ceiling, and a reader that cannot
 * run off its end. */
#pragma once

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Owned by whoever declared it; declare with DEFER(bytes_done). */
struct bytes {
    uint8_t *data; /* NULL while empty */
    size_t length;
    size_t capacity;
    size_t limit; /* growth past this is STATUS_LIMIT */
};

struct bytes bytes_bounded(size_t limit);
void bytes_done(struct bytes *bytes);

/* Forgets the content and keeps the memory. */
void bytes_clear(struct bytes *bytes);

enum status bytes_append(struct bytes *bytes, const void *data, size_t length,
                         struct error *reterr) MUST_CHECK;
enum status bytes_append_text(struct bytes *bytes, const char *text,
                              struct error *reterr) MUST_CHECK;

/* Room for length more bytes at *ret_at; the caller fills some of it and calls
 * bytes_commit with how many. */
enum status bytes_reserve(struct bytes *bytes, size_t length, uint8_t **ret_at,
                          struct error *reterr) MUST_CHECK;
void bytes_commit(struct bytes *bytes, size_t length);

/* Builds messages of a size known to fit: a builder writes into caller's room,
 * and the first write that does not fit sticks, so a codec checks once at its end. */
struct builder {
    uint8_t *start;
    size_t length;
    size_t capacity;
    bool overflow;
};

struct builder builder_over(void *room, size_t capacity);
void builder_u8(struct builder *builder, uint8_t value);
void builder_u16(struct builder *builder, uint16_t value); /* big endian */
void builder_u24(struct builder *builder, uint32_t value);
void builder_u32(struct builder *builder, uint32_t value);
void builder_put(struct builder *builder, const void *data, size_t length);

/* Length-prefixed vectors: open writes `width` zero bytes (1, 2 or 3) and returns
 * their place; close fills in how many bytes have followed. */
size_t builder_open(struct builder *builder, unsigned width);
void builder_close(struct builder *builder, size_t place, unsigned width);

/* Reads forward only.  The first short read sticks: every later read yields zero
 * and reader_ok() says false, so a parser checks once at its end. */
struct reader {
    const uint8_t *at;
    const uint8_t *end;
    bool short_read;
};

struct reader reader_over(const void *data, size_t length);
uint8_t reader_u8(struct reader *reader);
uint16_t reader_u16(struct reader *reader); /* big endian */
uint32_t reader_u24(struct reader *reader);
uint32_t reader_u32(struct reader *reader);

/* A pointer into the input to length bytes, or NULL and a sticky short read. */
const uint8_t *reader_take(struct reader *reader, size_t length);

/* The next length bytes as a reader of their own; short if there are fewer. */
struct reader reader_sub(struct reader *reader, size_t length);
size_t reader_left(const struct reader *reader);
bool reader_ok(const struct reader *reader);
