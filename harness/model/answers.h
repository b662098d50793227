/* answers.h - what a person has looked at on a unit and said, written down for a run that nobody
 * attends ("hoshitori: answers/1").  A copy goes into the bundle: it holds no secret. */
#pragma once

#include "base/arena.h"
#include "base/status.h"
#include "base/text.h"
#include "model/mark.h"
#include "model/profile.h"

/* In the arena given to answers_load, as everything that it points to. */
struct answer {
    struct source_mark mark;
    const char *to;     /* a check, with its subject ("S1.1-13/interface@usb") or for all of them */
    const char *answer; /* "yes", "no", "none", or a text */
    const char *at;     /* "YYYY-MM-DD" */
    struct words why;
    const char *file; /* resolved path of a photograph or the like, or NULL */
    const char
        *sha256; /* of the copy of a document that was looked at, in lower-case hex, or NULL */
};

struct answers {
    struct source_file source;
    const char *by;
    const struct answer *items;
    size_t count;
};

/* BAD_INPUT with file:line:column. */
enum status answers_load(const char *path, struct arena *arena, struct answers **ret_answers,
                         struct error *reterr) MUST_CHECK;
enum status answers_from_source(const struct source_file *source, struct arena *arena,
                                struct answers **ret_answers, struct error *reterr) MUST_CHECK;

/* The answer to this check ("...@subject"), else the one to all of its subjects, else NULL;
 * answers may be NULL. */
const struct answer *answers_to(const struct answers *answers, const char *check);
