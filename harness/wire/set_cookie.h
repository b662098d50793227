/* set_cookie.h - the attributes of a Set-Cookie header (RFC 6265 section 5.2, SameSite as in
 * the draft that succeeds it).  The value itself is never looked at.  Accepts any bytes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { WIRE_COOKIE_NAME_SIZE = 128, WIRE_COOKIE_SITE_SIZE = 16 };

struct wire_set_cookie {
    char name[WIRE_COOKIE_NAME_SIZE];
    bool secure;
    bool http_only;
    bool ends;                             /* Max-Age of nothing: the cookie is taken away */
    char same_site[WIRE_COOKIE_SITE_SIZE]; /* lower case; "" when it is not said */
};

/* False: there is no name. */
bool wire_set_cookie_read(const char *header, size_t length, struct wire_set_cookie *ret_cookie);
