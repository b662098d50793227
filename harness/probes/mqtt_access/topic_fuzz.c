#include "topic.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A filter up to the first line end, a name behind it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
    size_t filter_length = end != NULL ? (size_t) (end - data) : size;
    const uint8_t *name = end != NULL ? end + 1 : data + size;
    size_t name_length = (size_t) (data + size - name);
    bool valid;

    if (size == 0) {
        return 0;
    }
    valid = topic_filter_is_valid(data, filter_length);
    if (topic_matches(data, filter_length, name, name_length) && !valid) {
        abort();
    }
    if (topic_name_is_valid(name, name_length)) {
        if (!topic_filter_is_valid(name, name_length) ||
            !topic_matches(name, name_length, name, name_length) ||
            topic_matches("#", 1, name, name_length) == (name[0] == '$')) {
            abort();
        }
    }
    return 0;
}
