#include "support/tsa.h"

#include <openssl/cms.h>
#include <openssl/core_names.h>
#include <openssl/rand.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TOKEN_MAX = 1 << 16 };

static const int64_t year_2020 = 1577836800;
static const int64_t year_2040 = 2208988800;

static void must(bool good, const char *what)
{
    if (!good) {
        (void) fprintf(stderr, "tsa: %s failed\n", what);
        exit(70);
    }
}

#define MUST(expr) must(expr, #expr)

static EVP_PKEY *make_key(const struct tsa_how *how)
{
    EVP_PKEY *key = how->small_key ? EVP_RSA_gen(1024)
                    : how->rsa     ? EVP_RSA_gen(2048)
                                   : EVP_EC_gen("P-256");

    MUST(key != NULL);
    if (how->explicit_curve) {
        MUST(EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_ENCODING, "explicit") == 1);
    }
    return key;
}

static void extend(X509 *certificate, int nid, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

    MUST(extension != NULL && X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

static X509 *certificate_over(EVP_PKEY *key, const char *subject, const char *issuer, int64_t from,
                              int64_t to)
{
    X509 *made = X509_new();
    uint64_t serial = 0;

    MUST(made != NULL && RAND_bytes((unsigned char *) &serial, 7) == 1);
    MUST(X509_set_version(made, 2) == 1 &&
         ASN1_INTEGER_set_uint64(X509_get_serialNumber(made), serial | 1) == 1);
    MUST(ASN1_TIME_set(X509_getm_notBefore(made), (time_t) from) != NULL &&
         ASN1_TIME_set(X509_getm_notAfter(made), (time_t) to) != NULL);
    MUST(X509_set_pubkey(made, key) == 1);
    MUST(X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_ASC,
                                    (const unsigned char *) subject, -1, -1, 0) == 1);
    MUST(X509_NAME_add_entry_by_txt(X509_get_issuer_name(made), "CN", MBSTRING_ASC,
                                    (const unsigned char *) issuer, -1, -1, 0) == 1);
    return made;
}

static void make_leaf(struct tsa *tsa, const struct tsa_how *how)
{
    static const char *const usages[] = { "critical,timeStamping", NULL, "timeStamping",
                                          "critical,timeStamping,emailProtection" };

    tsa->leaf = certificate_over(tsa->key, "Test TSA", "Test TSA CA",
                                 how->from == 0 ? year_2020 : how->from,
                                 how->to == 0 ? year_2040 : how->to);
    extend(tsa->leaf, NID_basic_constraints, how->leaf_is_ca ? "critical,CA:TRUE" : "CA:FALSE");
    if (usages[how->usage] != NULL) {
        extend(tsa->leaf, NID_ext_key_usage, usages[how->usage]);
    }
    MUST(X509_sign(tsa->leaf, tsa->ca_key, how->sha1 ? EVP_sha1() : EVP_sha256()) > 0);
}

/* The CA's certificate, by a root with a key of its own. */
static void make_root(struct tsa *tsa, const char *above)
{
    EVP_PKEY *key = make_key(&(const struct tsa_how){ 0 });

    tsa->root = certificate_over(key, "Test root", "Test root", year_2020, year_2040);
    extend(tsa->root, NID_basic_constraints, "critical,CA:TRUE");
    MUST(X509_sign(tsa->root, key, EVP_sha256()) > 0);
    MUST(X509_set_issuer_name(tsa->ca, X509_get_subject_name(tsa->root)) == 1);
    extend(tsa->ca, NID_ext_key_usage, above);
    MUST(X509_sign(tsa->ca, key, EVP_sha256()) > 0);
    EVP_PKEY_free(key);
}

struct tsa tsa_open(const struct tsa_how *how)
{
    struct tsa tsa = { .ca_key = make_key(&(const struct tsa_how){ .rsa = how->rsa }),
                       .key = make_key(how) };

    tsa.ca = certificate_over(tsa.ca_key, "Test TSA CA", "Test TSA CA", year_2020, year_2040);
    extend(tsa.ca, NID_basic_constraints, "critical,CA:TRUE");
    MUST(X509_sign(tsa.ca, tsa.ca_key, EVP_sha256()) > 0);
    if (how->above != NULL) {
        make_root(&tsa, how->above);
    }
    make_leaf(&tsa, how);
    return tsa;
}

void tsa_done(struct tsa *tsa)
{
    EVP_PKEY_free(tsa->ca_key);
    EVP_PKEY_free(tsa->key);
    X509_free(tsa->ca);
    X509_free(tsa->leaf);
    X509_free(tsa->root);
}

void tsa_roll(struct tsa *tsa, const struct tsa_how *how, bool new_key)
{
    X509_free(tsa->leaf);
    if (new_key) {
        EVP_PKEY_free(tsa->key);
        tsa->key = make_key(how);
    }
    make_leaf(tsa, how);
}

X509 *tsa_forge(const struct tsa *tsa)
{
    EVP_PKEY *key = make_key(&(const struct tsa_how){ 0 });
    X509 *forged = X509_dup(tsa->leaf);

    MUST(forged != NULL && X509_set_pubkey(forged, key) == 1);
    MUST(X509_sign(forged, key, EVP_sha256()) > 0);
    EVP_PKEY_free(key);
    return forged;
}

uint8_t *tsa_certificate(X509 *certificate, size_t *ret_length)
{
    uint8_t *der = NULL;
    int length = i2d_X509(certificate, &der);

    MUST(length > 0);
    uint8_t *copy = malloc((size_t) length);

    MUST(copy != NULL);
    memcpy(copy, der, (size_t) length);
    OPENSSL_free(der);
    *ret_length = (size_t) length;
    return copy;
}

uint8_t *tsa_revoke(const struct tsa *tsa, int64_t when, int reason, size_t *ret_length)
{
    X509_CRL *list = X509_CRL_new();
    X509_REVOKED *entry = X509_REVOKED_new();
    ASN1_TIME *moment = ASN1_TIME_set(NULL, (time_t) when);
    uint8_t *room = malloc(TOKEN_MAX);
    uint8_t *at = room;
    int length;

    MUST(list != NULL && entry != NULL && moment != NULL && room != NULL);
    MUST(X509_CRL_set_version(list, 1) == 1 &&
         X509_CRL_set_issuer_name(list, X509_get_subject_name(tsa->ca)) == 1 &&
         X509_CRL_set1_lastUpdate(list, moment) == 1 &&
         X509_CRL_set1_nextUpdate(list, moment) == 1);
    MUST(X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(tsa->leaf)) == 1 &&
         X509_REVOKED_set_revocationDate(entry, moment) == 1);
    if (reason >= 0) {
        ASN1_ENUMERATED *code = ASN1_ENUMERATED_new();

        MUST(code != NULL && ASN1_ENUMERATED_set(code, reason) == 1 &&
             X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, code, 0, 0) == 1);
        ASN1_ENUMERATED_free(code);
    }
    MUST(X509_CRL_add0_revoked(list, entry) == 1 &&
         X509_CRL_sign(list, tsa->ca_key, EVP_sha256()) > 0);
    length = i2d_X509_CRL(list, &at);
    MUST(length > 0 && length < TOKEN_MAX);
    *ret_length = (size_t) length;
    ASN1_TIME_free(moment);
    X509_CRL_free(list);
    return room;
}

