/* The protection of records; see tls_keys.h. */
#include "channel/tls_keys.h"

#include <mbedtls/aes.h>
#include <mbedtls/ccm.h>
#include <mbedtls/chachapoly.h>
#include <mbedtls/gcm.h>
#include <mbedtls/md.h>
#include <string.h>

enum {
    BLOCK = 16,
    NONCE = 12,
    EXPLICIT_NONCE = 8,
    FIXED_NONCE = NONCE - EXPLICIT_NONCE,
    TAG_MAX = 16,
    HEADER = 13,
    MAC_MAX = 48
};

const char *tls_record_flaw_word(enum tls_record_flaw flaw)
{
    static const char *const words[TLS_RECORD_FLAW_COUNT] = {
        [TLS_RECORD_RIGHT] = "right",
        [TLS_RECORD_PADDING] = "wrong padding",
        [TLS_RECORD_MAC] = "wrong MAC",
        [TLS_RECORD_PADDING_LONG] = "padding longer than the record",
    };

    return words[flaw];
}

static void take(const uint8_t **at, uint8_t *into, size_t length)
{
    memcpy(into, *at, length);
    *at += length;
}

/* How much of the key block goes into it (RFC 5246 section 6.3, RFC 5288 section 3, RFC 7905
 * section 2). */
static size_t iv_length(uint16_t version, const struct tls_cipher *cipher)
{
    switch (cipher->mode) {
    case TLS_MODE_CBC:
        return version == TLS_VERSION_10 ? BLOCK : 0;
    case TLS_MODE_CHACHA:
        return NONCE;
    default:
        return FIXED_NONCE;
    }
}

enum status tls_keys_expand(uint16_t version, const struct tls_cipher *cipher, const void *master,
                            size_t master_length, const uint8_t client_random[32],
                            const uint8_t server_random[32], struct tls_direction *ret_client,
                            struct tls_direction *ret_server, struct error *reterr)
{
    struct tls_direction client = { .cipher = cipher, .version = version };
    struct tls_direction server = client;
    size_t iv = iv_length(version, cipher);
    uint8_t block[2 * (48 + 32 + BLOCK)];
    uint8_t seed[64];
    const uint8_t *at = block;

    memcpy(seed, server_random, 32);
    memcpy(seed + 32, client_random, 32);
    TRY(tls_keys_derive(version, cipher->hash_384, master, master_length, "key expansion", seed,
                        sizeof seed, block, 2 * ((size_t) cipher->mac + cipher->key + iv), reterr));
    take(&at, client.mac_key, cipher->mac);
    take(&at, server.mac_key, cipher->mac);
    take(&at, client.key, cipher->key);
    take(&at, server.key, cipher->key);
    take(&at, client.iv, iv);
    take(&at, server.iv, iv);
    *ret_client = client;
    *ret_server = server;
    return STATUS_OK;
}

/* What MAC and tag also cover (RFC 5246 section 6.2.3.1). */
static void header_fill(uint8_t header[HEADER], const struct tls_direction *direction, uint8_t type,
                        size_t length)
{
    for (unsigned i = 0; i < 8; i++) {
        header[i] = (uint8_t) (direction->sequence >> (56 - 8 * i));
    }
    header[8] = type;
    header[9] = (uint8_t) (direction->version >> 8);
    header[10] = (uint8_t) direction->version;
    header[11] = (uint8_t) (length >> 8);
    header[12] = (uint8_t) length;
}

