/* lint.h - what is wrong with a profile, suite, clauses, params or label file.  The kind
 * is known by its key "hoshitori", not by its name. */
#pragma once

#include "base/status.h"
#include "model/catalogue.h"
#include "model/decode.h"

#include <stddef.h>

/* Calls sink with "file:line:column: what" for each problem, at most PROBLEMS_SHOWN_MAX
 * of them a file; a suite's clauses are read with it.  OK also when there are problems:
 * *ret_problems says how many.  Secrets are not read. */
enum status lint_file(const char *path, const struct catalogue *catalogue, problem_sink *sink,
                      void *context, size_t *ret_problems, struct error *reterr) MUST_CHECK;
