#include "written.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

/* ---- pieces ---- */

static void put_text(struct builder *builder, const char *text)
{
    builder_put(builder, text, strlen(text));
}

static void put_run(struct builder *builder, const char *piece, size_t times)
{
    for (size_t i = 0; i < times; i++) {
        put_text(builder, piece);
    }
}

#define PUT(builder, literal) builder_put((builder), (literal), sizeof(literal) - 1)

/* ---- requests in lines: HTTP (RFC 9112), RTSP (RFC 7826), SIP (RFC 3261) ---- */

struct request {
    const char *method;
    const char *version;
};

static void first_line(struct builder *builder, const struct request *request, const char *target)
{
    put_text(builder, request->method);
    PUT(builder, " ");
    put_text(builder, target);
    PUT(builder, " ");
    put_text(builder, request->version);
    PUT(builder, "\r\n");
}

static void long_target(struct builder *builder, const struct request *request)
{
    put_text(builder, request->method);
    PUT(builder, " /");
    put_run(builder, "A", 12000);
    PUT(builder, " ");
    put_text(builder, request->version);
    PUT(builder, "\r\n\r\n");
}

static void long_header(struct builder *builder, const struct request *request)
{
    first_line(builder, request, "/");
    PUT(builder, "X-Long: ");
    put_run(builder, "A", 12000);
    PUT(builder, "\r\n\r\n");
}

static void many_headers(struct builder *builder, const struct request *request)
{
    first_line(builder, request, "/");
    put_run(builder, "X: y\r\n", 2000);
    PUT(builder, "\r\n");
}

static void long_word(struct builder *builder, const struct request *request)
{
    (void) request;
    put_run(builder, "A", 8192);
}

static void zero_bytes(struct builder *builder, const struct request *request)
{
    put_text(builder, request->method);
    PUT(builder, " /\0\0\0/ ");
    put_text(builder, request->version);
    PUT(builder, "\r\nHost:\0\0\r\nCSeq: \0\r\n\r\n");
}

static void no_version(struct builder *builder, const struct request *request)
{
    put_text(builder, request->method);
    PUT(builder, "\r\n\r\n");
}

static void odd_version(struct builder *builder, const struct request *request)
{
    put_text(builder, request->method);
    PUT(builder, " / FOO/999999999999999999.-1\r\n\r\n");
}

static void only_line_ends(struct builder *builder, const struct request *request)
{
    (void) request;
    put_run(builder, "\r\n", 512);
}

/* A target and what follows the first line, or a function for what does not fit. */
static const struct in_lines {
    const char *name;
    const char *target;
    const char *rest;
    void (*write)(struct builder *builder, const struct request *request);
} in_lines[] = {
    { "long-target", .write = long_target },
    { "long-header", .write = long_header },
    { "many-headers", .write = many_headers },
    { "long-word", .write = long_word },
    { "negative-length", "/", "CSeq: 1\r\nContent-Length: -1\r\n\r\n", NULL },
    { "huge-length", "/", "CSeq: 1\r\nContent-Length: 18446744073709551615\r\n\r\n", NULL },
    { "two-lengths", "/", "CSeq: 1\r\nContent-Length: 0\r\nContent-Length: 10\r\n\r\n", NULL },
    { "chunk-overflow", "/",
      "Host: device\r\nTransfer-Encoding: chunked\r\n\r\n"
      "FFFFFFFFFFFFFFFFFF\r\nA\r\n0\r\n\r\n",
      NULL },
    { "formats", "/%n%n%n%s%s%s%x%x",
      "Host: %n%s%n%s\r\nUser-Agent: %n%n%s%s%p%p\r\nCSeq: %n\r\n\r\n", NULL },
    { "bad-escapes", "/%%%zz%0%u0000%00%c0%af?%=&=&&", "Host: device\r\nCSeq: 1\r\n\r\n", NULL },
    { "zero-bytes", .write = zero_bytes },
    { "no-version", .write = no_version },
    { "odd-version", .write = odd_version },
    { "empty-names", "/", ":\r\n: :\r\n :\r\nA\r\nHost\r\n\t\r\nCSeq:\r\n\r\n", NULL },
    { "only-line-ends", .write = only_line_ends },
    { "odd-range", "/",
      "Host: device\r\nCSeq: 1\r\n"
      "Range: bytes=18446744073709551615-0,-18446744073709551616,0-,-\r\n\r\n",
      NULL },
    { "unfinished", "/", "Host: dev", NULL },
};

enum { IN_LINES = sizeof in_lines / sizeof in_lines[0] };

static void lines_make(const struct in_lines *lines, const struct request *request,
                       struct builder *builder)
{
    if (lines->write != NULL) {
        lines->write(builder, request);
        return;
    }
    first_line(builder, request, lines->target);
    put_text(builder, lines->rest);
}

