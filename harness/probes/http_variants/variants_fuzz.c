#include "probe/likeness.h"
#include "variants.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The device's bytes: one octet of where the thing ends and the other answer begins. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    DEFER(http_answer_done)
    struct http_answer thing = { .body = bytes_bounded(1 << 20), .headers = json_object() };
    DEFER(http_answer_done)
    struct http_answer answer = { .body = bytes_bounded(1 << 20), .headers = json_object() };
    char path[256];
    char room[VARIANT_PATH_SIZE];
    size_t first;

    if (size < 2) {
        return 0;
    }
    first = data[0] < size - 1 ? data[0] : size - 1;
    if (bytes_append(&thing.body, data + 1, first, NULL) != STATUS_OK ||
        bytes_append(&answer.body, data + 1 + first, size - 1 - first, NULL) != STATUS_OK) {
        return 0;
    }
    if (likeness_of(&thing, &answer) == LIKENESS_EMPTY && answer.body.length > 0) {
        abort();
    }
    path[0] = '/';
    first = first < sizeof path - 2 ? first : sizeof path - 2;
    memcpy(path + 1, data + 1, first);
    path[first + 1] = '\0';
    for (enum variant variant = 0; variant < VARIANT_COUNT; variant++) {
        if (variant_write(variant, path, room) && (room[0] != '/' || strcmp(room, path) == 0)) {
            abort();
        }
    }
    return 0;
}
