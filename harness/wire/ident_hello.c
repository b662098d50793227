#include "wire/ident.h"

#include "wire/modbus.h"
#include "wire/mqtt_connect.h"
#include "wire/tls_hello.h"

#include <stdio.h>
#include <string.h>

/* At most TLS 1.2, so that the ServerHello names the application in clear; old suites
 * too, for a server that is stuck with them.  A server that wants TLS 1.3 alone says so
 * in an alert, which tells as much. */
static const uint16_t suites[] = {
    0xc02b,
    0xc02f,
    0xc02c,
    0xc030,
    0xcca9,
    0xcca8,
    0xc009,
    0xc013,
    0xc00a,
    0xc014,
    0xc0ac,
    0xc0ae,
    0x009e,
    0x009f,
    0x0033,
    0x0039,
    0x009c,
    0x009d,
    0x003c,
    0x003d,
    0x002f,
    0x0035,
    0x000a,
    0x0005,
    0x0004,
    0x0009,
    0x00a8,
    0x00ae,
    0x008c,
    0xc0a8,
    TLS_SCSV_RENEGOTIATION,
};
static const uint16_t groups[] = { 0x001d, 0x0017, 0x0018, 0x0019, 0x001a };
static const uint16_t schemes[] = { 0x0403, 0x0503, 0x0603, 0x0807, 0x0804, 0x0805, 0x0806,
                                    0x0401, 0x0501, 0x0601, 0x0203, 0x0201, 0x0202 };
static const char *const applications[] = { "http/1.1", "mqtt" };

/* The random of the hello carries two empty lines: a service that reads lines has then
 * got one, and complains at once instead of waiting for it. */
static void tls_hello(uint64_t seed, struct builder *builder)
{
    static const char lines[] = "\r\n\r\n\r\n\r\n";
    struct tls_hello hello = {
        .version = TLS_VERSION_12,
        .suites = suites,
        .suite_count = sizeof suites / sizeof suites[0],
        .groups = groups,
        .group_count = sizeof groups / sizeof groups[0],
        .schemes = schemes,
        .scheme_count = sizeof schemes / sizeof schemes[0],
        .alpn = applications,
        .alpn_count = sizeof applications / sizeof applications[0],
    };

    memcpy(hello.random, &seed, sizeof seed);
    memcpy(hello.random + sizeof seed, lines, sizeof lines - 1);
    (void) wire_tls_hello_build(&hello, builder);
}

static void put_text(struct builder *builder, const char *text)
{
    builder_put(builder, text, strlen(text));
}

static void http_hello(const char *host, struct builder *builder)
{
    bool bare6 = strchr(host, ':') != NULL;

    put_text(builder, "GET / HTTP/1.1\r\nHost: ");
    put_text(builder, bare6 ? "[" : "");
    builder_put(builder, host, strcspn(host, "%")); /* no zone in a URI's host */
    put_text(builder, bare6 ? "]" : "");
    put_text(builder, "\r\nUser-Agent: hoshitori\r\nAccept: */*\r\nConnection: close\r\n\r\n");
}

void wire_ident_hello(enum wire_hello hello, const char *host, uint64_t seed,
                      struct builder *builder)
{
    char client[sizeof "hoshitori-xxxxxxxx"];

    /* Not some other client's name: that one would lose its session (3.1.4-2). */
    (void) snprintf(client, sizeof client, "hoshitori%08x", (unsigned) (seed & 0xffffffffu));
    switch (hello) {
    case WIRE_HELLO_TLS:
        tls_hello(seed, builder);
        break;
    case WIRE_HELLO_HTTP:
        http_hello(host, builder);
        break;
    case WIRE_HELLO_RTSP:
        put_text(builder, "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: hoshitori\r\n\r\n");
        break;
    case WIRE_HELLO_MQTT_311:
        wire_mqtt_connect_build(WIRE_MQTT_LEVEL_311, client, 10, builder);
        break;
    case WIRE_HELLO_MQTT_5:
        wire_mqtt_connect_build(WIRE_MQTT_LEVEL_5, client, 10, builder);
        break;
    case WIRE_HELLO_MODBUS:
        wire_modbus_ask(builder);
        break;
    case WIRE_HELLO_SYST:
        put_text(builder, "SYST\r\n");
        break;
    case WIRE_HELLO_EHLO:
        put_text(builder, "EHLO hoshitori.invalid\r\n");
        break;
    case WIRE_HELLO_HELO:
        put_text(builder, "HELO hoshitori.invalid\r\n");
        break;
    case WIRE_HELLO_NOTHING:
    default:
        break;
    }
}
