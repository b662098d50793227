#include "estimate.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t word_at(const uint8_t *data, size_t size, size_t index)
{
    uint32_t word = 0;

    if (4 * index + 4 <= size) {
        memcpy(&word, data + 4 * index, 4);
    }
    return word & 0x3fffffff;
}

/* Whatever was measured, a day has an end and no negative number of guesses. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cycle cycles[CYCLES_MAX];
    int64_t delays[64];
    size_t count = size / 12 < CYCLES_MAX ? size / 12 : CYCLES_MAX;
    size_t delay_count = size / 4 < 64 ? size / 4 : 64;
    int64_t doubling_max_ms = size > 0 ? (int64_t) data[0] << (data[0] % 24) : 0;
    struct day day;

    for (size_t i = 0; i < count; i++) {
        cycles[i] = (struct cycle){ .guesses = word_at(data, size, 3 * i) % 1000,
                                    .busy_ms = word_at(data, size, 3 * i + 1),
                                    .lock_ms = word_at(data, size, 3 * i + 2),
                                    .after_reset = data[i] % 2 };
    }
    for (size_t i = 0; i < delay_count; i++) {
        delays[i] = word_at(data, size, i);
    }
    day = day_of_cycles(cycles, count, doubling_max_ms);
    if (day.guesses < 0 || bound_word(day.bound) == NULL ||
        growth_word(growth_of(delays, delay_count, 100)) == NULL ||
        limit_word(limit_of_delays(delays, delay_count, 100)) == NULL ||
        limit_word(limit_of_locks(cycles, count)) == NULL ||
        chance_ppb(size > 0 ? data[0] : 0, (unsigned) size, (unsigned) delay_count) < 0 ||
        days_to_half(data == NULL ? 0 : 94, (unsigned) size, day.guesses) < 0) {
        abort();
    }
    return 0;
}
