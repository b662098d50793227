/* load.h - reads a report from a file; the one place of this layer that opens one. */
#pragma once

#include "base/bytes.h"

#include "import/report.h"

/* A regular file of at most IMPORT_FILE_MAX bytes; what ret_content held before is gone.
 * Declare it with DEFER(bytes_done). IO or LIMIT, with a reason that names no path. */
enum status import_load(const char *path, struct bytes *ret_content,
                        struct error *reterr) MUST_CHECK;
