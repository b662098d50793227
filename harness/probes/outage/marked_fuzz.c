#include "probe/marked_value.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A value that a device says it has; what is cut off is put back as what stood there. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    DEFER(secret_done) struct secret value = { 0 };
    size_t length = 0;

    if (size > 4096 || secret_set(&value, data, size, SECRET_FOR_CHILDREN, NULL) != STATUS_OK) {
        return 0;
    }
    if (marked_value_is_marked(&value, &length) &&
        (length == 0 || length >= size || data[length] != '-' || memchr(data, 0, length) != NULL)) {
        abort();
    }
    return 0;
}
