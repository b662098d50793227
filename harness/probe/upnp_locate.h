/* upnp_locate.h - asks by SSDP where a device's description is (UPnP Device Architecture 1.1
 * section 1.3). */
#pragma once

#include "probe/probe.h"
#include "probe/upnp_description.h"

#include <stdbool.h>

struct whereabouts {
    bool answered;
    bool by_group; /* it answered only what was sent to the whole group */
    bool found;
    struct upnp_url url; /* of the description, on the device itself */
    char server[UPNP_TEXT_SIZE];
    char
        elsewhere[UPNP_TEXT_SIZE]; /* a description on another host, which is not asked; "": none */
};

/* At the device's own address first; then, when `group` is set, to the group of all UPnP devices on
 * the link, of whose answers only the device's count. */
enum status upnp_locate(const struct probe_call *call, bool group, int wait_ms,
                        struct whereabouts *ret_whereabouts, struct error *reterr) MUST_CHECK;

/* One answer to a search, read; false when it is none. */
bool upnp_search_read(const void *data, size_t length, const char *host,
                      struct whereabouts *whereabouts);
