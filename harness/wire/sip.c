/* RFC 3261 section 11: OPTIONS, which any server answers and which changes nothing. */
#include "wire/udp_hello.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

static void sip_write(const struct wire_udp_ask *ask, struct builder *builder)
{
    char id[2 * WIRE_UDP_NONCE_SIZE + 1];
    char host[64];
    char text[1024];
    bool bare6 = strchr(ask->host, ':') != NULL;
    int length;

    text_hex(ask->nonce, WIRE_UDP_NONCE_SIZE, id);
    (void) snprintf(host, sizeof host, "%s%.*s%s", bare6 ? "[" : "", (int) strcspn(ask->host, "%"),
                    ask->host, bare6 ? "]" : "");
    /* rport (RFC 3581): the answer comes to the port that it was asked from. */
    length = snprintf(text, sizeof text,
                      "OPTIONS sip:%s:%u SIP/2.0\r\n"
                      "Via: SIP/2.0/UDP hoshitori.invalid;branch=z9hG4bK%.16s;rport\r\n"
                      "Max-Forwards: 0\r\n"
                      "From: <sip:hoshitori@hoshitori.invalid>;tag=%.8s\r\n"
                      "To: <sip:%s:%u>\r\n"
                      "Call-ID: %s\r\n"
                      "CSeq: 1 OPTIONS\r\n"
                      "Contact: <sip:hoshitori@hoshitori.invalid>\r\n"
                      "Accept: application/sdp\r\n"
                      "Content-Length: 0\r\n"
                      "\r\n",
                      host, (unsigned) ask->port, id, id, host, (unsigned) ask->port, id);
    builder_put(builder, text, length > 0 ? (size_t) length : 0);
}

static bool sip_read(const struct wire_udp_ask *ask, const void *data, size_t length,
                     char detail[WIRE_UDP_DETAIL_SIZE])
{
    static const char start[] = "SIP/2.0 ";
    const char *line = data;
    const char *end = memchr(data, '\r', length);
    char id[2 * WIRE_UDP_NONCE_SIZE + 1];
    char found[2 * WIRE_UDP_NONCE_SIZE + 2];
    char agent[WIRE_UDP_DETAIL_SIZE] = "";

    text_hex(ask->nonce, WIRE_UDP_NONCE_SIZE, id);
    if (end == NULL || length < sizeof start - 1 || memcmp(data, start, sizeof start - 1) != 0 ||
        (!wire_udp_header_find(data, length, "Call-ID", found, sizeof found) &&
         !wire_udp_header_find(data, length, "i", found, sizeof found)) ||
        strcmp(found, id) != 0) {
        return false;
    }
    line += sizeof start - 1;
    text_printable(line, (size_t) (end - line), detail, WIRE_UDP_DETAIL_SIZE);
    if (wire_udp_header_find(data, length, "Server", agent, sizeof agent) ||
        wire_udp_header_find(data, length, "User-Agent", agent, sizeof agent)) {
        (void) snprintf(detail + strlen(detail), WIRE_UDP_DETAIL_SIZE - strlen(detail), "; %s",
                        agent);
    }
    return true;
}

const struct wire_udp_hello wire_sip_hello = {
    .protocol = "sip", .ports = { 5060 }, .write = sip_write, .read = sip_read
};
