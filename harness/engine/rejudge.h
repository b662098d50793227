/* rejudge.h - what a run observed, judged again under another suite, without the device.
 *
 * The observations are those of the run's event log.  A check of the new plan takes over what a
 * stored check left behind when both asked the same thing: the same probe, of the same subject,
 * with the same parameters; of several, the one with the same id, else the first in the stored
 * plan's order.  So it is with each control that has parameters of its own.  A check that nobody
 * asked is not_tested, with the reason: no observation is ever made up or bent.
 *
 * Pure but for the arena: no clock, no device, no file. */
#pragma once

#include "engine/outcome.h"
#include "evidence/evlog.h"
#include "model/plan.h"

struct rejudging;

/* stored_plan: run/plan.json of the bundle.  BAD_INPUT: it has not the shape of one. */
enum status rejudge_new(const struct plan *plan, const json_t *stored_plan,
                        struct rejudging **ret_rejudging, struct error *reterr) MUST_CHECK;
void rejudge_done(struct rejudging **rejudging); /* for DEFER */

/* Each event of the log, in order; an evlog_visit. */
enum status rejudge_hear(void *rejudging, const struct evlog_event *event,
                         struct error *reterr) MUST_CHECK;

/* Judges every check of the new plan.  Outcomes and what they hold live as long as rejudging. */
void rejudge_decide(struct rejudging *rejudging);
const struct outcome *rejudge_outcomes(const struct rejudging *rejudging);

/* The id of the stored check whose observation was taken over, or NULL. */
const char *rejudge_source(const struct rejudging *rejudging, size_t place);

/* The same by the new check's id. */
const char *rejudge_source_of(const struct rejudging *rejudging, const char *id);

/* Stored checks that no check of the new plan asked for. */
size_t rejudge_unused(const struct rejudging *rejudging);
