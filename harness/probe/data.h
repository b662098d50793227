/* data.h - where a probe finds the data files of the product (lists, policies): under
 * one root, set once by the program before any probe runs. */
#pragma once

#include "base/status.h"

#include <stddef.h>

/* path is copied; NULL goes back to what HOSHITORI_DATA in the environment says. */
void data_set_root(const char *path);

/* The path of a data file such as "testsuites/jc-star/credentials/common.tsv".
 * BAD_INPUT when there is no root, LIMIT when room is too small.  Whether the file
 * exists is for its reader to find out. */
enum status data_path(char *room, size_t size, const char *relative,
                      struct error *reterr) MUST_CHECK;
