#include "channel/hash.h"

#include <mbedtls/md.h>

static const struct {
    const char *word;
    mbedtls_md_type_t type;
} kinds[HASH_KIND_COUNT] = {
    [HASH_MD5] = { "MD5", MBEDTLS_MD_MD5 },
    [HASH_SHA1] = { "SHA-1", MBEDTLS_MD_SHA1 },
    [HASH_SHA256] = { "SHA-256", MBEDTLS_MD_SHA256 },
};

const char *hash_word(enum hash_kind kind)
{
    return kinds[kind].word;
}

enum status hash_of(enum hash_kind kind, const void *data, size_t length,
                    unsigned char room[HASH_BYTES_MAX], size_t *ret_length, struct error *reterr)
{
    const mbedtls_md_info_t *info = mbedtls_md_info_from_type(kinds[kind].type);

    if (info == NULL || mbedtls_md(info, data, length, room) != 0) {
        return fail(reterr, STATUS_CRYPTO, "%s failed", kinds[kind].word);
    }
    *ret_length = mbedtls_md_get_size(info);
    return STATUS_OK;
}
