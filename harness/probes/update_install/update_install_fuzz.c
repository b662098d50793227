/* Whatever levers and device say, the run ends, and its facts are those that are declared. */
#include "support/fuzz_bench.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern const struct probe probe_update_install;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_bench_run(&probe_update_install, "{\"settle_ms\": 1}", data, size);
    return 0;
}
