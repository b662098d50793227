/* links.h - the paths that a page or a script names, as far as they can be told without running it.
 *
 * Pure; any bytes may be given.  What stands between quotes and begins with '/' is a path (also in
 * scripts and JSON); what href, src and action name without a scheme is one below the page's
 * folder.  Queries and fragments are cut off. */
#pragma once

#include <jansson.h>
#include <stddef.h>

enum { LINK_MAX = 200, LINKS_MAX = 256 };

/* Appends those that are not in the list yet, until it has LINKS_MAX members. */
void links_find(const void *page, size_t length, const char *page_path, json_t *list);
