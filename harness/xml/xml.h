/* xml.h - walks an XML document from memory, without a document type's powers.
 *
 * A DOCTYPE with an internal subset or an external identifier is refused, so there are no
 * entities but the five of XML itself; a bare one, which declares nothing, is what nmap
 * writes and is let through. Depth and path length are bounded. */
#pragma once

#include "base/status.h"

#include <stddef.h>

enum {
    XML_SIZE_MAX = 64 * 1024 * 1024,
    XML_DEPTH_MAX = 64,
    XML_PATH_MAX = 2048,
    XML_RUN_MAX = 16384
};

/* `path` is "/root/child/this"; attributes are name, value, ..., NULL. A status other
 * than OK ends the walk. */
struct xml_visitor {
    enum status (*open)(void *context, const char *path, const char **attributes,
                        struct error *reterr);
    /* One run of text between two tags, without blanks around it, never empty, cut to
     * XML_RUN_MAX; path is that of the element that it stands in. */
    enum status (*text)(void *context, const char *path, const char *text, struct error *reterr);
    enum status (*close)(void *context, const char *path, struct error *reterr);
    void *context;
};

enum status xml_walk(const void *data, size_t length, const struct xml_visitor *visitor,
                     struct error *reterr) MUST_CHECK;

/* The name of the outermost element into room, or "" when there is none; reads no more
 * than the beginning. */
void xml_root(const void *data, size_t length, char *room, size_t size);

/* NULL when it is not there. */
const char *xml_attribute(const char **attributes, const char *name);
