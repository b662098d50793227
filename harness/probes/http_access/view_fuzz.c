#include "probe/web.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Two octets of status, one that says how long the redirect's address is, the body. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    DEFER(http_answer_done)
    struct http_answer answer = { .event = HTTP_ANSWERED, .body = bytes_bounded(1 << 20) };
    struct reader reader = reader_over(data, size);
    size_t length;
    struct web_view view;

    answer.status = reader_u16(&reader) % 600;
    length = reader_u8(&reader) % sizeof answer.location;
    if (!reader_ok(&reader) || length > reader_left(&reader)) {
        return 0;
    }
    memcpy(answer.location, reader_take(&reader, length), length);
    length = reader_left(&reader);
    if (bytes_append(&answer.body, reader_take(&reader, length), length, NULL) != STATUS_OK) {
        return 0;
    }
    view = web_view(&answer, "/admin", size % 2 == 0);
    if (view.word == WEB_GRANTED && (answer.status < 200 || answer.status > 299)) {
        abort();
    }
    return 0;
}
