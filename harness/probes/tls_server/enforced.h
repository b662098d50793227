/* enforced.h - whether a log-in is possible before TLS, where TLS begins on request. */
#pragma once

#include "network.h"
#include "probe/probe.h"

/* One connection more, if STARTTLS was accepted; reports the fact if the answers tell it. */
enum status tls_server_enforced(struct probe_call *call, struct network *network,
                                struct error *reterr) MUST_CHECK;
