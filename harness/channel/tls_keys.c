#include "channel/tls_keys.h"

#include <mbedtls/bignum.h>
#include <mbedtls/ecdh.h>
#include <mbedtls/md.h>
#include <string.h>

enum { HASH_MAX = 64 };

const struct tls_cipher tls_ciphers[] = {
    { 0xc02f, TLS_MODE_GCM, false, true, false, 16, 0 },
    { 0xc02b, TLS_MODE_GCM, false, true, false, 16, 0 },
    { 0xc030, TLS_MODE_GCM, false, true, true, 32, 0 },
    { 0xc02c, TLS_MODE_GCM, false, true, true, 32, 0 },
    { 0xcca8, TLS_MODE_CHACHA, false, true, false, 32, 0 },
    { 0xcca9, TLS_MODE_CHACHA, false, true, false, 32, 0 },
    { 0xc0ac, TLS_MODE_CCM, false, true, false, 16, 0 },
    { 0xc0ad, TLS_MODE_CCM, false, true, false, 32, 0 },
    { 0xc0ae, TLS_MODE_CCM_8, false, true, false, 16, 0 },
    { 0xc0af, TLS_MODE_CCM_8, false, true, false, 32, 0 },
    { 0xc013, TLS_MODE_CBC, false, false, false, 16, 20 },
    { 0xc009, TLS_MODE_CBC, false, false, false, 16, 20 },
    { 0xc014, TLS_MODE_CBC, false, false, false, 32, 20 },
    { 0xc00a, TLS_MODE_CBC, false, false, false, 32, 20 },
    { 0xc027, TLS_MODE_CBC, false, true, false, 16, 32 },
    { 0xc023, TLS_MODE_CBC, false, true, false, 16, 32 },
    { 0xc028, TLS_MODE_CBC, false, true, true, 32, 48 },
    { 0xc024, TLS_MODE_CBC, false, true, true, 32, 48 },
    { 0x002f, TLS_MODE_CBC, true, false, false, 16, 20 },
    { 0x0035, TLS_MODE_CBC, true, false, false, 32, 20 },
    { 0x003c, TLS_MODE_CBC, true, true, false, 16, 32 },
    { 0x003d, TLS_MODE_CBC, true, true, false, 32, 32 },
    { 0x009c, TLS_MODE_GCM, true, true, false, 16, 0 },
    { 0x009d, TLS_MODE_GCM, true, true, true, 32, 0 },
    { 0xc09c, TLS_MODE_CCM, true, true, false, 16, 0 },
    { 0xc09d, TLS_MODE_CCM, true, true, false, 32, 0 },
    { 0xc0a0, TLS_MODE_CCM_8, true, true, false, 16, 0 },
    { 0xc0a1, TLS_MODE_CCM_8, true, true, false, 32, 0 },
};
const size_t tls_ciphers_count = sizeof tls_ciphers / sizeof *tls_ciphers;

const struct tls_cipher *tls_ciphers_find(uint16_t suite)
{
    for (size_t i = 0; i < tls_ciphers_count; i++) {
        if (tls_ciphers[i].suite == suite) {
            return &tls_ciphers[i];
        }
    }
    return NULL;
}

uint64_t tls_keys_number(uint64_t *seed)
{
    uint64_t value = *seed += 0x9e3779b97f4a7c15u;

    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
    value = (value ^ value >> 27) * 0x94d049bb133111ebu;
    return value ^ value >> 31;
}

void tls_keys_numbers(uint64_t *seed, uint8_t *out, size_t length)
{
    while (length > 0) {
        uint64_t number = tls_keys_number(seed);
        size_t part = length < sizeof number ? length : sizeof number;

        memcpy(out, &number, part);
        out += part;
        length -= part;
    }
}

/* P_hash of RFC 5246 section 5, with its output added by XOR.  `labelled`: label and seed. */
static int derive_by(mbedtls_md_type_t type, const uint8_t *secret, size_t secret_length,
                     const uint8_t *labelled, size_t labelled_length, uint8_t *out, size_t length)
{
    const mbedtls_md_info_t *info = mbedtls_md_info_from_type(type);
    uint8_t step[HASH_MAX + 256];
    uint8_t made[HASH_MAX];
    size_t size;
    int code;

    if (info == NULL || labelled_length > 256) {
        return -1;
    }
    size = mbedtls_md_get_size(info);
    memcpy(step + size, labelled, labelled_length);
    code = mbedtls_md_hmac(info, secret, secret_length, labelled, labelled_length, step);
    for (size_t at = 0; code == 0 && at < length; at += size) {
        code = mbedtls_md_hmac(info, secret, secret_length, step, size + labelled_length, made);
        for (size_t i = 0; code == 0 && i < size && at + i < length; i++) {
            out[at + i] ^= made[i];
        }
        if (code == 0) {
            code = mbedtls_md_hmac(info, secret, secret_length, step, size, made);
            memcpy(step, made, size);
        }
    }
    return code;
}

