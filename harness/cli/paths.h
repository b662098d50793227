/* paths.h - where suites, labels and lists are: HOSHITORI_DATA alone where it is set; else
 * the source tree, then the install prefix.  Never the current folder. */
#pragma once

#include "base/status.h"

#include <stddef.h>

enum { PATH_SIZE = 4096 };

/* Finds the data root once, at start, and tells the layers below. */
void paths_start(void);

/* NULL when there is none. */
const char *paths_root(void);

/* "<root>/<format...>"; BAD_INPUT when the file is not there. */
enum status paths_data(char room[PATH_SIZE], struct error *reterr, const char *format,
                       ...) MUST_CHECK PRINTF_LIKE(3, 4);
