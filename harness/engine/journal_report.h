/* journal_report.h - what the folder of a run that did not end says, read without changing it. */
#pragma once

#include "engine/journal.h"

/* *ret_report (new reference): {"journal","events","head","root","chain": "unbroken" or "broken",
 * "fault"?,"torn_bytes","run"?,"started"?,"last"?,"interruptions","sealings","checks":[{"id",
 * "attempts","state": "begun", "ended" or
 * "judged","verdict"?,"restored"?}],"transcripts":[{"path","state": "as recorded", "changed" or
 * "missing"}],"whole"}.  "whole": chain and transcripts are good. A broken log is no error here: it
 * is good up to its fault.  BAD_INPUT: no journal. */
enum status journal_report(const char *folder, json_t **ret_report,
                           struct error *reterr) MUST_CHECK;
