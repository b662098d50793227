#include "wire/page_token.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char room[64];

    if (wire_page_token(data, size, "csrf", room, sizeof room)) {
        size_t length = strlen(room);

        if (length == 0 || length >= sizeof room || memmem(data, size, room, length) == NULL) {
            abort();
        }
    }
    return 0;
}
