/* inline_secret.h - secrets written into files that every bundle carries: profile, suite and
 * parameters go into it as they are, so a secret in them is refused before anything else. */
#pragma once

#include "model/profile.h"

/* BAD_INPUT "file:line:column: ..." for something shaped like a secret (evidence/published.h). */
enum status inline_secret_shape(const struct source_file *source, struct error *reterr) MUST_CHECK;

/* BAD_INPUT when a declared secret stands in source; one as short or plain as a word is not
 * looked for. */
enum status inline_secret_declared(const struct profile *profile, const struct source_file *source,
                                   struct error *reterr) MUST_CHECK;
