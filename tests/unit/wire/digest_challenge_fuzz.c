#include "wire/digest_challenge.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wire_digest_challenge challenge;

    if (wire_digest_challenge_read(data, size, &challenge) &&
        (!wire_digest_usable(&challenge) || strpbrk(challenge.nonce, "\r\n") != NULL ||
         strpbrk(challenge.realm, "\r\n") != NULL || strpbrk(challenge.opaque, "\r\n") != NULL)) {
        abort();
    }
    return 0;
}
