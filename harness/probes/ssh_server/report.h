/* report.h - what a survey found, as facts. */
#pragma once

#include "survey.h"

#include "probe/probe.h"

enum status ssh_server_report(struct probe_call *call, const struct survey *survey,
                              struct error *reterr) MUST_CHECK;
