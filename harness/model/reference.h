/* reference.h - what a suite may name with "$..." instead of a literal value. */
#pragma once

#include "model/plan.h"
#include "model/suite.h"

struct reference {
    const char *name; /* "$profile.tcp_ports" */
    enum fact_type type;
    unsigned kinds; /* bits 1 << enum subject_kind where it has a meaning */
    const char *help;
    json_t *(*value)(const struct subject *subject); /* new reference; NULL: not declared */
};

/* Ended by an entry whose name is NULL; "$param.NAME" is not in it. */
extern const struct reference references[];

bool reference_is(const json_t *value); /* a text that begins with '$' */

/* A list with a member that looks like one: a reference stands alone. */
bool reference_is_inside(const json_t *list);

/* The type of a literal operand or parameter; false when no fact could have it. */
bool json_fact_type(const json_t *value, enum fact_type *ret_type);

/* The type that `name` will have for subjects of this kind; BAD_INPUT without a place. */
enum status reference_type(const struct suite *suite, const char *name, enum subject_kind kind,
                           enum fact_type *ret_type, struct error *reterr) MUST_CHECK;

/* A new reference, or NULL when the profile declares no such thing. */
json_t *reference_value(const struct suite *suite, const char *name, const struct subject *subject);
