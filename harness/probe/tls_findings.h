/* tls_findings.h - what follows from a survey of TLS beyond what was asked for: keys, staples,
 * primes, tolerance, and weaknesses that need no attack to be seen. */
#pragma once

#include "probe/probe.h"
#include "probe/tls_survey.h"

/* The columns of the fact tolerance. */
extern const struct fact tls_server_tolerance_columns[];

void tls_server_report_findings(struct probe_call *call, struct survey *survey);
