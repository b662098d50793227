#include "channel/image_key.h"

#include "base/text.h"

#include <mbedtls/asn1.h>
#include <mbedtls/asn1write.h>
#include <mbedtls/bignum.h>
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/ecdsa.h>
#include <mbedtls/entropy.h>
#include <mbedtls/md.h>
#include <mbedtls/rsa.h>
#include <stdlib.h>
#include <string.h>

struct image_key {
    enum image_key_kind kind;
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context drbg;
    mbedtls_ecdsa_context ecdsa;
    mbedtls_rsa_context rsa;
};

static enum status crypto(struct error *reterr, const char *what, int code)
{
    return code == 0 ? STATUS_OK
                     : fail(reterr, STATUS_CRYPTO, "%s: -0x%04x", what, (unsigned) -code);
}

static bool is_ecdsa(const struct image_key *key)
{
    return key->kind == IMAGE_KEY_P256 || key->kind == IMAGE_KEY_P384;
}

static mbedtls_md_type_t digest_of(const struct image_key *key)
{
    return key->kind == IMAGE_KEY_P384 ? MBEDTLS_MD_SHA384 : MBEDTLS_MD_SHA256;
}

enum status image_key_new(enum image_key_kind kind, unsigned bits, struct image_key **ret_key,
                          struct error *reterr)
{
    struct image_key *key = calloc(1, sizeof *key);

    if (key == NULL) {
        abort();
    }
    *ret_key = key;
    key->kind = kind;
    mbedtls_entropy_init(&key->entropy);
    mbedtls_ctr_drbg_init(&key->drbg);
    mbedtls_ecdsa_init(&key->ecdsa);
    mbedtls_rsa_init(&key->rsa);
    TRY(crypto(reterr, "random numbers",
               mbedtls_ctr_drbg_seed(&key->drbg, mbedtls_entropy_func, &key->entropy, NULL, 0)));
    if (is_ecdsa(key)) {
        return crypto(reterr, "an ECDSA key",
                      mbedtls_ecdsa_genkey(&key->ecdsa,
                                           kind == IMAGE_KEY_P384 ? MBEDTLS_ECP_DP_SECP384R1
                                                                  : MBEDTLS_ECP_DP_SECP256R1,
                                           mbedtls_ctr_drbg_random, &key->drbg));
    }
    if (bits < 2048 || bits > 4096) {
        return fail(reterr, STATUS_UNSUPPORTED, "an RSA key of %u bits", bits);
    }
    if (kind == IMAGE_KEY_PSS) {
        TRY(crypto(reterr, "an RSA key",
                   mbedtls_rsa_set_padding(&key->rsa, MBEDTLS_RSA_PKCS_V21, MBEDTLS_MD_SHA256)));
    }
    return crypto(reterr, "an RSA key",
                  mbedtls_rsa_gen_key(&key->rsa, mbedtls_ctr_drbg_random, &key->drbg, bits, 65537));
}

void image_key_done(struct image_key **key)
{
    struct image_key *gone = *key;

    if (gone == NULL) {
        return;
    }
    mbedtls_rsa_free(&gone->rsa);
    mbedtls_ecdsa_free(&gone->ecdsa);
    mbedtls_ctr_drbg_free(&gone->drbg);
    mbedtls_entropy_free(&gone->entropy);
    free(gone);
    *key = NULL;
}

static size_t scalar_length(const struct image_key *key)
{
    return key->kind == IMAGE_KEY_P384 ? 48 : 32;
}

/* The numbers of a DER signature (RFC 3279 section 2.2.3) side by side. */
static int raw_of_der(const struct image_key *key, const unsigned char *der, size_t length,
                      unsigned char room[IMAGE_SIGNATURE_MAX])
{
    unsigned char *at = (unsigned char *) der;
    const unsigned char *end = der + length;
    size_t scalar = scalar_length(key);
    mbedtls_mpi number;
    size_t inner = 0;
    int code =
        mbedtls_asn1_get_tag(&at, end, &inner, MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE);

    mbedtls_mpi_init(&number);
    for (size_t i = 0; code == 0 && i < 2; i++) {
        code = mbedtls_asn1_get_mpi(&at, end, &number);
        if (code == 0) {
            code = mbedtls_mpi_write_binary(&number, room + i * scalar, scalar);
        }
    }
    mbedtls_mpi_free(&number);
    return code;
}

