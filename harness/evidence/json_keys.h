/* json_keys.h - the member names of one JSON object, for the reader and the writer of
 * json_strict.h only. */
#pragma once

#include "base/status.h"

#include <jansson.h>
#include <stddef.h>

/* Owned: DEFER(json_keys_done). The names belong to the object. */
struct json_keys {
    const char **names;
    size_t count;
};

struct json_keys json_keys_of(const json_t *object);
void json_keys_done(struct json_keys *keys);

/* Into the order of RFC 8785 section 3.2.3. */
void json_keys_sort(struct json_keys *keys);

/* STATUS_BAD_INPUT "json.case" if two names differ only in ASCII case; leaves the
 * names in another order. */
enum status json_keys_check_case(struct json_keys *keys, struct error *reterr) MUST_CHECK;
