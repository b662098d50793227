/* likeness.h - is what a stranger got the thing that the role got? */
#pragma once

#include "channel/http.h"

enum likeness {
    LIKENESS_SAME, /* the same bytes, the same members of a JSON object, or the same kind of file */
    LIKENESS_OTHER,
    LIKENESS_EMPTY /* a success without content */
};

/* Both must be answers with a success.  Two pages of HTML are the same only when their bytes
 * are: a page that every path gets is not the thing. */
enum likeness likeness_of(const struct http_answer *thing, const struct http_answer *answer);
