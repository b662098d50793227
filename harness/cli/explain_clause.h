/* explain_clause.h - a clause, or one of its checks, as a page of a manual. */
#pragma once

#include "model/suite.h"

void explain_basis(const char *label, const struct basis *basis, enum language language);
void explain_clause(const struct suite *suite, const struct clause *clause, enum language language);
void explain_check(const struct check *check, enum language language);