static enum status ecdsa_sign(struct image_key *key, bool der, const unsigned char *digest,
                              size_t digest_length, unsigned char room[IMAGE_SIGNATURE_MAX],
                              size_t *ret_length, struct error *reterr)
{
    unsigned char written[MBEDTLS_ECDSA_MAX_LEN];
    size_t length = 0;

    TRY(crypto(reterr, "an ECDSA signature",
               mbedtls_ecdsa_write_signature(&key->ecdsa, digest_of(key), digest, digest_length,
                                             written, sizeof written, &length,
                                             mbedtls_ctr_drbg_random, &key->drbg)));
    if (der) {
        memcpy(room, written, length);
        *ret_length = length;
        return STATUS_OK;
    }
    *ret_length = 2 * scalar_length(key);
    return crypto(reterr, "an ECDSA signature", raw_of_der(key, written, length, room));
}

enum status image_key_sign(struct image_key *key, bool der, const void *data, size_t length,
                           unsigned char room[IMAGE_SIGNATURE_MAX], size_t *ret_length,
                           struct error *reterr)
{
    const mbedtls_md_info_t *info = mbedtls_md_info_from_type(digest_of(key));
    unsigned char digest[MBEDTLS_MD_MAX_SIZE];

    TRY(crypto(reterr, "a digest", mbedtls_md(info, data, length, digest)));
    if (is_ecdsa(key)) {
        return ecdsa_sign(key, der, digest, mbedtls_md_get_size(info), room, ret_length, reterr);
    }
    *ret_length = mbedtls_rsa_get_len(&key->rsa);
    return crypto(reterr, "an RSA signature",
                  mbedtls_rsa_pkcs1_sign(&key->rsa, mbedtls_ctr_drbg_random, &key->drbg,
                                         digest_of(key), mbedtls_md_get_size(info), digest, room));
}

bool image_key_verifies(struct image_key *key, bool der, const void *data, size_t length,
                        const void *signature, size_t signature_length)
{
    const mbedtls_md_info_t *info = mbedtls_md_info_from_type(digest_of(key));
    const unsigned char *at = signature;
    unsigned char digest[MBEDTLS_MD_MAX_SIZE];
    mbedtls_mpi r;
    mbedtls_mpi s;
    bool verified;

    if (mbedtls_md(info, data, length, digest) != 0) {
        return false;
    }
    if (!is_ecdsa(key)) {
        return signature_length == mbedtls_rsa_get_len(&key->rsa) &&
               mbedtls_rsa_pkcs1_verify(&key->rsa, digest_of(key), mbedtls_md_get_size(info),
                                        digest, at) == 0;
    }
    if (der) {
        return mbedtls_ecdsa_read_signature(&key->ecdsa, digest, mbedtls_md_get_size(info), at,
                                            signature_length) == 0;
    }
    mbedtls_mpi_init(&r);
    mbedtls_mpi_init(&s);
    verified =
        signature_length == 2 * scalar_length(key) &&
        mbedtls_mpi_read_binary(&r, at, scalar_length(key)) == 0 &&
        mbedtls_mpi_read_binary(&s, at + scalar_length(key), scalar_length(key)) == 0 &&
        mbedtls_ecdsa_verify(&key->ecdsa.MBEDTLS_PRIVATE(grp), digest, mbedtls_md_get_size(info),
                             &key->ecdsa.MBEDTLS_PRIVATE(Q), &r, &s) == 0;
    mbedtls_mpi_free(&s);
    mbedtls_mpi_free(&r);
    return verified;
}

enum status image_digest(const char *algorithm, const void *data, size_t length,
                         unsigned char room[IMAGE_DIGEST_MAX], size_t *ret_length,
                         struct error *reterr)
{
    static const struct {
        const char *name;
        mbedtls_md_type_t type;
    } all[] = { { "sha256", MBEDTLS_MD_SHA256 },
                { "sha384", MBEDTLS_MD_SHA384 },
                { "sha512", MBEDTLS_MD_SHA512 } };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        const mbedtls_md_info_t *info = mbedtls_md_info_from_type(all[i].type);

        if (text_equal(all[i].name, algorithm)) {
            *ret_length = mbedtls_md_get_size(info);
            return crypto(reterr, "a digest", mbedtls_md(info, data, length, room));
        }
    }
    return fail(reterr, STATUS_UNSUPPORTED, "a digest by '%.40s'", algorithm);
}
