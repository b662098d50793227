/* liveness_udp.h - is a UDP service there?  It is when it answers its protocol's harmless question;
 * an open port cannot be told from a lost datagram otherwise. */
#pragma once

#include "engine/liveness.h"

/* Sets state and detail of *answer.  UNSUPPORTED when no question is known for the service's
 * protocol. */
enum status liveness_ask_udp(const struct service *service, const char *host, int64_t deadline_ms,
                             struct transcript *transcript, struct liveness_answer *answer,
                             struct error *reterr) MUST_CHECK;
