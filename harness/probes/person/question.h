/* question.h - a question of a suite, with what the profile declares put in its places. */
#pragma once

#include "base/bytes.h"
#include "model/plan.h"

enum { QUESTION_MAX = 8192 };

/* {interface}, {state} and {interfaces}; ends in NUL.  BAD_INPUT for another place, LIMIT when
 * it does not fit. */
enum status question_fill(const struct subject *subject, const char *template, struct bytes *into,
                          struct error *reterr) MUST_CHECK;
