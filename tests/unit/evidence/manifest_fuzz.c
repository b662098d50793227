/* Any bytes: no crash; a manifest that is read can be written, and its canonical form
 * is stable. */
#include "evidence/manifest.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ignore(void *context, const char *code, const char *text)
{
    (void) context;
    if (code[0] == '\0' || text == NULL) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    DEFER(arena_done) struct arena *arena = arena_new();
    DEFER(bytes_done) struct bytes once = bytes_bounded(64 << 20);
    DEFER(bytes_done) struct bytes twice = bytes_bounded(64 << 20);
    const struct manifest *first = NULL;
    const struct manifest *second = NULL;
    struct error error;

    if (manifest_read(data, size, arena, ignore, NULL, &first, &error) != STATUS_OK) {
        return 0;
    }
    if (manifest_write(first, &once, &error) != STATUS_OK ||
        manifest_read(once.data, once.length, arena, ignore, NULL, &second, &error) != STATUS_OK ||
        manifest_write(second, &twice, &error) != STATUS_OK || once.length != twice.length ||
        memcmp(once.data, twice.data, once.length) != 0) {
        abort();
    }
    return 0;
}
