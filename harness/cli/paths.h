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

/* Where this user's runs are recorded: `given` (may be NULL), else HOSHITORI_HISTORY, else
 * hoshitori/runs.jsonl under XDG_STATE_HOME or ~/.local/state (XDG Base Directory 0.8). */
enum status paths_history(const char *given, char room[PATH_SIZE], struct error *reterr) MUST_CHECK;

/* "<root>/<format...>"; BAD_INPUT when the file is not there. */
enum status paths_data(char room[PATH_SIZE], struct error *reterr, const char *format,
                       ...) MUST_CHECK PRINTF_LIKE(3, 4);
