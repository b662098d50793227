/* opening.h - the token that a run begins with, in the data of the log's first event
 * ("run-opened"):
 *
 *   "anchor":{"timestamp":"<base64 of a TimeStampResp>"}
 *
 * It is over the canonical JSON of that data without "anchor".  Nobody could have written what
 * follows in the log before there was the token; manifest.run.opened.sha256 is its digest. */
#pragma once

#include "base/bytes.h"

#include <jansson.h>

enum { OPENING_MAX = 1 << 20 };

/* Appends what the token is over. */
enum status opening_stamped(const json_t *opening, struct bytes *out,
                            struct error *reterr) MUST_CHECK;

/* Appends the token; BAD_INPUT when there is none ("opening.missing"). */
enum status opening_token(const json_t *opening, struct bytes *out,
                          struct error *reterr) MUST_CHECK;

void opening_anchor(json_t *opening, const void *token, size_t length);
