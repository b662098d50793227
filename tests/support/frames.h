/* frames.h - Ethernet frames with TCP or UDP over IPv4, as a capture would give them. */
#pragma once

#include "base/bytes.h"

#include <string.h>

struct frame {
    uint8_t data[2048];
    size_t length;
};

static inline struct builder frame_begin(struct frame *frame, uint16_t ethertype)
{
    struct builder builder = builder_over(frame->data, sizeof frame->data);

    for (int i = 0; i < 12; i++) {
        builder_u8(&builder, (uint8_t) i);
    }
    builder_u16(&builder, ethertype);
    return builder;
}

static inline void frame_ipv4(struct builder *builder, uint8_t protocol, uint32_t from, uint32_t to,
                              size_t length)
{
    builder_u16(builder, 0x4500);
    builder_u16(builder, (uint16_t) (20 + length));
    builder_u32(builder, 0);
    builder_u8(builder, 64);
    builder_u8(builder, protocol);
    builder_u16(builder, 0);
    builder_u32(builder, from);
    builder_u32(builder, to);
}

/* sequence is that of the first octet; a SYN carries no data. */
static inline struct frame frame_tcp(uint32_t from, uint16_t from_port, uint32_t to,
                                     uint16_t to_port, uint32_t sequence, bool syn,
                                     const char *text)
{
    struct frame frame = { .length = 0 };
    struct builder builder = frame_begin(&frame, 0x0800);

    frame_ipv4(&builder, 6, from, to, 20 + strlen(text));
    builder_u16(&builder, from_port);
    builder_u16(&builder, to_port);
    builder_u32(&builder, sequence);
    builder_u32(&builder, 0);
    builder_u16(&builder, (uint16_t) (0x5010 | (syn ? 2 : 0)));
    builder_u16(&builder, 1024);
    builder_u32(&builder, 0);
    builder_put(&builder, text, strlen(text));
    frame.length = builder.length;
    return frame;
}

static inline struct frame frame_udp(uint32_t from, uint16_t from_port, uint32_t to,
                                     uint16_t to_port, const char *text)
{
    struct frame frame = { .length = 0 };
    struct builder builder = frame_begin(&frame, 0x0800);

    frame_ipv4(&builder, 17, from, to, 8 + strlen(text));
    builder_u16(&builder, from_port);
    builder_u16(&builder, to_port);
    builder_u16(&builder, (uint16_t) (8 + strlen(text)));
    builder_u16(&builder, 0);
    builder_put(&builder, text, strlen(text));
    frame.length = builder.length;
    return frame;
}
