#include "name.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[512] = "";
    char room[NAME_SIZE];
    size_t length = size < sizeof text - 1 ? size : sizeof text - 1;

    memcpy(text, data, length);
    name_join(text, length % 2 == 0 ? text : NULL, room);
    if (strlen(room) >= sizeof room) {
        abort();
    }
    return 0;
}
