#include "evidence/published.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct published published;
    size_t offset = 0;
    const char *shape = published_shape(data, size, &offset);

    published_open(&published);
    for (size_t i = 0; i < size; i++) {
        published_feed(&published, data + i, 1);
    }
    published_close(&published);
    if (published.shape != shape || (shape != NULL && published.offset != offset)) {
        __builtin_trap();
    }
    return 0;
}
