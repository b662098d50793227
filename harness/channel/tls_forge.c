#include "channel/tls_forge.h"

#include "channel/ocsp.h"

#include <arpa/inet.h>
#include <mbedtls/asn1write.h>
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/dhm.h>
#include <mbedtls/entropy.h>
#include <mbedtls/md.h>
#include <mbedtls/oid.h>
#include <mbedtls/platform.h>
#include <mbedtls/rsa.h>
#include <mbedtls/x509_crt.h>
#include <psa/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RSA_BITS = 2048, RSA_BITS_WEAK = 1024, SERIAL_LENGTH = 16, DAY_S = 86400, NAME_SIZE = 280 };

const uint8_t forge_dh_prime[FORGE_DH_LENGTH] = MBEDTLS_DHM_RFC7919_FFDHE2048_P_BIN;

static const char AUTHORITY[] = "CN=hoshitori unknown authority";
static const char WRONG_HOST[] = "wrong-host.invalid";

struct forge {
    struct forge_plan plan;
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context drbg;
    mbedtls_pk_context key;       /* of the server */
    mbedtls_pk_context weak;      /* RSA-1024; made when it is first needed */
    mbedtls_pk_context other;     /* of the unknown authority, and of the leaf that signs */
    mbedtls_pk_context authority; /* the test authority's */
    mbedtls_x509_crt ca;
    bool has_ca;
};

/* One certificate to make. */
struct order {
    const char *subject;
    const char *host;
    const mbedtls_x509_crt *issuer; /* NULL: the names below */
    const char *issuer_name;
    mbedtls_pk_context *key;
    mbedtls_pk_context *issuer_key;
    mbedtls_md_type_t md;
    int64_t from_s;
    int64_t to_s;
};

static enum status crypto(struct error *reterr, const char *what, int code)
{
    return code == 0 ? STATUS_OK
                     : fail(reterr, STATUS_CRYPTO, "%s: -0x%04x", what, (unsigned) -code);
}

static enum status rsa_make(struct forge *forge, mbedtls_pk_context *key, unsigned bits,
                            struct error *reterr)
{
    TRY(crypto(reterr, "an RSA key",
               mbedtls_pk_setup(key, mbedtls_pk_info_from_type(MBEDTLS_PK_RSA))));
    return crypto(reterr, "an RSA key",
                  mbedtls_rsa_gen_key(mbedtls_pk_rsa(*key), mbedtls_ctr_drbg_random, &forge->drbg,
                                      bits, 65537));
}

static enum status authority_read(struct forge *forge, struct error *reterr)
{
    const struct secret *key = forge->plan.ca_key;

    if (forge->plan.ca == NULL) {
        return STATUS_OK;
    }
    if (mbedtls_x509_crt_parse_file(&forge->ca, forge->plan.ca) != 0) {
        return fail(reterr, STATUS_BAD_INPUT, "test_ca: no certificate can be read from %.200s",
                    forge->plan.ca);
    }
    if (mbedtls_pk_parse_key(&forge->authority, (const unsigned char *) secret_reveal(key),
                             key->length + 1, NULL, 0, mbedtls_ctr_drbg_random,
                             &forge->drbg) != 0 ||
        mbedtls_pk_check_pair(&forge->ca.pk, &forge->authority, mbedtls_ctr_drbg_random,
                              &forge->drbg) != 0) {
        return fail(reterr, STATUS_BAD_INPUT,
                    "test_ca: key_file is not the private key of the certificate");
    }
    forge->has_ca = true;
    return STATUS_OK;
}

enum status forge_new(const struct forge_plan *plan, struct forge **ret_forge, struct error *reterr)
{
    struct forge *forge = calloc(1, sizeof *forge);

    if (forge == NULL) {
        abort();
    }
    *ret_forge = forge;
    forge->plan = *plan;
    mbedtls_entropy_init(&forge->entropy);
    mbedtls_ctr_drbg_init(&forge->drbg);
    mbedtls_pk_init(&forge->key);
    mbedtls_pk_init(&forge->weak);
    mbedtls_pk_init(&forge->other);
    mbedtls_pk_init(&forge->authority);
    mbedtls_x509_crt_init(&forge->ca);
    if (psa_crypto_init() != PSA_SUCCESS) {
        return fail(reterr, STATUS_CRYPTO, "no cryptography");
    }
    TRY(crypto(
        reterr, "random numbers",
        mbedtls_ctr_drbg_seed(&forge->drbg, mbedtls_entropy_func, &forge->entropy, NULL, 0)));
    TRY(authority_read(forge, reterr));
    return rsa_make(forge, &forge->key, RSA_BITS, reterr);
}

