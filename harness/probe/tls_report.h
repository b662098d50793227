/* tls_report.h - from a survey to the probe's facts.  A fact that rests on something
 * unknown is left out, never guessed. */
#pragma once

#include "probe/probe.h"
#include "probe/tls_survey.h"

/* The columns of the facts certificates and preference. */
extern const struct fact tls_server_certificate_columns[];
extern const struct fact tls_server_preference_columns[];

enum status tls_server_report(struct probe_call *call, struct survey *survey,
                              struct error *reterr) MUST_CHECK;
