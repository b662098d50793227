#include "probe/tls_dial.h"

#include "base/clock.h"
#include "channel/tls_keys.h"

#include <assert.h>
#include <poll.h>
#include <string.h>

enum { TOGETHER_MAX = 64 };

static enum status run(struct dialer *dialer, struct exchange *const exchanges[], size_t count,
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

static struct exchange *rider_next(struct dialer *dialer)
{
    struct exchange *first = dialer->riders[0];

    dialer->rider_count--;
    memmove(dialer->riders, dialer->riders + 1, dialer->rider_count * sizeof first);
    return first;
}

enum status tls_server_dial(struct dialer *dialer, struct exchange *const exchanges[], size_t count,
                            struct error *reterr)
{
    struct exchange *together[TOGETHER_MAX];
    size_t all = count;

    if (dialer->rider_count == 0 || count >= dialer->width || count > TOGETHER_MAX) {
        return run(dialer, exchanges, count, reterr);
    }
    memcpy(together, exchanges, count * sizeof together[0]);
    while (dialer->rider_count > 0 && all < dialer->width && all < TOGETHER_MAX) {
        together[all++] = rider_next(dialer);
    }
    return run(dialer, together, all, reterr);
}

void tls_server_dial_along(struct dialer *dialer, struct exchange *exchange)
{
    assert(dialer->rider_count < DIAL_RIDERS_MAX);
    dialer->riders[dialer->rider_count++] = exchange;
}

enum status tls_server_dial_rest(struct dialer *dialer, struct error *reterr)
{
    struct exchange *rest[DIAL_RIDERS_MAX];
    size_t count = 0;

    while (dialer->rider_count > 0) {
        rest[count++] = rider_next(dialer);
        if (dialer->width <= 1 || dialer->rider_count == 0) {
            TRY(run(dialer, rest, count, reterr));
            count = 0;
        }
    }
    return STATUS_OK;
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
