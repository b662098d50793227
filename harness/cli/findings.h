/* findings.h - a laboratory's findings, one a clause, from a file in YAML or JSON. */
#pragma once

#include "base/arena.h"
#include "base/status.h"

#include <jansson.h>

/* [{"clause","verdict","remark"?,"entries"?}...] in the arena; entries as the file gives them. */
enum status findings_load(const char *path, struct arena *arena, json_t **ret_findings,
                          struct error *reterr) MUST_CHECK;
