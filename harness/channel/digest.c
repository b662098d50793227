#include "channel/digest.h"

#include "base/secret.h"
#include "base/text.h"

#include <mbedtls/md.h>
#include <stdio.h>
#include <string.h>

enum { HASH_MAX = 32, HASH_TEXT_SIZE = 2 * HASH_MAX + 1, PARTS_MAX = 6, COUNT_SIZE = 16 };

static void context_done(mbedtls_md_context_t *context)
{
    mbedtls_md_free(context);
}

/* The hash, in hexadecimal, of the parts with colons between them. */
static enum status joined_hash(enum wire_digest_hash hash, const char *const *parts,
                               char room[HASH_TEXT_SIZE], struct error *reterr)
{
    const mbedtls_md_info_t *info =
        mbedtls_md_info_from_type(hash == WIRE_DIGEST_SHA256 ? MBEDTLS_MD_SHA256 : MBEDTLS_MD_MD5);
    DEFER(context_done) mbedtls_md_context_t context;
    unsigned char digest[HASH_MAX];
    int code;

    mbedtls_md_init(&context);
    code = info == NULL ? -1 : mbedtls_md_setup(&context, info, 0);
    code = code != 0 ? code : mbedtls_md_starts(&context);
    for (size_t i = 0; code == 0 && parts[i] != NULL; i++) {
        if (i > 0) {
            code = mbedtls_md_update(&context, (const unsigned char *) ":", 1);
        }
        code = code != 0 ? code
                         : mbedtls_md_update(&context, (const unsigned char *) parts[i],
                                             strlen(parts[i]));
    }
    code = code != 0 ? code : mbedtls_md_finish(&context, digest);
    if (code != 0) {
        return fail(reterr, STATUS_CRYPTO, "the hash of a Digest log-in failed");
    }
    text_hex(digest, mbedtls_md_get_size(info), room);
    return STATUS_OK;
}

static enum status response_make(const struct digest_claim *claim, const char *count,
                                 char response[HASH_TEXT_SIZE], struct error *reterr)
{
    const struct wire_digest_challenge *challenge = claim->challenge;
    char first[HASH_TEXT_SIZE];
    char second[HASH_TEXT_SIZE];

    TRY(joined_hash(
        challenge->hash,
        (const char *const[PARTS_MAX]){ claim->user, challenge->realm, claim->password, NULL },
        first, reterr));
    if (challenge->session) {
        TRY(joined_hash(
            challenge->hash,
            (const char *const[PARTS_MAX]){ first, challenge->nonce, claim->client_nonce, NULL },
            first, reterr));
    }
    TRY(joined_hash(challenge->hash,
                    (const char *const[PARTS_MAX]){ claim->method, claim->uri, NULL }, second,
                    reterr));
    if (challenge->qop_auth) {
        return joined_hash(challenge->hash,
                           (const char *const[PARTS_MAX + 1]){ first, challenge->nonce, count,
                                                               claim->client_nonce, "auth", second,
                                                               NULL },
                           response, reterr);
    }
    return joined_hash(challenge->hash,
                       (const char *const[PARTS_MAX]){ first, challenge->nonce, second, NULL },
                       response, reterr);
}

static enum status user_put(const char *user, struct bytes *out, struct error *reterr)
{
    for (const char *at = user; *at != '\0'; at++) {
        unsigned char octet = (unsigned char) *at;

        if (octet < ' ' || octet == 0x7f) {
            return fail(reterr, STATUS_BAD_INPUT, "a user's name cannot stand in a header field");
        }
        if (octet == '"' || octet == '\\') {
            TRY(bytes_append_text(out, "\\", reterr));
        }
        TRY(bytes_append(out, at, 1, reterr));
    }
    return STATUS_OK;
}

static enum status quoted_put(const char *name, const char *value, struct bytes *out,
                              struct error *reterr)
{
    TRY(bytes_append_text(out, ", ", reterr));
    TRY(bytes_append_text(out, name, reterr));
    TRY(bytes_append_text(out, "=\"", reterr));
    TRY(bytes_append_text(out, value, reterr));
    return bytes_append_text(out, "\"", reterr);
}

enum status digest_answer(const struct digest_claim *claim, struct bytes *out, struct error *reterr)
{
    const struct wire_digest_challenge *challenge = claim->challenge;
    char response[HASH_TEXT_SIZE];
    char count[COUNT_SIZE];

    (void) snprintf(count, sizeof count, "%08x", claim->count);
    TRY(response_make(claim, count, response, reterr));
    TRY(bytes_append_text(out, "Digest username=\"", reterr));
    TRY(user_put(claim->user, out, reterr));
    TRY(bytes_append_text(out, "\"", reterr));
    TRY(quoted_put("realm", challenge->realm, out, reterr));
    TRY(quoted_put("nonce", challenge->nonce, out, reterr));
    TRY(quoted_put("uri", claim->uri, out, reterr));
    TRY(quoted_put("response", response, out, reterr));
    secret_wipe(response, sizeof response);
    if (challenge->opaque[0] != '\0') {
        TRY(quoted_put("opaque", challenge->opaque, out, reterr));
    }
    if (challenge->algorithm[0] != '\0') {
        TRY(bytes_append_text(out, ", algorithm=", reterr));
        TRY(bytes_append_text(out, challenge->algorithm, reterr));
    }
    if (challenge->qop_auth) {
        TRY(bytes_append_text(out, ", qop=auth, nc=", reterr));
        TRY(bytes_append_text(out, count, reterr));
    }
    if (challenge->qop_auth || challenge->session) {
        TRY(quoted_put("cnonce", claim->client_nonce, out, reterr));
    }
    return STATUS_OK;
}
