#include "cookies.h"

#include "base/text.h"
#include "wire/set_cookie.h"

#include <stdlib.h>
#include <string.h>

json_t *cookies_rows(const json_t *headers)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < json_array_size(headers); i++) {
        const char *header = json_string_value(json_array_get(headers, i));
        struct wire_set_cookie cookie;
        char name[WIRE_COOKIE_NAME_SIZE];
        char site[WIRE_COOKIE_SITE_SIZE];

        if (header == NULL || !wire_set_cookie_read(header, strlen(header), &cookie) ||
            cookie.ends) {
            continue;
        }
        text_printable(cookie.name, strlen(cookie.name), name, sizeof name);
        text_printable(cookie.same_site, strlen(cookie.same_site), site, sizeof site);
        if (json_array_append_new(
                rows, json_pack("{s:s, s:b, s:b, s:s}", "name", name, "secure", (int) cookie.secure,
                                "http_only", (int) cookie.http_only, "same_site", site)) != 0) {
            abort();
        }
    }
    return rows;
}
