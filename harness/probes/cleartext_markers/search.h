/* search.h - looks for secrets in captured packets, across the borders of TCP segments.
 *
 * Pure.  Every direction of a connection is one flow, of which only the end is kept that the
 * beginning of a secret could stand in. */
#pragma once

#include "channel/veil.h"
#include "wire/packet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SEARCH_FLOWS_MAX = 4096, SEARCH_FINDS_MAX = 64 };

struct find {
    const char *label; /* as in the veil */
    const char *form;
    bool tcp;
    uint16_t port; /* the lower of the two: the service's, as a rule */
    bool from_device;
};

struct flow;

/* Large; search_done. */
struct search {
    const struct veil *veil;
    uint8_t family; /* of the device's address */
    uint8_t device[16];
    struct find finds[SEARCH_FINDS_MAX];
    size_t find_count;
    bool finds_cut;
    struct flow *flows;
    size_t flow_count;
    bool flows_cut;
    unsigned packets_to_device;
    unsigned packets_from_device;
    unsigned gaps;   /* octets of a flow that was seen from its beginning never came */
    unsigned unread; /* fragments and broken packets */
};

/* device: numeric, a zone is ignored; false: it is not. */
bool search_start(struct search *search, const struct veil *veil, const char *device);
void search_done(struct search *search);

/* One captured frame of that link layer; the device is at one of its ends. */
void search_take(struct search *search, int link, const void *frame, size_t length);

/* Whether data went both ways between the device's port and anybody. */
bool search_saw_both_ways(const struct search *search, bool tcp, uint16_t port);
