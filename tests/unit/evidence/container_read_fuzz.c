/* Any bytes: no crash, bounded memory; what opens and reads has the sizes it declares. */
#include "evidence/container_read.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum status count(void *context, const void *bytes, size_t length, struct error *reterr)
{
    uint64_t *total = context;

    (void) bytes;
    (void) reterr;
    *total += length;
    return STATUS_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct container_limits limits = container_limits_default;
    DEFER(container_read_done) struct container_reader *reader = NULL;
    struct error error;

    /* A bomb may not cost the fuzzer its time either. */
    limits.total_size = limits.entry_size = 1 << 20;
    if (container_read_open_memory(data, size, &limits, &reader, &error) != STATUS_OK) {
        return 0;
    }
    for (size_t i = 0; i < container_read_count(reader); i++) {
        const struct container_entry *entry = container_read_at(reader, i);
        uint64_t total = 0;

        if (container_read_find(reader, entry->name) != entry) {
            abort();
        }
        if (container_read_stream(reader, entry, count, &total, &error) == STATUS_OK &&
            total != entry->size) {
            abort();
        }
    }
    return 0;
}
