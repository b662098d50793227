/* embedded.h - files that the build puts into the program (embed.cmake). */
#pragma once

#include <stddef.h>

struct embedded {
    const char *name; /* NULL ends the table */
    const unsigned char *data;
    size_t length;
};

extern const struct embedded embedded_files[];
