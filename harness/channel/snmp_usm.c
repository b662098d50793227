#include "channel/snmp_usm.h"

#include "base/bytes.h"
#include "base/secret.h"
#include "base/text.h"

#include <mbedtls/aes.h>
#include <mbedtls/des.h>
#include <mbedtls/md.h>
#include <string.h>

enum {
    PASSPHRASE_STRETCH = 1048576, /* octets that are hashed (RFC 3414 appendix A.2) */
    PIECE = 64,
    BLOCK_DES = 8,
    BLOCK_AES = 16,
    KEY_BITS_AES = 128
};

static const struct {
    const char *word;
    mbedtls_md_type_t md;
    size_t tag;
} hashes[] = {
    [SNMP_SHA1] = { "sha", MBEDTLS_MD_SHA1, 12 },
    [SNMP_MD5] = { "md5", MBEDTLS_MD_MD5, 12 },
    [SNMP_SHA224] = { "sha224", MBEDTLS_MD_SHA224, 16 },
    [SNMP_SHA256] = { "sha256", MBEDTLS_MD_SHA256, 24 },
    [SNMP_SHA384] = { "sha384", MBEDTLS_MD_SHA384, 32 },
    [SNMP_SHA512] = { "sha512", MBEDTLS_MD_SHA512, 48 },
};

bool snmp_hash_find(const char *word, enum snmp_hash *ret_hash)
{
    *ret_hash = SNMP_SHA1;
    for (size_t i = 0; word != NULL && i < sizeof hashes / sizeof hashes[0]; i++) {
        if (text_equal(hashes[i].word, word)) {
            *ret_hash = (enum snmp_hash) i;
            return true;
        }
    }
    return word == NULL;
}

bool snmp_cipher_find(const char *word, enum snmp_cipher *ret_cipher)
{
    static const char *const words[] = {
        [SNMP_AES] = "aes", [SNMP_DES] = "des", [SNMP_NO_CIPHER] = "none"
    };

    *ret_cipher = SNMP_AES;
    for (size_t i = 0; word != NULL && i < sizeof words / sizeof words[0]; i++) {
        if (text_equal(words[i], word)) {
            *ret_cipher = (enum snmp_cipher) i;
            return true;
        }
    }
    return word == NULL;
}

size_t snmp_tag_length(enum snmp_hash hash)
{
    return hashes[hash].tag;
}

static int stretch(mbedtls_md_context_t *md, const char *passphrase)
{
    uint8_t piece[PIECE];
    size_t length = strlen(passphrase);
    size_t at = 0;
    int code = mbedtls_md_starts(md);

    for (size_t done = 0; code == 0 && done < PASSPHRASE_STRETCH; done += sizeof piece) {
        for (size_t i = 0; i < sizeof piece; i++) {
            piece[i] = (uint8_t) passphrase[at];
            at = at + 1 < length ? at + 1 : 0;
        }
        code = mbedtls_md_update(md, piece, sizeof piece);
    }
    secret_wipe(piece, sizeof piece);
    return code;
}

enum status snmp_key(enum snmp_hash hash, const char *passphrase, const void *engine,
                     size_t engine_length, uint8_t key[SNMP_KEY_MAX], size_t *ret_length,
                     struct error *reterr)
{
    const mbedtls_md_info_t *info = mbedtls_md_info_from_type(hashes[hash].md);
    DEFER(mbedtls_md_free) mbedtls_md_context_t md;
    bool done;

    mbedtls_md_init(&md);
    if (passphrase[0] == '\0') {
        return fail(reterr, STATUS_BAD_INPUT, "no key comes from an empty passphrase");
    }
    if (info == NULL || mbedtls_md_setup(&md, info, 0) != 0) {
        return fail(reterr, STATUS_CRYPTO, "the hash %s cannot be had", hashes[hash].word);
    }
    *ret_length = mbedtls_md_get_size(info);
    done = stretch(&md, passphrase) == 0 && mbedtls_md_finish(&md, key) == 0 &&
           mbedtls_md_starts(&md) == 0 && mbedtls_md_update(&md, key, *ret_length) == 0 &&
           mbedtls_md_update(&md, engine, engine_length) == 0 &&
           mbedtls_md_update(&md, key, *ret_length) == 0 && mbedtls_md_finish(&md, key) == 0;
    return done ? STATUS_OK : fail(reterr, STATUS_CRYPTO, "hashing a passphrase failed");
}

enum status snmp_tag(enum snmp_hash hash, const uint8_t *key, size_t key_length,
                     const void *message, size_t length, uint8_t tag[SNMP_TAG_MAX],
                     struct error *reterr)
{
    uint8_t whole[MBEDTLS_MD_MAX_SIZE];

    if (mbedtls_md_hmac(mbedtls_md_info_from_type(hashes[hash].md), key, key_length, message,
                        length, whole) != 0) {
        return fail(reterr, STATUS_CRYPTO, "no authentication code could be made");
    }
    memcpy(tag, whole, hashes[hash].tag);
    return STATUS_OK;
}

static int aes(const struct snmp_privacy *privacy, int mode, uint8_t *data, size_t length)
{
    DEFER(mbedtls_aes_free) mbedtls_aes_context context;
    uint8_t start[BLOCK_AES];
    struct builder builder = builder_over(start, sizeof start);
    size_t offset = 0;

    mbedtls_aes_init(&context);
    builder_u32(&builder, privacy->boots);
    builder_u32(&builder, privacy->time);
    builder_put(&builder, privacy->salt, BLOCK_DES);
    if (mbedtls_aes_setkey_enc(&context, privacy->key, KEY_BITS_AES) != 0) {
        return -1;
    }
    return mbedtls_aes_crypt_cfb128(&context, mode, length, &offset, start, data, data);
}

static int des(const struct snmp_privacy *privacy, int mode, uint8_t *data, size_t length)
{
    DEFER(mbedtls_des_free) mbedtls_des_context context;
    uint8_t start[BLOCK_DES];
    int code;

    mbedtls_des_init(&context);
    for (size_t i = 0; i < sizeof start; i++) {
        start[i] = privacy->key[BLOCK_DES + i] ^ privacy->salt[i];
    }
    code = mode == MBEDTLS_DES_ENCRYPT ? mbedtls_des_setkey_enc(&context, privacy->key)
                                       : mbedtls_des_setkey_dec(&context, privacy->key);
    return code != 0 ? code : mbedtls_des_crypt_cbc(&context, mode, length, start, data, data);
}

enum status snmp_encipher(const struct snmp_privacy *privacy, uint8_t *data, size_t *length,
                          struct error *reterr)
{
    int code;

    if (privacy->cipher == SNMP_AES) {
        code = aes(privacy, MBEDTLS_AES_ENCRYPT, data, *length);
    } else {
        for (; *length % BLOCK_DES != 0; (*length)++) {
            data[*length] = 0;
        }
        code = des(privacy, MBEDTLS_DES_ENCRYPT, data, *length);
    }
    return code == 0 ? STATUS_OK : fail(reterr, STATUS_CRYPTO, "enciphering a message failed");
}

enum status snmp_decipher(const struct snmp_privacy *privacy, uint8_t *data, size_t length,
                          struct error *reterr)
{
    int code = 0;

    if (privacy->cipher == SNMP_AES) {
        code = aes(privacy, MBEDTLS_AES_DECRYPT, data, length);
    } else if (length % BLOCK_DES == 0) {
        code = des(privacy, MBEDTLS_DES_DECRYPT, data, length);
    }
    return code == 0 ? STATUS_OK : fail(reterr, STATUS_CRYPTO, "deciphering a message failed");
}
