/* report.h - from what was seen to the probe's facts. */
#pragma once

#include "probe/probe.h"
#include "weaknesses.h"

extern const struct fact weaknesses_facts[];

void weaknesses_report(struct probe_call *call, const struct weaknesses *all);
