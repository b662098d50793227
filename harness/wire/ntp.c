/* RFC 5905 section 7.3: a client's request (mode 3), whose transmit timestamp a server repeats as
 * the origin timestamp (section 9.2). */
#include "wire/udp_hello.h"

#include <stdio.h>
#include <string.h>

enum {
    PACKET_SIZE = 48,
    VERSION_4_CLIENT = 4 << 3 | 3,
    MODE_MASK = 7,
    MODE_SERVER = 4,
    ORIGIN_AT = 24,
    TRANSMIT_AT = 40,
    TIMESTAMP_SIZE = 8
};

static void ntp_write(const struct wire_udp_ask *ask, struct builder *builder)
{
    static const uint8_t zeros[TRANSMIT_AT - 1] = { 0 };

    builder_u8(builder, VERSION_4_CLIENT);
    builder_put(builder, zeros, sizeof zeros);
    builder_put(builder, ask->nonce, TIMESTAMP_SIZE);
}

static bool ntp_read(const struct wire_udp_ask *ask, const void *data, size_t length,
                     char detail[WIRE_UDP_DETAIL_SIZE])
{
    const uint8_t *packet = data;

    if (length < PACKET_SIZE || (packet[0] & MODE_MASK) != MODE_SERVER ||
        memcmp(packet + ORIGIN_AT, ask->nonce, TIMESTAMP_SIZE) != 0) {
        return false;
    }
    (void) snprintf(detail, WIRE_UDP_DETAIL_SIZE, "version %u, stratum %u",
                    (unsigned) (packet[0] >> 3 & 7), (unsigned) packet[1]);
    return true;
}

const struct wire_udp_hello wire_ntp_hello = {
    .protocol = "ntp", .ports = { 123 }, .write = ntp_write, .read = ntp_read
};