/* ---- the token ---- */

static void fill_info(TS_TST_INFO *info, const void *data, size_t length,
                      const struct tsa_stamp *how)
{
    const EVP_MD *hash = how->sha1 ? EVP_sha1() : EVP_sha256();
    TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
    X509_ALGOR *algorithm = X509_ALGOR_new();
    ASN1_OBJECT *policy = OBJ_txt2obj("1.2.3.4", 1);
    ASN1_INTEGER *serial = ASN1_INTEGER_new();
    ASN1_GENERALIZEDTIME *moment = ASN1_GENERALIZEDTIME_set(NULL, (time_t) how->time);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;

    MUST(imprint != NULL && algorithm != NULL && policy != NULL && serial != NULL &&
         moment != NULL);
    MUST(EVP_Digest(data, length, digest, &size, hash, NULL) == 1);
    X509_ALGOR_set_md(algorithm, hash);
    MUST(TS_MSG_IMPRINT_set_algo(imprint, algorithm) == 1 &&
         TS_MSG_IMPRINT_set_msg(imprint, digest, (int) size) == 1);
    MUST(ASN1_INTEGER_set(serial, 7) == 1);
    MUST(TS_TST_INFO_set_version(info, 1) == 1 && TS_TST_INFO_set_policy_id(info, policy) == 1 &&
         TS_TST_INFO_set_msg_imprint(info, imprint) == 1 &&
         TS_TST_INFO_set_serial(info, serial) == 1 && TS_TST_INFO_set_time(info, moment) == 1);
    if (how->nonce != NULL) {
        ASN1_INTEGER *nonce = ASN1_INTEGER_new();

        MUST(nonce != NULL && ASN1_STRING_set(nonce, how->nonce, (int) how->nonce_length) == 1 &&
             TS_TST_INFO_set_nonce(info, nonce) == 1);
        ASN1_INTEGER_free(nonce);
    }
    TS_MSG_IMPRINT_free(imprint);
    X509_ALGOR_free(algorithm);
    ASN1_OBJECT_free(policy);
    ASN1_INTEGER_free(serial);
    ASN1_GENERALIZEDTIME_free(moment);
}

