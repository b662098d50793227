#include "evidence/dsse.h"

#include "evidence/digest.h"
#include "evidence/json_strict.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { HEAD_MAX = 256, SIGNATURE_READ_MAX = 8192 };

/* Everything before the body. */
static enum status head_write(const char *type, size_t length, char room[HEAD_MAX],
                              size_t *ret_length, struct error *reterr)
{
    int got = snprintf(room, HEAD_MAX, "DSSEv1 %zu %s %zu ", strlen(type), type, length);

    if (got < 0 || got >= HEAD_MAX) {
        return fail(reterr, STATUS_LIMIT, "dsse.type: the payload type is too long");
    }
    *ret_length = (size_t) got;
    return STATUS_OK;
}

enum status dsse_encode(const char *type, const void *body, size_t length, struct bytes *out,
                        struct error *reterr)
{
    char head[HEAD_MAX];
    size_t head_length = 0;

    TRY(head_write(type, length, head, &head_length, reterr));
    TRY(bytes_append(out, head, head_length, reterr));
    return bytes_append(out, body, length, reterr);
}

static enum status encoding_digest(const char *type, const void *body, size_t length,
                                   struct digest *ret_digest, struct error *reterr)
{
    struct digest_stream stream;
    char head[HEAD_MAX];
    size_t head_length = 0;

    TRY(head_write(type, length, head, &head_length, reterr));
    digest_open(&stream);
    digest_update(&stream, head, head_length);
    digest_update(&stream, body, length);
    return digest_close(&stream, ret_digest, reterr);
}

enum status dsse_sign(const struct key *key, const char *type, const void *body, size_t length,
                      struct dsse_signature *ret_signature, struct error *reterr)
{
    struct digest digest;

    TRY(encoding_digest(type, body, length, &digest, reterr));
    return key_sign(key, digest.octets, ret_signature->der, &ret_signature->length, reterr);
}

enum status dsse_verify(const struct public_key *key, const char *type, const void *body,
                        size_t length, const struct dsse_signature *signature,
                        enum signature_outcome *ret_outcome, struct error *reterr)
{
    struct digest digest;

    TRY(encoding_digest(type, body, length, &digest, reterr));
    *ret_outcome = public_key_verify(key, digest.octets, signature->der, signature->length);
    return STATUS_OK;
}

/* Turns URL-safe text into the padded standard alphabet. */
static enum status to_standard(const char *text, size_t length, struct bytes *out,
                               struct error *reterr)
{
    size_t padding = (4 - length % 4) % 4;

    if (memchr(text, '+', length) != NULL || memchr(text, '/', length) != NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "dsse.base64: two alphabets in one text");
    }
    TRY(bytes_append(out, text, length, reterr));
    for (size_t i = 0; i < length; i++) {
        uint8_t c = out->data[i];

        out->data[i] = c == '-' ? '+' : c == '_' ? '/' : c;
    }
    return bytes_append(out, "==", padding > 2 ? 0 : padding, reterr);
}

enum status dsse_base64(const char *text, size_t length, struct bytes *out, struct error *reterr)
{
    DEFER(bytes_done) struct bytes standard = bytes_bounded(length + 4);
    bool url_safe = memchr(text, '-', length) != NULL || memchr(text, '_', length) != NULL;

    if (!url_safe && length % 4 == 0) {
        return json_strict_base64(text, length, out, reterr);
    }
    TRY(to_standard(text, length, &standard, reterr));
    return json_strict_base64((const char *) standard.data, standard.length, out, reterr);
}

enum status dsse_signature_read(const char *text, size_t length,
                                struct dsse_signature *ret_signature, struct error *reterr)
{
    DEFER(bytes_done) struct bytes der = bytes_bounded(SIGNATURE_READ_MAX);
    struct error inner = { 0 };

    if (dsse_base64(text, length, &der, &inner) != STATUS_OK) {
        return fail(reterr, STATUS_BAD_INPUT, "dsse.signature: not the base64 of a signature");
    }
    ret_signature->length = 0; /* what no signature can be stays empty, which none is either */
    if (der.length > 0 && der.length <= KEY_SIGNATURE_MAX) {
        memcpy(ret_signature->der, der.data, der.length);
        ret_signature->length = der.length;
    }
    return STATUS_OK;
}
