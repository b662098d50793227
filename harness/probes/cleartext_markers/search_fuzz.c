#include "search.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Frames of any content, each behind its length in two octets. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct veil *veil = veil_new();
    struct search search;

    veil_add_as(veil, "key", "admin", "opensesame-7");
    if (!search_start(&search, veil, "10.0.0.2")) {
        abort();
    }
    while (size > 2) {
        size_t length = (size_t) (data[0] << 8 | data[1]);

        data += 2;
        size -= 2;
        length = length > size ? size : length;
        search_take(&search, PACKET_RAW, data, length);
        data += length;
        size -= length;
    }
    if (search.find_count > SEARCH_FINDS_MAX || search.flow_count > SEARCH_FLOWS_MAX) {
        abort();
    }
    search_done(&search);
    veil_free(veil);
    return 0;
}
