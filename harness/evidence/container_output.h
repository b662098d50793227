/* container_output.h - a file written forwards through a buffer, with patches behind;
 * for the container's writer only. */
#pragma once

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

enum { CONTAINER_OUTPUT_BUFFER = 64 * 1024 };

/* The fd is the caller's; open it for reading and writing. */
struct container_output {
    int fd;
    uint64_t flushed;
    size_t used;
    uint8_t buffer[CONTAINER_OUTPUT_BUFFER];
};

/* The offset that the next byte gets. */
uint64_t container_output_at(const struct container_output *output);
enum status container_output_put(struct container_output *output, const void *data, size_t length,
                                 struct error *reterr) MUST_CHECK;

/* Forgets everything from offset on. */
enum status container_output_rewind(struct container_output *output, uint64_t offset,
                                    struct error *reterr) MUST_CHECK;

/* Overwrites bytes put before. */
enum status container_output_patch(struct container_output *output, uint64_t offset,
                                   const void *data, size_t length,
                                   struct error *reterr) MUST_CHECK;
enum status container_output_sync(struct container_output *output, struct error *reterr) MUST_CHECK;
