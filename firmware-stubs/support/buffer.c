#include "support/buffer.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct buffer buffer_bounded(size_t ceiling)
{
    return (struct buffer){ .ceiling = ceiling };
}

void buffer_done(struct buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct buffer){ 0 };
}

char *buffer_room(struct buffer *buffer, size_t length)
{
    if (length > buffer->ceiling - buffer->length) {
        buffer->overflowed = true;
        return NULL;
    }
    size_t needed = buffer->length + length;
    if (needed > buffer->capacity) {
        size_t capacity = buffer->capacity < 256 ? 256 : buffer->capacity;
        while (capacity < needed) {
            capacity *= 2;
        }
        char *data = realloc(buffer->data, capacity);
        if (data == NULL) {
            abort();
        }
        buffer->data = data;
        buffer->capacity = capacity;
    }
    return buffer->data == NULL ? NULL : buffer->data + buffer->length;
}

void buffer_append(struct buffer *buffer, const void *data, size_t length)
{
    if (length == 0 || buffer->overflowed) {
        return;
    }
    char *room = buffer_room(buffer, length);
    if (room != NULL) {
        memcpy(room, data, length);
        buffer->length += length;
    }
}

void buffer_text(struct buffer *buffer, const char *text)
{
    buffer_append(buffer, text, strlen(text));
}

void buffer_format(struct buffer *buffer, const char *format, ...)
{
    va_list arguments;
    char *text = NULL;

    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0) {
        abort();
    }
    buffer_append(buffer, text, (size_t) length);
    free(text);
}

void buffer_consume(struct buffer *buffer, size_t length)
{
    if (length >= buffer->length) {
        buffer->length = 0;
        return;
    }
    if (length > 0) {
        memmove(buffer->data, buffer->data + length, buffer->length - length);
        buffer->length -= length;
    }
}
