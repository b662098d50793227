/* suite.h - which questions are asked of which declared things, and what answer is
 * expected.  Loaded against the catalogue of probes, so that a misspelt fact, a
 * wrong type or an unknown parameter is an error with file:line:column. */
#pragma once

#include "base/arena.h"
#include "base/text.h"
#include "model/basis.h"
#include "model/catalogue.h"
#include "model/mark.h"
#include "model/profile.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct parameter {
    const char *name;
    json_t *value; /* integer, text, or list of texts */
    const char *unit;
    struct basis basis;
    const char *origin; /* "suite", or the name of the --params file that replaced it */
};

enum subject_kind {
    SUBJECT_ADDRESS,
    SUBJECT_SERVICE,
    SUBJECT_AUTH,
    SUBJECT_ACCESS,
    SUBJECT_CLIENT,
    SUBJECT_DOCUMENT,
    SUBJECT_UPDATE,
    SUBJECT_ERASURE,
    SUBJECT_INTERFACE,
    SUBJECT_STORAGE,
    SUBJECT_EXPORT,
    SUBJECT_FIRMWARE,
    SUBJECT_USER_DATA
};

struct selector {
    const char *field; /* such as "protocol", "service.protocol", "kind" */
    json_t *values;    /* list of scalars */
    bool excludes;     /* it is none of them; else it is one */
};

/* A part of a clause that no check covers yet; judged not_tested with this reason. */
struct gap {
    const char *id;
    struct words reason;
    bool conditional; /* counts only when the profile declares such a thing: */
    enum subject_kind when;
    const struct selector *selectors;
    size_t selector_count;
};

struct clause {
    struct source_mark mark; /* in the clauses file */
    const char *path;        /* of that file */
    unsigned level;          /* of the suite that brought it */
    const char *id;
    struct words title;
    struct words gist;
    struct words why; /* what it is good for; may be empty */
    struct basis basis;
    const char *method;               /* "document", "device" or "both" */
    const char *automation;           /* "automatic", "assisted" or "document" */
    json_t *maps;                     /* object: scheme -> list of ids */
    struct words not_applicable_when; /* empty: the clause always applies */
    struct basis na_basis;
    bool mandatory;
    struct words exception; /* why no check exists; empty when checks do */
    const struct gap *gaps;
    size_t gap_count;
    const char *const *product_types; /* only these are asked; none: every type */
    size_t product_type_count;
    bool provisional; /* of this project, not of the scheme's owner */
};

struct grading; /* grading.h */
struct policy;  /* policy.h */

enum expect_op {
    EXPECT_EQUALS,
    EXPECT_IN,
    EXPECT_NOT_IN,
    EXPECT_SUBSET_OF,
    EXPECT_CONTAINS,
    EXPECT_EXCLUDES,
    EXPECT_AT_LEAST,
    EXPECT_AT_MOST,
    EXPECT_MATCHES,
    EXPECT_MATCHES_NONE,
    EXPECT_EXISTS,
    EXPECT_EMPTY,
    EXPECT_GRADED,
    EXPECT_ALL,
    EXPECT_ANY,
    EXPECT_NOT
};

/* A condition over facts.  Leaves name a fact by path: "open", "certificates.key_bits"
 * (that column of every row), "suites.TLSv1.2" (that group), "suites.*" (all groups
 * together).  Scalar operators over a column hold for every row.  docs/suite-language.md
 * says what each operator means. */
struct expectation {
    struct source_mark mark;
    enum expect_op op;
    const char *path;
    const struct fact *fact;   /* the declared fact (or column) that path ends in */
    json_t *operand;           /* literal, or a text "$..." reference until the plan resolves it */
    struct expectation *parts; /* ALL, ANY, NOT */
    size_t part_count;
    const struct grading *grading; /* GRADED; the operand is the grade that is demanded */
    struct words expected;         /* at the top level of a check: required */
    struct words fix;
    bool advisory;         /* unmet: noted, decides nothing */
    const char *otherwise; /* verdict word when unmet: "fail" (default), "review", "inconc" */
};

/* The same probe asked something whose answer is known, before its answer to the real
 * question is believed. */
