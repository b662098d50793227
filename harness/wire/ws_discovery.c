/* WS-Discovery, in the 2005 draft's namespace that ONVIF and most devices use: a Probe for anything
 * (section 5 of the draft), sent to one device. */
#include "wire/udp_hello.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

enum { UUID_TEXT_SIZE = 37 };

/* The nonce as a random UUID (RFC 9562 section 5.4). */
static void uuid_text(const struct wire_udp_ask *ask, char room[UUID_TEXT_SIZE])
{
    uint8_t bytes[WIRE_UDP_NONCE_SIZE];
    char hex[2 * WIRE_UDP_NONCE_SIZE + 1];

    memcpy(bytes, ask->nonce, sizeof bytes);
    bytes[6] = (uint8_t) ((bytes[6] & 0x0f) | 0x40);
    bytes[8] = (uint8_t) ((bytes[8] & 0x3f) | 0x80);
    text_hex(bytes, sizeof bytes, hex);
    (void) snprintf(room, UUID_TEXT_SIZE, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12,
                    hex + 16, hex + 20);
}

static void probe_write(const struct wire_udp_ask *ask, struct builder *builder)
{
    char text[1024];
    char uuid[UUID_TEXT_SIZE];
    int length;

    uuid_text(ask, uuid);
    length = snprintf(text, sizeof text,
                      "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
                      "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" "
                      "xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" "
                      "xmlns:d=\"http://schemas.xmlsoap.org/ws/2005/04/discovery\">"
                      "<s:Header>"
                      "<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action>"
                      "<a:MessageID>urn:uuid:%s</a:MessageID>"
                      "<a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To>"
                      "</s:Header>"
                      "<s:Body><d:Probe/></s:Body>"
                      "</s:Envelope>",
                      uuid);
    builder_put(builder, text, length > 0 ? (size_t) length : 0);
}

/* The text between a start tag of that local name and the next '<'. */
static void element_find(const char *data, size_t length, const char *name, char *room, size_t size)
{
    const char *at = memmem(data, length, name, strlen(name));
    const char *end = data + length;

    room[0] = '\0';
    at = at != NULL ? memchr(at, '>', (size_t) (end - at)) : NULL;
    if (at != NULL) {
        const char *stop = memchr(at, '<', (size_t) (end - at));

        text_printable(at + 1, stop != NULL ? (size_t) (stop - at - 1) : 0, room, size);
    }
}

static bool matches_read(const struct wire_udp_ask *ask, const void *data, size_t length,
                         char detail[WIRE_UDP_DETAIL_SIZE])
{
    char uuid[UUID_TEXT_SIZE];

    uuid_text(ask, uuid);
    if (!wire_udp_contains(data, length, "Envelope") || !wire_udp_contains(data, length, uuid) ||
        (!wire_udp_contains(data, length, "ProbeMatches") &&
         !wire_udp_contains(data, length, "Fault"))) {
        return false;
    }
    element_find(data, length, ":Types", detail, WIRE_UDP_DETAIL_SIZE);
    return true;
}

const struct wire_udp_hello wire_ws_discovery_hello = {
    .protocol = "ws-discovery", .ports = { 3702 }, .write = probe_write, .read = matches_read
};
