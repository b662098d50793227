#include "evidence/pcapng.h"

#include <string.h>

enum {
    SECTION = 0x0A0D0D0A, /* section 4.1; reads the same in both byte orders */
    INTERFACE = 1,        /* section 4.2 */
    SIMPLE_PACKET = 3,    /* section 4.4 */
    ENHANCED_PACKET = 6,  /* section 4.3 */
    SECRETS = 10,         /* section 4.7 */
    MAGIC = 0x1A2B3C4D,
    MAGIC_SWAPPED = 0x4D3C2B1A,
    FRAME = 12, /* type and both lengths, around each body */
};

void pcapng_open(struct pcapng *pcapng)
{
    *pcapng = (struct pcapng){ .held = 0 };
}

static uint32_t word_of(const struct pcapng *pcapng, const uint8_t *at)
{
    return pcapng->big_endian
               ? (uint32_t) at[0] << 24 | (uint32_t) at[1] << 16 | (uint32_t) at[2] << 8 | at[3]
               : (uint32_t) at[3] << 24 | (uint32_t) at[2] << 16 | (uint32_t) at[1] << 8 | at[0];
}

static uint32_t word_at(const struct pcapng *pcapng, size_t index)
{
    return word_of(pcapng, pcapng->head + index);
}

static enum status wrong(const struct pcapng *pcapng, const char *what, struct error *reterr)
{
    return fail(reterr, STATUS_BAD_INPUT, "pcapng.%s in the block at byte %llu", what,
                (unsigned long long) pcapng->offset);
}

/* The body's least length by type. */
static uint32_t body_least(uint32_t type)
{
    switch (type) {
    case SECTION:
        return 16;
    case ENHANCED_PACKET:
        return 20;
    case INTERFACE:
    case SECRETS:
        return 8;
    case SIMPLE_PACKET:
        return 4;
    default:
        return 0;
    }
}

/* The first 12 bytes are there: type, length, and in a section header the byte order. */
static enum status take_length(struct pcapng *pcapng, struct error *reterr)
{
    uint32_t type = word_at(pcapng, 0);

    if (type == SECTION) {
        uint32_t magic;

        pcapng->big_endian = false;
        magic = word_at(pcapng, 8);
        pcapng->big_endian = magic == MAGIC_SWAPPED;
        if (magic != MAGIC && magic != MAGIC_SWAPPED) {
            return wrong(pcapng, "magic: no byte order", reterr);
        }
    } else if (!pcapng->opened) {
        return wrong(pcapng, "start: no section header", reterr);
    }
    pcapng->block = word_at(pcapng, 4);
    if (pcapng->block % 4 != 0 || pcapng->block < FRAME + body_least(type) ||
        pcapng->block > PCAPNG_BLOCK_MAX) {
        return wrong(pcapng, "length: an impossible length", reterr);
    }
    return STATUS_OK;
}

static uint32_t padded(uint32_t length)
{
    return (length + 3) & ~3U;
}

static enum status take_section(struct pcapng *pcapng, struct error *reterr)
{
    uint64_t low = word_at(pcapng, pcapng->big_endian ? 20 : 16);
    uint64_t high = word_at(pcapng, pcapng->big_endian ? 16 : 20);
    uint64_t length = high << 32 | low;

    if (pcapng->section_end != 0 && pcapng->section_end != pcapng->offset) {
        return wrong(pcapng, "section: the section before has another length", reterr);
    }
    pcapng->section_end = 0;
    if (length != UINT64_MAX) {
        pcapng->section_end = pcapng->offset + pcapng->block + length;
    }
    if (length != UINT64_MAX && (length % 4 != 0 || length > INT64_MAX)) {
        return wrong(pcapng, "section: an impossible section length", reterr);
    }
    pcapng->opened = true;
    pcapng->interfaces = 0;
    return STATUS_OK;
}

/* What the lengths inside a body claim must fit into it. */
static enum status take_body(struct pcapng *pcapng, struct error *reterr)
{
    const uint32_t body = pcapng->block - FRAME;

