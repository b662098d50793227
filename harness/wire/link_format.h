/* link_format.h - the list of resources that a CoAP device gives of itself (RFC 6690). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { WIRE_LINKS_MAX = 256, WIRE_LINK_PATH_SIZE = 256, WIRE_LINK_TYPE_SIZE = 64 };

struct wire_link {
    char path[WIRE_LINK_PATH_SIZE]; /* begins with '/', as written: percent-encoded, with its query
                                     */
    char type[WIRE_LINK_TYPE_SIZE]; /* rt, printable, cut to the room; "" when not given */
    bool observable;                /* obs (RFC 7641 section 6) */
};

struct wire_links {
    struct wire_link items[WIRE_LINKS_MAX];
    size_t count;
    size_t elsewhere; /* links to other devices, left out */
    bool cut;         /* more links than fit */
    bool malformed;   /* the text broke off, or held what is no link; what came before it counts */
};

/* Takes any bytes.  The same path twice counts once. */
void wire_link_format_read(const void *data, size_t length, struct wire_links *ret_links);
