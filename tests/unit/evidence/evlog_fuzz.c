/* Any bytes: no crash; a log fed in pieces gives what it gives as a whole. */
#include "evidence/evlog.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum status count(void *context, const struct evlog_event *event, struct error *reterr)
{
    uint64_t *seen = context;

    (void) reterr;
    if (event->seq != ++*seen || event->kind == NULL || event->data == NULL) {
        abort();
    }
    return STATUS_OK;
}

static enum status in_pieces(const uint8_t *data, size_t size, struct evlog_summary *ret_summary)
{
    DEFER(evlog_verify_done) struct evlog_verifier *verifier = evlog_verify_new(NULL, NULL);

    for (size_t done = 0; done < size;) {
        size_t step = size - done < 7 ? size - done : 7;

        TRY(evlog_verify_feed(verifier, data + done, step, NULL));
        done += step;
    }
    return evlog_verify_close(verifier, ret_summary, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct evlog_summary whole;
    struct evlog_summary pieces;
    struct error error;
    uint64_t seen = 0;
    enum status status = evlog_verify(data, size, count, &seen, &whole, &error);

    if (in_pieces(data, size, &pieces) != status) {
        abort();
    }
    if (status == STATUS_OK &&
        (whole.count != seen || pieces.count != seen || !digest_equal(&whole.root, &pieces.root) ||
         !digest_equal(&whole.head, &pieces.head))) {
        abort();
    }
    return 0;
}
