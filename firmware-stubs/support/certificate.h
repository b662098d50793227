/* certificate.h - the device's own certificate authority and its server certificate.
 *
 * ECDSA P-256, or RSA 2048 for the server, and SHA-256 (RFC 5480, RFC 5280).  The authority's
 * private key is thrown away once it has signed the one server certificate. */
#pragma once

#include <stdbool.h>

struct certificate_request {
    const char *organisation;
    const char *common_name;      /* of the server certificate */
    const char *alternative_name; /* "DNS:a,IP:b", OpenSSL's notation */
    bool rsa;                     /* the server's key, for key exchange by RSA */
};

/* Writes certs/device-ca.pem, certs/server.pem and keys/server.key (0600) under the directory
 * unless all three are there. */
bool certificate_provide(const char *directory, const struct certificate_request *request);