    switch (word_at(pcapng, 0)) {
    case SECTION:
        return take_section(pcapng, reterr);
    case INTERFACE:
        pcapng->interfaces++;
        return STATUS_OK;
    case ENHANCED_PACKET:
        if (word_at(pcapng, 20) > body - 20 || padded(word_at(pcapng, 20)) > body - 20) {
            return wrong(pcapng, "packet: a packet longer than its block", reterr);
        }
        return word_at(pcapng, 8) < pcapng->interfaces
                   ? STATUS_OK
                   : wrong(pcapng, "interface: a packet of no interface", reterr);
    case SIMPLE_PACKET:
        return pcapng->interfaces > 0
                   ? STATUS_OK
                   : wrong(pcapng, "interface: a packet of no interface", reterr);
    case SECRETS:
        pcapng->keys = true;
        return word_at(pcapng, 12) <= body - 8 && padded(word_at(pcapng, 12)) <= body - 8
                   ? STATUS_OK
                   : wrong(pcapng, "secrets: secrets longer than their block", reterr);
    default:
        return STATUS_OK;
    }
}

static enum status end_block(struct pcapng *pcapng, struct error *reterr)
{
    if (word_of(pcapng, pcapng->tail) != pcapng->block) {
        return wrong(pcapng, "length: first and last length differ", reterr);
    }
    TRY(take_body(pcapng, reterr));
    pcapng->offset += pcapng->block;
    if (pcapng->section_end != 0 && pcapng->offset > pcapng->section_end) {
        return wrong(pcapng, "section: it goes on behind its end", reterr);
    }
    pcapng->held = 0;
    pcapng->at = 0;
    pcapng->block = 0;
    return STATUS_OK;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* How many of the next bytes go to the head, are passed over, or go to the tail. */
static size_t step(struct pcapng *pcapng, const uint8_t *data, size_t length)
{
    const size_t wanted = pcapng->block == 0 ? FRAME : least(PCAPNG_HEAD, pcapng->block);
    size_t taken;

    if (pcapng->held < wanted) {
        taken = least(wanted - pcapng->held, length);
        memcpy(pcapng->head + pcapng->held, data, taken);
        pcapng->held += taken;
    } else if (pcapng->at < pcapng->block - 4) {
        taken = least(pcapng->block - 4 - pcapng->at, length);
    } else {
        taken = least(pcapng->block - pcapng->at, length);
        memcpy(pcapng->tail + (4 - (pcapng->block - pcapng->at)), data, taken);
    }
    pcapng->at += (uint32_t) taken;
    return taken;
}

/* A head longer than what lies before the last word shares bytes with it. */
static void share_tail(struct pcapng *pcapng)
{
    const uint32_t last = pcapng->block - 4;

    if (pcapng->held > last) {
        memcpy(pcapng->tail, pcapng->head + last, pcapng->held - last);
    }
}

enum status pcapng_feed(struct pcapng *pcapng, const void *data, size_t length,
                        struct error *reterr)
{
    const uint8_t *at = data;

    while (length > 0) {
        size_t taken = step(pcapng, at, length);

        at += taken;
        length -= taken;
        if (pcapng->block == 0 && pcapng->held == FRAME) {
            TRY(take_length(pcapng, reterr));
        }
        if (pcapng->block != 0) {
            share_tail(pcapng);
        }
        if (pcapng->block != 0 && pcapng->at == pcapng->block) {
            TRY(end_block(pcapng, reterr));
        }
    }
    return STATUS_OK;
}

enum status pcapng_close(const struct pcapng *pcapng, struct error *reterr)
{
    if (!pcapng->opened) {
        return wrong(pcapng, "start: no section", reterr);
    }
    if (pcapng->at != 0) {
        return wrong(pcapng, "cut: the file ends", reterr);
    }
    if (pcapng->section_end != 0 && pcapng->section_end != pcapng->offset) {
        return wrong(pcapng, "section: the file ends before the section does", reterr);
    }
    return STATUS_OK;
}
