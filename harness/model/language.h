/* language.h - the reference page of profiles, suites, clauses, parameters and labels,
 * printed from the tables that read them. */
#pragma once

#include "base/bytes.h"
#include "base/status.h"

/* Appends Markdown; the content of docs/suite-language.md. */
enum status suite_language_markdown(struct bytes *ret_page, struct error *reterr) MUST_CHECK;
