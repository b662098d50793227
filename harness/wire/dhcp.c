/* RFC 2131 section 4.4.3: DHCPINFORM.  It takes no address; a server answers to the address that it
 * names.  Most answer to port 68, where we do not listen: silence here proves nothing. */
#include "wire/udp_hello.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

enum {
    BOOT_REQUEST = 1,
    BOOT_REPLY = 2,
    HARDWARE_ETHERNET = 1,
    HARDWARE_SIZE = 6,
    HARDWARE_ROOM = 16,
    NAMES_ROOM = 64 + 128,
    OPTION_MESSAGE_TYPE = 53,
    OPTION_END = 255,
    MESSAGE_INFORM = 8,
    LOCALLY_ADMINISTERED = 0x02
};

static const uint32_t magic_cookie = 0x63825363;

static void inform_write(const struct wire_udp_ask *ask, struct builder *builder)
{
    static const uint8_t zeros[NAMES_ROOM] = { 0 };
    static const uint8_t options[] = { OPTION_MESSAGE_TYPE, 1, MESSAGE_INFORM, OPTION_END };

    builder_u8(builder, BOOT_REQUEST);
    builder_u8(builder, HARDWARE_ETHERNET);
    builder_u8(builder, HARDWARE_SIZE);
    builder_u8(builder, 0);
    builder_u32(builder, wire_udp_nonce_u32(ask));
    builder_u32(builder, 0);
    builder_put(builder, ask->own_ipv4, sizeof ask->own_ipv4);
    builder_put(builder, zeros, 12);
    builder_u8(builder, LOCALLY_ADMINISTERED);
    builder_put(builder, ask->nonce + 4, HARDWARE_SIZE - 1);
    builder_put(builder, zeros, HARDWARE_ROOM - HARDWARE_SIZE);
    builder_put(builder, zeros, NAMES_ROOM);
    builder_u32(builder, magic_cookie);
    builder_put(builder, options, sizeof options);
    builder_put(builder, zeros, 60); /* BOOTP's least length: RFC 1542 section 2.1 */
}

static bool reply_read(const struct wire_udp_ask *ask, const void *data, size_t length,
                       char detail[WIRE_UDP_DETAIL_SIZE])
{
    struct reader reader = reader_over(data, length);
    uint8_t operation = reader_u8(&reader);
    uint32_t transaction;

    (void) reader_take(&reader, 3);
    transaction = reader_u32(&reader);
    (void) reader_take(&reader, 20 + HARDWARE_ROOM + NAMES_ROOM);
    detail[0] = '\0';
    return operation == BOOT_REPLY && transaction == wire_udp_nonce_u32(ask) &&
           reader_u32(&reader) == magic_cookie && reader_ok(&reader);
}

const struct wire_udp_hello wire_dhcp_hello = {
    .protocol = "dhcp", .ports = { 67 }, .write = inform_write, .read = reply_read
};
