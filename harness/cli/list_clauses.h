/* list_clauses.h - what suites ask, clause by clause. */
#pragma once

#include "cli/command.h"

int list_clauses(const struct arguments *arguments);

/* docs/coverage.md: how far each clause is automatic, and the sums. */
int list_coverage(void);
