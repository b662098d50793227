/* sentence.h - what the words around a value make of it: whether the sentence takes it back, and
 * whether a date is when something begins or was written.  Pure; texts are folded, with ASCII
 * letters in lower case, as in struct block. */
#pragma once

#include "reading/values.h"

#include <stdbool.h>
#include <stddef.h>

/* From the start of the sentence that holds `from` to the end of the one that holds `to`. */
struct span sentence_around(const char *lower, size_t length, size_t from, size_t to);

/* "not decided yet", "we do not promise": a number in such a sentence is no promise. */
bool sentence_denies(const char *lower, struct span sentence);

/* A day from which on, or on which a text was written or a product came out, is not the day that
 * ends anything.  anchor: where what is looked for was found; what it ends with is asked for. */
bool sentence_dates_otherwise(const char *lower, size_t length, struct span anchor,
                              struct span date);
