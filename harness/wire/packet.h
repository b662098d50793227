/* packet.h - from a captured frame to what TCP or UDP carries in it (RFC 791, 8200, 9293, 768).
 *
 * Link layers by their numbers of https://www.tcpdump.org/linktypes.html.  Pure: spans lie in the
 * frame. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum packet_link {
    PACKET_ETHERNET = 1,
    PACKET_RAW = 101,
    PACKET_LINUX = 113,
    PACKET_LINUX_2 = 276
};

enum packet_word {
    PACKET_READ,
    PACKET_OTHER,    /* not IP, or neither TCP nor UDP */
    PACKET_FRAGMENT, /* part of an IP packet: not put together */
    PACKET_BROKEN    /* shorter or longer than its headers say, or cut by the capture */
};

struct packet_end {
    uint8_t address[16]; /* IPv4: the first four octets */
    uint16_t port;
};

struct packet {
    uint8_t family; /* 4 or 6 */
    bool tcp;       /* else UDP */
    struct packet_end from;
    struct packet_end to;
    uint32_t sequence; /* of the first octet of data; TCP */
    bool syn;
    const uint8_t *data;
    size_t length;
};

/* Does wire_packet_read know this link layer? */
bool wire_packet_link_known(int link);

enum packet_word wire_packet_read(int link, const void *frame, size_t length,
                                  struct packet *ret_packet);