static CMS_ContentInfo *sign(const struct tsa *tsa, const uint8_t *content, size_t length,
                             const struct tsa_stamp *how)
{
    const unsigned flags = CMS_PARTIAL | CMS_BINARY | CMS_CADES | CMS_NOSMIMECAP |
                           (how->no_certificates ? CMS_NOCERTS : 0U);
    CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, flags);
    BIO *source = BIO_new_mem_buf(content, (int) length);

    MUST(cms != NULL && source != NULL);
    MUST(CMS_set1_eContentType(cms, OBJ_nid2obj(NID_id_smime_ct_TSTInfo)) == 1);
    MUST(how->extra == NULL || CMS_add1_cert(cms, how->extra) == 1);
    MUST(CMS_add1_signer(cms, tsa->leaf, tsa->key, EVP_sha256(), flags) != NULL);
    MUST(CMS_final(cms, source, NULL, flags) == 1);
    BIO_free(source);
    return cms;
}

/* A tag and a length before the `length` octets that end at `end`. */
static uint8_t *wrap(uint8_t *at, uint8_t tag, size_t length)
{
    *--at = (uint8_t) length;
    if (length >= 0x100) {
        *--at = (uint8_t) (length >> 8);
    }
    if (length >= 0x80) {
        *--at = length >= 0x100 ? 0x82 : 0x81;
    }
    *--at = tag;
    return at;
}

static size_t header_of(const uint8_t *at, size_t *ret_length)
{
    if (at[1] < 0x80) {
        *ret_length = at[1];
        return 2;
    }
    *ret_length = 0;
    for (size_t i = 0; i < (at[1] & 0x7fU); i++) {
        *ret_length = *ret_length << 8 | at[2 + i];
    }
    return 2 + (at[1] & 0x7fU);
}

static const uint8_t *skip(const uint8_t *at)
{
    size_t length;
    const size_t head = header_of(at, &length);

    return at + head + length;
}

static const uint8_t *enter(const uint8_t *at)
{
    size_t length;

    return at + header_of(at, &length);
}

/* The token again, with something of another kind, [2], before the certificates. */
static size_t with_stranger(const uint8_t *token, size_t length, uint8_t *room)
{
    static const uint8_t stranger[] = { 0xa2, 0x05, 0x30, 0x03, 0x02, 0x01, 0x01 };
    const uint8_t *type = enter(token);
    const uint8_t *data = enter(skip(type));
    const uint8_t *version = enter(data);
    const uint8_t *bag = skip(skip(skip(version)));
    const uint8_t *inside = enter(bag);
    const uint8_t *end = token + length;
    uint8_t *at = room + TOKEN_MAX;
    uint8_t *stop = at;

    MUST(bag[0] == 0xa0);
    at -= end - skip(bag);
    memcpy(at, skip(bag), (size_t) (end - skip(bag)));
    const uint8_t *tail = at;

    at -= skip(bag) - inside;
    memcpy(at, inside, (size_t) (skip(bag) - inside));
    at -= sizeof stranger;
    memcpy(at, stranger, sizeof stranger);
    at = wrap(at, 0xa0, (size_t) (tail - at));
    at -= bag - version;
    memcpy(at, version, (size_t) (bag - version));
    at = wrap(at, 0x30, (size_t) (stop - at));
    at = wrap(at, 0xa0, (size_t) (stop - at));
    at -= skip(type) - type;
    memcpy(at, type, (size_t) (skip(type) - type));
    at = wrap(at, 0x30, (size_t) (stop - at));
    memmove(room, at, (size_t) (stop - at));
    return (size_t) (stop - at);
}

static size_t answer_of(const uint8_t *token, size_t length, unsigned status, uint8_t *room)
{
    uint8_t *stop = room + TOKEN_MAX;
    uint8_t *at = stop;

    if (status < 2) {
        at -= length;
        memcpy(at, token, length);
    }
    *--at = (uint8_t) status;
    *--at = 1;
    *--at = 2;
    at = wrap(at, 0x30, 3);
    at = wrap(at, 0x30, (size_t) (stop - at));
    memmove(room, at, (size_t) (stop - at));
    return (size_t) (stop - at);
}

uint8_t *tsa_stamp(const struct tsa *tsa, const void *data, size_t length,
                   const struct tsa_stamp *how, size_t *ret_length)
{
    TS_TST_INFO *info = TS_TST_INFO_new();
    uint8_t *content = NULL;
    uint8_t *token = NULL;
    uint8_t *room = malloc(TOKEN_MAX);
    uint8_t *larger = malloc(TOKEN_MAX);
    CMS_ContentInfo *cms;
    int size;
    size_t used;

    MUST(info != NULL && room != NULL && larger != NULL);
    fill_info(info, data, length, how);
    size = i2d_TS_TST_INFO(info, &content);
    MUST(size > 0);
    cms = sign(tsa, content, (size_t) size, how);
    size = i2d_CMS_ContentInfo(cms, &token);
    MUST(size > 0);
    if (how->bent) {
        token[size - 1] ^= 1;
    }
    memcpy(larger, token, (size_t) size);
    used = (size_t) size;
    if (how->attribute_certificate) {
        used = with_stranger(token, used, larger);
    }
    *ret_length = answer_of(larger, used, how->status, room);
    TS_TST_INFO_free(info);
    CMS_ContentInfo_free(cms);
    OPENSSL_free(content);
    OPENSSL_free(token);
    free(larger);
    return room;
}
