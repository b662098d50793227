#include "wire/leaks.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bytes_at_hand {
    const uint8_t *data;
    size_t size;
};

/* What is told lies within the input, and its quote does not hold the secret. */
static bool seen(void *context, const struct leak *leak)
{
    const struct bytes_at_hand *input = context;
    char quote[LEAK_QUOTE_SIZE];

    if (leak->offset + leak->length > input->size ||
        leak->secret + leak->secret_length > input->size || strlen(leak->user) >= LEAK_USER_SIZE) {
        abort();
    }
    wire_leak_quote(input->data, input->size, leak, quote);
    /* The same characters may stand before, in what is no hash. */
    if (leak->kind == LEAK_HASH && leak->secret_length > 20 &&
        memmem(input->data, input->size, input->data + leak->secret, leak->secret_length) ==
            input->data + leak->secret &&
        memmem(quote, strlen(quote), input->data + leak->secret, leak->secret_length) != NULL) {
        abort();
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes_at_hand input = { data, size };

    wire_leaks_each(data, size, seen, &input);
    return 0;
}
