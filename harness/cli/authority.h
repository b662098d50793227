/* authority.h - asks a time-stamping authority by URL, and takes only what it was asked for. */
#pragma once

#include "base/text.h"
#include "evidence/archive_stamp.h"

#include <jansson.h>
#include <stdint.h>

/* A token for each piece. */
enum status authority_stamp(const char *url, struct stamp *stamp, struct error *reterr) MUST_CHECK;

/* Does it answer, with a sound token that it signed just now?  Something random is stamped. */
enum status authority_try(const char *url, int64_t *ret_time_ms, struct error *reterr) MUST_CHECK;

/* For a run: what the authority cannot or will not do is said on stderr, and the run goes on. */

/* An anchor for the opening (evidence/opening.h). */
void authority_anchor(const char *url, json_t *opening, enum language language);

/* Tokens for the bundle at path, which is replaced. */
void authority_stamp_bundle(const char *url, const char *path, enum language language);
