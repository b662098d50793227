/* journal_page.h - `show` and `verify` for the folder of a run that did not end. */
#pragma once

#include "cli/command.h"

/* Is it a folder at all? */
bool journal_page_fits(const char *path);

/* Prints it, with --json as JSON.  *ret_whole: what is there is as the run left it. */
enum status journal_page(const struct arguments *arguments, const char *folder, bool *ret_whole,
                         struct error *reterr) MUST_CHECK;