static const struct line_protocol {
    const char *protocol;
    struct request request;
} line_protocols[] = {
    { "http", { "GET", "HTTP/1.1" } },
    { "rtsp", { "OPTIONS", "RTSP/1.0" } },
};

static const struct request *request_of(const char *protocol)
{
    for (size_t i = 0; i < sizeof line_protocols / sizeof line_protocols[0]; i++) {
        if (text_equal(line_protocols[i].protocol, protocol)) {
            return &line_protocols[i].request;
        }
    }
    return NULL;
}

/* ---- messages in bytes ---- */

static const struct in_bytes {
    const char *protocol;
    const char *name;
    const char *bytes;
    size_t length;
    size_t repeat; /* 0 and 1: once */
} in_bytes[] = {
#define B(text) text, sizeof(text) - 1
    /* MQTT 3.1.1 sections 2.2.3, 3.1 */
    { "mqtt", "length-without-end", B("\x10\xff\xff\xff\xff\xff"), 1 },
    { "mqtt", "largest-length", B("\x10\xff\xff\xff\x7f\x00\x04MQTT\x04\x02\x00\x3c"), 1 },
    { "mqtt", "name-longer-than-packet", B("\x10\x0c\xff\xffMQTT\x04\x02\x00\x3c\x00\x00"), 1 },
    { "mqtt", "client-id-longer-than-packet",
      B("\x10\x0e\x00\x04MQTT\x04\x02\x00\x3c\xff\xff"
        "ab"),
      1 },
    { "mqtt", "empty-packet", B("\x10\x00"), 1 },
    { "mqtt", "reserved-types", B("\x00\x00\xf0\x00\xff\x00"), 1 },
    { "mqtt", "subscribe-first", B("\x82\x06\x00\x01\x00\x01#\x00"), 1 },
    { "mqtt", "will-without-topic", B("\x10\x0e\x00\x04MQTT\x04\xfe\x00\x3c\x00\x02ru"), 1 },
    { "mqtt", "bad-utf8", B("\x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x04\xc0\x80\xed\xa0"), 1 },
    { "mqtt", "property-length-overrun",
      B("\x10\x11\x00\x04MQTT\x05\x02\x00\x3c\xff\xff\xff\x7f\x00\x00"), 1 },
    /* RFC 8446 section 5.1, RFC 5246 section 7.4.1.2 */
    { "tls", "empty-record", B("\x16\x03\x01\x00\x00"), 8 },
    { "tls", "largest-record", B("\x16\x03\x01\xff\xff\x01\xff\xff\xff"), 1 },
    { "tls", "hello-longer-than-record", B("\x16\x03\x01\x00\x06\x01\xff\xff\xff\x03\x03"), 1 },
    { "tls", "long-session-id",
      B("\x16\x03\x01\x00\x2b\x01\x00\x00\x27\x03\x03"
        "0123456789abcdef0123456789abcdef"
        "\xff"
        "\x00\x02\x00\x2f"),
      1 },
    { "tls", "odd-suites",
      B("\x16\x03\x01\x00\x2e\x01\x00\x00\x2a\x03\x03"
        "0123456789abcdef0123456789abcdef"
        "\x00"
        "\x00\x03\x00\x2f\x00\x01\x00"),
      1 },
    { "tls", "extensions-overrun",
      B("\x16\x03\x01\x00\x31\x01\x00\x00\x2d\x03\x03"
        "0123456789abcdef0123456789abcdef"
        "\x00"
        "\x00\x02\x00\x2f\x01\x00\xff\xff\x00\x00"),
      1 },
    { "tls", "name-longer-than-extension",
      B("\x16\x03\x01\x00\x38\x01\x00\x00\x34\x03\x03"
        "0123456789abcdef0123456789abcdef"
        "\x00"
        "\x00\x02\x00\x2f\x01\x00\x00\x09\x00\x00\x00\x05\xff\xff\x00\xff\xff"),
      1 },
    { "tls", "alert-first", B("\x15\x03\x01\x00\x02\x01\x5a"), 64 },
    { "tls", "unknown-type", B("\xff\xff\xff\xff\xff"), 16 },
    /* RFC 4253 sections 4.2, 6 */
    { "ssh", "endless-identification", B("SSH-2.0-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), 64 },
    { "ssh", "largest-packet", B("SSH-2.0-x\r\n\xff\xff\xff\xff\x04\x14"), 1 },
    { "ssh", "padding-longer-than-packet",
      B("SSH-2.0-x\r\n\x00\x00\x00\x0c\xff\x14"
        "0123456789"),
      1 },
    { "ssh", "list-longer-than-packet",
      B("SSH-2.0-x\r\n\x00\x00\x00\x1c\x04\x14"
        "0123456789abcdef"
        "\xff\xff\xff\xff"
        "aaaa"),
      1 },
    { "ssh", "zeros", B("SSH-2.0-x\r\n\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), 1 },
    /* RFC 854, RFC 855: subnegotiations */
    { "telnet", "subnegotiation-without-end", B("\xff\xfa\x18\x00"), 1 },
    { "telnet", "long-subnegotiation",
      B("\xff\xfa\x18\x00"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
      256 },
    { "telnet", "storm-of-options", B("\xff\xfb\x01\xff\xfd\x01\xff\xfc\x01\xff\xfe\x01"), 500 },
    { "telnet", "are-you-there", B("\xff\xf6\xff\xf3\xff\xf4\xff\xf5"), 200 },
    /* RFC 959 section 4 */
    { "ftp", "long-command", B("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
      128 },
    { "ftp", "formats", B("HELP %n%n%s%s%x\r\nSTAT %n%s\r\n"), 1 },
    { "ftp", "zero-bytes", B("NO\0OP\r\n\0\0\0\r\n"), 1 },
    { "ftp", "telnet-bytes",
      B("\xff\xf4\xff\xf2"
        "ABOR\r\n"),
      16 },
    { "ftp", "port-out-of-range", B("PORT 999,999,999,999,999,999\r\nEPRT |9|x|99999999|\r\n"), 1 },
    /* RFC 7252 section 3 */
    { "coap", "version-3", B("\xc0\x01\x12\x34"), 1 },
    { "coap", "token-of-15",
      B("\x4f\x01\x12\x34"
        "0123"),
      1 },
    { "coap", "reserved-delta", B("\x40\x01\x12\x34\xf1\x01"), 1 },
    { "coap", "option-overrun",
      B("\x40\x01\x12\x34\xbe\xff\xff"
        "a"),
      1 },
    { "coap", "payload-without-bytes", B("\x40\x01\x12\x34\xff"), 1 },
    { "coap", "ping-with-token",
      B("\x48\x00\x12\x34"
        "01234567"),
      1 },
    { "coap", "delta-overflow", B("\x40\x01\x12\x34\xe0\xff\xff\xe0\xff\xff\xe0\xff\xff"), 1 },
    { "coap", "long-path",
      B("\x40\x01\x12\x34\xbd\xf2"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
      1 },
    /* RFC 1035 sections 4.1.1, 4.1.4 */
    { "dns", "name-points-to-itself",
      B("\x12\x34\x01\x00\x00\x01\0\0\0\0\0\0\xc0\x0c\x00\x01\x00\x01"), 1 },
    { "dns", "label-overrun",
      B("\x12\x34\x01\x00\x00\x01\0\0\0\0\0\0\x3f"
        "abc"),
      1 },
    { "dns", "counts-overrun",
      B("\x12\x34\x01\x00\xff\xff\xff\xff\xff\xff\xff\xff\x01"
        "a"),
      1 },
    { "dns", "header-alone", B("\x12\x34"), 1 },
    /* ITU-T X.690: lengths */
    { "snmp", "length-overrun", B("\x30\x84\xff\xff\xff\xff\x02\x01\x01"), 1 },
    { "snmp", "indefinite", B("\x30\x80\x02\x01\x01\x04\x06public\xa0\x80"), 1 },
    { "snmp", "deep", B("\x30\x82\x03\xe8"), 200 },
    { "snmp", "huge-number",
      B("\x30\x29\x02\x01\x01\x04\x06public\xa0\x1c\x02\x10\xff\xff\xff\xff\xff"
        "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02\x01\x00\x02\x01\x00\x30\x00"),
      1 },
    { "snmp", "community-overrun",
      B("\x30\x0c\x02\x01\x01\x04\x84\x7f\xff\xff\xff"
        "pub"),
      1 },
};

enum { IN_BYTES = sizeof in_bytes / sizeof in_bytes[0] };

static const struct in_bytes *bytes_of(const char *protocol, size_t number)
{
    for (size_t i = 0; i < IN_BYTES; i++) {
        if (text_equal(in_bytes[i].protocol, protocol) && number-- == 0) {
            return &in_bytes[i];
        }
    }
    return NULL;
}

size_t written_count(const char *protocol)
{
    size_t count = request_of(protocol) != NULL ? IN_LINES : 0;

    for (size_t i = 0; i < IN_BYTES; i++) {
        count += text_equal(in_bytes[i].protocol, protocol) ? 1 : 0;
    }
    return count;
}

const char *written_make(const char *protocol, size_t number, struct builder *builder)
{
    const struct request *request = request_of(protocol);
    const struct in_bytes *message;

    if (request != NULL) {
        lines_make(&in_lines[number], request, builder);
        return in_lines[number].name;
    }
    message = bytes_of(protocol, number);
    for (size_t i = 0; i < message->repeat; i++) {
        builder_put(builder, message->bytes, message->length);
    }
    return message->name;
}
