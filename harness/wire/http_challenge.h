/* http_challenge.h - the authentication schemes named in a WWW-Authenticate value
 * (RFC 9110 section 11.6.1).  Accepts any bytes. */
#pragma once

#include <stddef.h>

enum { WIRE_HTTP_SCHEME_SIZE = 24, WIRE_HTTP_SCHEMES_MAX = 8 };

/* Schemes in the order of their appearance, in lower case, each once. */
struct wire_http_challenge {
    char schemes[WIRE_HTTP_SCHEMES_MAX][WIRE_HTTP_SCHEME_SIZE];
    size_t count;
};

/* Adds what one header value names; start with a zeroed struct.  What does not fit is
 * left out. */
void wire_http_challenge_read(const void *value, size_t length,
                              struct wire_http_challenge *challenge);
