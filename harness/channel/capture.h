/* capture.h - what really travels between this machine and one address (libpcap).
 *
 * Opening needs the right to capture (CAP_NET_RAW on Linux), hearing does not: open it before
 * rights are dropped.  All interfaces are heard, without promiscuous mode. */
#pragma once

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

struct capture;

/* address: numeric, a zone is ignored.  UNSUPPORTED: not permitted here; the words say why. */
enum status capture_open(const char *address, struct capture **ret_capture,
                         struct error *reterr) MUST_CHECK;
/* The same of several addresses, at least one. */
enum status capture_open_all(const char *const *addresses, size_t count,
                             struct capture **ret_capture, struct error *reterr) MUST_CHECK;
void capture_free(struct capture *capture); /* NULL allowed */

/* The number of the link layer that the frames have, as wire/packet.h knows it. */
int capture_link(const struct capture *capture);

/* Borrowed for the length of the call. */
struct capture_frame {
    const void *data;
    size_t length;    /* captured */
    size_t whole;     /* on the wire */
    uint64_t wall_us; /* microseconds since 1970, by the kernel */
};

typedef void capture_hear(void *context, const struct capture_frame *frame);

/* Gives every frame that waits, until none does or the deadline has come. */
enum status capture_drain(struct capture *capture, int64_t deadline_ms, capture_hear *hear,
                          void *context, struct error *reterr) MUST_CHECK;

/* Frames that came too fast to be kept. */
enum status capture_lost(struct capture *capture, unsigned *ret_lost,
                         struct error *reterr) MUST_CHECK;