struct control {
    const char *id;
    struct words says;
    json_t *with; /* overrides of the check's `with`; NULL: judged on the check's own observation */
    struct expectation *expect;
    size_t expect_count;
};

enum exclusive { EXCLUSIVE_NONE, EXCLUSIVE_ACCOUNT, EXCLUSIVE_DEVICE };

struct check {
    struct source_mark mark;
    const char *path; /* of the file that the mark is in */
    const char *id;   /* "S1.1-12/tls-server" */
    const struct clause *clause;
    struct words title;
    enum subject_kind subject_kind;
    const struct selector *selectors;
    size_t selector_count;
    const struct probe_decl *probe;
    json_t *with; /* texts "$..." are references */
    enum exclusive exclusive;
    const char *const *needs; /* levers that the profile must declare, lever.h */
    size_t need_count;
    const char *const *product_types; /* as of a clause */
    size_t product_type_count;
    bool skip_when_none; /* nothing selected: leaves no trace in the roll-up */
    bool may_silence;    /* a device silent afterwards is what the check looks for */
    const struct control *controls;
    size_t control_count;
    struct expectation *expect;
    size_t expect_count;
};

enum { SUITE_LAYERS_MAX = 4, SUITE_PARTS_MAX = 64 };

/* One file that a suite is read from, and its entry in a bundle. */
struct suite_file {
    struct source_file source;
    const char *entry; /* "run/suite.yaml", "run/suite/s04.yaml", "run/suite/star1/clauses.yaml" */
};

struct suite {
    const struct suite_file *files; /* in reading order, policies apart; the first is suite.yaml */
    size_t file_count;
    const char *id;
    const char *version;
    const char *scheme;
    unsigned level;
    struct basis edition;
    struct words notice; /* what the suite is not; printed with every result */
    struct parameter *parameters;
    size_t parameter_count;
    const struct clause *clauses;
    size_t clause_count;
    const struct policy *const *policies; /* in the order of the file */
    size_t policy_count;
    struct check *checks;
    size_t check_count;
};

/* A suite.yaml, its clauses and what it includes. */
struct suite_layer {
    const char *folder; /* that `extends` names; NULL: the suite itself */
    struct source_file suite;
    struct source_file clauses;
    const struct suite_part *parts; /* in the order of `include` */
    size_t part_count;
};

struct suite_part {
    const char *name; /* "s04.yaml" */
    struct source_file source;
};

/* Everything that a suite is read from: itself first, then what it extends, down to the
 * lowest level; the policies of all of them in the same order. */
struct suite_sources {
    const struct suite_layer *layers;
    size_t layer_count;
    const struct source_file *policies;
    size_t policy_count;
};

/* Loads suite.yaml and the files it names: clauses, parts, policies, and the suite that it
 * extends with all of its own. */
enum status suite_load(const char *path, const struct catalogue *catalogue, struct arena *arena,
                       struct suite **ret_suite, struct error *reterr) MUST_CHECK;

/* The same from memory. */
enum status suite_from_sources(const struct suite_sources *sources,
                               const struct catalogue *catalogue, struct arena *arena,
                               struct suite **ret_suite, struct error *reterr) MUST_CHECK;

/* Replaces named parameters by those of a params/1 file; unknown names and other
 * types are errors.  *ret_source is the file as read. */
enum status suite_override(struct suite *suite, const char *params_path, struct arena *arena,
                           struct source_file *ret_source, struct error *reterr) MUST_CHECK;

enum status suite_override_source(struct suite *suite, const struct source_file *params,
                                  struct arena *arena, struct error *reterr) MUST_CHECK;

/* What is asked of a product of this type: the suite itself, or a copy in the arena without
 * the clauses and checks of other types. */
const struct suite *suite_for_product(const struct suite *suite, const char *type,
                                      struct arena *arena);

/* Clauses of this project are in it, so that no result of it speaks of the scheme's level. */
bool suite_is_provisional(const struct suite *suite);

const struct clause *suite_clause(const struct suite *suite, const char *id);
const struct check *suite_check(const struct suite *suite, const char *id);
const struct policy *suite_policy(const struct suite *suite, const char *id);
const struct parameter *suite_parameter(const struct suite *suite, const char *name);
const char *expect_op_word(enum expect_op op);
