/* Whether a token speaks of the bytes and who signed it. */
#include "evidence/tst_private.h"

#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/provider.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    int nid;
} hashes[] = {
    [TST_SHA1] = { "SHA1", NID_sha1 },
    [TST_SHA256] = { "SHA256", NID_sha256 },
    [TST_SHA384] = { "SHA384", NID_sha384 },
    [TST_SHA512] = { "SHA512", NID_sha512 },
};

/* The default context obeys openssl.cnf: the judgement must not depend on the machine. */
OSSL_LIB_CTX *tst_crypto(void)
{
    static OSSL_LIB_CTX *crypto;

    if (crypto == NULL) {
        OSSL_LIB_CTX *fresh = OSSL_LIB_CTX_new();

        if (fresh != NULL && OSSL_PROVIDER_load(fresh, "default") != NULL) {
            crypto = fresh;
        } else {
            OSSL_LIB_CTX_free(fresh);
        }
    }
    return crypto;
}

void tst_x509_done(X509 **certificate)
{
    X509_free(*certificate);
    *certificate = NULL;
}

X509 *tst_x509_read(const uint8_t *data, size_t length)
{
    X509 *certificate = X509_new_ex(tst_crypto(), NULL);
    const uint8_t *at = data;

    /* A failure frees what was given. */
    if (certificate == NULL || length > TST_SIZE_MAX ||
        d2i_X509(&certificate, &at, (long) length) == NULL || at != data + length) {
        X509_free(certificate);
        return NULL;
    }
    return certificate;
}

void tst_say(struct tst_verdict *verdict, enum tst_outcome outcome, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    verdict->outcome = outcome;
    (void) vsnprintf(verdict->detail, sizeof verdict->detail, format, args);
    va_end(args);
}

/* ---- hashes ---- */

static enum status hash_of(enum tst_hash which, const void *data, size_t length,
                           uint8_t room[TST_HASH_MAX], size_t *ret_length, struct error *reterr)
{
    return EVP_Q_digest(tst_crypto(), hashes[which].name, NULL, data, length, room, ret_length) == 1
               ? STATUS_OK
               : fail(reterr, STATUS_INTERNAL, "libcrypto cannot compute %s", hashes[which].name);
}

static enum status hash_is(enum tst_hash which, const void *data, size_t length,
                           const struct der_item *expected, bool *ret_same, struct error *reterr)
{
    uint8_t found[TST_HASH_MAX];
    size_t size = 0;

    TRY(hash_of(which, data, length, found, &size, reterr));
    *ret_same = der_equals(expected, found, size);
    return STATUS_OK;
}

/* ---- the signer's certificate ---- */

/* issuer and serial number of a certificate (RFC 5280 section 4.1) are those the token names. */
static bool is_named(const struct tst *tst, const struct tst_blob *certificate)
{
    struct der outer = der_over(certificate->data, certificate->length);
    struct der whole = der_enter(&outer, DER_SEQUENCE);
    struct der fields = der_enter(&whole, DER_SEQUENCE);
    struct der_item serial;
    struct der_item issuer;

    if (tst->issuer.tag == 0) {
        return true; /* named by a key identifier; the certificate's hash says more */
    }
    (void) der_optional(&fields, DER_TAGGED(0));
    serial = der_take(&fields, DER_INTEGER);
    (void) der_take(&fields, DER_SEQUENCE);
    issuer = der_take(&fields, DER_SEQUENCE);
    return der_ok(&fields) && der_same(&serial, &tst->issuer_serial) &&
           der_same(&issuer, &tst->issuer);
}

static struct tst_blob candidate(const struct tst *tst, const struct tst_context *context,
                                 size_t index)
{
    if (index < tst->bag_count) {
        return (struct tst_blob){ tst->bag[index].whole, tst->bag[index].whole_length };
    }
    index -= tst->bag_count;
    if (index < context->certificate_count) {
        return context->certificates[index];
    }
    index -= context->certificate_count;
    return (struct tst_blob){ context->authorities[index].certificate,
                              context->authorities[index].certificate_length };
}

/* By the hash that the signature covers: what else lies in the bag, and in which order, is
 * nobody's word.  NULL when it is not there. */
static enum status find_signer(const struct tst *tst, const struct tst_context *context,
                               struct tst_verdict *verdict, X509 **ret_signer, struct error *reterr)
{
    const size_t count = tst->bag_count + context->certificate_count + context->authority_count;

    for (size_t i = 0; i < count && *ret_signer == NULL; i++) {
        const struct tst_blob blob = candidate(tst, context, i);
        bool same = false;

        TRY(hash_is(tst->signer_hash, blob.data, blob.length, &tst->signer_digest, &same, reterr));
        if (same && !is_named(tst, &blob)) {
            tst_say(verdict, TST_WRONG, "timestamp.signer: the token names two signers");
            return STATUS_OK;
        }
        *ret_signer = same ? tst_x509_read(blob.data, blob.length) : NULL;
    }
    if (*ret_signer == NULL) {
        tst_say(verdict, TST_POLICY, "timestamp.signer: its signer's certificate is not there");
    }
    return STATUS_OK;
}

