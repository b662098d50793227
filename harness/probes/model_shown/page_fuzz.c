#include "page.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    struct page page = page_read(data, size, "text/html", "HC-100", arena);

    if (page.quote == NULL || (page.named && !page.readable)) {
        abort();
    }
    return 0;
}
