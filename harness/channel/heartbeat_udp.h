/* heartbeat_udp.h - the half of heartbeat.h that speaks over UDP. */
#pragma once

#include "channel/heartbeat.h"

bool heartbeat_udp_knows(const char *protocol);

/* ask->protocol is one that heartbeat_udp_knows. */
enum status heartbeat_ask_udp(const struct heartbeat_ask *ask, struct transcript *transcript,
                              struct heartbeat_answer *answer, struct error *reterr) MUST_CHECK;