void forge_done(struct forge **forge)
{
    struct forge *gone = *forge;

    if (gone == NULL) {
        return;
    }
    mbedtls_x509_crt_free(&gone->ca);
    mbedtls_pk_free(&gone->authority);
    mbedtls_pk_free(&gone->other);
    mbedtls_pk_free(&gone->weak);
    mbedtls_pk_free(&gone->key);
    mbedtls_ctr_drbg_free(&gone->drbg);
    mbedtls_entropy_free(&gone->entropy);
    free(gone);
    *forge = NULL;
}

/* An issuer's name must be the authority's to the letter (RFC 5280 section 7.1), whatever its
 * string types are: the list is copied, last part first, as the writer wants it. */
static int issuer_copy(mbedtls_x509write_cert *writer, const mbedtls_x509_name *name)
{
    for (; name != NULL; name = name->next) {
        mbedtls_asn1_named_data *copy = mbedtls_calloc(1, sizeof *copy);

        if (copy == NULL) {
            return MBEDTLS_ERR_X509_ALLOC_FAILED;
        }
        copy->next = writer->MBEDTLS_PRIVATE(issuer);
        writer->MBEDTLS_PRIVATE(issuer) = copy;
        copy->oid = name->oid;
        copy->val = name->val;
        copy->oid.p = mbedtls_calloc(1, name->oid.len + 1);
        copy->val.p = mbedtls_calloc(1, name->val.len + 1);
        if (copy->oid.p == NULL || copy->val.p == NULL) {
            return MBEDTLS_ERR_X509_ALLOC_FAILED;
        }
        memcpy(copy->oid.p, name->oid.p, name->oid.len);
        memcpy(copy->val.p, name->val.p, name->val.len);
    }
    return 0;
}

static void time_text(int64_t seconds, char room[16])
{
    time_t when = (time_t) seconds;
    struct tm parts = { 0 };

    (void) gmtime_r(&when, &parts);
    (void) strftime(room, 16, "%Y%m%d%H%M%S", &parts);
}

static int host_set(mbedtls_x509write_cert *writer, const char *host)
{
    uint8_t address[16];
    mbedtls_x509_san_list names = { 0 };
    mbedtls_x509_buf *name = &names.node.san.unstructured_name;
    char copy[NAME_SIZE];

    names.node.type = MBEDTLS_X509_SAN_IP_ADDRESS;
    name->p = address;
    if (inet_pton(AF_INET, host, address) == 1) {
        name->len = 4;
    } else if (inet_pton(AF_INET6, host, address) == 1) {
        name->len = 16;
    } else {
        (void) snprintf(copy, sizeof copy, "%s", host);
        names.node.type = MBEDTLS_X509_SAN_DNS_NAME;
        name->p = (unsigned char *) copy;
        name->len = strlen(copy);
    }
    return mbedtls_x509write_crt_set_subject_alternative_name(writer, &names);
}

static int extensions_set(mbedtls_x509write_cert *writer, const struct order *order)
{
    mbedtls_asn1_sequence purpose = { .buf = { .tag = MBEDTLS_ASN1_OID,
                                               .p = (unsigned char *) MBEDTLS_OID_SERVER_AUTH,
                                               .len = MBEDTLS_OID_SIZE(MBEDTLS_OID_SERVER_AUTH) } };
    int code = mbedtls_x509write_crt_set_basic_constraints(writer, 0, -1);

    code = code != 0
               ? code
               : mbedtls_x509write_crt_set_key_usage(writer, MBEDTLS_X509_KU_DIGITAL_SIGNATURE |
                                                                 MBEDTLS_X509_KU_KEY_ENCIPHERMENT);
    code = code != 0 ? code : mbedtls_x509write_crt_set_ext_key_usage(writer, &purpose);
    code = code != 0 ? code : mbedtls_x509write_crt_set_subject_key_identifier(writer);
    code = code != 0 ? code : mbedtls_x509write_crt_set_authority_key_identifier(writer);
    return code != 0 ? code : host_set(writer, order->host);
}

