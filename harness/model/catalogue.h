/* catalogue.h - what probes can be asked and can observe, declared before anything
 * is observed.  Probes hand these tables up; the suite loader, the plan, the judge,
 * `list`, `lint` and the reference pages all read the same ones. */
#pragma once

#include "base/status.h"
#include "base/text.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Facts and parameters travel as JSON values (jansson): integers, never floats. */
enum fact_type {
    FACT_BOOL,
    FACT_INT,
    FACT_TEXT,
    FACT_TEXTS,       /* a list of texts */
    FACT_INTS,        /* a list of integers */
    FACT_TEXT_GROUPS, /* an object: name -> list of texts */
    FACT_ROWS         /* a list of objects with the declared columns */
};

struct fact {
    const char *name;
    enum fact_type type;
    const char *help;           /* English, one sentence, with the source where there is one */
    const struct fact *columns; /* FACT_ROWS only; ended by FACT_END */
};

#define FACT_END                                                                                   \
    {                                                                                              \
        .name = NULL                                                                               \
    }

/* What one run of a probe may be told. */
struct param {
    const char *name;
    enum fact_type type; /* BOOL, INT, TEXT or TEXTS */
    const char *help;
    const char *fallback; /* JSON text; NULL: no value unless given */
    long long minimum;    /* INT only; both zero: unlimited */
    long long maximum;
    const char *const *choices; /* TEXT and TEXTS; NULL-ended; NULL: any */
    bool required;
};

#define PARAM_END                                                                                  \
    {                                                                                              \
        .name = NULL                                                                               \
    }

/* What the subject of a check must have for the probe to make sense. */
enum probe_needs {
    PROBE_NEEDS_ADDRESS = 0,
    PROBE_NEEDS_SERVICE = 1 << 0,  /* host and port */
    PROBE_NEEDS_AUTH = 1 << 1,     /* a declared authentication mechanism */
    PROBE_NEEDS_ACCESS = 1 << 2,   /* a declared access path */
    PROBE_NEEDS_CLIENT = 1 << 3,   /* a declared connection of the device's own */
    PROBE_NEEDS_DOCUMENT = 1 << 4, /* a declared document */
    PROBE_NEEDS_UPDATE = 1 << 5,   /* how software is updated */
    PROBE_NEEDS_ERASURE = 1 << 6,  /* a declared way to erase */
    PROBE_NEEDS_STORAGE = 1 << 7,  /* a declared stored asset */
    PROBE_NEEDS_IMAGE = 1 << 8,    /* a declared export or firmware component */
    PROBE_NEEDS_USER_DATA = 1 << 9 /* data that can be planted */
};

struct probe_decl {
    const char *name;
    struct words summary;
    const char *guide; /* what an operator has to see to before; English lines, or NULL */
    const struct param *params;
    const struct fact *facts;
    unsigned needs;
    unsigned deadline_ms; /* of one run; the engine kills the child after it */

    /* The parameter that bounds its wrong log-ins, where they count apart from
     * limits.login_attempts: within limits.brute_force_attempts.  NULL: they do not. */
    const char *own_attempts;
    unsigned kept_attempts; /* wrong log-ins that earlier checks of the account leave to it */
};

/* All static; ended by a NULL entry. */
struct catalogue {
    const struct probe_decl *const *probes;
    size_t count;
};

const struct probe_decl *catalogue_find(const struct catalogue *catalogue, const char *name);

/* The word for a type as printed in reference pages, such as "list of texts". */
const char *fact_type_word(enum fact_type type);

/* Does the value have the declared type (and, for rows, only declared columns of the
 * declared types)?  Floats, nulls and undeclared members never do. */
bool fact_value_fits(const struct fact *fact, const json_t *value);

/* Checks every member of `facts` against the table; BAD_INPUT names the first
 * that is undeclared or of another type. */
enum status facts_check(const struct fact *table, const json_t *facts,
                        struct error *reterr) MUST_CHECK;

/* Does one value have the parameter's type, range and choices? */
enum status param_check(const struct param *param, const json_t *value,
                        struct error *reterr) MUST_CHECK;

/* NULL when the table has no such name. */
const struct fact *fact_find(const struct fact *table, const char *name);
const struct param *param_find(const struct param *table, const char *name);

/* Builds the complete parameter object for one run: what is given, checked
 * against the table, and the fallbacks for the rest.  *ret_full is a new reference. */
enum status params_complete(const struct param *table, const json_t *given, json_t **ret_full,
                            struct error *reterr) MUST_CHECK;

/* From "key=value" texts as typed by hand: integers and booleans by the declared
 * type, lists separated by commas.  Sets the member in `given`. */
enum status params_set_text(const struct param *table, json_t *given, const char *assignment,
                            struct error *reterr) MUST_CHECK;