static int mac_make(const struct tls_direction *direction, uint8_t type, const uint8_t *plain,
                    size_t length, uint8_t mac[MAC_MAX])
{
    uint8_t size = direction->cipher->mac;
    const mbedtls_md_info_t *info = mbedtls_md_info_from_type(size == 20   ? MBEDTLS_MD_SHA1
                                                              : size == 32 ? MBEDTLS_MD_SHA256
                                                                           : MBEDTLS_MD_SHA384);
    uint8_t header[HEADER];
    mbedtls_md_context_t context;
    int code;

    header_fill(header, direction, type, length);
    mbedtls_md_init(&context);
    code = info == NULL ? -1 : mbedtls_md_setup(&context, info, 1);
    if (code == 0) {
        code = mbedtls_md_hmac_starts(&context, direction->mac_key, size);
    }
    if (code == 0) {
        code = mbedtls_md_hmac_update(&context, header, sizeof header);
    }
    if (code == 0) {
        code = mbedtls_md_hmac_update(&context, plain, length);
    }
    if (code == 0) {
        code = mbedtls_md_hmac_finish(&context, mac);
    }
    mbedtls_md_free(&context);
    return code;
}

static int cbc_crypt(const struct tls_direction *direction, int mode, uint8_t iv[BLOCK],
                     uint8_t *data, size_t length)
{
    mbedtls_aes_context aes;
    unsigned bits = 8u * direction->cipher->key;
    int code;

    mbedtls_aes_init(&aes);
    code = mode == MBEDTLS_AES_ENCRYPT ? mbedtls_aes_setkey_enc(&aes, direction->key, bits)
                                       : mbedtls_aes_setkey_dec(&aes, direction->key, bits);
    if (code == 0) {
        code = mbedtls_aes_crypt_cbc(&aes, mode, length, iv, data, data);
    }
    mbedtls_aes_free(&aes);
    return code;
}

/* Between one and two blocks, so that there is always padding that can be wrong.  Returns the
 * length with MAC and padding; 0: the MAC failed. */
static size_t cbc_pad(const struct tls_direction *direction, enum tls_record_flaw flaw,
                      uint8_t type, uint8_t *data, size_t length)
{
    size_t whole = length + direction->cipher->mac;
    size_t padding = 2 * BLOCK - whole % BLOCK;

    if (mac_make(direction, type, data, length, data + length) != 0) {
        return 0;
    }
    if (flaw == TLS_RECORD_MAC) {
        data[length] ^= 0x55;
    }
    memset(data + whole, (int) (padding - 1), padding);
    if (flaw == TLS_RECORD_PADDING) {
        memset(data + whole, (int) (padding - 1) ^ 0x55, padding - 1);
    }
    if (flaw == TLS_RECORD_PADDING_LONG) {
        memset(data + whole, 0xff, padding);
    }
    return whole + padding;
}

static enum status cbc_seal(struct tls_direction *direction, enum tls_record_flaw flaw,
                            uint8_t type, const void *plain, size_t length, uint64_t *seed,
                            struct builder *builder, struct error *reterr)
{
    uint8_t room[TLS_PLAIN_MAX + MAC_MAX + 2 * BLOCK];
    bool explicit_iv = direction->version > TLS_VERSION_10;
    uint8_t iv[BLOCK];
    size_t whole;
    size_t place;

    memcpy(room, plain, length);
    whole = cbc_pad(direction, flaw, type, room, length);
    builder_u8(builder, type);
    builder_u16(builder, direction->version);
    place = builder_open(builder, 2);
    if (explicit_iv) {
        tls_keys_numbers(seed, direction->iv, BLOCK);
        builder_put(builder, direction->iv, BLOCK);
    }
    memcpy(iv, direction->iv, BLOCK);
    if (whole == 0 || cbc_crypt(direction, MBEDTLS_AES_ENCRYPT, iv, room, whole) != 0) {
        return fail(reterr, STATUS_CRYPTO, "a record cannot be encrypted");
    }
    memcpy(direction->iv, room + whole - BLOCK, BLOCK);
    builder_put(builder, room, whole);
    builder_close(builder, place, 2);
    direction->sequence++;
    return STATUS_OK;
}

