#include "wire/ident.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte says what was sent before and whether the connection ended. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wire_ident ident;

    if (size == 0) {
        return 0;
    }
    (void) wire_identify((enum wire_hello)(data[0] >> 1) % (WIRE_HELLO_HELO + 1), data + 1,
                         size - 1, (data[0] & 1) != 0, &ident);
    if (memchr(ident.detail, '\0', sizeof ident.detail) == NULL) {
        abort();
    }
    return 0;
}
