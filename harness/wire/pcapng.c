#include "wire/pcapng.h"

#include <string.h>

/* Section 11.1 of the draft. */
enum { BLOCK_SECTION = 0x0A0D0D0A, BLOCK_INTERFACE = 1, BLOCK_PACKET = 6, MAGIC = 0x1A2B3C4D };

/* Sections 3.5, 4.1 and 4.2. */
enum { OPTION_END = 0, OPTION_COMMENT = 1, OPTION_USER_APPLICATION = 4, OPTION_NAME = 2 };

enum { BLOCK_FRAME = 12, COMMENT_MAX = 200 };

static void pad(struct builder *out, size_t length)
{
    while (length++ % 4 != 0) {
        builder_u8(out, 0);
    }
}

static void option(struct builder *out, uint16_t code, const char *text)
{
    size_t length = strnlen(text, COMMENT_MAX);

    builder_u16(out, code);
    builder_u16(out, (uint16_t) length);
    builder_put(out, text, length);
    pad(out, length);
}

static void options_end(struct builder *out)
{
    builder_u16(out, OPTION_END);
    builder_u16(out, 0);
}

static size_t block_open(struct builder *out, uint32_t type)
{
    size_t start = out->length;

    builder_u32(out, type);
    builder_u32(out, 0);
    return start;
}

/* The length stands at both ends. */
static void block_close(struct builder *out, size_t start)
{
    struct builder front;
    uint32_t length = (uint32_t) (out->length - start + 4);

    builder_u32(out, length);
    if (!out->overflow) {
        front = builder_over(out->start + start + 4, 4);
        builder_u32(&front, length);
    }
}

void wire_pcapng_begin(struct builder *out, const char *program, unsigned link, uint32_t snap)
{
    size_t start = block_open(out, BLOCK_SECTION);

    builder_u32(out, MAGIC);
    builder_u16(out, 1); /* version 1.0 */
    builder_u16(out, 0);
    builder_u32(out, UINT32_MAX); /* the section's length is not stated */
    builder_u32(out, UINT32_MAX);
    option(out, OPTION_USER_APPLICATION, program);
    options_end(out);
    block_close(out, start);

    start = block_open(out, BLOCK_INTERFACE);
    builder_u16(out, (uint16_t) link);
    builder_u16(out, 0);
    builder_u32(out, snap);
    option(out, OPTION_NAME, "any");
    options_end(out); /* microseconds, unless an option says otherwise */
    block_close(out, start);
}

void wire_pcapng_frame(struct builder *out, const struct pcapng_frame *frame)
{
    size_t start = block_open(out, BLOCK_PACKET);

    builder_u32(out, 0); /* the one interface */
    builder_u32(out, (uint32_t) (frame->wall_us >> 32));
    builder_u32(out, (uint32_t) frame->wall_us);
    builder_u32(out, (uint32_t) frame->length);
    builder_u32(out, (uint32_t) frame->whole);
    builder_put(out, frame->data, frame->length);
    pad(out, frame->length);
    if (frame->comment != NULL) {
        option(out, OPTION_COMMENT, frame->comment);
        options_end(out);
    }
    block_close(out, start);
}

size_t wire_pcapng_whole(const void *data, size_t length)
{
    const uint8_t *from = data;
    size_t whole = 0;

    while (length - whole >= BLOCK_FRAME) {
        struct reader front = reader_over(from + whole + 4, 4);
        uint32_t block = reader_u32(&front);
        struct reader back;

        if (block < BLOCK_FRAME || block % 4 != 0 || block > length - whole) {
            break;
        }
        back = reader_over(from + whole + block - 4, 4);
        if (reader_u32(&back) != block) {
            break;
        }
        whole += block;
    }
    return whole;
}
