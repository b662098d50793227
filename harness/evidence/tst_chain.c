/* Whose certificate it is: the path to an authority, judged at the time that the token states. */
#include "evidence/tst_private.h"

#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

/* 112 bits: RSA of 2048 bits, SHA-256. */
enum { SECURITY_LEVEL = 2, CHAIN_DEPTH_MAX = 8 };

struct path {
    STACK_OF(X509) * others;
    X509_STORE *store;
    X509_STORE_CTX *search;
};

static void path_done(struct path *path)
{
    X509_STORE_CTX_free(path->search);
    X509_STORE_free(path->store);
    sk_X509_pop_free(path->others, X509_free);
}

/* RFC 3161 section 2.3: the key serves time stamps and nothing else. */
static bool serves_time_alone(X509 *signer)
{
    const int place = X509_get_ext_by_NID(signer, NID_ext_key_usage, -1);
    EXTENDED_KEY_USAGE *usage = X509_get_ext_d2i(signer, NID_ext_key_usage, NULL, NULL);
    bool alone = usage != NULL && sk_ASN1_OBJECT_num(usage) == 1 &&
                 OBJ_obj2nid(sk_ASN1_OBJECT_value(usage, 0)) == NID_time_stamp;

    EXTENDED_KEY_USAGE_free(usage);
    return alone && X509_EXTENSION_get_critical(X509_get_ext(signer, place)) == 1 &&
           (X509_get_extension_flags(signer) & EXFLAG_CA) == 0;
}

/* A CA between the authority that the reader names and the signer, issued for other ends: libcrypto
 * asks the signer alone. */
static bool serves_other_ends(STACK_OF(X509) * chain)
{
    for (int i = 1; i + 1 < sk_X509_num(chain); i++) {
        /* all bits when the certificate names no purpose */
        if ((X509_get_extended_key_usage(sk_X509_value(chain, i)) & (XKU_TIMESTAMP | XKU_ANYEKU)) ==
            0) {
            return true;
        }
    }
    return false;
}

/* Those that cannot be read are as good as absent. */
static bool push(STACK_OF(X509) * list, const uint8_t *data, size_t length)
{
    X509 *one = tst_x509_read(data, length);

    if (one != NULL && sk_X509_push(list, one) == 0) {
        X509_free(one);
        return false;
    }
    return true;
}

static bool gather(struct path *path, const struct tst *tst, const struct tst_context *context)
{
    bool good = true;

    path->others = sk_X509_new_null();
    path->store = X509_STORE_new();
    path->search = X509_STORE_CTX_new_ex(tst_crypto(), NULL);
    if (path->others == NULL || path->store == NULL || path->search == NULL) {
        return false;
    }
    for (size_t i = 0; i < tst->bag_count; i++) {
        good = good && push(path->others, tst->bag[i].whole, tst->bag[i].whole_length);
    }
    for (size_t i = 0; i < context->certificate_count; i++) {
        good = good &&
               push(path->others, context->certificates[i].data, context->certificates[i].length);
    }
    for (size_t i = 0; i < context->authority_count; i++) {
        DEFER(tst_x509_done)
        X509 *one = tst_x509_read(context->authorities[i].certificate,
                                  context->authorities[i].certificate_length);

        good = good && (one == NULL || X509_STORE_add_cert(path->store, one) == 1);
    }
    return good;
}

static void say_why(int why, struct tst_verdict *verdict)
{
    switch (why) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
        tst_say(verdict, TST_POLICY,
                "timestamp.window: a certificate was not valid at the token's time");
        break;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_CERT_UNTRUSTED:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE: /* an authority of that name, with another key */
        tst_say(verdict, TST_POLICY,
                "timestamp.untrusted: not by a time-stamping authority that you trust");
        break;
    default:
        tst_say(verdict, TST_POLICY, "timestamp.chain: %s", X509_verify_cert_error_string(why));
        break;
    }
}

static bool search(struct path *path, const struct tst *tst, X509 *signer)
{
    X509_VERIFY_PARAM *how;

    if (X509_STORE_CTX_init(path->search, path->store, signer, path->others) != 1) {
        return false;
    }
    how = X509_STORE_CTX_get0_param(path->search);
    X509_VERIFY_PARAM_set_time(how, (time_t) (tst->time_ms / 1000));
    X509_VERIFY_PARAM_set_depth(how, CHAIN_DEPTH_MAX);
    X509_VERIFY_PARAM_set_auth_level(how, SECURITY_LEVEL);
    return X509_VERIFY_PARAM_set_flags(how, X509_V_FLAG_PARTIAL_CHAIN) == 1 &&
           X509_VERIFY_PARAM_set_purpose(how, X509_PURPOSE_TIMESTAMP_SIGN) == 1;
}

/* ---- revocation ---- */

static X509_CRL *list_read(const struct tst_blob *blob)
{
    X509_CRL *list = X509_CRL_new_ex(tst_crypto(), NULL);
    const uint8_t *at = blob->data;

    if (list == NULL || d2i_X509_CRL(&list, &at, (long) blob->length) == NULL ||
        at != blob->data + blob->length) {
        X509_CRL_free(list);
        return NULL;
    }
    return list;
}

/* RFC 3161 section 4: tokens outlive a revocation for these reasons, given as such. */
static bool is_harmless(const X509_REVOKED *entry)
{
    ASN1_ENUMERATED *reason = X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, NULL, NULL);
    const long code = reason == NULL ? -1 : ASN1_ENUMERATED_get(reason);

    ASN1_ENUMERATED_free(reason);
    return code == CRL_REASON_UNSPECIFIED || code == CRL_REASON_AFFILIATION_CHANGED ||
           code == CRL_REASON_SUPERSEDED || code == CRL_REASON_CESSATION_OF_OPERATION;
}

