/* decode.h - YAML mappings into structs, by table.
 *
 * One array of struct field per mapping; one walker.  The same arrays print the
 * reference pages, so that what is documented is what is accepted.  Every problem of a
 * file is found in one walk: decoders report and go on, and whoever started the walk asks
 * problems_status() at its end. */
#pragma once

#include "base/arena.h"
#include "base/status.h"
#include "base/text.h"
#include "model/mark.h"
#include "model/node.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Called with "path:line:column: what is wrong"; the text lives for the call only. */
typedef void problem_sink(void *context, const char *message);

enum { PROBLEMS_SHOWN_MAX = 50 };

struct problems {
    const char *path;
    problem_sink *sink; /* may be NULL */
    void *context;
    size_t count;
    char first[480];
};

void problem_at(struct problems *problems, struct source_mark mark, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* OK when there was none; else BAD_INPUT with the first. */
enum status problems_status(const struct problems *problems, struct error *reterr) MUST_CHECK;

struct decoder {
    struct problems *problems;
    struct arena *arena;
};

struct field;

/* Reads node into *target, or reports a problem and leaves *target as it was. */
typedef void decode_fn(struct decoder *decoder, const struct node *node, const struct field *field,
                       void *target);

/* A kind of value, and its word in the reference pages. */
struct kind {
    const char *word;
    decode_fn *decode;
};

enum field_flags { FIELD_OPTIONAL = 0, FIELD_REQUIRED = 1 << 0 };

struct field {
    const char *key;
    const struct kind *kind;
    size_t offset;
    size_t count_offset; /* of the size_t beside a list */
    unsigned flags;
    const void *detail; /* what the kind needs: a struct record, a word list, a struct range */
    const char *help;
};

#define FIELD_END                                                                                  \
    {                                                                                              \
        .key = NULL                                                                                \
    }

/* A mapping with fixed keys.  A headed record's struct begins with struct record_head. */
struct record {
    const char *name; /* its heading in the reference pages */
    const struct field *fields;
    size_t size;
    bool headed;
};

struct record_head {
    const struct node *node;
    const char *name; /* the key, in a mapping of records; else NULL */
};

struct range {
    unsigned minimum;
    unsigned maximum;
};

/* A text that will be looked up later, and where it stands.  node NULL: not given. */
struct marked_text {
    const char *text;
    const struct node *node;
};

/* kind                     target                     detail        */
extern const struct kind kind_text;          /* const char *, not empty              */
extern const struct kind kind_text_or_empty; /* const char *                         */
extern const struct kind kind_marked;        /* struct marked_text                   */
extern const struct kind kind_texts;         /* const char *const *, count           */
extern const struct kind kind_text_or_texts; /* the same; one text alone is allowed  */
extern const struct kind kind_words;         /* struct words                         */
extern const struct kind kind_word;          /* const char *; detail: allowed words  */
extern const struct kind kind_choice;        /* int; detail: words in enum order     */
extern const struct kind kind_bool;          /* bool                                 */
extern const struct kind kind_unsigned;      /* unsigned; detail: struct range, NULL */
extern const struct kind kind_port;          /* uint16_t, 1 to 65535                 */
extern const struct kind kind_path;          /* const char *, resolved               */
extern const struct kind kind_json;          /* json_t *, any                        */
extern const struct kind kind_json_map;      /* json_t *, an object                  */
extern const struct kind kind_json_list;     /* json_t *, an array                   */
extern const struct kind kind_node;          /* const struct node *, read by caller  */
extern const struct kind kind_record;        /* embedded struct; detail: record      */
extern const struct kind kind_records;       /* pointer and count; detail: record    */
extern const struct kind kind_named_records; /* the same, from name: {...}; headed   */

/* Walks `node` through the table into *target. */
void decode_record(struct decoder *decoder, const struct node *node, const struct record *record,
                   void *target);

/* New reference that the arena drops at its end, or NULL after a problem. */
json_t *decode_json(struct decoder *decoder, const struct node *node);

/* The arena takes over the reference. */
json_t *json_kept(struct arena *arena, json_t *value);

/* At most 80 bytes of a text, cut between characters, for messages. */
const char *text_shown(struct arena *arena, const char *text);
