#include "probe/tls_dial.h"

#include "base/clock.h"
#include "channel/tls_keys.h"

#include <poll.h>

enum status tls_server_dial(struct dialer *dialer, struct exchange *const exchanges[], size_t count,
                            struct error *reterr)
{
    for (size_t i = 0; i < count; i++) {
        TRY(tls_server_exchange_restart(exchanges[i], reterr));
        /* The hellos need no secrets, only variety that can be repeated. */
        tls_keys_numbers(&dialer->seed, exchanges[i]->hello.random,
                         sizeof exchanges[i]->hello.random);
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
