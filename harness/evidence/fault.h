/* fault.h - stable codes in messages about evidence.
 *
 * Every refusal of this layer reads "area.rule: words for people", for example
 * "container.gap: 12 bytes before entry 3 belong to nothing".  The part before the
 * colon never changes its meaning between releases; the words may.
 *
 * STATUS_BAD_INPUT and STATUS_LIMIT speak of the evidence, STATUS_UNSUPPORTED of a
 * feature it demands and this build lacks, everything else of the harness. */
#pragma once

#include "base/status.h"

enum { FAULT_CODE_SIZE = 64 };

/* The code of a message of this layer, or "" when it carries none. */
void fault_code(const struct error *error, char room[FAULT_CODE_SIZE]);
