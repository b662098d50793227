/* suite_tables.h - suites, clauses and parameter files as they are written. */
#pragma once

#include "model/decode.h"
#include "model/suite.h"

#include <stddef.h>

struct parameter_raw {
    struct record_head head; /* the name is its key */
    const struct node *value;
    const char *unit;
    struct basis basis;
};

struct control_raw {
    struct record_head head;
    struct marked_text id;
    struct words says;
    const struct node *with;
    const struct node *expect;
};

struct check_raw {
    struct record_head head;
    struct marked_text id;
    struct marked_text clause;
    struct words title;
    const struct node *for_each;
    struct marked_text probe;
    const struct node *with;
    const char *const *needs;
    size_t need_count;
    const char *const *product_types;
    size_t product_type_count;
    enum exclusive exclusive;
    bool skip_when_none;
    bool may_silence;
    struct control_raw *controls;
    size_t control_count;
    const struct node *expect;
};

struct part_raw {
    struct record_head head;
    const char *format;
    struct parameter_raw *parameters;
    size_t parameter_count;
    struct check_raw *checks;
    size_t check_count;
};

struct suite_raw {
    struct part_raw own; /* what it asks itself, before its parts */
    struct suite suite;  /* members that need no look-up */
    struct marked_text clauses;
    /* Looked at before, by suite_sources_read: */
    const char *const *policies;
    size_t policy_count;
    const char *const *parts;
    size_t part_count;
    const char *extends;
};

struct gap_raw {
    struct record_head head;
    struct gap gap;
    const struct node *when;
};

struct clause_raw {
    struct record_head head;
    struct marked_text id;
    struct clause clause;
    struct gap_raw *gaps;
    size_t gap_count;
    bool optional;
};

struct clauses_raw {
    struct record_head head;
    const char *format;
    const char *scheme;
    struct basis edition;
    struct words notice;
    struct clause_raw *clauses;
    size_t clause_count;
};

struct params_raw {
    struct record_head head;
    const char *format;
    const char *suite;
    struct parameter_raw *parameters;
    size_t parameter_count;
};

struct expect_raw {
    struct record_head head;
    struct marked_text fact;
    const struct node *operand[EXPECT_NOT + 1];
    struct words expected;
    struct words fix;
    bool advisory;
    const char *otherwise;
};

extern const struct kind kind_basis; /* struct basis */

extern const struct record suite_record;
extern const struct record suite_part_record;
extern const struct record clauses_record;
extern const struct record params_record;
extern const struct record expect_record;

/* Every problem to `problems`. */
enum status suite_decode(const struct suite_sources *sources, const struct catalogue *catalogue,
                         struct problems *problems, struct arena *arena, struct suite **ret_suite,
                         struct error *reterr) MUST_CHECK;

/* The clauses alone, added to suite->clauses; edition and notice are taken over. */
enum status clauses_decode(const struct source_file *source, struct problems *problems,
                           struct arena *arena, struct suite *suite,
                           struct error *reterr) MUST_CHECK;

/* How files are had: from a disk, or from a bundle. */
struct suite_reading {
    /* path: as seen from the folder of the suite itself; entry: the name in a bundle. */
    enum status (*read)(const struct suite_reading *reading, const char *path, const char *entry,
                        struct arena *arena, struct source_file *ret_source, struct error *reterr);
    const void *context;
    bool leaves_policies; /* the caller knows them otherwise */
};

/* Reads what `suite` names.  A problem is passed to the sink of `problems`. */
enum status suite_sources_read(const struct source_file *suite, const struct suite_reading *reading,
                               struct problems *problems, struct arena *arena,
                               struct suite_sources *ret_sources, struct error *reterr) MUST_CHECK;

/* The same from the disk, beside `suite`. */
enum status suite_sources_here(const struct source_file *suite, struct problems *problems,
                               struct arena *arena, struct suite_sources *ret_sources,
                               struct error *reterr) MUST_CHECK;

/* "run/suite/s04.yaml": the entry of a file of a layer (folder NULL: the suite itself) in a
 * bundle; name NULL: its suite.yaml. */
const char *suite_entry(const char *folder, const char *name, struct arena *arena);

/* Reads a parameter's value; NULL after a problem. */
json_t *parameter_value(struct decoder *decoder, const struct parameter_raw *raw);

/* `for_each` and `when`: one kind of declared things and by what they are chosen. */
void decode_for_each(struct decoder *decoder, const struct node *node, const char *key,
                     enum subject_kind *ret_kind, const struct selector **ret_selectors,
                     size_t *ret_count);

bool words_complete(const struct words *words);

/* Every word is a product type; a problem at `mark` otherwise. */
void check_product_types(struct problems *problems, struct source_mark mark,
                         const char *const *types, size_t count);
bool product_type_is_among(const char *type, const char *const *types, size_t count);

/* "S1.1-04/lockout" is a part of "S1.1-04". */
bool id_is_part_of(const char *id, const char *clause);
