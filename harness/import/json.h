/* json.h - JSON from strangers' tools, bounded. Fractions are allowed, unlike in evidence;
 * a member named twice is not, since two readers could see two documents. */
#pragma once

#include "base/status.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Values that one document may hold: what is parsed needs some 250 bytes each. */
enum { IMPORT_VALUES_MAX = 4 * 1000 * 1000 };

/* *ret_root is a new reference: declare with DEFER(import_json_done). */
enum status import_json_parse(const char *data, size_t length, json_t **ret_root,
                              struct error *reterr) MUST_CHECK;
void import_json_done(json_t **value);

/* The text of a member, or NULL when it is absent, empty or something else. */
const char *member_text(const json_t *object, const char *name);

/* The same one level down: member_text(member(object, "a"), "b"). */
const char *member_text_in(const json_t *object, const char *outer, const char *name);

/* A number, also when it is written as text; false when there is none. */
bool member_number(const json_t *object, const char *name, double *ret_value);
