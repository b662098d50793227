/* UPnP Device Architecture 2.0 section 1.3.2: a search sent to one device. */
#include "wire/udp_hello.h"

#include <stdio.h>
#include <string.h>

static void ssdp_write(const struct wire_udp_ask *ask, struct builder *builder)
{
    char text[512];
    bool bare6 = strchr(ask->host, ':') != NULL;
    int length = snprintf(text, sizeof text,
                          "M-SEARCH * HTTP/1.1\r\n"
                          "HOST: %s%.*s%s:%u\r\n"
                          "MAN: \"ssdp:discover\"\r\n"
                          "MX: 1\r\n"
                          "ST: ssdp:all\r\n"
                          "\r\n",
                          bare6 ? "[" : "", (int) strcspn(ask->host, "%"), ask->host,
                          bare6 ? "]" : "", (unsigned) ask->port);

    builder_put(builder, text, length > 0 ? (size_t) length : 0);
}

static bool ssdp_read(const struct wire_udp_ask *ask, const void *data, size_t length,
                      char detail[WIRE_UDP_DETAIL_SIZE])
{
    static const char start[] = "HTTP/1.1 ";
    char room[WIRE_UDP_DETAIL_SIZE];

    (void) ask;
    if (length < sizeof start - 1 || memcmp(data, start, sizeof start - 1) != 0 ||
        !wire_udp_header_find(data, length, "ST", room, sizeof room) ||
        !wire_udp_header_find(data, length, "USN", room, sizeof room)) {
        return false;
    }
    detail[0] = '\0';
    (void) wire_udp_header_find(data, length, "SERVER", detail, WIRE_UDP_DETAIL_SIZE);
    return true;
}

const struct wire_udp_hello wire_ssdp_hello = {
    .protocol = "ssdp", .ports = { 1900 }, .write = ssdp_write, .read = ssdp_read
};
