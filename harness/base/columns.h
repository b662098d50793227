/* columns.h - text in columns of a terminal, where a Japanese character takes two. */
#pragma once

#include "base/bytes.h"

/* Columns that well-formed UTF-8 takes (Unicode UAX #11: wide and fullwidth are two,
 * combining marks none, ambiguous one). */
size_t columns_of(const char *text);

/* Appends text cut to at most `width` columns (the cut shown by U+2026), then blanks up
 * to `width` when `pad`. */
enum status columns_put(struct bytes *out, const char *text, size_t width, bool pad,
                        struct error *reterr) MUST_CHECK;

/* Appends text broken into lines of at most `width` columns, each later line after
 * `indent` blanks; breaks at blanks, or anywhere between wide characters. */
enum status columns_wrap(struct bytes *out, const char *text, size_t indent, size_t width,
                         struct error *reterr) MUST_CHECK;
