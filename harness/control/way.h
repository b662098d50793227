/* way.h - the ways to move a lever that go over the network, from the process of a probe.
 *
 * Each waits until deadline_ms.  What a device, a plug or a power strip answers, and that it does
 * not answer, is in *output; a status is a fault of ours. */
#pragma once

#include "control/control.h"

enum status way_request(struct probe_call *call, const struct lever_way *way,
                        const struct lever_input *input, struct lever_output *output,
                        struct error *reterr) MUST_CHECK;
enum status way_mqtt(struct probe_call *call, const struct lever_way *way,
                     struct lever_output *output, struct error *reterr) MUST_CHECK;
enum status way_snmp(struct probe_call *call, const struct lever_way *way,
                     struct lever_output *output, struct error *reterr) MUST_CHECK;

/* In a thread of its own, with a transcript of its own. */
struct way_run;
enum status way_begin(const struct probe_call *call, const struct lever_way *way,
                      const struct lever_input *input, struct way_run **ret_run,
                      struct error *reterr) MUST_CHECK;
void way_give_up(struct way_run *run);
/* Waits; its transcript goes to the call's. */
enum status way_end(struct way_run **run, struct probe_call *call, struct lever_output *output,
                    struct error *reterr) MUST_CHECK;
