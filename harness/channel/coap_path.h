/* coap_path.h - a path as options of a CoAP request (RFC 7252 section 6.4): every part of it and of
 * its query is an option of its own, percent-decoded; "/" alone has none. */
#pragma once

#include <stdbool.h>

struct coap_optlist_t;

/* False when a part is longer than 255 bytes or wrongly encoded; what was added stays. */
bool coap_path_add(struct coap_optlist_t **list, const char *path);
