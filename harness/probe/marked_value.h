/* marked_value.h - a value on the device that one declared access path reads and writes: it is
 * written with a marker behind it, so that what stands there tells by itself whether a test wrote
 * it, and what was there before. */
#pragma once

#include "base/secret.h"
#include "probe/guest.h"

enum {
    MARKED_VALUE_MARKER = sizeof "-hoshitori-" + GUEST_MARKER_RANDOM,
    MARKED_VALUE_POINTER = 512
};

#define MARKED_VALUE_START "-hoshitori-"

/* Owned by the caller; marked_value_done. */
struct marked_value {
    const struct access *access;
    struct http_place place;
    char pointer[MARKED_VALUE_POINTER];
    char marker[MARKED_VALUE_MARKER];
    struct secret before; /* what stood there */
    struct secret marked; /* the same, and the marker */
};

/* False: where the written value stands in the answer to read is not declared, or not both are
 * declared over HTTP.  The marker is made of the seed. */
bool marked_value_open(struct marked_value *value, const struct access *access, uint64_t seed);
void marked_value_done(struct marked_value *value);

/* *ret_value stays empty when the reader is refused (*ret_read false), or nothing stands there. */
enum status marked_value_read(const struct marked_value *value, struct guest *reader,
                              struct secret *ret_value, bool *ret_marker, bool *ret_read,
                              struct error *reterr) MUST_CHECK;

/* Makes `marked` of `before`. */
enum status marked_value_make(struct marked_value *value, struct error *reterr) MUST_CHECK;

/* Asks for the write; the text is kept out of the transcript. */
enum status marked_value_write(const struct marked_value *value, struct guest *writer,
                               const struct secret *text, struct http_answer *answer,
                               struct error *reterr) MUST_CHECK;

/* Writes `before` back and reads it. */
enum status marked_value_put_back(const struct marked_value *value, struct guest *keeper,
                                  bool *ret_restored, struct error *reterr) MUST_CHECK;

/* Does a test's marker, or as much of it as the device has room for, stand at the end?  Then
 * *ret_length is how much stands before it. */
bool marked_value_is_marked(const struct secret *text, size_t *ret_length);

/* Brings back what a test that was cut short left behind; UNREACHABLE when it cannot be seen, or
 * stays. */
enum status marked_value_recover(struct marked_value *value, struct guest *keeper,
                                 struct error *reterr) MUST_CHECK;
