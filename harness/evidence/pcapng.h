/* pcapng.h - walks a capture file (draft-ietf-opsawg-pcapng): are its blocks what their lengths
 * say, and does it hold keys?
 *
 * Piece by piece, in a fixed room; total over any bytes.  Codes "pcapng.*", STATUS_BAD_INPUT. */
#pragma once

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PCAPNG_HEAD = 28, PCAPNG_BLOCK_MAX = 16 << 20 };

struct pcapng {
    uint8_t head[PCAPNG_HEAD]; /* of the block: its first bytes */
    size_t held;
    uint8_t tail[4];      /* its last */
    uint32_t block;       /* length of this one, 0 while unknown */
    uint32_t at;          /* bytes of it read */
    uint64_t offset;      /* of the block in the file */
    uint64_t section_end; /* 0: not stated */
    uint32_t interfaces;
    bool opened; /* a section has begun */
    bool big_endian;
    bool keys; /* a Decryption Secrets Block was seen */
};

void pcapng_open(struct pcapng *pcapng);
enum status pcapng_feed(struct pcapng *pcapng, const void *data, size_t length,
                        struct error *reterr) MUST_CHECK;

/* The file ends here: in no block, and not before a first section. */
enum status pcapng_close(const struct pcapng *pcapng, struct error *reterr) MUST_CHECK;
