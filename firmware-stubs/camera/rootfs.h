/* rootfs.h - the root file system that an image of the camera carries. */
#pragma once

#include "stub.h"
#include "support/buffer.h"

/* One file of it; `text` may name the version with ${version}, once. */
struct rootfs_file {
    const char *path;
    unsigned mode;
    const char *text;
    enum defect only_with; /* DEFECT_NONE: always there */
};

extern const struct rootfs_file rootfs_files[];
extern const size_t rootfs_file_count;

/* A gzip'd ustar archive of the files, the same for the same version and defects. */
bool rootfs_pack(const struct stub *stub, const char *version, struct buffer *archive);
