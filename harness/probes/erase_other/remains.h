/* remains.h - what the owner's reading says about data that somebody asked to delete. */
#pragma once

#include "channel/http.h"

/* The data was shown, or the answer says that there is none any more. */
bool remains_known(const struct http_answer *answer, const char *path);

/* The marker stands in the answer. */
bool remains_in(const struct http_answer *answer, const char *marker);
