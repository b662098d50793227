/* json_strict.h - JSON as evidence allows it, and one way of writing it.
 *
 * Read: UTF-8 without BOM, one object and nothing after it, no member named twice
 * (also after unescaping, also when only ASCII case differs), no lone surrogate, no
 * U+0000, integers within +-(2^53-1) without leading zeros and without -0, no
 * fractions or exponents, at most JSON_STRICT_DEPTH levels, JSON_STRICT_STRING bytes a
 * string, JSON_STRICT_VALUES values and member names together, and JSON_STRICT_WEIGHT.
 *
 * Weight: what the parsed text takes in memory, within a factor of two.  An object counts 240
 * bytes, an array 144, an integer 48, a word 16, a string or member name 96 and its own bytes: a
 * text of "{}" after "{}" is eighty times as large in memory as in the file.
 *
 * Written: members sorted by UTF-16 code units, no blanks, RFC 8785 section 3.2.2.2
 * escapes.  What is written can always be read back. */
#pragma once

#include "base/bytes.h"

#include <jansson.h>
#include <stdbool.h>

enum {
    JSON_STRICT_DEPTH = 32,
    JSON_STRICT_STRING = 1 << 20,
    JSON_STRICT_VALUES = 500000,
    JSON_STRICT_WEIGHT = 48 << 20,
};

/* *ret_root is the caller's: json_decref or DEFER(json_strict_done).
 * Codes "json.*"; STATUS_BAD_INPUT or STATUS_LIMIT. */
enum status json_strict_parse(const void *data, size_t length, json_t **ret_root,
                              struct error *reterr) MUST_CHECK;

/* The weight of a text that can be parsed. */
enum status json_strict_weigh(const void *data, size_t length, size_t *ret_weight,
                              struct error *reterr) MUST_CHECK;

/* Appends any value (an object or a part of one) to out. A value that the profile
 * has no form for (a real, a number out of range, U+0000) is STATUS_BAD_INPUT. */
enum status json_strict_write(const json_t *value, struct bytes *out,
                              struct error *reterr) MUST_CHECK;

/* For DEFER(json_strict_done) json_t *root = NULL; */
void json_strict_done(json_t **value);

/* "YYYY-MM-DDThh:mm:ss[.fff]Z" naming a moment that exists. */
bool json_strict_is_time(const char *text);

/* The moment in milliseconds since 1970-01-01T00:00:00Z. */
bool json_strict_time(const char *text, int64_t *ret_wall_ms);

/* Standard alphabet, padded, unused bits zero (RFC 4648 section 4); appends to out.
 * Code "json.base64". */
enum status json_strict_base64(const char *text, size_t length, struct bytes *out,
                               struct error *reterr) MUST_CHECK;
