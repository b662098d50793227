#include "fields.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fields fields = fields_read((const char *) data, size);
    long long seconds;

    (void) fields_time(fields.expires, &seconds);
    fields_done(&fields);
    return 0;
}
