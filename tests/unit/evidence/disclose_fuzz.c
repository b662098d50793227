#include "evidence/disclose.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct disclosure *disclosure = NULL;

    if (disclosure_read(data, size, arena, &disclosure, NULL) == STATUS_OK &&
        (disclosure->count == 0 || disclosure->entries[0].id == NULL)) {
        __builtin_trap();
    }
    return 0;
}
