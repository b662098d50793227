/* One byte chooses the protocol; the rest comes whole and byte by byte, which must end alike. */
#include "wire/starttls_clear.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum starttls_step run(struct starttls *talk, const uint8_t *data, size_t size, size_t piece)
{
    enum starttls_step step = STARTTLS_WAIT;
    size_t given = 0;

    for (;;) {
        step = wire_starttls_step(talk, data, given);
        if (talk->used > given || talk->message_length >= sizeof talk->message) {
            abort();
        }
        if (step == STARTTLS_WAIT && given < size) {
            given = size - given < piece ? size : given + piece;
        } else if (step != STARTTLS_SEND) {
            return step;
        }
    }
}

static enum starttls_clear_step run_clear(struct starttls_clear *clear, const uint8_t *data,
                                          size_t size, size_t piece)
{
    enum starttls_clear_step step = CLEAR_WAIT;
    size_t given = 0;

    for (;;) {
        step = wire_starttls_clear_step(clear, data, given);
        if (clear->talk.used > given || clear->talk.message_length >= sizeof clear->talk.message) {
            abort();
        }
        if (step == CLEAR_WAIT && given < size) {
            given = size - given < piece ? size : given + piece;
        } else if (step != CLEAR_SEND) {
            return step;
        }
    }
}

/* Whether a log-in is possible before TLS, from the same bytes. */
static void clear_alike(enum starttls_protocol protocol, const uint8_t *data, size_t size)
{
    struct starttls_clear whole = wire_starttls_clear_start(protocol, "cam.example", "madeup");
    struct starttls_clear pieces = whole;

    if (run_clear(&whole, data, size, size) != run_clear(&pieces, data, size, 1)) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum starttls_protocol protocol;
    struct starttls whole;
    struct starttls pieces;

    if (size == 0 || size > 1 << 12) {
        return 0;
    }
    protocol = (enum starttls_protocol)(data[0] % STARTTLS_COUNT);
    whole = wire_starttls_start(protocol, "cam.example");
    pieces = whole;
    if (run(&whole, data + 1, size - 1, size) != run(&pieces, data + 1, size - 1, 1) ||
        strcmp(whole.answer, pieces.answer) != 0 || whole.used != pieces.used) {
        abort();
    }
    clear_alike(protocol, data + 1, size - 1);
    return 0;
}
