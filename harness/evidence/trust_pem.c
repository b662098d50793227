#include "base/text.h"
#include "evidence/trust.h"
#include "evidence/trust_private.h"

#include <mbedtls/pem.h>
#include <string.h>

enum status trust_pem_load(const char *path, const char *label, struct bytes *der,
                           struct error *reterr)
{
    DEFER(bytes_done) struct bytes text = bytes_bounded(TRUST_CERTIFICATE_MAX * 2);
    DEFER(arena_done) struct arena *arena = arena_new();
    const char *begin = arena_format(arena, "-----BEGIN %s-----", label);
    const char *end = arena_format(arena, "-----END %s-----", label);
    mbedtls_pem_context block;
    size_t used = 0;
    enum status status;

    TRY(trust_file_read(path, &text, reterr));
    if (text.length == 0 || memchr(text.data, '\0', text.length) != NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "%s: not a PEM file", path);
    }
    TRY(bytes_append(&text, "", 1, reterr));
    mbedtls_pem_init(&block);
    if (mbedtls_pem_read_buffer(&block, begin, end, text.data, NULL, 0, &used) != 0 ||
        strstr((const char *) text.data + used, "-----BEGIN") != NULL) {
        status = fail(reterr, STATUS_BAD_INPUT, "%s: not one PEM block '%s'", path, label);
    } else {
        size_t length = 0;
        const unsigned char *data = mbedtls_pem_get_buffer(&block, &length);

        status = bytes_append(der, data, length, reterr);
    }
    mbedtls_pem_free(&block);
    return status;
}
