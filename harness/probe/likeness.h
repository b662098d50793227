/* likeness.h - is what a stranger got the thing that the role got?
 *
 * Pure: reads two or three answers that have come; any bytes may be in them. */
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

/* Why a success is clearly not the thing, in words; NULL: nothing shows that.  It is another
 * kind of content, such as a page where the role gets data; or what the same stranger gets for
 * a path that nobody made (`nothing`), where the role gets something else. */
const char *likeness_disowns(const struct http_answer *thing, const struct http_answer *answer,
                             const struct http_answer *nothing);
