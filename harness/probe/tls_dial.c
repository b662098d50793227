#include "probe/tls_dial.h"

#include "base/clock.h"

#include <poll.h>
#include <string.h>

/* SplitMix64 (Steele, Lea, Flood 2014): the hellos need no secrets, only variety that
 * can be repeated. */
static uint64_t dial_next(uint64_t *seed)
{
    uint64_t value = *seed += 0x9e3779b97f4a7c15u;

    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
    value = (value ^ value >> 27) * 0x94d049bb133111ebu;
    return value ^ value >> 31;
}

enum status tls_server_dial(struct dialer *dialer, struct exchange *const exchanges[], size_t count,
                            struct error *reterr)
{
    for (size_t i = 0; i < count; i++) {
        TRY(tls_server_exchange_restart(exchanges[i], reterr));
        for (size_t at = 0; at < sizeof exchanges[i]->hello.random; at += 8) {
            uint64_t word = dial_next(&dialer->seed);

            memcpy(exchanges[i]->hello.random + at, &word, 8);
        }
        dialer->handshakes++;
    }
    return dialer->dial(dialer->context, exchanges, count, reterr);
}

void tls_server_pace(struct pace *pace, int64_t deadline_ms)
{
    int64_t due_ms;

    if (pace->begun == 0) {
        pace->started_ms = clock_monotonic_ms();
    }
    if (pace->per_second > 0) {
        due_ms = pace->started_ms + (int64_t) pace->begun * 1000 / pace->per_second;
        if (due_ms > deadline_ms) {
            due_ms = deadline_ms;
        }
        (void) poll(NULL, 0, clock_left_ms(due_ms));
    }
    pace->begun++;
}
