/* Mbed TLS writes DER from its end to its beginning, so what stands last is written first. */
#include "channel/ocsp.h"

#include <mbedtls/asn1write.h>
#include <mbedtls/md.h>
#include <mbedtls/oid.h>
#include <string.h>

enum {
    SHA1_LENGTH = 20,
    SHA256_LENGTH = 32,
    TAG_EXPLICIT = MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED,
    SEQUENCE = MBEDTLS_ASN1_SEQUENCE | MBEDTLS_ASN1_CONSTRUCTED
};

/* 1.3.6.1.5.5.7.48.1.1, id-pkix-ocsp-basic */
static const char OCSP_BASIC[] = "\x2b\x06\x01\x05\x05\x07\x30\x01\x01";

/* Where the next piece goes, and the first error. */
struct pen {
    unsigned char *start;
    unsigned char *at;
    int code;
};

static void pen_note(struct pen *pen, int code)
{
    if (pen->code == 0 && code < 0) {
        pen->code = code;
    }
}

/* Encloses all that was written since `end`. */
static void enclose(struct pen *pen, const unsigned char *end, int tag)
{
    if (pen->code == 0) {
        pen_note(pen, mbedtls_asn1_write_len(&pen->at, pen->start, (size_t) (end - pen->at)));
    }
    if (pen->code == 0) {
        pen_note(pen, mbedtls_asn1_write_tag(&pen->at, pen->start, (unsigned char) tag));
    }
}

static void raw(struct pen *pen, const void *data, size_t length)
{
    if (pen->code == 0) {
        pen_note(pen, mbedtls_asn1_write_raw_buffer(&pen->at, pen->start, data, length));
    }
}

static void piece(struct pen *pen, int tag, const void *data, size_t length)
{
    const unsigned char *end = pen->at;

    raw(pen, data, length);
    enclose(pen, end, tag);
}

static void when(struct pen *pen, const char *time)
{
    const unsigned char *end = pen->at;

    raw(pen, "Z", 1);
    raw(pen, time, strlen(time));
    enclose(pen, end, MBEDTLS_ASN1_GENERALIZED_TIME);
}

/* SHA-1 of the issuer's name, and of its key without what describes it: whom CertID means. */
static int issuer_hash(const mbedtls_x509_crt *issuer, bool key, unsigned char hash[SHA1_LENGTH])
{
    const mbedtls_md_info_t *sha1 = mbedtls_md_info_from_type(MBEDTLS_MD_SHA1);
    unsigned char *at = issuer->pk_raw.p;
    const unsigned char *end = at + issuer->pk_raw.len;
    size_t length = 0;
    int code;

    if (!key) {
        return mbedtls_md(sha1, issuer->subject_raw.p, issuer->subject_raw.len, hash);
    }
    code = mbedtls_asn1_get_tag(&at, end, &length, SEQUENCE);
    code = code != 0 ? code : mbedtls_asn1_get_tag(&at, end, &length, SEQUENCE);
    at += code == 0 ? length : 0;
    code = code != 0 ? code : mbedtls_asn1_get_bitstring_null(&at, end, &length);
    return code != 0 ? code : mbedtls_md(sha1, at, length, hash);
}

static void certificate_id(struct pen *pen, const struct ocsp_plan *plan)
{
    const unsigned char *end = pen->at;
    unsigned char hash[SHA1_LENGTH] = { 0 };

    piece(pen, MBEDTLS_ASN1_INTEGER, plan->leaf->serial.p, plan->leaf->serial.len);
    pen_note(pen, issuer_hash(plan->issuer, true, hash));
    piece(pen, MBEDTLS_ASN1_OCTET_STRING, hash, sizeof hash);
    pen_note(pen, issuer_hash(plan->issuer, false, hash));
    piece(pen, MBEDTLS_ASN1_OCTET_STRING, hash, sizeof hash);
    if (pen->code == 0) {
        pen_note(pen, mbedtls_asn1_write_algorithm_identifier(
                          &pen->at, pen->start, MBEDTLS_OID_DIGEST_ALG_SHA1,
                          MBEDTLS_OID_SIZE(MBEDTLS_OID_DIGEST_ALG_SHA1), 0));
    }
    enclose(pen, end, SEQUENCE);
}

