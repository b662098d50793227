#include "wire/http_challenge.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wire_http_challenge challenge = { .count = 0 };

    wire_http_challenge_read(data, size, &challenge);
    wire_http_challenge_read(data, size / 2, &challenge);
    if (challenge.count > WIRE_HTTP_SCHEMES_MAX) {
        abort();
    }
    for (size_t i = 0; i < challenge.count; i++) {
        if (challenge.schemes[i][0] == '\0' ||
            memchr(challenge.schemes[i], '\0', WIRE_HTTP_SCHEME_SIZE) == NULL) {
            abort();
        }
    }
    return 0;
}
