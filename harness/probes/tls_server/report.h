/* report.h - from a survey to the probe's facts.  A fact that rests on something
 * unknown is left out, never guessed. */
#pragma once

#include "probe/probe.h"
#include "survey.h"

enum status tls_server_report(struct probe_call *call, struct survey *survey,
                              struct error *reterr) MUST_CHECK;

/* The worst tier of CRYPTREC GL-3001 over the versions and suites; TLS_TIER_UNKNOWN
 * when a suite is in no list that was read and nothing else is worse. */
enum tls_tier tls_server_tier(const struct survey *survey);
