/* budget.h - what a run was allowed to do to a device, and what it did of it. */
#pragma once

#include "engine/run.h"

/* {"limits":{...},"log_ins":[{"account","used","allowed"}],"log_ins_apart":[{"check","used",
 * "allowed"}]}: wrong log-ins, all attempts together; new reference. */
json_t *budget_json(const struct run *run);

/* {"connections","sent","received"} over the last attempts of all checks. */
json_t *budget_traffic_json(const struct run *run);
