#include "probe/place.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The body of an answer, looked through for a value in each way. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct http_place places[] = {
        { .json = "/a/0/b" },
        { .field = "name" },
        { .pattern = "value=\"([^\"]*)\"" },
    };
    DEFER(http_answer_done)
    struct http_answer answer = { .event = HTTP_ANSWERED,
                                  .body = bytes_bounded(1 << 20),
                                  .headers = json_object() };

    if (bytes_append(&answer.body, data, size, NULL) != STATUS_OK) {
        return 0;
    }
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        DEFER(secret_done) struct secret value = { 0 };

        if (place_find(&places[i], &answer, NULL, &value, NULL) != STATUS_OK ||
            value.length > 4096) {
            abort();
        }
    }
    return 0;
}
