#include "base/bytes.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct bytes bytes_bounded(size_t limit)
{
    assert(limit > 0);
    return (struct bytes){ .limit = limit };
}

void bytes_done(struct bytes *bytes)
{
    free(bytes->data);
    *bytes = (struct bytes){ .limit = bytes->limit };
}

void bytes_clear(struct bytes *bytes)
{
    bytes->length = 0;
}

enum status bytes_reserve(struct bytes *bytes, size_t length, uint8_t **ret_at,
                          struct error *reterr)
{
    assert(bytes->length <= bytes->limit);
    if (length > bytes->limit - bytes->length) {
        return fail(reterr, STATUS_LIMIT, "more than %zu bytes", bytes->limit);
    }
    if (bytes->length + length > bytes->capacity) {
        size_t wanted = 2 * (bytes->length + length);
        size_t capacity = wanted < bytes->limit ? wanted : bytes->limit;
        uint8_t *grown = realloc(bytes->data, capacity);

        if (grown == NULL) {
            abort();
        }
        bytes->data = grown;
        bytes->capacity = capacity;
    }
    *ret_at = bytes->data == NULL ? NULL : bytes->data + bytes->length;
    return STATUS_OK;
}

void bytes_commit(struct bytes *bytes, size_t length)
{
    assert(length <= bytes->capacity - bytes->length);
    bytes->length += length;
}

enum status bytes_append(struct bytes *bytes, const void *data, size_t length, struct error *reterr)
{
    uint8_t *at = NULL;

    if (length == 0) {
        return STATUS_OK;
    }
    TRY(bytes_reserve(bytes, length, &at, reterr));
    assert(at != NULL);
    memcpy(at, data, length);
    bytes_commit(bytes, length);
    return STATUS_OK;
}

enum status bytes_append_text(struct bytes *bytes, const char *text, struct error *reterr)
{
    return bytes_append(bytes, text, strlen(text), reterr);
}

struct builder builder_over(void *room, size_t capacity)
{
    return (struct builder){ .start = room, .capacity = capacity };
}

void builder_put(struct builder *builder, const void *data, size_t length)
{
    if (builder->overflow || length > builder->capacity - builder->length) {
        builder->overflow = true;
        return;
    }
    if (length > 0) {
        memcpy(builder->start + builder->length, data, length);
        builder->length += length;
    }
}

void builder_u8(struct builder *builder, uint8_t value)
{
    builder_put(builder, &value, 1);
}

void builder_u16(struct builder *builder, uint16_t value)
{
    const uint8_t octets[] = { (uint8_t) (value >> 8), (uint8_t) value };

    builder_put(builder, octets, sizeof octets);
}

void builder_u24(struct builder *builder, uint32_t value)
{
    const uint8_t octets[] = { (uint8_t) (value >> 16), (uint8_t) (value >> 8), (uint8_t) value };

    builder_put(builder, octets, sizeof octets);
}

void builder_u32(struct builder *builder, uint32_t value)
{
    builder_u16(builder, (uint16_t) (value >> 16));
    builder_u16(builder, (uint16_t) value);
}

size_t builder_open(struct builder *builder, unsigned width)
{
    static const uint8_t zeros[3] = { 0 };
    size_t place = builder->length;

    assert(width >= 1 && width <= sizeof zeros);
    builder_put(builder, zeros, width);
    return place;
}

void builder_close(struct builder *builder, size_t place, unsigned width)
{
    size_t length;

    if (builder->overflow) {
        return;
    }
    assert(place + width <= builder->length);
    length = builder->length - place - width;
    if (length >> (8 * width) != 0) {
        builder->overflow = true;
        return;
    }
    for (unsigned i = 0; i < width; i++) {
        builder->start[place + i] = (uint8_t) (length >> (8 * (width - 1 - i)));
    }
}

struct reader reader_over(const void *data, size_t length)
{
    const uint8_t *first = data;

    return (struct reader){ .at = first, .end = length > 0 ? first + length : first };
}

const uint8_t *reader_take(struct reader *reader, size_t length)
{
    const uint8_t *at = reader->at;

    if (reader->short_read || length > (size_t) (reader->end - reader->at)) {
        reader->short_read = true;
        return NULL;
    }
    if (length > 0) {
        reader->at += length;
    }
    return at;
}

static uint32_t reader_number(struct reader *reader, size_t width)
{
    const uint8_t *octets = reader_take(reader, width);
    uint32_t value = 0;

    for (size_t i = 0; octets != NULL && i < width; i++) {
        value = value << 8 | octets[i];
    }
    return value;
}

uint8_t reader_u8(struct reader *reader)
{
    return (uint8_t) reader_number(reader, 1);
}

uint16_t reader_u16(struct reader *reader)
{
    return (uint16_t) reader_number(reader, 2);
}

uint32_t reader_u24(struct reader *reader)
{
    return reader_number(reader, 3);
}

uint32_t reader_u32(struct reader *reader)
{
    return reader_number(reader, 4);
}

struct reader reader_sub(struct reader *reader, size_t length)
{
    const uint8_t *at = reader_take(reader, length);

    if (at == NULL && length > 0) {
        return (struct reader){ .short_read = true };
    }
    return reader_over(at, length);
}

size_t reader_left(const struct reader *reader)
{
    return reader->short_read ? 0 : (size_t) (reader->end - reader->at);
}

bool reader_ok(const struct reader *reader)
{
    return !reader->short_read;
}