/* ---- the signature ---- */

/* The algorithm must be the key's own, with the hash that is named beside it. */
static bool algorithm_fits(const struct tst *tst, int key)
{
    const uint8_t *at = tst->signature_algorithm.whole;
    ASN1_OBJECT *object = d2i_ASN1_OBJECT(NULL, &at, (long) tst->signature_algorithm.whole_length);
    const int named = object == NULL ? NID_undef : OBJ_obj2nid(object);
    int hash = NID_undef;
    int kind = NID_undef;

    ASN1_OBJECT_free(object);
    if (key == EVP_PKEY_ED25519 || (key == EVP_PKEY_RSA && named == NID_rsaEncryption)) {
        return named == key;
    }
    return OBJ_find_sigid_algs(named, &hash, &kind) == 1 && kind == key &&
           hash == hashes[tst->hash].nid;
}

/* The attributes are signed as the SET that they are, not under the tag that they travel with
 * (RFC 5652 section 5.4). */
static bool signature_holds(const struct tst *tst, EVP_PKEY *key)
{
    const struct der_item *attributes = &tst->signed_attributes;
    const char *hash =
        EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 ? NULL : hashes[tst->hash].name;
    uint8_t *covered = OPENSSL_memdup(attributes->whole, attributes->whole_length);
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    bool good = false;

    if (covered != NULL && md != NULL) {
        covered[0] = DER_SET;
        good = EVP_DigestVerifyInit_ex(md, NULL, hash, tst_crypto(), NULL, key, NULL) == 1 &&
               EVP_DigestVerify(md, tst->signature.data, tst->signature.length, covered,
                                attributes->whole_length) == 1;
    }
    EVP_MD_CTX_free(md);
    OPENSSL_free(covered);
    return good;
}

static void check_signature(const struct tst *tst, X509 *signer, struct tst_verdict *verdict)
{
    EVP_PKEY *key = X509_get0_pubkey(signer);
    const int kind = key == NULL ? NID_undef : EVP_PKEY_get_base_id(key);

    if (kind != EVP_PKEY_RSA && kind != EVP_PKEY_EC && kind != EVP_PKEY_ED25519) {
        tst_say(verdict, TST_POLICY, "timestamp.algorithm: a kind of key that is not accepted");
    } else if (!algorithm_fits(tst, kind)) {
        tst_say(verdict, TST_POLICY, "timestamp.algorithm: a signature of a kind not accepted");
    } else if (!signature_holds(tst, key)) {
        tst_say(verdict, TST_WRONG, "timestamp.signature: the token's signature is wrong");
    }
}

static enum status examine(const struct tst *tst, const void *stamped, size_t length,
                           const struct tst_context *context, struct tst_verdict *verdict,
                           X509 **ret_signer, struct error *reterr)
{
    bool same = false;

    *verdict = (struct tst_verdict){ .outcome = TST_GOOD };
    if (tst_crypto() == NULL) {
        return fail(reterr, STATUS_INTERNAL, "libcrypto has no default provider");
    }
    TRY(hash_is(tst->imprint_hash, stamped, length, &tst->imprint, &same, reterr));
    if (!same) {
        tst_say(verdict, TST_WRONG, "timestamp.imprint: the token is about something else");
        return STATUS_OK;
    }
    TRY(hash_is(tst->hash, tst->content.data, tst->content.length, &tst->message_digest, &same,
                reterr));
    if (!same) {
        tst_say(verdict, TST_WRONG, "timestamp.signature: the token's content was changed");
        return STATUS_OK;
    }
    TRY(find_signer(tst, context, verdict, ret_signer, reterr));
    if (*ret_signer != NULL) {
        check_signature(tst, *ret_signer, verdict);
    }
    if (verdict->outcome == TST_GOOD && (tst->imprint_hash == TST_SHA1 || tst->hash == TST_SHA1)) {
        tst_say(verdict, TST_POLICY, "timestamp.weak: it rests on SHA-1");
    }
    return STATUS_OK;
}

enum status tst_examine(const struct tst *tst, const void *stamped, size_t length,
                        const struct tst_context *context, struct tst_verdict *ret_verdict,
                        struct error *reterr)
{
    DEFER(tst_x509_done) X509 *signer = NULL;

    return examine(tst, stamped, length, context, ret_verdict, &signer, reterr);
}

enum status tst_judge(const struct tst *tst, const void *stamped, size_t length,
                      const struct tst_context *context, struct tst_verdict *ret_verdict,
                      struct error *reterr)
{
    DEFER(tst_x509_done) X509 *signer = NULL;

    TRY(examine(tst, stamped, length, context, ret_verdict, &signer, reterr));
    if (ret_verdict->outcome == TST_GOOD && tst->time_ms - TST_SLACK_MS > context->at_ms) {
        tst_say(ret_verdict, TST_POLICY, "timestamp.future: it lies after the time asked about");
    }
    return ret_verdict->outcome == TST_GOOD ? tst_chain(tst, signer, context, ret_verdict, reterr)
                                            : STATUS_OK;
}