/* The nonce that follows from the fixed part and, if the record carries one, the explicit part. */
static void nonce_fill(const struct tls_direction *direction, const uint8_t *explicit_nonce,
                       uint8_t nonce[NONCE])
{
    memcpy(nonce, direction->iv, NONCE);
    if (direction->cipher->mode != TLS_MODE_CHACHA) {
        memcpy(nonce + FIXED_NONCE, explicit_nonce, EXPLICIT_NONCE);
        return;
    }
    for (unsigned i = 0; i < EXPLICIT_NONCE; i++) {
        nonce[FIXED_NONCE + i] ^= (uint8_t) (direction->sequence >> (56 - 8 * i));
    }
}

static size_t tag_length(const struct tls_direction *direction)
{
    return direction->cipher->mode == TLS_MODE_CCM_8 ? 8 : TAG_MAX;
}

static int gcm_crypt(const struct tls_direction *direction, bool encrypt, const uint8_t *nonce,
                     const uint8_t *header, uint8_t *data, size_t length, uint8_t *tag)
{
    mbedtls_gcm_context gcm;
    int code;

    mbedtls_gcm_init(&gcm);
    code = mbedtls_gcm_setkey(&gcm, MBEDTLS_CIPHER_ID_AES, direction->key,
                              8u * direction->cipher->key);
    if (code == 0 && encrypt) {
        code = mbedtls_gcm_crypt_and_tag(&gcm, MBEDTLS_GCM_ENCRYPT, length, nonce, NONCE, header,
                                         HEADER, data, data, TAG_MAX, tag);
    } else if (code == 0) {
        code = mbedtls_gcm_auth_decrypt(&gcm, length, nonce, NONCE, header, HEADER, tag, TAG_MAX,
                                        data, data);
    }
    mbedtls_gcm_free(&gcm);
    return code;
}

static int ccm_crypt(const struct tls_direction *direction, bool encrypt, const uint8_t *nonce,
                     const uint8_t *header, uint8_t *data, size_t length, uint8_t *tag)
{
    mbedtls_ccm_context ccm;
    int code;

    mbedtls_ccm_init(&ccm);
    code = mbedtls_ccm_setkey(&ccm, MBEDTLS_CIPHER_ID_AES, direction->key,
                              8u * direction->cipher->key);
    if (code == 0 && encrypt) {
        code = mbedtls_ccm_encrypt_and_tag(&ccm, length, nonce, NONCE, header, HEADER, data, data,
                                           tag, tag_length(direction));
    } else if (code == 0) {
        code = mbedtls_ccm_auth_decrypt(&ccm, length, nonce, NONCE, header, HEADER, data, data, tag,
                                        tag_length(direction));
    }
    mbedtls_ccm_free(&ccm);
    return code;
}

static int chacha_crypt(const struct tls_direction *direction, bool encrypt, const uint8_t *nonce,
                        const uint8_t *header, uint8_t *data, size_t length, uint8_t *tag)
{
    mbedtls_chachapoly_context chacha;
    int code;

    mbedtls_chachapoly_init(&chacha);
    code = mbedtls_chachapoly_setkey(&chacha, direction->key);
    if (code == 0 && encrypt) {
        code = mbedtls_chachapoly_encrypt_and_tag(&chacha, length, nonce, header, HEADER, data,
                                                  data, tag);
    } else if (code == 0) {
        code = mbedtls_chachapoly_auth_decrypt(&chacha, length, nonce, header, HEADER, tag, data,
                                               data);
    }
    mbedtls_chachapoly_free(&chacha);
    return code;
}

static int aead_crypt(const struct tls_direction *direction, bool encrypt, uint8_t type,
                      const uint8_t *explicit_nonce, uint8_t *data, size_t length, uint8_t *tag)
{
    uint8_t header[HEADER];
    uint8_t nonce[NONCE];

    header_fill(header, direction, type, length);
    nonce_fill(direction, explicit_nonce, nonce);
    switch (direction->cipher->mode) {
    case TLS_MODE_GCM:
        return gcm_crypt(direction, encrypt, nonce, header, data, length, tag);
    case TLS_MODE_CHACHA:
        return chacha_crypt(direction, encrypt, nonce, header, data, length, tag);
    default:
        return ccm_crypt(direction, encrypt, nonce, header, data, length, tag);
    }
}

