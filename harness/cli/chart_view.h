/* chart_view.h - the chart on stdout, fitted to the terminal. */
#pragma once

#include "base/status.h"
#include "base/text.h"

#include <jansson.h>
#include <stdbool.h>

enum status chart_print(const json_t *result, enum language language, bool details,
                        struct error *reterr) MUST_CHECK;
