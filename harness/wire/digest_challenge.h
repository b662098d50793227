/* digest_challenge.h - the parameters of a Digest challenge (RFC 7616 section 3.3, RFC 2069 and
 * RFC 2617 as devices still send them), for HTTP and RTSP alike.  Accepts any bytes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { WIRE_DIGEST_TEXT_SIZE = 512, WIRE_DIGEST_ALGORITHM_SIZE = 24 };

enum wire_digest_hash { WIRE_DIGEST_MD5, WIRE_DIGEST_SHA256, WIRE_DIGEST_UNKNOWN };

/* Texts as they stand between the quotes, escapes included: so they can be sent back. */
struct wire_digest_challenge {
    char realm[WIRE_DIGEST_TEXT_SIZE];
    char nonce[WIRE_DIGEST_TEXT_SIZE];
    char opaque[WIRE_DIGEST_TEXT_SIZE];         /* "": none */
    char algorithm[WIRE_DIGEST_ALGORITHM_SIZE]; /* as sent; "": none, which means MD5 */
    enum wire_digest_hash hash;
    bool session;   /* an algorithm that ends in -sess */
    bool names_qop; /* there is a qop ... */
    bool qop_auth;  /* ... and "auth" is one of it */
    bool stale;     /* the last credentials were not looked at, only their nonce */
};

/* Whether that challenge can be answered: a nonce, a known algorithm, no qop or "auth". */
bool wire_digest_usable(const struct wire_digest_challenge *challenge);

/* Reads the first usable Digest challenge of one WWW-Authenticate value, which may name several
 * schemes; false when there is none, *ret_challenge is zeroed then. */
bool wire_digest_challenge_read(const void *value, size_t length,
                                struct wire_digest_challenge *ret_challenge);
