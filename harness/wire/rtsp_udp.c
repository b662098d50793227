/* RTSP over UDP (RFC 2326 section 9, scheme rtspu): OPTIONS, which changes nothing. */
#include "wire/udp_hello.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

/* CSeq is a number of at most nine digits (RFC 2326 section 12.17). */
static unsigned sequence(const struct wire_udp_ask *ask)
{
    return wire_udp_nonce_u32(ask) % 1000000000U;
}

static void rtsp_write(const struct wire_udp_ask *ask, struct builder *builder)
{
    char text[128];
    int length =
        snprintf(text, sizeof text,
                 "OPTIONS * RTSP/1.0\r\nCSeq: %u\r\nUser-Agent: hoshitori\r\n\r\n", sequence(ask));

    builder_put(builder, text, length > 0 ? (size_t) length : 0);
}

static bool rtsp_read(const struct wire_udp_ask *ask, const void *data, size_t length,
                      char detail[WIRE_UDP_DETAIL_SIZE])
{
    static const char start[] = "RTSP/1.0 ";
    const char *line = data;
    const char *end = memchr(data, '\r', length);
    char wanted[16];
    char found[32];
    char server[WIRE_UDP_DETAIL_SIZE] = "";

    (void) snprintf(wanted, sizeof wanted, "%u", sequence(ask));
    if (end == NULL || length < sizeof start - 1 || memcmp(data, start, sizeof start - 1) != 0 ||
        end < line + sizeof start - 1 ||
        !wire_udp_header_find(data, length, "CSeq", found, sizeof found) ||
        strcmp(found, wanted) != 0) {
        return false;
    }
    line += sizeof start - 1;
    text_printable(line, (size_t) (end - line), detail, WIRE_UDP_DETAIL_SIZE);
    if (wire_udp_header_find(data, length, "Server", server, sizeof server)) {
        (void) snprintf(detail + strlen(detail), WIRE_UDP_DETAIL_SIZE - strlen(detail), "; %s",
                        server);
    }
    return true;
}

const struct wire_udp_hello wire_rtsp_udp_hello = {
    .protocol = "rtsp", .ports = { 554 }, .write = rtsp_write, .read = rtsp_read
};
