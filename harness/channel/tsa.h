/* tsa.h - asks a time-stamping authority over HTTP (RFC 3161 section 3.4).
 *
 * The answer is only carried: whether it is a token, and whose, is for others to say.  That is why
 * plain http serves as well, and why no redirect is followed: the user named whom to ask. */
#pragma once

#include "base/bytes.h"

#include <stdint.h>

enum { TSA_ANSWER_MAX = 64 * 1024, TSA_DEADLINE_MS = 30000 };

/* Appends the answer's body.  UNREACHABLE, TIMEOUT, or BAD_INPUT when what came is no answer. */
enum status tsa_ask(const char *url, const void *request, size_t length, int64_t deadline_ms,
                    struct bytes *answer, struct error *reterr) MUST_CHECK;
