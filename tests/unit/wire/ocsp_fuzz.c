#include "wire/ocsp.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (wire_ocsp_word(wire_ocsp_read(data, size)) == NULL) {
        abort();
    }
    return 0;
}
