/* host.h - the machine that a run was made on, as far as it bears on what was seen: its system and
 * clock, what it may do, the libraries it has loaded.  No name, address or user. */
#pragma once

#include "model/profile.h"

#include <jansson.h>

/* {"system","release","version","machine","distribution"?,"clock":{"synchronised","source"?},
 * "capture":{"permitted","reason"?},"seccomp","libraries":{...}}; new reference. */
json_t *host_json(const struct profile *profile);