static int order_write(struct forge *forge, const struct order *order,
                       mbedtls_x509write_cert *writer)
{
    unsigned char serial[SERIAL_LENGTH];
    char from[16];
    char to[16];
    int code = mbedtls_ctr_drbg_random(&forge->drbg, serial, sizeof serial);

    serial[0] = (unsigned char) ((serial[0] & 0x3f) | 0x40);
    time_text(order->from_s, from);
    time_text(order->to_s, to);
    mbedtls_x509write_crt_set_version(writer, MBEDTLS_X509_CRT_VERSION_3);
    mbedtls_x509write_crt_set_md_alg(writer, order->md);
    mbedtls_x509write_crt_set_subject_key(writer, order->key);
    mbedtls_x509write_crt_set_issuer_key(writer, order->issuer_key);
    code = code != 0 ? code : mbedtls_x509write_crt_set_serial_raw(writer, serial, sizeof serial);
    code = code != 0 ? code : mbedtls_x509write_crt_set_validity(writer, from, to);
    code = code != 0 ? code : mbedtls_x509write_crt_set_subject_name(writer, order->subject);
    if (code == 0) {
        code = order->issuer != NULL
                   ? issuer_copy(writer, &order->issuer->subject)
                   : mbedtls_x509write_crt_set_issuer_name(writer, order->issuer_name);
    }
    return code != 0 ? code : extensions_set(writer, order);
}

/* Appends one certificate to the chain. */
static enum status certificate_make(struct forge *forge, const struct order *order,
                                    struct forged *forged, struct error *reterr)
{
    mbedtls_x509write_cert writer;
    unsigned char room[4096];
    size_t used = 0;
    int length;

    for (size_t i = 0; i < forged->count; i++) {
        used += forged->lengths[i];
    }
    mbedtls_x509write_crt_init(&writer);
    length = order_write(forge, order, &writer);
    if (length == 0) {
        length = mbedtls_x509write_crt_der(&writer, room, sizeof room, mbedtls_ctr_drbg_random,
                                           &forge->drbg);
    }
    mbedtls_x509write_crt_free(&writer);
    if (length <= 0 || (size_t) length > sizeof forged->ders - used) {
        return crypto(reterr, "a certificate", length < 0 ? length : -1);
    }
    /* What is written stands at the end of the room. */
    memcpy(forged->ders + used, room + sizeof room - length, (size_t) length);
    forged->lengths[forged->count++] = (size_t) length;
    return STATUS_OK;
}

/* The name must have come out as it stands in the authority's certificate, or no client can find
 * it. */
static enum status issuer_check(const struct forge *forge, const struct forged *forged,
                                struct error *reterr)
{
    mbedtls_x509_crt made;
    bool same = false;

    mbedtls_x509_crt_init(&made);
    if (mbedtls_x509_crt_parse_der(&made, forged->ders, forged->lengths[0]) == 0) {
        same = made.issuer_raw.len == forge->ca.subject_raw.len &&
               memcmp(made.issuer_raw.p, forge->ca.subject_raw.p, made.issuer_raw.len) == 0;
    }
    mbedtls_x509_crt_free(&made);
    return same ? STATUS_OK
                : fail(reterr, STATUS_BAD_INPUT,
                       "test_ca: the authority's name is of a form that cannot be written again");
}

static enum status other_make(struct forge *forge, struct error *reterr)
{
    return mbedtls_pk_get_type(&forge->other) != MBEDTLS_PK_NONE
               ? STATUS_OK
               : rsa_make(forge, &forge->other, RSA_BITS, reterr);
}

static enum status weak_use(struct forge *forge, struct order *order, struct error *reterr)
{
    order->key = &forge->weak;
    return mbedtls_pk_get_type(&forge->weak) != MBEDTLS_PK_NONE
               ? STATUS_OK
               : rsa_make(forge, &forge->weak, RSA_BITS_WEAK, reterr);
}

static void by_unknown(struct forge *forge, struct order *order)
{
    order->issuer = NULL;
    order->issuer_name = AUTHORITY;
    order->issuer_key = &forge->other;
}

/* The leaf's name is the certificate's subject; where it signs another, that one's issuer. */
static enum status leaf_as_ca(struct forge *forge, const struct order *honest,
                              struct forged *forged, struct error *reterr)
{
    struct order leaf = *honest;
    struct order signer = *honest;

    TRY(other_make(forge, reterr));
    signer.subject = "CN=another server";
    signer.key = &forge->other;
    leaf.issuer = NULL;
    leaf.issuer_name = signer.subject;
    leaf.issuer_key = &forge->other;
    TRY(certificate_make(forge, &leaf, forged, reterr));
    return certificate_make(forge, &signer, forged, reterr);
}

