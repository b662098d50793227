/* ocsp.h - the answer of an OCSP responder about one certificate (RFC 6960 section 4.2.1), by Mbed
 * TLS, which has none. */
#pragma once

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/x509_crt.h>
#include <stdbool.h>

struct ocsp_plan {
    const mbedtls_x509_crt *leaf;
    const mbedtls_x509_crt *issuer;
    mbedtls_pk_context *issuer_key;
    mbedtls_ctr_drbg_context *drbg;
    char from[16]; /* YYYYMMDDhhmmss; a revocation happened then, too */
    char to[16];
    bool revoked;
};

/* DER, from the beginning of the room; returns Mbed TLS's error, 0: none. */
int ocsp_write(const struct ocsp_plan *plan, unsigned char *room, size_t size, size_t *ret_length);
