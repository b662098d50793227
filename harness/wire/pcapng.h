/* pcapng.h - writes captured frames down (draft-ietf-opsawg-pcapng), big-endian, one interface.
 *
 * Pure.  Each function writes whole blocks into a builder, whose overflow tells what did not fit.
 */
#pragma once

#include "base/bytes.h"

enum { PCAPNG_OVERHEAD = 512 }; /* around a frame and its comment of at most 200 bytes */

struct pcapng_frame {
    const void *data;
    size_t length;       /* captured */
    size_t whole;        /* on the wire */
    uint64_t wall_us;    /* microseconds since 1970 */
    const char *comment; /* or NULL */
};

/* A section header that names the program, and the interface, whose link layer is one of
 * https://www.tcpdump.org/linktypes.html. */
void wire_pcapng_begin(struct builder *out, const char *program, unsigned link, uint32_t snap);

void wire_pcapng_frame(struct builder *out, const struct pcapng_frame *frame);

/* How many of these bytes are whole blocks of this writer; the rest was torn. */
size_t wire_pcapng_whole(const void *data, size_t length);
