#include "probe/standing.h"

void standing_report(struct probe_call *call, json_t *const open[STANDINGS])
{
    probe_fact_json(call, "guarded_open", json_incref(open[STANDING_GUARDED]));
    probe_fact_json(call, "public_open", json_incref(open[STANDING_PUBLIC]));
    probe_fact_json(call, "undeclared_open", json_incref(open[STANDING_UNDECLARED]));
}
