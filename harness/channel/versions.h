/* versions.h - the libraries that this process has loaded, as they say themselves: what was built
 * against may differ. */
#pragma once

#include <jansson.h>

/* Adds name to version; a library that is not loaded is left out. */
void versions_add(json_t *object);
