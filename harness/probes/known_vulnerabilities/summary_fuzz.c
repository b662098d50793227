#include "import/read.h"
#include "summary.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Two files, divided by the first 0xff: a report and the VEX that goes with it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const hosts[] = { "127.0.0.1", "hc-100.local" };
    static const char *const versions[] = { "1.4.2" };
    const struct device_names device = {
        .hosts = hosts,
        .host_count = 2,
        .product = { .model = "HC-100", .versions = versions, .version_count = 1 },
        .grave = SEVERITY_HIGH,
    };
    DEFER(arena_done) struct arena *arena = arena_new();
    const uint8_t *middle = memchr(data, 0xff, size);
    size_t first = middle == NULL ? size : (size_t) (middle - data);
    struct source sources[2] = { { .file = "a", .sha256 = "0" }, { .file = "b", .sha256 = "0" } };
    struct error error = { 0 };
    json_t *facts = json_object();

    if (import_read(data, first, arena, &sources[0].report, &error) != STATUS_OK) {
        sources[0].report = NULL;
        sources[0].reason = error.message;
    }
    if (middle == NULL ||
        import_read(middle + 1, size - first - 1, arena, &sources[1].report, NULL) != STATUS_OK) {
        sources[1].report = NULL;
        sources[1].reason = "none";
    }
    summary_facts(sources, 2, &device, facts);
    if (json_object_get(facts, "scans_complete") == NULL ||
        (sources[0].report == NULL && sources[1].report == NULL) !=
            (json_object_get(facts, "findings") == NULL)) {
        abort();
    }
    json_decref(facts);
    return 0;
}
