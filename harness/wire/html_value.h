/* html_value.h - the value that a web page holds under a name: an input's value, or a meta
 * element's content (HTML Living Standard sections 4.10.5 and 4.2.5).
 *
 * A reader of tags, not of documents: comments and scripts are read like the rest.  Accepts
 * any bytes; no I/O. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The first one with that name; false: none, or its value does not fit.  The character
 * references &amp; &quot; &lt; &gt; and &#39; are resolved. */
bool wire_html_value(const void *page, size_t length, const char *name, char *room, size_t size);
