#include "wire/packet.h"

#include "base/bytes.h"

#include <string.h>

enum {
    ETHERTYPE_IPV4 = 0x0800,
    ETHERTYPE_IPV6 = 0x86dd,
    ETHERTYPE_VLAN = 0x8100,
    ETHERTYPE_VLAN_OUTER = 0x88a8,
    VLANS_MAX = 2,
    ADDRESSES_OF_ETHERNET = 12,
    LINUX_BEFORE_TYPE = 14,
    LINUX_2_AFTER_TYPE = 18,
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17,
    EXTENSIONS_MAX = 8
};

/* Extension headers with a length of their own (RFC 8200 section 4.1). */
enum { NEXT_HOP_BY_HOP = 0, NEXT_ROUTING = 43, NEXT_FRAGMENT = 44, NEXT_DESTINATION = 60 };

bool wire_packet_link_known(int link)
{
    return link == PACKET_ETHERNET || link == PACKET_RAW || link == PACKET_LINUX ||
           link == PACKET_LINUX_2;
}

/* 0: none that is known. */
static uint16_t network_type(int link, struct reader *reader)
{
    uint16_t type = 0;

    switch (link) {
    case PACKET_ETHERNET:
        (void) reader_take(reader, ADDRESSES_OF_ETHERNET);
        type = reader_u16(reader);
        break;
    case PACKET_LINUX:
        (void) reader_take(reader, LINUX_BEFORE_TYPE);
        type = reader_u16(reader);
        break;
    case PACKET_LINUX_2:
        type = reader_u16(reader);
        (void) reader_take(reader, LINUX_2_AFTER_TYPE);
        break;
    case PACKET_RAW:
        return reader_left(reader) == 0 ? 0
               : *reader->at >> 4 == 4  ? ETHERTYPE_IPV4
               : *reader->at >> 4 == 6  ? ETHERTYPE_IPV6
                                        : 0;
    default:
        return 0;
    }
    for (int i = 0; i < VLANS_MAX && (type == ETHERTYPE_VLAN || type == ETHERTYPE_VLAN_OUTER);
         i++) {
        (void) reader_u16(reader);
        type = reader_u16(reader);
    }
    return type;
}

/* The rest of the reader becomes the payload of length octets; what follows is padding. */
static bool limit_to(struct reader *reader, size_t length)
{
    *reader = reader_sub(reader, length);
    return reader_ok(reader);
}

static enum packet_word ipv4_read(struct reader *reader, struct packet *packet,
                                  uint8_t *ret_protocol)
{
    uint8_t first = reader_u8(reader);
    size_t header = (size_t) (first & 15) * 4;
    uint16_t total;
    uint16_t fragment;
    const uint8_t *addresses;

    (void) reader_u8(reader);
    total = reader_u16(reader);
    (void) reader_u16(reader);
    fragment = reader_u16(reader);
    (void) reader_u8(reader);
    *ret_protocol = reader_u8(reader);
    (void) reader_u16(reader);
    addresses = reader_take(reader, 8);
    if (addresses == NULL || first >> 4 != 4 || header < 20 || total < header) {
        return PACKET_BROKEN;
    }
    packet->family = 4;
    memcpy(packet->from.address, addresses, 4);
    memcpy(packet->to.address, addresses + 4, 4);
    (void) reader_take(reader, header - 20);
    if ((fragment & 0x3fff) != 0) { /* more to come, or not the first */
        return PACKET_FRAGMENT;
    }
    return limit_to(reader, total - header) ? PACKET_READ : PACKET_BROKEN;
}

static enum packet_word ipv6_read(struct reader *reader, struct packet *packet,
                                  uint8_t *ret_protocol)
{
    uint8_t first = reader_u8(reader);
    uint16_t payload;
    uint8_t next;
    const uint8_t *addresses;

    (void) reader_take(reader, 3);
    payload = reader_u16(reader);
    next = reader_u8(reader);
    (void) reader_u8(reader);
    addresses = reader_take(reader, 32);
    if (addresses == NULL || first >> 4 != 6) {
        return PACKET_BROKEN;
    }
    packet->family = 6;
    memcpy(packet->from.address, addresses, 16);
    memcpy(packet->to.address, addresses + 16, 16);
    if (!limit_to(reader, payload)) {
        return PACKET_BROKEN;
    }
    for (int i = 0; i < EXTENSIONS_MAX &&
                    (next == NEXT_HOP_BY_HOP || next == NEXT_ROUTING || next == NEXT_DESTINATION);
         i++) {
        next = reader_u8(reader);
        (void) reader_take(reader, (size_t) reader_u8(reader) * 8 + 6);
    }
    *ret_protocol = next;
    return next == NEXT_FRAGMENT ? PACKET_FRAGMENT
           : reader_ok(reader)   ? PACKET_READ
                                 : PACKET_BROKEN;
}

static bool tcp_read(struct reader *reader, struct packet *packet)
{
    uint16_t offset_and_flags;
    size_t header;

    packet->from.port = reader_u16(reader);
    packet->to.port = reader_u16(reader);
    packet->sequence = reader_u32(reader);
    (void) reader_u32(reader);
    offset_and_flags = reader_u16(reader);
    (void) reader_take(reader, 6);
    header = (size_t) (offset_and_flags >> 12) * 4;
    packet->syn = (offset_and_flags & 2) != 0;
    if (header < 20 || reader_take(reader, header - 20) == NULL) {
        return false;
    }
    packet->length = reader_left(reader);
    packet->data = reader_take(reader, packet->length);
    return true;
}

static bool udp_read(struct reader *reader, struct packet *packet)
{
    uint16_t length;

    packet->from.port = reader_u16(reader);
    packet->to.port = reader_u16(reader);
    length = reader_u16(reader);
    (void) reader_u16(reader);
    if (length < 8) {
        return false;
    }
    packet->length = (size_t) length - 8;
    packet->data = reader_take(reader, packet->length);
    return packet->data != NULL;
}

enum packet_word wire_packet_read(int link, const void *frame, size_t length,
                                  struct packet *ret_packet)
{
    struct reader reader = reader_over(frame, length);
    uint16_t type = network_type(link, &reader);
    uint8_t protocol = 0;
    enum packet_word word;

    *ret_packet = (struct packet){ 0 };
    if (!reader_ok(&reader)) {
        return PACKET_BROKEN;
    }
    if (type != ETHERTYPE_IPV4 && type != ETHERTYPE_IPV6) {
        return PACKET_OTHER;
    }
    word = type == ETHERTYPE_IPV4 ? ipv4_read(&reader, ret_packet, &protocol)
                                  : ipv6_read(&reader, ret_packet, &protocol);
    if (word != PACKET_READ) {
        return word;
    }
    ret_packet->tcp = protocol == PROTOCOL_TCP;
    if (!ret_packet->tcp && protocol != PROTOCOL_UDP) {
        return PACKET_OTHER;
    }
    if (!(ret_packet->tcp ? tcp_read(&reader, ret_packet) : udp_read(&reader, ret_packet)) ||
        !reader_ok(&reader)) {
        return PACKET_BROKEN;
    }
    return PACKET_READ;
}
