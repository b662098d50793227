#include "support/fixture.h"
#include "wire/udp_hello.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { ANSWER_MAX = 2048 };

/* The nonce that the fixtures were recorded with: 0x21, 0x22, ... */
static struct wire_udp_ask recorded_ask(void)
{
    struct wire_udp_ask ask = { .host = "10.77.0.1", .port = 161, .own_ipv4 = { 10, 77, 0, 1 } };

    for (size_t i = 0; i < sizeof ask.nonce; i++) {
        ask.nonce[i] = (uint8_t) (0x21 + i);
    }
    return ask;
}

static const struct recorded {
    const char *file;
    const struct wire_udp_hello *hello;
    const char *detail; /* its beginning */
    bool nonce;         /* the protocol repeats something of the request */
} recordings[] = {
    { "dns-dnsmasq.bin", &wire_dns_hello, "dnsmasq-2.90", true },
    { "mdns-avahi.bin", &wire_mdns_hello, "_workstation._tcp.local", true },
    { "snmp-v2c-netsnmp.bin", &wire_snmp_v2c_hello, "v2c, community public: reference agent",
      true },
    { "snmp-v1-netsnmp.bin", &wire_snmp_v1_hello, "v1, community public: reference agent", true },
    { "snmp-v3-netsnmp.bin", &wire_snmp_v3_hello, "v3, engine 80001f88", true },
    { "coap-libcoap.bin", &wire_coap_get_hello, "2.05 </>;title=", true },
    { "coap-ping-libcoap.bin", &wire_coap_ping_hello, "reset", true },
    { "dtls-libcoap-gnutls.bin", &wire_dtls_hello, "HelloVerifyRequest", false },
    { "dtls-openssl.bin", &wire_dtls_hello, "HelloVerifyRequest", false },
    { "ntp-ntpsec.bin", &wire_ntp_hello, "version 4, stratum 0", true },
    { "tftp-hpa.bin", &wire_tftp_hello, "error 1: File not found", false },
    { "ssdp-minissdpd.bin", &wire_ssdp_hello, "Linux UPnP/1.0 reference/1", false },
    { "sip-kamailio.bin", &wire_sip_hello, "200 OK; kamailio (5.6.3", true },
    { "ike-strongswan.bin", &wire_ike_hello, "version 2.0, notification 14", true },
    { "ike-nat-strongswan.bin", &wire_ike_nat_hello, "version 2.0, notification 14", true },
    { "dhcp-dnsmasq.bin", &wire_dhcp_hello, "", true },
    { "rtsp-ok.bin", &wire_rtsp_udp_hello, "200 OK; invented/1", true },
    { "bacnet-ack.bin", &wire_bacnet_hello, "property read", true },
    { "bacnet-error.bin", &wire_bacnet_hello, "error", true },
    { "ws-discovery-camera.bin", &wire_ws_discovery_hello, "dn:NetworkVideoTransmitter", true },
};

enum { RECORDINGS = sizeof recordings / sizeof *recordings };

/* mDNS is DNS; what tells them apart is the question. */
static bool are_alike(const struct wire_udp_hello *a, const struct wire_udp_hello *b)
{
    bool dns = a == &wire_dns_hello || a == &wire_mdns_hello;

    return strcmp(a->protocol, b->protocol) == 0 ||
           (dns && (b == &wire_dns_hello || b == &wire_mdns_hello));
}

Test(udp_answers, each_is_read_for_what_it_is)
{
    const struct wire_udp_ask ask = recorded_ask();
    uint8_t room[ANSWER_MAX];
    char detail[WIRE_UDP_DETAIL_SIZE];

    for (size_t i = 0; i < RECORDINGS; i++) {
        const struct recorded *recorded = &recordings[i];
        size_t length = fixture(recorded->file, room, ANSWER_MAX);

        cr_expect(recorded->hello->read(&ask, room, length, detail), "%s", recorded->file);
        cr_expect_eq(strncmp(detail, recorded->detail, strlen(recorded->detail)), 0, "%s: %s",
                     recorded->file, detail);
        for (size_t j = 0; wire_udp_hellos[j] != NULL; j++) {
            cr_expect(are_alike(wire_udp_hellos[j], recorded->hello) ||
                          !wire_udp_hellos[j]->read(&ask, room, length, detail),
                      "%s taken for %s", recorded->file, wire_udp_hellos[j]->protocol);
        }
    }
}

