/* Any bytes: no crash; what is read can be written, and reads back as the same value
 * and the same bytes. */
#include "evidence/json_strict.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    DEFER(json_strict_done) json_t *first = NULL;
    DEFER(json_strict_done) json_t *second = NULL;
    DEFER(bytes_done) struct bytes once = bytes_bounded(64 << 20);
    DEFER(bytes_done) struct bytes twice = bytes_bounded(64 << 20);
    struct error error;

    if (json_strict_parse(data, size, &first, &error) != STATUS_OK) {
        return 0;
    }
    if (json_strict_write(first, &once, &error) != STATUS_OK ||
        json_strict_parse(once.data, once.length, &second, &error) != STATUS_OK ||
        !json_equal(first, second) || json_strict_write(second, &twice, &error) != STATUS_OK ||
        once.length != twice.length || memcmp(once.data, twice.data, once.length) != 0) {
        abort();
    }
    return 0;
}
