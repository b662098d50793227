#include "probe/change_answer.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Two octets of status, one for the kind of page, the body. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    DEFER(http_answer_done)
    struct http_answer answer = { .event = HTTP_ANSWERED, .body = bytes_bounded(1 << 20) };
    struct reader reader = reader_over(data, size);
    bool declared;
    size_t length;

    answer.status = reader_u16(&reader) % 600;
    length = reader_u8(&reader);
    declared = (length & 1) != 0;
    memcpy(answer.content_type, (length & 2) != 0 ? "text/html" : "text/json", 10);
    length = reader_left(&reader);
    if (!reader_ok(&reader) ||
        bytes_append(&answer.body, reader_take(&reader, length), length, NULL) != STATUS_OK) {
        return 0;
    }
    if (change_answer(&answer, declared ? 204 : 0) == CHANGE_ACCEPTED &&
        (answer.status < 200 || answer.status > 399)) {
        abort();
    }
    return 0;
}
