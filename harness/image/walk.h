/* walk.h - between the walk and the openers of containers; for image/ only. */
#pragma once

#include "image/image.h"

enum image_kind {
    IMAGE_SQUASHFS,
    IMAGE_EXT,
    IMAGE_ARCHIVE, /* what libarchive reads */
    IMAGE_CLOSED   /* known, and read by nothing here */
};

/* Where a container may begin. */
struct carved {
    enum image_kind kind;
    const char *name;
    size_t offset;
    bool sure; /* its mark is long enough not to be met by chance */
};

/* The first place from `from` on; false: there is none.  Pure. */
bool image_carve(const uint8_t *data, size_t length, size_t from, bool skip_closed,
                 struct carved *ret_found);

/* Looks like noise: encrypted, or compressed.  Octets in windows of noise.  Pure. */
size_t image_noise(const uint8_t *data, size_t length);

/* Pictures, fonts and the like: compressed, and no container. */
bool image_is_media(const uint8_t *data, size_t length);

struct walker;

/* What an opener knows: where its container begins, and what to do with its files. */
struct opening {
    struct walker *walker;
    const struct image_blob *blob;
    const uint8_t *data; /* from the container's first octet to the blob's end */
    size_t length;
    struct image_part *part;
    size_t locked; /* octets of entries that are encrypted */
};

/* Whether one more file of that size may be taken out; false ends the opener, which returns OK. */
bool image_take(struct opening *opening, uint64_t size);
/* Whether time is left; the same. */
bool image_goes_on(struct opening *opening);
/* The ceiling of one file, in octets. */
size_t image_room(const struct opening *opening, uint64_t size);
/* Hands over one file, which is malloc'ed and becomes the walk's. */
enum status image_give(struct opening *opening, const char *path, uint8_t *data, size_t length,
                       bool cut, struct error *reterr) MUST_CHECK;
/* Something in it is closed to us: encrypted entries. */
void image_closed(struct opening *opening, const char *path, const char *why, size_t size);

/* part->opened, format and size are filled.  A container that is broken is no status. */
enum status image_open_archive(struct opening *opening, struct error *reterr) MUST_CHECK;
enum status image_open_squashfs(struct opening *opening, struct error *reterr) MUST_CHECK;
enum status image_open_ext(struct opening *opening, struct error *reterr) MUST_CHECK;
