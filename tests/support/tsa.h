/* tsa.h - a time-stamping authority for tests, made of libcrypto: it stamps any bytes at any time,
 * rightly or wrong on purpose.  Failures end the program: a token that cannot be made tests
 * nothing. */
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

enum tsa_usage {
    TSA_USAGE_RIGHT, /* timeStamping, critical, alone */
    TSA_USAGE_MISSING,
    TSA_USAGE_LAX, /* not critical */
    TSA_USAGE_MANY /* emailProtection as well */
};

/* Times in seconds since 1970. */
struct tsa {
    EVP_PKEY *ca_key;
    X509 *ca;
    EVP_PKEY *key;
    X509 *leaf;
    X509 *root; /* issued the CA; NULL: nobody but itself */
};

struct tsa_how {
    bool rsa;
    bool leaf_is_ca;
    bool small_key;      /* RSA of 1024 bits */
    bool sha1;           /* in the signature of the leaf */
    bool explicit_curve; /* parameters of the leaf's key, rather than a name */
    const char *above;   /* what the CA's certificate, by a root, is for; NULL: there is no root */
    enum tsa_usage usage;
    int64_t from; /* of the leaf; 0: 2020-01-01 */
    int64_t to;   /* of the leaf; 0: 2040-01-01 */
};

struct tsa tsa_open(const struct tsa_how *how);
void tsa_done(struct tsa *tsa); /* for DEFER */

/* A new certificate over the old key or a new one, by the same CA. */
void tsa_roll(struct tsa *tsa, const struct tsa_how *how, bool new_key);

struct tsa_stamp {
    int64_t time;
    bool sha1;                  /* imprint */
    bool no_certificates;       /* an empty bag */
    bool attribute_certificate; /* something that is no certificate in the bag */
    X509 *extra;                /* borrowed; one more certificate, placed first */
    unsigned status;            /* 0: granted */
    bool bent;                  /* a bit of the signature is turned */
    const uint8_t *nonce;       /* content of an INTEGER; NULL: none */
    size_t nonce_length;
};

/* A TimeStampResp over data; free() it. */
uint8_t *tsa_stamp(const struct tsa *tsa, const void *data, size_t length,
                   const struct tsa_stamp *how, size_t *ret_length);

/* DER; free() it. */
uint8_t *tsa_certificate(X509 *certificate, size_t *ret_length);

/* A certificate with the leaf's names and serial number, over another key, by nobody. */
X509 *tsa_forge(const struct tsa *tsa);

/* A CRL of the CA that takes the leaf back; reason -1: none given.  free() it. */
uint8_t *tsa_revoke(const struct tsa *tsa, int64_t when, int reason, size_t *ret_length);