static size_t explicit_length(const struct tls_direction *direction)
{
    return direction->cipher->mode == TLS_MODE_CHACHA ? 0 : EXPLICIT_NONCE;
}

static enum status aead_seal(struct tls_direction *direction, uint8_t type, const void *plain,
                             size_t length, struct builder *builder, struct error *reterr)
{
    uint8_t room[TLS_PLAIN_MAX];
    uint8_t header[HEADER];
    uint8_t tag[TAG_MAX];
    size_t place;

    memcpy(room, plain, length);
    /* The explicit nonce is the sequence number (RFC 5288 section 3), with which it begins. */
    header_fill(header, direction, type, length);
    if (aead_crypt(direction, true, type, header, room, length, tag) != 0) {
        return fail(reterr, STATUS_CRYPTO, "a record cannot be encrypted");
    }
    builder_u8(builder, type);
    builder_u16(builder, direction->version);
    place = builder_open(builder, 2);
    builder_put(builder, header, explicit_length(direction));
    builder_put(builder, room, length);
    builder_put(builder, tag, tag_length(direction));
    builder_close(builder, place, 2);
    direction->sequence++;
    return STATUS_OK;
}

enum status tls_direction_seal(struct tls_direction *direction, enum tls_record_flaw flaw,
                               uint8_t type, const void *plain, size_t length, uint64_t *seed,
                               struct builder *builder, struct error *reterr)
{
    if (length > TLS_PLAIN_MAX) {
        return fail(reterr, STATUS_INTERNAL, "a record of %zu bytes", length);
    }
    return direction->cipher->mode == TLS_MODE_CBC
               ? cbc_seal(direction, flaw, type, plain, length, seed, builder, reterr)
               : aead_seal(direction, type, plain, length, builder, reterr);
}

static bool cbc_open(struct tls_direction *direction, uint8_t type, uint8_t *content, size_t length,
                     const uint8_t **ret_plain, size_t *ret_length)
{
    size_t mac_length = direction->cipher->mac;
    uint8_t mac[MAC_MAX];
    uint8_t next[BLOCK];
    size_t padding;

    if (direction->version > TLS_VERSION_10) {
        if (length < BLOCK) {
            return false;
        }
        memcpy(direction->iv, content, BLOCK);
        content += BLOCK;
        length -= BLOCK;
    }
    if (length < BLOCK || length % BLOCK != 0) {
        return false;
    }
    memcpy(next, content + length - BLOCK, BLOCK);
    if (cbc_crypt(direction, MBEDTLS_AES_DECRYPT, direction->iv, content, length) != 0) {
        return false;
    }
    memcpy(direction->iv, next, BLOCK);
    padding = (size_t) content[length - 1] + 1;
    if (length < padding + mac_length) {
        return false;
    }
    length -= padding + mac_length;
    if (mac_make(direction, type, content, length, mac) != 0 ||
        memcmp(mac, content + length, mac_length) != 0) {
        return false;
    }
    *ret_plain = content;
    *ret_length = length;
    return true;
}

static bool aead_open(struct tls_direction *direction, uint8_t type, uint8_t *content,
                      size_t length, const uint8_t **ret_plain, size_t *ret_length)
{
    size_t before = explicit_length(direction);
    uint8_t *data = content + before;

    if (length < before + tag_length(direction)) {
        return false;
    }
    length -= before + tag_length(direction);
    if (aead_crypt(direction, false, type, content, data, length, data + length) != 0) {
        return false;
    }
    *ret_plain = data;
    *ret_length = length;
    return true;
}

bool tls_direction_open(struct tls_direction *direction, uint8_t type, uint8_t *content,
                        size_t length, const uint8_t **ret_plain, size_t *ret_length)
{
    bool right = direction->cipher->mode == TLS_MODE_CBC
                     ? cbc_open(direction, type, content, length, ret_plain, ret_length)
                     : aead_open(direction, type, content, length, ret_plain, ret_length);

    direction->sequence++;
    return right;
}
