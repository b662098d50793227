#include "channel/sha256.h"

#include "base/text.h"

#include <mbedtls/sha256.h>

enum status sha256_text(const void *data, size_t length, char room[SHA256_TEXT_SIZE],
                        struct error *reterr)
{
    unsigned char digest[32];

    if (mbedtls_sha256(data, length, digest, 0) != 0) {
        return fail(reterr, STATUS_CRYPTO, "SHA-256 failed");
    }
    text_hex(digest, sizeof digest, room);
    return STATUS_OK;
}
