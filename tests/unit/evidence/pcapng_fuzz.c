#include "evidence/pcapng.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* However the bytes are cut into pieces, the answer is the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const size_t first = size == 0 ? 0 : data[0] % size;
    struct pcapng whole;
    struct pcapng parted;
    enum status once;
    enum status twice;

    pcapng_open(&whole);
    once = pcapng_feed(&whole, data, size, NULL);
    once = once == STATUS_OK ? pcapng_close(&whole, NULL) : once;
    pcapng_open(&parted);
    twice = pcapng_feed(&parted, data, first, NULL);
    for (size_t i = first; twice == STATUS_OK && i < size; i++) {
        twice = pcapng_feed(&parted, data + i, 1, NULL);
    }
    twice = twice == STATUS_OK ? pcapng_close(&parted, NULL) : twice;
    if (once != twice || whole.keys != parted.keys) {
        __builtin_trap();
    }
    return 0;
}