enum status tls_keys_derive(uint16_t version, bool hash_384, const void *secret,
                            size_t secret_length, const char *label, const void *seed,
                            size_t seed_length, uint8_t *ret_out, size_t length,
                            struct error *reterr)
{
    /* The halves share the middle byte of an odd secret (RFC 2246 section 5). */
    size_t half = (secret_length + 1) / 2;
    const uint8_t *first = secret;
    uint8_t labelled[256];
    size_t labelled_length = strlen(label) + seed_length;
    int code;

    if (labelled_length > sizeof labelled) {
        return fail(reterr, STATUS_INTERNAL, "a label and its seed have %zu bytes",
                    labelled_length);
    }
    memcpy(labelled, label, strlen(label));
    memcpy(labelled + strlen(label), seed, seed_length);
    memset(ret_out, 0, length);
    if (version >= TLS_VERSION_12) {
        code = derive_by(hash_384 ? MBEDTLS_MD_SHA384 : MBEDTLS_MD_SHA256, first, secret_length,
                         labelled, labelled_length, ret_out, length);
    } else {
        code = derive_by(MBEDTLS_MD_MD5, first, half, labelled, labelled_length, ret_out, length);
        if (code == 0) {
            code = derive_by(MBEDTLS_MD_SHA1, first + secret_length - half, half, labelled,
                             labelled_length, ret_out, length);
        }
    }
    return code == 0 ? STATUS_OK : fail(reterr, STATUS_CRYPTO, "HMAC failed");
}

static int digest_into(mbedtls_md_type_t type, const void *data, size_t length, uint8_t *out)
{
    const mbedtls_md_info_t *info = mbedtls_md_info_from_type(type);

    return info == NULL ? -1 : mbedtls_md(info, data, length, out);
}

enum status tls_keys_verify(uint16_t version, const struct tls_cipher *cipher,
                            const uint8_t master[TLS_MASTER_LENGTH], bool client,
                            const void *messages, size_t length, uint8_t verify[TLS_VERIFY_LENGTH],
                            struct error *reterr)
{
    enum { MD5_LENGTH = 16, SHA1_LENGTH = 20, SHA256_LENGTH = 32, SHA384_LENGTH = 48 };
    uint8_t digest[HASH_MAX];
    size_t digest_length = cipher->hash_384 ? SHA384_LENGTH : SHA256_LENGTH;
    int code;

    if (version >= TLS_VERSION_12) {
        code = digest_into(cipher->hash_384 ? MBEDTLS_MD_SHA384 : MBEDTLS_MD_SHA256, messages,
                           length, digest);
    } else {
        digest_length = MD5_LENGTH + SHA1_LENGTH;
        code = digest_into(MBEDTLS_MD_MD5, messages, length, digest);
        if (code == 0) {
            code = digest_into(MBEDTLS_MD_SHA1, messages, length, digest + MD5_LENGTH);
        }
    }
    if (code != 0) {
        return fail(reterr, STATUS_CRYPTO, "a digest failed");
    }
    return tls_keys_derive(version, cipher->hash_384, master, TLS_MASTER_LENGTH,
                           client ? "client finished" : "server finished", digest, digest_length,
                           verify, TLS_VERIFY_LENGTH, reterr);
}

bool tls_keys_rsa(const struct tls_rsa_key *key, const uint8_t *block, uint8_t *ret_out)
{
    mbedtls_mpi modulus;
    mbedtls_mpi exponent;
    mbedtls_mpi number;
    bool right;

    mbedtls_mpi_init(&modulus);
    mbedtls_mpi_init(&exponent);
    mbedtls_mpi_init(&number);
    right = mbedtls_mpi_read_binary(&modulus, key->modulus, key->modulus_length) == 0 &&
            mbedtls_mpi_read_binary(&exponent, key->exponent, key->exponent_length) == 0 &&
            mbedtls_mpi_read_binary(&number, block, key->modulus_length) == 0 &&
            mbedtls_mpi_cmp_mpi(&number, &modulus) < 0 &&
            mbedtls_mpi_exp_mod(&number, &number, &exponent, &modulus, NULL) == 0 &&
            mbedtls_mpi_write_binary(&number, ret_out, key->modulus_length) == 0;
    mbedtls_mpi_free(&modulus);
    mbedtls_mpi_free(&exponent);
    mbedtls_mpi_free(&number);
    return right;
}

static int keys_random(void *context, unsigned char *out, size_t length)
{
    tls_keys_numbers(context, out, length);
    return 0;
}

bool tls_keys_agree(const void *parameters, size_t length, uint64_t *seed,
                    uint8_t point[TLS_POINT_MAX], size_t *ret_point_length,
                    uint8_t shared[TLS_SHARED_MAX], size_t *ret_shared_length)
{
    const unsigned char *at = parameters;
    mbedtls_ecdh_context context;
    bool right;

    mbedtls_ecdh_init(&context);
    right = mbedtls_ecdh_read_params(&context, &at, at + length) == 0 &&
            mbedtls_ecdh_make_public(&context, ret_point_length, point, TLS_POINT_MAX, keys_random,
                                     seed) == 0 &&
            mbedtls_ecdh_calc_secret(&context, ret_shared_length, shared, TLS_SHARED_MAX,
                                     keys_random, seed) == 0;
    mbedtls_ecdh_free(&context);
    return right;
}
