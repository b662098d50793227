/* tls_forge.h - server certificates made on the spot, right or wrong in one way each (Mbed TLS).
 *
 * All keys but the test authority's are made here and end with the forge; the test authority's is
 * only used to sign and never leaves memory. */
#pragma once

#include "base/bytes.h"
#include "base/secret.h"

#include <stdbool.h>
#include <stdint.h>

struct forge;
struct mbedtls_pk_context;

enum forge_flaw {
    FORGE_VALID,
    FORGE_SELF_SIGNED,
    FORGE_WRONG_HOST,
    FORGE_EXPIRED,       /* two days ago */
    FORGE_NOT_YET_VALID, /* in two days */
    FORGE_UNKNOWN_CA,
    FORGE_LEAF_AS_CA, /* signed by a certificate for the same host that is no authority */
    FORGE_SHA1,
    FORGE_RSA1024
};

struct forge_plan {
    const char *host;            /* a name or a numeric address */
    int64_t now_s;               /* since 1970; validity is counted from it */
    const char *ca;              /* path of the test authority's certificate (PEM); NULL: none */
    const struct secret *ca_key; /* PEM */
};

enum { FORGE_CHAIN_MAX = 3, FORGE_SIGNATURE_MAX = 256, FORGE_DH_LENGTH = 256 };

enum { FORGE_STAPLE_MAX = 2048 };

/* The prime of ffdhe2048 (RFC 7919 appendix A.1), whose generator is 2. */
extern const uint8_t forge_dh_prime[FORGE_DH_LENGTH];

struct forged {
    uint8_t ders[8192]; /* leaf first */
    size_t lengths[FORGE_CHAIN_MAX];
    size_t count;
    struct mbedtls_pk_context *key; /* the leaf's; the forge owns it */
    bool short_key;                 /* too short for PSS with more than SHA-256 */
};

/* BAD_INPUT: the test authority's certificate and key cannot be used together. */
enum status forge_new(const struct forge_plan *plan, struct forge **ret_forge,
                      struct error *reterr) MUST_CHECK;
void forge_done(struct forge **forge);

/* Signed by the test authority, or without one by an authority that nobody knows.  What is wrong
 * is wrong besides in that case. */
enum status forge_chain(struct forge *forge, enum forge_flaw flaw, struct forged *ret_forged,
                        struct error *reterr) MUST_CHECK;

/* Puts the test authority's own certificate behind a chain, if there is room: some clients find
 * whom a staple speaks of only there. */
void forge_add_authority(const struct forge *forge, struct forged *forged);

/* What an OCSP responder says of the chain's leaf (RFC 6960 section 4.2), signed by the test
 * authority itself; BAD_INPUT without one. */
enum status forge_staple(struct forge *forge, const struct forged *forged, bool revoked,
                         uint8_t room[FORGE_STAPLE_MAX], size_t *ret_length,
                         struct error *reterr) MUST_CHECK;

/* Signs with the leaf's RSA key as a server does: MD5 and SHA-1 together before TLS 1.2 (RFC 2246
 * section 7.4.3), rsa_pkcs1_sha256 from there on. */
enum status forge_sign(struct forge *forge, const struct forged *forged, bool tls_12,
                       const void *data, size_t length, uint8_t room[FORGE_SIGNATURE_MAX],
                       size_t *ret_length, struct error *reterr) MUST_CHECK;
