/* buffer.h - a growing run of bytes with a ceiling from birth.
 *
 * The owner of the struct owns `data` and ends it with buffer_done.  Writing past the ceiling
 * writes nothing more and sets `overflowed`, which stays set: ask once, at the end. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct buffer {
    char *data;
    size_t length;
    size_t capacity;
    size_t ceiling;
    bool overflowed;
};

struct buffer buffer_bounded(size_t ceiling);
void buffer_done(struct buffer *buffer);

void buffer_append(struct buffer *buffer, const void *data, size_t length);
void buffer_text(struct buffer *buffer, const char *text);
void buffer_format(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Room for `length` more bytes at data + length, or NULL over the ceiling. */
char *buffer_room(struct buffer *buffer, size_t length);

/* Drops the first `length` bytes. */
void buffer_consume(struct buffer *buffer, size_t length);

#define DEFER(done) __attribute__((cleanup(done)))
