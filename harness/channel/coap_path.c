#include "channel/coap_path.h"

#include <coap3/coap.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* One of a path's or a query's parts, percent-decoded; false when it cannot be. */
static bool part_add(coap_optlist_t **list, uint16_t option, const char *text, size_t length)
{
    uint8_t room[255]; /* RFC 7252 section 5.10: no longer */
    size_t used = 0;

    for (size_t i = 0; i < length; i++) {
        char digits[3] = "";
        bool encoded = text[i] == '%';

        if (used == sizeof room || (encoded && length - i < sizeof digits)) {
            return false;
        }
        if (encoded) {
            memcpy(digits, text + i + 1, 2);
            i += 2;
        }
        if (encoded && strspn(digits, "0123456789abcdefABCDEF") != 2) {
            return false;
        }
        room[used++] = encoded ? (uint8_t) strtoul(digits, NULL, 16) : (uint8_t) text[i];
    }
    return coap_insert_optlist(list, coap_new_optlist(option, used, room)) != 0;
}

bool coap_path_add(coap_optlist_t **list, const char *path)
{
    const char *at = path + (path[0] == '/');
    size_t length = strcspn(at, "/?");
    bool more = at[length] == '/' || length > 0;

    while (more) {
        if (!part_add(list, COAP_OPTION_URI_PATH, at, length)) {
            return false;
        }
        at += length;
        more = *at == '/';
        at += more;
        length = strcspn(at, "/?");
    }
    for (more = *at == '?'; more; more = *at == '&') {
        length = strcspn(++at, "&");
        if (!part_add(list, COAP_OPTION_URI_QUERY, at, length)) {
            return false;
        }
        at += length;
    }
    return true;
}