static enum status flaw_apply(struct forge *forge, enum forge_flaw flaw, struct order *order,
                              struct error *reterr)
{
    switch (flaw) {
    case FORGE_SELF_SIGNED:
        order->issuer = NULL;
        order->issuer_name = order->subject;
        order->issuer_key = order->key;
        break;
    case FORGE_WRONG_HOST:
        order->host = WRONG_HOST;
        order->subject = "CN=wrong-host.invalid";
        break;
    case FORGE_EXPIRED:
        order->to_s = forge->plan.now_s - 2 * DAY_S;
        break;
    case FORGE_NOT_YET_VALID:
        order->from_s = forge->plan.now_s + 2 * DAY_S;
        break;
    case FORGE_UNKNOWN_CA:
        TRY(other_make(forge, reterr));
        by_unknown(forge, order);
        break;
    case FORGE_SHA1:
        order->md = MBEDTLS_MD_SHA1;
        break;
    case FORGE_RSA1024:
        return weak_use(forge, order, reterr);
    case FORGE_VALID:
    case FORGE_LEAF_AS_CA:
        break;
    }
    return STATUS_OK;
}

enum status forge_chain(struct forge *forge, enum forge_flaw flaw, struct forged *ret_forged,
                        struct error *reterr)
{
    struct order order = { .subject = "CN=hoshitori test server",
                           .host = forge->plan.host,
                           .issuer = &forge->ca,
                           .key = &forge->key,
                           .issuer_key = &forge->authority,
                           .md = MBEDTLS_MD_SHA256,
                           .from_s = forge->plan.now_s - 30 * DAY_S,
                           .to_s = forge->plan.now_s + 30 * DAY_S };

    memset(ret_forged, 0, sizeof *ret_forged);
    if (!forge->has_ca) {
        TRY(other_make(forge, reterr));
        by_unknown(forge, &order);
    }
    if (flaw == FORGE_LEAF_AS_CA) {
        TRY(leaf_as_ca(forge, &order, ret_forged, reterr));
    } else {
        TRY(flaw_apply(forge, flaw, &order, reterr));
        TRY(certificate_make(forge, &order, ret_forged, reterr));
    }
    ret_forged->key = order.key;
    ret_forged->short_key = flaw == FORGE_RSA1024;
    return flaw == FORGE_VALID && forge->has_ca ? issuer_check(forge, ret_forged, reterr)
                                                : STATUS_OK;
}

enum status forge_sign(struct forge *forge, const struct forged *forged, bool tls_12,
                       const void *data, size_t length, uint8_t room[FORGE_SIGNATURE_MAX],
                       size_t *ret_length, struct error *reterr)
{
    unsigned char hash[64];
    mbedtls_md_type_t md = tls_12 ? MBEDTLS_MD_SHA256 : MBEDTLS_MD_NONE;
    size_t hash_length = tls_12 ? 32 : 36;
    int code;

    if (tls_12) {
        code = mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), data, length, hash);
    } else {
        code = mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_MD5), data, length, hash);
        code = code != 0 ? code
                         : mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA1), data, length,
                                      hash + 16);
    }
    code = code != 0
               ? code
               : mbedtls_pk_sign(forged->key, md, hash, hash_length, room, FORGE_SIGNATURE_MAX,
                                 ret_length, mbedtls_ctr_drbg_random, &forge->drbg);
    return crypto(reterr, "a signature", code);
}

void forge_add_authority(const struct forge *forge, struct forged *forged)
{
    size_t used = 0;

    for (size_t i = 0; i < forged->count; i++) {
        used += forged->lengths[i];
    }
    if (forge->has_ca && forged->count < FORGE_CHAIN_MAX &&
        forge->ca.raw.len <= sizeof forged->ders - used) {
        memcpy(forged->ders + used, forge->ca.raw.p, forge->ca.raw.len);
        forged->lengths[forged->count++] = forge->ca.raw.len;
    }
}

enum status forge_staple(struct forge *forge, const struct forged *forged, bool revoked,
                         uint8_t room[FORGE_STAPLE_MAX], size_t *ret_length, struct error *reterr)
{
    struct ocsp_plan plan = { .issuer = &forge->ca,
                              .issuer_key = &forge->authority,
                              .drbg = &forge->drbg,
                              .revoked = revoked };
    mbedtls_x509_crt leaf;
    int code;

    if (!forge->has_ca) {
        return fail(reterr, STATUS_BAD_INPUT, "nobody is there to staple for");
    }
    time_text(forge->plan.now_s - DAY_S, plan.from);
    time_text(forge->plan.now_s + DAY_S, plan.to);
    mbedtls_x509_crt_init(&leaf);
    code = mbedtls_x509_crt_parse_der(&leaf, forged->ders, forged->lengths[0]);
    plan.leaf = &leaf;
    code = code != 0 ? code : ocsp_write(&plan, room, FORGE_STAPLE_MAX, ret_length);
    mbedtls_x509_crt_free(&leaf);
    return crypto(reterr, "an OCSP response", code);
}
