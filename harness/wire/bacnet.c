/* ANSI/ASHRAE 135: ReadProperty of the device object's name.  Instance 4194303 stands for whichever
 * device is asked (clause 15.5), and a question to one device is answered to the asker, where an
 * I-Am would be broadcast. */
#include "wire/udp_hello.h"

#include <stdio.h>
#include <string.h>

enum {
    BVLC_IP = 0x81,
    BVLC_UNICAST = 0x0a,
    NPDU_VERSION = 1,
    NPDU_EXPECTING_REPLY = 0x04,
    NPDU_HAS_SOURCE_OR_DESTINATION = 0x28,
    APDU_CONFIRMED_REQUEST = 0,
    APDU_MAX_1476 = 5,
    SERVICE_READ_PROPERTY = 12,
    TYPE_COMPLEX_ACK = 3,
    TYPE_ERROR = 5,
    TYPE_REJECT = 6,
    TYPE_ABORT = 7
};

static void bacnet_write(const struct wire_udp_ask *ask, struct builder *builder)
{
    static const uint8_t object_name[] = { 0x0c, 0x02, 0x3f, 0xff, 0xff, 0x19, 77 };

    builder_u8(builder, BVLC_IP);
    builder_u8(builder, BVLC_UNICAST);
    builder_u16(builder, 4 + 2 + 4 + sizeof object_name);
    builder_u8(builder, NPDU_VERSION);
    builder_u8(builder, NPDU_EXPECTING_REPLY);
    builder_u8(builder, APDU_CONFIRMED_REQUEST);
    builder_u8(builder, APDU_MAX_1476);
    builder_u8(builder, ask->nonce[0]);
    builder_u8(builder, SERVICE_READ_PROPERTY);
    builder_put(builder, object_name, sizeof object_name);
}

static bool bacnet_read(const struct wire_udp_ask *ask, const void *data, size_t length,
                        char detail[WIRE_UDP_DETAIL_SIZE])
{
    static const char *const words[] = { [TYPE_COMPLEX_ACK] = "property read",
                                         [TYPE_ERROR] = "error",
                                         [TYPE_REJECT] = "reject",
                                         [TYPE_ABORT] = "abort" };
    struct reader reader = reader_over(data, length);
    uint8_t link = reader_u8(&reader);
    uint8_t function = reader_u8(&reader);
    uint16_t said_length = reader_u16(&reader);
    uint8_t version = reader_u8(&reader);
    uint8_t control = reader_u8(&reader);
    unsigned type = reader_u8(&reader) >> 4;
    uint8_t invoke = reader_u8(&reader);

    if (!reader_ok(&reader) || link != BVLC_IP || function != BVLC_UNICAST ||
        said_length != length || version != NPDU_VERSION ||
        (control & NPDU_HAS_SOURCE_OR_DESTINATION) != 0 || invoke != ask->nonce[0] ||
        type >= sizeof words / sizeof *words || words[type] == NULL) {
        return false;
    }
    (void) snprintf(detail, WIRE_UDP_DETAIL_SIZE, "%s", words[type]);
    return true;
}

const struct wire_udp_hello wire_bacnet_hello = {
    .protocol = "bacnet", .ports = { 47808 }, .write = bacnet_write, .read = bacnet_read
};
