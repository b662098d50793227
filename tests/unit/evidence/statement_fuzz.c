#include "evidence/statement.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct digest zero;
    static const struct manifest manifest;
    static const struct rollup rollup;
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(statement_done) struct statement statement = { 0 };

    if (statement_read(data, size, arena, &statement, NULL) == STATUS_OK &&
        statement_is_about(&statement, &zero, &manifest, NULL) == STATUS_OK) {
        return statement_agrees(&statement, &rollup, NULL) == STATUS_INTERNAL;
    }
    return 0;
}
