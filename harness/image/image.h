/* image.h - what is inside a firmware image, a backup or an exported configuration: taken apart
 * in memory by libarchive, libsquashfs and libext2fs, container within container.
 *
 * The bytes are a stranger's.  Every ceiling that ends the walk early is told in the report, so
 * that nobody takes half of an image for the whole.  Nothing is written, started or opened. */
#pragma once

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    IMAGE_PATH_SIZE = 512,
    IMAGE_FORMAT_SIZE = 48,
    IMAGE_PARTS_MAX = 64, /* rows that are kept */
};

/* {0} stands for the default of each. */
struct image_limits {
    size_t total;        /* octets unpacked over all parts */
    size_t part;         /* octets of one part */
    unsigned count;      /* parts */
    unsigned depth;      /* containers within containers */
    int64_t deadline_ms; /* on clock_monotonic_ms; 0: none */
};

/* Something that can be searched: the image itself, or a file out of a container in it. */
struct image_blob {
    const char *path; /* "image!/etc/shadow"; a '!' before what came out of a container */
    const uint8_t *data;
    size_t length;
    unsigned depth; /* 0: the image itself */
};

/* A container that was met, opened or not. */
struct image_part {
    char path[IMAGE_PATH_SIZE]; /* of the blob it stands in */
    char format[IMAGE_FORMAT_SIZE];
    size_t offset;
    size_t size; /* in the blob, as far as is known */
    bool opened;
    unsigned files; /* that came out of it */
};

struct image_report {
    struct image_part parts[IMAGE_PARTS_MAX];
    size_t part_count;
    bool parts_cut;      /* there were more */
    unsigned opened;     /* containers */
    unsigned files;      /* blobs that came out of them */
    uint64_t leaf_bytes; /* octets outside of opened containers, over all blobs */
    uint64_t opaque;     /* of these: encrypted, or compressed in a way that nobody here reads */
    const char *stopped; /* which ceiling ended it, in words; NULL: none */
};

/* Called for every blob, those inside of it first.  A status other than OK ends the walk. */
typedef enum status image_visit(void *context, const struct image_blob *blob, struct error *reterr);

/* *report is filled in every case but for a status of visit. */
enum status image_walk(const char *name, const void *data, size_t length,
                       const struct image_limits *limits, image_visit *visit, void *context,
                       struct image_report *report, struct error *reterr) MUST_CHECK;