/* Beside the token lies a list, signed by the certificate's issuer, that takes it back. */
static bool is_revoked(const struct tst *tst, X509 *certificate, X509 *issuer,
                       const struct tst_blob *blob, const struct tst_context *context)
{
    X509_CRL *list = list_read(blob);
    X509_REVOKED *entry = NULL;
    struct tm when = { 0 };
    bool revoked = false;

    if (list != NULL &&
        X509_NAME_cmp(X509_CRL_get_issuer(list), X509_get_subject_name(issuer)) == 0 &&
        X509_CRL_verify(list, X509_get0_pubkey(issuer)) == 1 &&
        X509_CRL_get0_by_cert(list, &entry, certificate) == 1) {
        const int64_t known_at = is_harmless(entry) ? tst->time_ms : context->as_of_ms;

        revoked = ASN1_TIME_to_tm(X509_REVOKED_get0_revocationDate(entry), &when) != 1 ||
                  known_at >= (int64_t) timegm(&when) * 1000;
    }
    X509_CRL_free(list);
    return revoked;
}

static void check_lists(const struct tst *tst, STACK_OF(X509) * chain,
                        const struct tst_context *context, struct tst_verdict *verdict)
{
    for (int i = 0; i + 1 < sk_X509_num(chain); i++) {
        for (size_t j = 0; j < context->list_count; j++) {
            if (is_revoked(tst, sk_X509_value(chain, i), sk_X509_value(chain, i + 1),
                           &context->lists[j], context)) {
                tst_say(verdict, TST_POLICY, "timestamp.revoked: a certificate was revoked");
            }
        }
    }
}

/* ---- the authority ---- */

/* How one of the reader's authorities bears on a certificate of the path. */
enum likeness { NOTHING_ALIKE, SAME_KEY, SAME_CERTIFICATE };

/* A key that others hold is no better under another certificate. */
static const char *unusable(const struct tst *tst, enum likeness likeness,
                            const struct trust_timestamp_authority *authority,
                            const struct tst_context *context)
{
    const bool compromised = authority->revoked && authority->compromised;

    if (likeness == SAME_CERTIFICATE &&
        (tst->time_ms < authority->not_before || tst->time_ms >= authority->not_after)) {
        return "timestamp.authority: outside the time for which you trust the authority";
    }
    if (compromised ? context->as_of_ms >= authority->revoked_at
                    : likeness == SAME_CERTIFICATE && authority->revoked &&
                          tst->time_ms >= authority->revoked_at) {
        return "timestamp.authority: you no longer trust the authority";
    }
    return NULL;
}

static enum likeness compare(X509 *certificate, const struct trust_timestamp_authority *authority)
{
    DEFER(tst_x509_done)
    X509 *other = tst_x509_read(authority->certificate, authority->certificate_length);

    if (other == NULL) {
        return NOTHING_ALIKE;
    }
    if (X509_cmp(certificate, other) == 0) {
        return SAME_CERTIFICATE;
    }
    return EVP_PKEY_eq(X509_get0_pubkey(certificate), X509_get0_pubkey(other)) == 1 ? SAME_KEY
                                                                                    : NOTHING_ALIKE;
}

/* Every certificate of the path that the reader has an opinion of. */
static void check_authorities(const struct tst *tst, STACK_OF(X509) * chain,
                              const struct tst_context *context, struct tst_verdict *verdict)
{
    for (int i = 0; i < sk_X509_num(chain); i++) {
        for (size_t j = 0; j < context->authority_count; j++) {
            const struct trust_timestamp_authority *authority = &context->authorities[j];
            const enum likeness likeness = compare(sk_X509_value(chain, i), authority);
            const char *why =
                likeness == NOTHING_ALIKE ? NULL : unusable(tst, likeness, authority, context);

            if (why != NULL) {
                tst_say(verdict, TST_POLICY, "%s", why);
                return;
            }
            if (likeness == SAME_CERTIFICATE) {
                verdict->authority = j;
            }
        }
    }
}

enum status tst_chain(const struct tst *tst, X509 *signer, const struct tst_context *context,
                      struct tst_verdict *verdict, struct error *reterr)
{
    DEFER(path_done) struct path path = { 0 };

    if (!serves_time_alone(signer)) {
        tst_say(verdict, TST_POLICY,
                "timestamp.purpose: its signer's certificate is not for time stamps alone");
        return STATUS_OK;
    }
    if (!gather(&path, tst, context) || !search(&path, tst, signer)) {
        return fail(reterr, STATUS_INTERNAL, "libcrypto cannot look for a certificate path");
    }
    if (X509_verify_cert(path.search) != 1) {
        say_why(X509_STORE_CTX_get_error(path.search), verdict);
        return STATUS_OK;
    }
    if (serves_other_ends(X509_STORE_CTX_get0_chain(path.search))) {
        tst_say(verdict, TST_POLICY, "timestamp.purpose: a CA above it is not for time stamps");
        return STATUS_OK;
    }
    check_lists(tst, X509_STORE_CTX_get0_chain(path.search), context, verdict);
    if (verdict->outcome == TST_GOOD) {
        check_authorities(tst, X509_STORE_CTX_get0_chain(path.search), context, verdict);
    }
    return STATUS_OK;
}
