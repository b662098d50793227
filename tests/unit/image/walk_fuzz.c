/* A stranger's image through all of the libraries: no crash, no leak, and an end. */
#include "image/image.h"

#include "base/clock.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum status visit(void *context, const struct image_blob *blob, struct error *reterr)
{
    volatile uint8_t last;

    (void) context;
    (void) reterr;
    if (blob->length > 0) {
        last = blob->data[blob->length - 1];
        (void) last;
    }
    return STATUS_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct image_report report;
    struct error error = { .status = STATUS_OK };
    struct image_limits limits = {
        .total = 8 << 20, .part = 2 << 20, .count = 500, .deadline_ms = clock_monotonic_ms() + 2000
    };

    if (image_walk("image", data, size, &limits, visit, NULL, &report, &error) != STATUS_OK) {
        abort();
    }
    return 0;
}
