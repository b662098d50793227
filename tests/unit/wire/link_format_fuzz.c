#include "wire/link_format.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct wire_links links;

    wire_link_format_read(data, size, &links);
    if (links.count > WIRE_LINKS_MAX) {
        abort();
    }
    for (size_t i = 0; i < links.count; i++) {
        const struct wire_link *link = &links.items[i];

        if (link->path[0] != '/' || memchr(link->path, '\0', sizeof link->path) == NULL ||
            memchr(link->type, '\0', sizeof link->type) == NULL) {
            abort();
        }
    }
    return 0;
}
