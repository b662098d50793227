/* explain_turns.h - the seeded defects of the reference devices that a clause finds. */
#pragma once

#include "base/text.h"

void explain_turns(const char *clause, enum language language);
