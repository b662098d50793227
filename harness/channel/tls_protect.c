/* The protection of records; see tls_keys.h. */
#include "channel/tls_keys.h"

#include <mbedtls/aes.h>
#include <mbedtls/gcm.h>
#include <mbedtls/md.h>
#include <string.h>

enum { BLOCK = 16, FIXED_NONCE = 4, EXPLICIT_NONCE = 8, TAG = 16, HEADER = 13, MAC_MAX = 48 };

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

enum status tls_keys_expand(uint16_t version, const struct tls_cipher *cipher, const void *master,
                            size_t master_length, const uint8_t client_random[32],
                            const uint8_t server_random[32], struct tls_direction *ret_client,
                            struct tls_direction *ret_server, struct error *reterr)
{
    struct tls_direction client = { .cipher = cipher, .version = version };
    struct tls_direction server = client;
    size_t iv = cipher->gcm ? FIXED_NONCE : version == TLS_VERSION_10 ? BLOCK : 0;
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

static int gcm_crypt(const struct tls_direction *direction, int mode, const uint8_t header[HEADER],
                     const uint8_t explicit_nonce[EXPLICIT_NONCE], uint8_t *data, size_t length,
                     uint8_t tag[TAG])
{
    uint8_t nonce[FIXED_NONCE + EXPLICIT_NONCE];
    mbedtls_gcm_context gcm;
    int code;

    memcpy(nonce, direction->iv, FIXED_NONCE);
    memcpy(nonce + FIXED_NONCE, explicit_nonce, EXPLICIT_NONCE);
    mbedtls_gcm_init(&gcm);
    code = mbedtls_gcm_setkey(&gcm, MBEDTLS_CIPHER_ID_AES, direction->key,
                              8u * direction->cipher->key);
    if (code == 0 && mode == MBEDTLS_GCM_ENCRYPT) {
        code = mbedtls_gcm_crypt_and_tag(&gcm, mode, length, nonce, sizeof nonce, header, HEADER,
                                         data, data, TAG, tag);
    } else if (code == 0) {
        code = mbedtls_gcm_auth_decrypt(&gcm, length, nonce, sizeof nonce, header, HEADER, tag, TAG,
                                        data, data);
    }
    mbedtls_gcm_free(&gcm);
    return code;
}

static enum status gcm_seal(struct tls_direction *direction, uint8_t type, const void *plain,
                            size_t length, struct builder *builder, struct error *reterr)
{
    uint8_t room[TLS_PLAIN_MAX];
    uint8_t header[HEADER];
    uint8_t tag[TAG];
    size_t place;

    memcpy(room, plain, length);
    header_fill(header, direction, type, length);
    if (gcm_crypt(direction, MBEDTLS_GCM_ENCRYPT, header, header, room, length, tag) != 0) {
        return fail(reterr, STATUS_CRYPTO, "a record cannot be encrypted");
    }
    builder_u8(builder, type);
    builder_u16(builder, direction->version);
    place = builder_open(builder, 2);
    builder_put(builder, header, EXPLICIT_NONCE); /* the sequence number (RFC 5288 section 3) */
    builder_put(builder, room, length);
    builder_put(builder, tag, TAG);
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
    return direction->cipher->gcm
               ? gcm_seal(direction, type, plain, length, builder, reterr)
               : cbc_seal(direction, flaw, type, plain, length, seed, builder, reterr);
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

static bool gcm_open(struct tls_direction *direction, uint8_t type, uint8_t *content, size_t length,
                     const uint8_t **ret_plain, size_t *ret_length)
{
    uint8_t header[HEADER];
    uint8_t *data = content + EXPLICIT_NONCE;

    if (length < EXPLICIT_NONCE + TAG) {
        return false;
    }
    length -= EXPLICIT_NONCE + TAG;
    header_fill(header, direction, type, length);
    if (gcm_crypt(direction, MBEDTLS_GCM_DECRYPT, header, content, data, length, data + length) !=
        0) {
        return false;
    }
    *ret_plain = data;
    *ret_length = length;
    return true;
}

bool tls_direction_open(struct tls_direction *direction, uint8_t type, uint8_t *content,
                        size_t length, const uint8_t **ret_plain, size_t *ret_length)
{
    bool right = direction->cipher->gcm
                     ? gcm_open(direction, type, content, length, ret_plain, ret_length)
                     : cbc_open(direction, type, content, length, ret_plain, ret_length);

    direction->sequence++;
    return right;
}
