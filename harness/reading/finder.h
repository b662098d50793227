/* finder.h - looks for what a document has to say, by patterns that a suite gives as data.
 *
 * An element is written "id: part && part && ..."; several with one id are alternatives, the
 * first that is found counts.  A part is an extended regular expression (POSIX; letters in lower
 * case; wide characters in alternatives, never in brackets), or one of
 *     <date> <days> <email> <url> <phone>     a value (values.h)
 *     <model>                                 the text that the caller gives
 * The first part is looked for in every block; the others in the same block or, when that is a
 * heading or ends with a colon, in the `near` blocks behind it up to the next heading.  Pure;
 * bounded by the reading. */
#pragma once

#include "base/arena.h"
#include "base/status.h"
#include "reading/reading.h"
#include "reading/values.h"

#include <jansson.h>

enum { FINDER_ELEMENTS_MAX = 200, FINDER_PARTS_MAX = 6, FINDER_QUOTE_CHARS = 160 };

struct finder; /* finder_free */

struct finding {
    const char *element;
    bool found;
    const char *quote; /* at most FINDER_QUOTE_CHARS characters; NULL: not found */
    unsigned page;
    unsigned line;
    bool has_date;
    char date[VALUE_DATE_SIZE]; /* where the element asks for one */
    bool has_days;
    unsigned days;
};

/* elements: a list of texts; model: NULL when nothing asks for it.  BAD_INPUT names the text that
 * is wrong. */
enum status finder_new(const json_t *elements, const char *model, unsigned near,
                       struct finder **ret_finder, struct error *reterr) MUST_CHECK;
void finder_free(struct finder *finder);
void finder_done(struct finder **finder); /* for DEFER */

/* How many different elements are asked for, and the name of one. */
size_t finder_count(const struct finder *finder);
const char *finder_element(const struct finder *finder, size_t at);

/* The first place of an element. */
void finder_look(const struct finder *finder, const struct reading *reading, size_t at,
                 struct arena *arena, struct finding *ret_finding);

/* Every date that an element finds, sorted by nothing; at most most.  Where some stand beside the
 * model's name, or under a heading with it, those alone: a list of products ends at many dates. */
size_t finder_dates(const struct finder *finder, const struct reading *reading, size_t at,
                    char (*ret_dates)[VALUE_DATE_SIZE], size_t most);