Test(udp_answers, every_protocol_has_a_recording)
{
    for (size_t i = 0; wire_udp_hellos[i] != NULL; i++) {
        bool found = false;

        for (size_t j = 0; j < RECORDINGS; j++) {
            found = found || recordings[j].hello == wire_udp_hellos[i];
        }
        cr_expect(found, "%s", wire_udp_hellos[i]->protocol);
    }
}

Test(udp_answers, an_answer_to_somebody_else_is_none)
{
    struct wire_udp_ask ask = recorded_ask();
    uint8_t room[ANSWER_MAX];
    char detail[WIRE_UDP_DETAIL_SIZE];

    for (size_t i = 0; i < sizeof ask.nonce; i++) {
        ask.nonce[i] = (uint8_t) (ask.nonce[i] ^ 0x5a);
    }
    for (size_t i = 0; i < RECORDINGS; i++) {
        size_t length = fixture(recordings[i].file, room, ANSWER_MAX);

        /* mDNS may answer with the id zero: RFC 6762 section 18.1. */
        cr_expect(!recordings[i].nonce || recordings[i].hello == &wire_mdns_hello ||
                      !recordings[i].hello->read(&ask, room, length, detail),
                  "%s", recordings[i].file);
    }
}

Test(udp_answers, cut_short_at_every_length)
{
    const struct wire_udp_ask ask = recorded_ask();
    uint8_t room[ANSWER_MAX];
    char detail[WIRE_UDP_DETAIL_SIZE];

    for (size_t i = 0; i < RECORDINGS; i++) {
        size_t length = fixture(recordings[i].file, room, ANSWER_MAX);

        for (size_t cut = 0; cut < length; cut++) {
            uint8_t *exact = malloc(cut > 0 ? cut : 1); /* so that a read past the end is caught */

            cr_assert_not_null(exact);
            memcpy(exact, room, cut);
            for (size_t j = 0; wire_udp_hellos[j] != NULL; j++) {
                memset(detail, 'x', sizeof detail);
                if (wire_udp_hellos[j]->read(&ask, exact, cut, detail)) {
                    cr_expect_not_null(memchr(detail, '\0', sizeof detail));
                    cr_expect_gt(cut, 3, "%s", recordings[i].file);
                }
            }
            free(exact);
        }
    }
}

Test(udp_answers, our_own_hellos_are_no_answers)
{
    const struct wire_udp_ask ask = recorded_ask();
    char detail[WIRE_UDP_DETAIL_SIZE];

    for (size_t i = 0; wire_udp_hellos[i] != NULL; i++) {
        uint8_t room[WIRE_UDP_HELLO_MAX];
        struct builder builder = builder_over(room, sizeof room);

        wire_udp_hellos[i]->write(&ask, &builder);
        cr_assert(!builder.overflow);
        /* An echo server sends back what it gets.  IKE's header is the same both ways but for a
         * flag, which has to tell. */
        for (size_t j = 0; wire_udp_hellos[j] != NULL; j++) {
            cr_expect(!wire_udp_hellos[j]->read(&ask, builder.start, builder.length, detail),
                      "the %s hello is taken for a %s answer", wire_udp_hellos[i]->protocol,
                      wire_udp_hellos[j]->protocol);
        }
    }
}

Test(udp_answers, device_text_is_made_printable)
{
    const struct wire_udp_ask ask = recorded_ask();
    static const char answer[] =
        "HTTP/1.1 200 OK\r\nST: x\r\nUSN: y\r\nSERVER: \x1b[31mred\r\n\r\n";
    char detail[WIRE_UDP_DETAIL_SIZE];

    cr_assert(wire_ssdp_hello.read(&ask, answer, sizeof answer - 1, detail));
    cr_expect_str_eq(detail, "\\x1b[31mred");
}
