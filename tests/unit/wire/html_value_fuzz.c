#include "wire/html_value.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A value fits, and stands in the page as it is where no character reference can. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char room[64];

    if (wire_html_value(data, size, "csrf", room, sizeof room)) {
        size_t length = strnlen(room, sizeof room);

        if (length == sizeof room ||
            (memchr(data, '&', size) == NULL && memmem(data, size, room, length) == NULL)) {
            abort();
        }
    }
    return 0;
}
