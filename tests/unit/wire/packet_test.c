#include "wire/packet.h"

#include "support/frames.h"

#include <criterion/criterion.h>

enum { HOST = 0x0a000001, DEVICE = 0x0a000002 };

static enum packet_word read_it(const struct frame *frame, struct packet *packet)
{
    return wire_packet_read(PACKET_ETHERNET, frame->data, frame->length, packet);
}

Test(packet, tcp_over_ipv4)
{
    struct frame frame = frame_tcp(HOST, 40000, DEVICE, 80, 77, false, "GET /");
    struct packet packet;

    cr_assert_eq(read_it(&frame, &packet), PACKET_READ);
    cr_expect(packet.tcp);
    cr_expect_eq(packet.family, 4);
    cr_expect_eq(packet.from.port, 40000);
    cr_expect_eq(packet.to.port, 80);
    cr_expect_eq(packet.to.address[3], 2);
    cr_expect_eq(packet.sequence, 77);
    cr_expect_not(packet.syn);
    cr_assert_eq(packet.length, 5);
    cr_expect_arr_eq(packet.data, "GET /", 5);
    frame = frame_tcp(HOST, 1, DEVICE, 2, 5, true, "");
    cr_assert_eq(read_it(&frame, &packet), PACKET_READ);
    cr_expect(packet.syn);
    cr_expect_eq(packet.length, 0);
}

Test(packet, padding_of_a_short_frame_is_no_data)
{
    struct frame frame = frame_udp(DEVICE, 5353, HOST, 40000, "hi");
    struct packet packet;

    frame.length = 60;
    cr_assert_eq(read_it(&frame, &packet), PACKET_READ);
    cr_expect_not(packet.tcp);
    cr_expect_eq(packet.length, 2);
}

Test(packet, udp_over_ipv6_behind_options_and_a_vlan)
{
    struct frame frame = { .length = 0 };
    struct builder builder = frame_begin(&frame, 0x8100);
    struct packet packet;

    builder_u16(&builder, 7);
    builder_u16(&builder, 0x86dd);
    builder_u32(&builder, 0x60000000);
    builder_u16(&builder, 8 + 8 + 3);
    builder_u8(&builder, 0); /* hop-by-hop options */
    builder_u8(&builder, 64);
    for (int i = 0; i < 32; i++) {
        builder_u8(&builder, (uint8_t) i);
    }
    builder_u8(&builder, 17);
    builder_u8(&builder, 0);
    builder_u16(&builder, 0);
    builder_u32(&builder, 0);
    builder_u16(&builder, 161);
    builder_u16(&builder, 50000);
    builder_u16(&builder, 11);
    builder_u16(&builder, 0);
    builder_put(&builder, "abc", 3);
    frame.length = builder.length;
    cr_assert_eq(read_it(&frame, &packet), PACKET_READ);
    cr_expect_eq(packet.family, 6);
    cr_expect_eq(packet.from.address[1], 1);
    cr_expect_eq(packet.to.address[0], 16);
    cr_expect_eq(packet.from.port, 161);
    cr_expect_eq(packet.length, 3);
}

Test(packet, linux_cooked_and_raw_links)
{
    struct frame frame = frame_udp(HOST, 1, DEVICE, 2, "x");
    uint8_t cooked[128] = { 0 };
    struct packet packet;

    cooked[14] = 0x08;
    memcpy(cooked + 16, frame.data + 14, frame.length - 14);
    cr_expect_eq(wire_packet_read(PACKET_LINUX, cooked, frame.length + 2, &packet), PACKET_READ);
    memset(cooked, 0, sizeof cooked);
    cooked[0] = 0x08;
    memcpy(cooked + 20, frame.data + 14, frame.length - 14);
    cr_expect_eq(wire_packet_read(PACKET_LINUX_2, cooked, frame.length + 6, &packet), PACKET_READ);
    cr_expect_eq(packet.to.port, 2);
    cr_expect_eq(wire_packet_read(PACKET_RAW, frame.data + 14, frame.length - 14, &packet),
                 PACKET_READ);
    cr_expect(wire_packet_link_known(PACKET_LINUX_2));
    cr_expect_not(wire_packet_link_known(105));
}

Test(packet, what_is_cut_or_split_is_not_taken_for_whole)
{
    struct frame frame = frame_tcp(HOST, 40000, DEVICE, 80, 77, false, "GET /");
    struct packet packet;

    for (size_t length = 14; length < frame.length; length++) {
        cr_expect_eq(wire_packet_read(PACKET_ETHERNET, frame.data, length, &packet), PACKET_BROKEN,
                     "%zu", length);
    }
    frame.data[14 + 6] = 0x20; /* more fragments */
    cr_expect_eq(read_it(&frame, &packet), PACKET_FRAGMENT);
    frame.data[14 + 6] = 0;
    frame.data[14 + 9] = 1; /* ICMP */
    cr_expect_eq(read_it(&frame, &packet), PACKET_OTHER);
    frame.data[12] = 0x88; /* no IP */
    cr_expect_eq(read_it(&frame, &packet), PACKET_OTHER);
}
