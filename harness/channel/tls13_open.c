#include "channel/tls13_open.h"

#include "base/bytes.h"

#include <mbedtls/hkdf.h>
#include <psa/crypto.h>
#include <string.h>

enum { HASH_MAX = 48, LABEL_ROOM = 2 + 1 + 6 + 16 + 1 + HASH_MAX };

struct suite {
    uint16_t code;
    psa_algorithm_t hash;
    mbedtls_md_type_t md;
    size_t hash_length;
    psa_algorithm_t cipher;
    psa_key_type_t key_type;
    size_t key_length;
};

static const struct suite suites[] = {
    { 0x1301, PSA_ALG_SHA_256, MBEDTLS_MD_SHA256, 32, PSA_ALG_GCM, PSA_KEY_TYPE_AES, 16 },
    { 0x1302, PSA_ALG_SHA_384, MBEDTLS_MD_SHA384, 48, PSA_ALG_GCM, PSA_KEY_TYPE_AES, 32 },
    { 0x1303, PSA_ALG_SHA_256, MBEDTLS_MD_SHA256, 32, PSA_ALG_CHACHA20_POLY1305,
      PSA_KEY_TYPE_CHACHA20, 32 },
    { 0x1304, PSA_ALG_SHA_256, MBEDTLS_MD_SHA256, 32, PSA_ALG_CCM, PSA_KEY_TYPE_AES, 16 },
    { 0x1305, PSA_ALG_SHA_256, MBEDTLS_MD_SHA256, 32,
      PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_CCM, 8), PSA_KEY_TYPE_AES, 16 },
};

static const struct suite *suite_find(uint16_t code)
{
    for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++) {
        if (suites[i].code == code) {
            return &suites[i];
        }
    }
    return NULL;
}

bool tls13_suite_known(uint16_t suite)
{
    return suite_find(suite) != NULL;
}

/* HKDF-Expand-Label (RFC 8446 section 7.1). */
static bool expand(const struct suite *suite, const uint8_t *secret, const char *label,
                   const void *context, size_t context_length, uint8_t *room, size_t length)
{
    uint8_t info[LABEL_ROOM];
    struct builder builder = builder_over(info, sizeof info);
    size_t place;

    builder_u16(&builder, (uint16_t) length);
    place = builder_open(&builder, 1);
    builder_put(&builder, "tls13 ", 6);
    builder_put(&builder, label, strlen(label));
    builder_close(&builder, place, 1);
    builder_u8(&builder, (uint8_t) context_length);
    builder_put(&builder, context, context_length);
    return !builder.overflow &&
           mbedtls_hkdf_expand(mbedtls_md_info_from_type(suite->md), secret, suite->hash_length,
                               info, builder.length, room, length) == 0;
}

static bool derive(const struct suite *suite, const void *secret, size_t secret_length,
                   const void *hellos, size_t hellos_length, struct tls13_key *key)
{
    static const uint8_t zeros[HASH_MAX] = { 0 };
    const mbedtls_md_info_t *md = mbedtls_md_info_from_type(suite->md);
    uint8_t early[HASH_MAX];
    uint8_t derived[HASH_MAX];
    uint8_t handshake[HASH_MAX];
    uint8_t traffic[HASH_MAX];
    uint8_t of_nothing[HASH_MAX];
    uint8_t of_hellos[HASH_MAX];
    size_t size = suite->hash_length;

    return psa_crypto_init() == PSA_SUCCESS &&
           psa_hash_compute(suite->hash, zeros, 0, of_nothing, sizeof of_nothing, &size) ==
               PSA_SUCCESS &&
           psa_hash_compute(suite->hash, hellos, hellos_length, of_hellos, sizeof of_hellos,
                            &size) == PSA_SUCCESS &&
           mbedtls_hkdf_extract(md, NULL, 0, zeros, size, early) == 0 &&
           expand(suite, early, "derived", of_nothing, size, derived, size) &&
           mbedtls_hkdf_extract(md, derived, size, secret, secret_length, handshake) == 0 &&
           expand(suite, handshake, "s hs traffic", of_hellos, size, traffic, size) &&
           expand(suite, traffic, "key", NULL, 0, key->key, suite->key_length) &&
           expand(suite, traffic, "iv", NULL, 0, key->iv, sizeof key->iv);
}

enum status tls13_key_derive(uint16_t suite, const void *secret, size_t secret_length,
                             const void *hellos, size_t hellos_length, struct tls13_key *ret_key,
                             struct error *reterr)
{
    const struct suite *known = suite_find(suite);

    if (known == NULL) {
        return fail(reterr, STATUS_BAD_INPUT, "no suite of TLS 1.3: 0x%04x", suite);
    }
    *ret_key = (struct tls13_key){ .suite = suite, .key_length = known->key_length };
    if (!derive(known, secret, secret_length, hellos, hellos_length, ret_key)) {
        return fail(reterr, STATUS_CRYPTO, "a TLS 1.3 key cannot be derived");
    }
    return STATUS_OK;
}

bool tls13_open(const struct tls13_key *key, uint64_t sequence, const uint8_t header[5],
                const void *body, size_t length, uint8_t *room, uint8_t *ret_type,
                size_t *ret_length)
{
    const struct suite *suite = suite_find(key->suite);
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    mbedtls_svc_key_id_t id = MBEDTLS_SVC_KEY_ID_INIT;
    uint8_t nonce[12];
    psa_status_t status;

    memcpy(nonce, key->iv, sizeof nonce);
    for (size_t i = 0; i < 8; i++) {
        nonce[11 - i] ^= (uint8_t) (sequence >> 8 * i);
    }
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_DECRYPT);
    psa_set_key_algorithm(&attributes, suite->cipher);
    psa_set_key_type(&attributes, suite->key_type);
    if (psa_import_key(&attributes, key->key, key->key_length, &id) != PSA_SUCCESS) {
        return false;
    }
    status = psa_aead_decrypt(id, suite->cipher, nonce, sizeof nonce, header, 5, body, length, room,
                              TLS13_PLAIN_MAX, ret_length);
    (void) psa_destroy_key(id);
    if (status != PSA_SUCCESS) {
        return false;
    }
    /* Zeros of padding, then the type (section 5.4). */
    while (*ret_length > 0 && room[*ret_length - 1] == 0) {
        *ret_length -= 1;
    }
    if (*ret_length == 0) {
        return false;
    }
    *ret_length -= 1;
    *ret_type = room[*ret_length];
    return true;
}
