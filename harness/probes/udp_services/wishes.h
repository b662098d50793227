/* wishes.h - which UDP ports are to be asked, and by which protocols, from the parameter's text. */
#pragma once

#include "channel/udp_sweep.h"

/* text: "usual" (every protocol's own ports, each asked by that protocol), "all", or numbers and
 * ranges such as 161,5683-5684 (each asked by every protocol), or "usual," and such a list.  Sets
 * sweep->port[].wish and nothing else.  BAD_INPUT otherwise. */
enum status wishes_read(const char *text, struct udp_sweep *sweep, struct error *reterr) MUST_CHECK;

/* A port that was wished for by name is asked by every protocol. */
void wishes_add(struct udp_sweep *sweep, uint16_t port);

/* Adds ports of the dynamic range (RFC 6335 section 6) that nobody wished for: closed on any
 * device but for bad luck, so that they show whether closed ports say so. */
void wishes_add_controls(struct udp_sweep *sweep, uint64_t seed);
