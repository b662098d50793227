/* search.h - the documents of one check, read, and what is found in them. */
#pragma once

#include "base/arena.h"
#include "probe/paper.h"
#include "reading/finder.h"

/* One document as it was collected and read. */
struct source {
    const struct document *document;
    const json_t *said;      /* of its collection; in the arena */
    struct reading *reading; /* NULL: no text could be read, because reason; or nothing was got */
    const char *reason;
};

struct sources {
    struct source *all;
    size_t count;
};

/* Those that the call is about: its subject, or else the profile's for the clause. kinds: a list
 * of texts; empty: any. */
enum status sources_read(const struct probe_call *call, const char *clause, const json_t *kinds,
                         struct arena *arena, struct sources *ret_sources,
                         struct error *reterr) MUST_CHECK;

/* Where an element was found first, by the order of the documents. */
struct place {
    struct finding finding;
    const struct source *source; /* NULL: nowhere */
};

struct place sources_find(const struct sources *sources, const struct finder *finder, size_t at,
                          struct arena *arena);
