#include "wire/udp_hello.h"

#include "base/text.h"

#include <string.h>
#include <strings.h>

const struct wire_udp_hello *const wire_udp_hellos[] = {
    &wire_dns_hello,
    &wire_snmp_v2c_hello,
    &wire_coap_get_hello,
    &wire_dtls_hello,
    &wire_ntp_hello,
    &wire_tftp_hello,
    &wire_ssdp_hello,
    &wire_mdns_hello,
    &wire_sip_hello,
    &wire_ike_hello,
    &wire_bacnet_hello,
    &wire_ws_discovery_hello,
    &wire_snmp_v1_hello,
    &wire_snmp_v3_hello,
    &wire_coap_ping_hello,
    &wire_ike_nat_hello,
    &wire_dhcp_hello,
    &wire_rtsp_udp_hello,
    NULL,
};

uint16_t wire_udp_nonce_u16(const struct wire_udp_ask *ask)
{
    return (uint16_t) (ask->nonce[0] << 8 | ask->nonce[1]);
}

uint32_t wire_udp_nonce_u32(const struct wire_udp_ask *ask)
{
    struct reader reader = reader_over(ask->nonce, sizeof ask->nonce);

    return reader_u32(&reader);
}

bool wire_udp_contains(const void *data, size_t length, const char *text)
{
    return memmem(data, length, text, strlen(text)) != NULL;
}

bool wire_udp_header_find(const void *data, size_t length, const char *name, char *room,
                          size_t size)
{
    const char *at = data;
    size_t name_length = strlen(name);
    size_t left = length;

    while (left > 0) {
        const char *newline = memchr(at, '\n', left);
        size_t line = newline != NULL ? (size_t) (newline - at) : left;
        size_t whole = newline != NULL ? line + 1 : line;

        if (line > name_length && at[name_length] == ':' &&
            strncasecmp(at, name, name_length) == 0) {
            const char *value = at + name_length + 1;
            size_t value_length = line - name_length - 1;

            while (value_length > 0 && (*value == ' ' || *value == '\t')) {
                value++;
                value_length--;
            }
            while (value_length > 0 && value[value_length - 1] == '\r') {
                value_length--;
            }
            text_printable(value, value_length, room, size);
            return true;
        }
        at += whole;
        left -= whole;
    }
    return false;
}
