/* json_make.h - building JSON values: out of memory ends the program, so that whoever
 * builds need not ask. */
#pragma once

#include "evidence/digest.h"

#include <jansson.h>

/* The value itself; a NULL (out of memory, or text that is not UTF-8) aborts. */
json_t *json_made(json_t *value);

/* Both take over the reference of value. */
void json_put(json_t *object, const char *name, json_t *value);
void json_append(json_t *list, json_t *value);

/* A copy of value; of NULL, nothing. */
void json_put_copy(json_t *object, const char *name, const json_t *value);

/* In lower-case hexadecimal. */
json_t *json_digest(const struct digest *digest);

/* The base64 of data as a text (RFC 4648 section 4). */
json_t *json_base64(const void *data, size_t length);
