#include "channel/sha256.h"

#include "base/text.h"

#include <mbedtls/md.h>
#include <mbedtls/sha256.h>

enum status sha256_digest(const void *data, size_t length, unsigned char digest[32],
                          struct error *reterr)
{
    if (mbedtls_sha256(data, length, digest, 0) != 0) {
        return fail(reterr, STATUS_CRYPTO, "SHA-256 failed");
    }
    return STATUS_OK;
}

enum status sha256_text(const void *data, size_t length, char room[SHA256_TEXT_SIZE],
                        struct error *reterr)
{
    unsigned char digest[32];

    TRY(sha256_digest(data, length, digest, reterr));
    text_hex(digest, sizeof digest, room);
    return STATUS_OK;
}

enum status sha256_hmac(const void *key, size_t key_length, const void *data, size_t length,
                        unsigned char room[SHA256_SIZE], struct error *reterr)
{
    const mbedtls_md_info_t *sha256 = mbedtls_md_info_from_type(MBEDTLS_MD_SHA256);

    if (mbedtls_md_hmac(sha256, key, key_length, data, length, room) != 0) {
        return fail(reterr, STATUS_CRYPTO, "HMAC-SHA-256 failed");
    }
    return STATUS_OK;
}
