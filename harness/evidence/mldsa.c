#include "evidence/mldsa.h"

#include "base/text.h"
#include "evidence/digest.h"
#include "evidence/key_file.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

enum { PREFIX_SIZE = MLDSA_SPKI_SIZE - MLDSA_PUBLIC_SIZE };

static const char algorithm[] = "ML-DSA-65";

/* SEQUENCE { SEQUENCE { id-ml-dsa-65 }, BIT STRING of 1952 octets }: RFC 9881 sections 2 and 4. */
static const uint8_t spki_prefix[PREFIX_SIZE] = { 0x30, 0x82, 0x07, 0xb2, 0x30, 0x0b, 0x06, 0x09,
                                                  0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03,
                                                  0x12, 0x03, 0x82, 0x07, 0xa1, 0x00 };

/* The object identifier alone, where it stands in the prefix. */
enum { OID_AT = 6, OID_SIZE = 11 };

bool mldsa_is_here(void)
{
    EVP_SIGNATURE *signature = EVP_SIGNATURE_fetch(NULL, algorithm, NULL);
    bool here = signature != NULL;

    EVP_SIGNATURE_free(signature);
    ERR_clear_error();
    return here;
}

const char *mldsa_absence(void)
{
    return "ML-DSA-65 is not available on this system: OpenSSL 3.5 or later has it (Debian 13)";
}

enum status mldsa_from_octets(const uint8_t *octets, struct mldsa_public *ret_key,
                              struct error *reterr)
{
    struct digest digest;

    memcpy(ret_key->spki, spki_prefix, PREFIX_SIZE);
    memcpy(ret_key->spki + PREFIX_SIZE, octets, MLDSA_PUBLIC_SIZE);
    TRY(digest_of(ret_key->spki, sizeof ret_key->spki, &digest, reterr));
    digest_to_hex(&digest, ret_key->keyid);
    return STATUS_OK;
}

bool mldsa_is_spki(const void *der, size_t length)
{
    const size_t seen = length < 2 * (size_t) PREFIX_SIZE ? length : 2 * (size_t) PREFIX_SIZE;

    return memmem(der, seen, spki_prefix + OID_AT, OID_SIZE) != NULL;
}

enum status mldsa_from_spki(const void *der, size_t length, struct mldsa_public *ret_key,
                            struct error *reterr)
{
    if (length != MLDSA_SPKI_SIZE || memcmp(der, spki_prefix, PREFIX_SIZE) != 0) {
        return fail(reterr, STATUS_BAD_INPUT, "not a well-formed ML-DSA-65 public key");
    }
    return mldsa_from_octets((const uint8_t *) der + PREFIX_SIZE, ret_key, reterr);
}

enum status mldsa_load(const char *path, struct mldsa_public *ret_key, struct error *reterr)
{
    DEFER(bytes_done) struct bytes der = bytes_bounded(KEY_FILE_MAX);
    struct error inner = { 0 };
    enum status status;

    TRY(key_file_public_read(path, &der, reterr));
    status = mldsa_from_spki(der.data, der.length, ret_key, &inner);
    return status == STATUS_OK ? status : fail(reterr, status, "%s: %s", path, inner.message);
}

enum status mldsa_save(const struct mldsa_public *key, const char *path, struct error *reterr)
{
    char pem[MLDSA_PEM_SIZE];

    TRY(key_file_public_pem(key->spki, sizeof key->spki, pem, sizeof pem, reterr));
    return key_file_public_write(path, pem, reterr);
}

enum status mldsa_verify(const struct mldsa_public *key, const void *message, size_t length,
                         const void *signature, size_t signature_length,
                         enum signature_outcome *ret_outcome, struct error *reterr)
{
    EVP_PKEY *pkey = NULL;
    EVP_MD_CTX *context = NULL;
    int got = -1;

    if (!mldsa_is_here()) {
        return fail(reterr, STATUS_UNSUPPORTED, "%s", mldsa_absence());
    }
    if (signature_length != MLDSA_SIGNATURE_SIZE) {
        *ret_outcome = SIGNATURE_MALFORMED;
        return STATUS_OK;
    }
    pkey = EVP_PKEY_new_raw_public_key_ex(NULL, algorithm, NULL, key->spki + PREFIX_SIZE,
                                          MLDSA_PUBLIC_SIZE);
    context = EVP_MD_CTX_new();
    if (pkey != NULL && context != NULL &&
        EVP_DigestVerifyInit_ex(context, NULL, NULL, NULL, NULL, pkey, NULL) == 1) {
        got = EVP_DigestVerify(context, signature, signature_length, message, length) == 1 ? 1 : 0;
    }
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(pkey);
    ERR_clear_error();
    if (got < 0) {
        return fail(reterr, STATUS_CRYPTO, "OpenSSL could not set up ML-DSA-65");
    }
    *ret_outcome = got == 1 ? SIGNATURE_GOOD : SIGNATURE_BAD;
    return STATUS_OK;
}
