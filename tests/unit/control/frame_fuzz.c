/* What a process that was taken over could say to its broker. */
#include "control/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    DEFER(bytes_done) struct bytes heard = bytes_bounded(1 << 20);
    struct frame frame;
    size_t length = 0;

    if (bytes_append(&heard, data, size, NULL) != STATUS_OK ||
        frame_parse(&heard, 1 << 16, &frame, &length, NULL) != STATUS_OK || length == 0) {
        return 0;
    }
    if (length > size || frame.bulk_length > size || frame.secret_length > size ||
        frame.bulk + frame.bulk_length != (const uint8_t *) frame.secret) {
        __builtin_trap();
    }
    frame_done(&frame);
    return 0;
}
