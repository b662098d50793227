#include "evidence/trust.h"

#include "base/text.h"
#include "evidence/dsse.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The same bytes as the payload of an envelope: base64 is too high a wall for a fuzzer. */
static enum status read_as_payload(const uint8_t *data, size_t size,
                                   const struct trust_options *options, struct arena *arena)
{
    DEFER(bytes_done) struct bytes file = bytes_bounded(8 * size + 1024);
    char *text = arena_alloc(arena, 4 * ((size + 2) / 3) + 1);
    struct trust trust;

    text_base64(data, size, text);
    TRY(bytes_append_text(&file, "{\"payloadType\":\"" DSSE_TYPE_TRUST "\",\"payload\":\"", NULL));
    TRY(bytes_append_text(&file, text, NULL));
    TRY(bytes_append_text(&file, "\",\"signatures\":[{\"keyid\":\"\",\"sig\":\"\"}]}", NULL));
    return trust_read(file.data, file.length, options, arena, &trust, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct trust_options options = { .at_ms = 0 };
    DEFER(arena_done) struct arena *arena = arena_new();
    struct trust trust;

    if (trust_read(data, size, &options, arena, &trust, NULL) == STATUS_OK ||
        read_as_payload(data, size, &options, arena) == STATUS_OK) {
        abort(); /* nobody signed these bytes: the seeds carry no good signature */
    }
    return 0;
}
