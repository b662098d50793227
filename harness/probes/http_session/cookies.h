/* cookies.h - what the cookies of a log-in say of themselves, as rows of facts. */
#pragma once

#include <jansson.h>

/* headers: a list of Set-Cookie values, or NULL.  Rows {name, secure, http_only, same_site};
 * a cookie that is taken away at once has none.  New reference. */
json_t *cookies_rows(const json_t *headers);
