/* tls_aside.h - questions that stand by themselves: what a server prefers, what it bears, which
 * fallbacks and application protocols it takes.  They need no answer of each other, so they ride
 * along with the lists that are picked one by one, on connections that would be idle. */
#pragma once

#include "probe/tls_survey.h"

struct aside;

/* Once all suites are known.  The survey and alpn must outlive it. */
struct aside *tls_server_aside_begin(struct survey *survey, const char *const *alpn,
                                     size_t alpn_count);

/* Asks what nobody has taken along, and writes all answers into the survey. */
enum status tls_server_aside_end(struct aside *aside, struct error *reterr) MUST_CHECK;

/* Also when it was not ended: what still waits is forgotten. */
void tls_server_aside_free(struct aside *aside);