static void response_data(struct pen *pen, const struct ocsp_plan *plan)
{
    const unsigned char *end = pen->at;
    const unsigned char *next = pen->at;

    when(pen, plan->to);
    enclose(pen, next, TAG_EXPLICIT | 0);
    when(pen, plan->from);
    next = pen->at;
    if (plan->revoked) {
        when(pen, plan->from);
        enclose(pen, next, TAG_EXPLICIT | 1); /* [1] IMPLICIT RevokedInfo */
    } else {
        enclose(pen, next, MBEDTLS_ASN1_CONTEXT_SPECIFIC | 0); /* [0] IMPLICIT NULL */
    }
    certificate_id(pen, plan);
    enclose(pen, end, SEQUENCE);
    enclose(pen, end, SEQUENCE); /* the list of one */
    when(pen, plan->from);
    next = pen->at;
    raw(pen, plan->issuer->subject_raw.p, plan->issuer->subject_raw.len);
    enclose(pen, next, TAG_EXPLICIT | 1); /* the responder, by name */
    enclose(pen, end, SEQUENCE);
}

static void signature(struct pen *pen, const struct ocsp_plan *plan, const unsigned char *data,
                      size_t length)
{
    const mbedtls_pk_type_t type =
        mbedtls_pk_can_do(plan->issuer_key, MBEDTLS_PK_RSA) ? MBEDTLS_PK_RSA : MBEDTLS_PK_ECDSA;
    const unsigned char *end = pen->at;
    unsigned char hash[SHA256_LENGTH];
    unsigned char made[MBEDTLS_PK_SIGNATURE_MAX_SIZE];
    size_t made_length = 0;
    const char *oid = NULL;
    size_t oid_length = 0;

    pen_note(pen, mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), data, length, hash));
    pen_note(pen, mbedtls_pk_sign(plan->issuer_key, MBEDTLS_MD_SHA256, hash, sizeof hash, made,
                                  sizeof made, &made_length, mbedtls_ctr_drbg_random, plan->drbg));
    pen_note(pen, mbedtls_oid_get_oid_by_sig_alg(type, MBEDTLS_MD_SHA256, &oid, &oid_length));
    raw(pen, made, made_length);
    raw(pen, "", 1); /* no unused bits */
    enclose(pen, end, MBEDTLS_ASN1_BIT_STRING);
    if (pen->code == 0) {
        pen_note(pen, mbedtls_asn1_write_algorithm_identifier_ext(
                          &pen->at, pen->start, oid, oid_length, 0, type == MBEDTLS_PK_RSA));
    }
}

int ocsp_write(const struct ocsp_plan *plan, unsigned char *room, size_t size, size_t *ret_length)
{
    unsigned char data[1024];
    struct pen inner = { .start = data, .at = data + sizeof data };
    struct pen pen = { .start = room, .at = room + size };
    size_t data_length;

    response_data(&inner, plan);
    if (inner.code != 0) {
        return inner.code;
    }
    data_length = (size_t) (data + sizeof data - inner.at);
    signature(&pen, plan, inner.at, data_length);
    raw(&pen, inner.at, data_length);
    enclose(&pen, room + size, SEQUENCE);
    enclose(&pen, room + size, MBEDTLS_ASN1_OCTET_STRING);
    piece(&pen, MBEDTLS_ASN1_OID, OCSP_BASIC, sizeof OCSP_BASIC - 1);
    enclose(&pen, room + size, SEQUENCE);
    enclose(&pen, room + size, TAG_EXPLICIT | 0);
    piece(&pen, MBEDTLS_ASN1_ENUMERATED, "", 1); /* successful */
    enclose(&pen, room + size, SEQUENCE);
    *ret_length = (size_t) (room + size - pen.at);
    memmove(room, pen.at, *ret_length);
    return pen.code;
}
