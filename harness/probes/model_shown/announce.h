/* announce.h - what a device tells of itself to the tools that look for devices: UPnP, multicast
 * DNS, SNMP and WS-Discovery with ONVIF, at services that the profile declares.  Nothing is asked
 * for that changes anything, and no community but a declared one is used. */
#pragma once

#include "base/arena.h"
#include "probe/probe.h"

/* json: from jansson. */
struct announced {
    json_t *rows;
    bool heard; /* something was said */
    bool named; /* the model was */
};

/* Adds a row for each service that said something.  A device that says nothing is no failure. */
enum status announce_ask(struct probe_call *call, const struct service *service,
                         struct arena *arena, struct announced *announced,
                         struct error *reterr) MUST_CHECK;
