/* tickets.h - session tickets and resumption, as a real client meets them. */
#pragma once

#include "network.h"
#include "probe/probe.h"
#include "probe/tls_survey.h"

/* Two visits in the best version that a real client speaks; reports its facts. */
enum status tls_server_tickets(struct probe_call *call, struct survey *survey,
                               const struct network *network, struct error *reterr) MUST_CHECK;
