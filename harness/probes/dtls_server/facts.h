/* facts.h - what a survey of a DTLS server says beyond one of a TLS server. */
#pragma once

#include "probe/tls_report.h"

/* sent: datagrams and bytes of ours, without repeats. */
enum status dtls_server_report(struct probe_call *call, struct survey *survey, unsigned datagrams,
                               size_t bytes, struct error *reterr) MUST_CHECK;
