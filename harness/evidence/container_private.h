/* container_private.h - the inside of a reader, for container_*.c only. */
#pragma once

#include "evidence/container_read.h"

struct container_reader {
    struct container_source source;
    struct container_limits limits;
    struct container_entry *entries; /* count of them are checked */
    size_t count;
    int fd; /* ours to close, or -1 */
    int borrowed_fd;
    const uint8_t *memory; /* borrowed */
};
