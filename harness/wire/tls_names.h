/* tls_names.h - the numbers of TLS and what they are called: versions, groups,
 * signature schemes, alerts (RFC 8446, RFC 8422, RFC 7919 and the IANA registries).
 * All texts are static. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TLS_VERSION_SSL2 = 0x0002,
    TLS_VERSION_SSL3 = 0x0300,
    TLS_VERSION_10 = 0x0301,
    TLS_VERSION_11 = 0x0302,
    TLS_VERSION_12 = 0x0303,
    TLS_VERSION_13 = 0x0304
};

/* What DTLS writes: the complement, of TLS 1.1 for the first (RFC 6347 section 4.1). */
enum { DTLS_VERSION_10 = 0xfeff, DTLS_VERSION_12 = 0xfefd, DTLS_VERSION_13 = 0xfefc };

enum {
    TLS_CONTENT_CHANGE_CIPHER_SPEC = 20,
    TLS_CONTENT_ALERT = 21,
    TLS_CONTENT_HANDSHAKE = 22,
    TLS_CONTENT_APPLICATION_DATA = 23
};

enum {
    TLS_HANDSHAKE_CLIENT_HELLO = 1,
    TLS_HANDSHAKE_SERVER_HELLO = 2,
    TLS_HANDSHAKE_HELLO_VERIFY_REQUEST = 3,
    TLS_HANDSHAKE_NEW_SESSION_TICKET = 4,
    TLS_HANDSHAKE_ENCRYPTED_EXTENSIONS = 8,
    TLS_HANDSHAKE_CERTIFICATE = 11,
    TLS_HANDSHAKE_SERVER_KEY_EXCHANGE = 12,
    TLS_HANDSHAKE_CERTIFICATE_REQUEST = 13,
    TLS_HANDSHAKE_SERVER_HELLO_DONE = 14,
    TLS_HANDSHAKE_CERTIFICATE_VERIFY = 15,
    TLS_HANDSHAKE_FINISHED = 20,
    TLS_HANDSHAKE_CERTIFICATE_STATUS = 22
};

enum {
    TLS_ALERT_CLOSE_NOTIFY = 0,
    TLS_ALERT_HANDSHAKE_FAILURE = 40,
    TLS_ALERT_PROTOCOL_VERSION = 70,
    TLS_ALERT_USER_CANCELED = 90,
    TLS_ALERT_INSUFFICIENT_SECURITY = 71,
    TLS_ALERT_INTERNAL_ERROR = 80,
    TLS_ALERT_INAPPROPRIATE_FALLBACK = 86,
    TLS_ALERT_NO_APPLICATION_PROTOCOL = 120
};

/* Groups without a number of their own (RFC 8422 section 5.4, explicit curves). */
enum { TLS_GROUP_EXPLICIT_PRIME = 0xff01, TLS_GROUP_EXPLICIT_CHAR2 = 0xff02 };

struct tls_name {
    uint16_t code;
    const char *name;
};

/* "SSLv2", "SSLv3", "TLSv1.0" ... "TLSv1.3"; NULL otherwise. */
const char *wire_tls_version_name(uint16_t version);

/* "DTLSv1.0", "DTLSv1.2", "DTLSv1.3" for TLS_VERSION_11, _12, _13; NULL otherwise. */
const char *wire_dtls_version_name(uint16_t version);

/* TLS_VERSION_11, _12, _13 for what DTLS writes; any other number as it is. */
uint16_t wire_dtls_version(uint16_t written);

/* Every group we know, elliptic curves first, in the order in which we offer them. */
extern const struct tls_name wire_tls_groups[];
extern const size_t wire_tls_groups_count;
const char *wire_tls_group_name(uint16_t group);     /* NULL when unknown */
bool wire_tls_group_is_finite_field(uint16_t group); /* RFC 7919 */
bool wire_tls_group_is_13_only(uint16_t group);      /* hybrid post-quantum and *tls13 */

extern const struct tls_name wire_tls_schemes[];
extern const size_t wire_tls_schemes_count;
const char *wire_tls_scheme_name(uint16_t scheme); /* NULL when unknown */

const char *wire_tls_alert_name(uint8_t alert); /* "unknown" when unknown */
