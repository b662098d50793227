/* frame.h - what the process of a probe and its broker say to each other, through two pipes.
 *
 * A frame is three lengths (host order, the machine is one) and as many octets: a JSON object, a
 * bulk (an image, or what a command printed), and a secret.  The reader is fed whatever has come
 * and trusts none of it. */
#pragma once

#include "base/bytes.h"

#include <jansson.h>

enum { FRAME_HEAD = 12, FRAME_JSON_MAX = 64 * 1024, FRAME_SECRET_MAX = 4096 };

struct frame {
    json_t *json; /* an object */
    const uint8_t *bulk;
    size_t bulk_length;
    const char *secret; /* ends in NUL in no way: secret_length */
    size_t secret_length;
};

/* Blocks until all is written; IO when nobody reads any more. */
enum status frame_write(int fd, json_t *json, const void *bulk, size_t bulk_length,
                        const void *secret, size_t secret_length, struct error *reterr) MUST_CHECK;

/* Looks for a whole frame at the beginning of what was read.  *ret_length 0: there is more to
 * come.  The frame points into data; frame_done.  BAD_INPUT: this will never be a frame. */
enum status frame_parse(const struct bytes *data, size_t bulk_max, struct frame *ret_frame,
                        size_t *ret_length, struct error *reterr) MUST_CHECK;
void frame_done(struct frame *frame);
