#include "remains.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One octet chooses the status, the rest is the body. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int statuses[] = { 200, 204, 302, 401, 403, 404, 410, 500 };
    DEFER(http_answer_done)
    struct http_answer answer = { .event = HTTP_ANSWERED, .body = bytes_bounded(1 << 20) };

    if (size == 0 || bytes_append(&answer.body, data + 1, size - 1, NULL) != STATUS_OK) {
        return 0;
    }
    answer.status = statuses[data[0] % (sizeof statuses / sizeof statuses[0])];
    if (remains_known(&answer, "/api/notes/admin") && answer.status != 404 &&
        answer.status != 410 && (answer.status < 200 || answer.status > 299)) {
        abort();
    }
    (void) remains_in(&answer, "hoshitori-k3v9x0q2mz");
    return 0;
}
