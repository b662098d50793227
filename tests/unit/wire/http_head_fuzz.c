#include "wire/http_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wire_http_head head;
    const char *value;
    size_t length;

    if (wire_http_head_read(data, size, &head)) {
        (void) wire_http_head_field(&head, "server", &value, &length);
    }
    return 0;
}
