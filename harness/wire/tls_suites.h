/* tls_suites.h - every TLS cipher suite that a server might still pick, by number.
 *
 * The table in tls_suites.c is the source.  Numbers and names are those of the IANA
 * "TLS Cipher Suites" registry as Wireshark 4.0.17 prints it (`tshark -G values`, field
 * tls.handshake.ciphersuite), checked against `openssl ciphers -V -stdname` of OpenSSL
 * 3.0; the two AEGIS suites, newer than both, are from draft-irtf-cfrg-aegis-aead.
 * tests/system/tls_diff/suites_check.py repeats the comparison.
 *
 * The tier orders what is offered, the likeliest first; what a suite is worth, the policy
 * files under testsuites/ say. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tls_kx {
    TLS_KX_NULL,
    TLS_KX_RSA,
    TLS_KX_DH,  /* static */
    TLS_KX_DHE, /* and DH_anon */
    TLS_KX_ECDH,
    TLS_KX_ECDHE, /* and ECDH_anon */
    TLS_KX_PSK,
    TLS_KX_DHE_PSK,
    TLS_KX_ECDHE_PSK,
    TLS_KX_RSA_PSK,
    TLS_KX_KRB5,
    TLS_KX_SRP,
    TLS_KX_GOST,
    TLS_KX_ECCPWD,
    TLS_KX_ECJPAKE,
    TLS_KX_FORTEZZA,
    TLS_KX_TLS13 /* the suite does not say (RFC 8446 appendix B.4) */
};

enum tls_auth {
    TLS_AUTH_NULL,
    TLS_AUTH_ANON,
    TLS_AUTH_RSA,
    TLS_AUTH_DSS,
    TLS_AUTH_ECDSA,
    TLS_AUTH_PSK,
    TLS_AUTH_KRB5,
    TLS_AUTH_SRP,
    TLS_AUTH_GOST,
    TLS_AUTH_ECCPWD,
    TLS_AUTH_ECJPAKE,
    TLS_AUTH_FORTEZZA,
    TLS_AUTH_TLS13
};

/* HIGH and RECOMMENDED: listed in that tier.  EXCEPTION: key exchange by static RSA
 * with a listed cipher, which the exception tier may allow (unconfirmed).  UNKNOWN: not
 * listed, and no rule that was read speaks against it (Camellia-GCM, pre-shared keys,
 * password-authenticated exchanges).  NONE: everything else, so in no tier. */
enum tls_tier {
    TLS_TIER_HIGH,
    TLS_TIER_RECOMMENDED,
    TLS_TIER_EXCEPTION,
    TLS_TIER_UNKNOWN,
    TLS_TIER_NONE
};

struct tls_suite {
    uint16_t code;
    const char *name; /* IANA's; unregistered ones as Wireshark calls them */
    enum tls_kx kx;
    enum tls_auth auth;
    const char *cipher;
    uint16_t bits; /* of the cipher's key; 112 for triple DES */
    const char *mac;
    enum tls_tier tier;
    bool registered;
};

/* Sorted by code. */
extern const struct tls_suite wire_tls_suites[];
extern const size_t wire_tls_suites_count;

/* NULL when the number is not in the table. */
const struct tls_suite *wire_tls_suites_find(uint16_t code);

/* A suite of TLS 1.3 (RFC 8446 appendix B.4) and of no earlier version. */
bool wire_tls_suites_is_13(const struct tls_suite *suite);

/* Static; "high", "recommended", "exception", "unknown", "none". */
const char *wire_tls_tier_word(enum tls_tier tier);
