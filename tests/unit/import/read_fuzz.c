#include "import/read.h"
#include "import/vex.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    const struct vex_product product = { .model = "HC-100" };
    struct import_report *report = NULL;

    (void) import_looks_like_report(data, size);
    if (import_read(data, size, arena, &report, NULL) != STATUS_OK) {
        return 0;
    }
    for (size_t i = 0; i < report->finding_count; i++) {
        if (report->findings[i].id == NULL) {
            abort();
        }
    }
    if (report->ended != (report->is_scan && report->not_ended == NULL)) {
        abort();
    }
    vex_apply(&report, 1, &product);
    return 0;
}
