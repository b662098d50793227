/* selector.h - by which declared properties a check chooses what it is about. */
#pragma once

#include "model/plan.h"
#include "model/suite.h"

struct selector_field {
    const char *name; /* "service.protocol" */
    enum fact_type type;
    unsigned kinds; /* bits 1 << enum subject_kind that have it */
    const char *help;
    json_t *(*value)(const struct subject *subject); /* new reference; NULL: none */
};

/* Ended by an entry whose name is NULL. */
extern const struct selector_field selector_fields[];

/* "address", "service", "auth", "access", ..., then NULL: in the order of enum subject_kind. */
extern const char *const subject_kind_words[];

const struct selector_field *selector_field_find(const char *name, enum subject_kind kind);

/* Every selector finds its field among its values. */
bool selectors_match(const struct selector *selectors, size_t count, const struct subject *subject);
