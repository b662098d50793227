/* DTLS 1.2 (RFC 6347 section 4.2): a ClientHello without a cookie, which a server answers without
 * keeping anything: with a HelloVerifyRequest.  Some answer with a ServerHello or an alert. */
#include "wire/udp_hello.h"

#include <stdio.h>
#include <string.h>

enum {
    RECORD_ALERT = 21,
    RECORD_HANDSHAKE = 22,
    CLIENT_HELLO = 1,
    SERVER_HELLO = 2,
    HELLO_VERIFY_REQUEST = 3,
    VERSION_1_0 = 0xfeff,
    VERSION_1_2 = 0xfefd,
    RANDOM_SIZE = 32,
    ALERT_SIZE = 2,
    HANDSHAKE_HEAD_SIZE = 12,
    DESCRIPTION_LAST = 120 /* of the alerts of TLS (RFC 8446 section 6) */
};

static const uint16_t suites[] = {
    0xc0ae, 0xc0ac,                                 /* ECDHE_ECDSA AES_128_CCM_8, CCM: RFC 7251 */
    0xc0a8, 0xc0a4,                                 /* PSK AES_128_CCM_8, CCM: RFC 6655 */
    0xc02b, 0xc02c, 0xc02f, 0xc030, 0xcca9, 0xcca8, /* ECDHE AEAD */
    0x00a8, 0x00a9, 0xccab, 0xd001,                 /* PSK AEAD */
    0xc023, 0xc027, 0x00ae, 0x003c, 0x002f          /* CBC: only to be answered */
};

static void extension_list(struct builder *builder, uint16_t type, const uint16_t *values,
                           size_t count)
{
    builder_u16(builder, type);
    builder_u16(builder, (uint16_t) (2 * count + 2));
    builder_u16(builder, (uint16_t) (2 * count));
    for (size_t i = 0; i < count; i++) {
        builder_u16(builder, values[i]);
    }
}

static void hello_body(const struct wire_udp_ask *ask, struct builder *builder)
{
    static const uint16_t groups[] = { 0x0017, 0x001d, 0x0018 };
    static const uint16_t schemes[] = { 0x0403, 0x0804, 0x0401, 0x0503, 0x0501, 0x0601 };
    static const uint8_t point_formats[] = { 0, 11, 0, 2, 1, 0 };
    size_t extensions;

    builder_u16(builder, VERSION_1_2);
    builder_put(builder, ask->nonce, WIRE_UDP_NONCE_SIZE);
    builder_put(builder, ask->nonce, RANDOM_SIZE - WIRE_UDP_NONCE_SIZE);
    builder_u8(builder, 0); /* no session */
    builder_u8(builder, 0); /* no cookie yet */
    builder_u16(builder, sizeof suites);
    for (size_t i = 0; i < sizeof suites / sizeof *suites; i++) {
        builder_u16(builder, suites[i]);
    }
    builder_u16(builder, 0x0100); /* one compression method: none */
    extensions = builder_open(builder, 2);
    extension_list(builder, 10, groups, sizeof groups / sizeof *groups);
    extension_list(builder, 13, schemes, sizeof schemes / sizeof *schemes);
    builder_put(builder, point_formats, sizeof point_formats);
    builder_close(builder, extensions, 2);
}

static void dtls_write(const struct wire_udp_ask *ask, struct builder *builder)
{
    uint8_t room[512];
    struct builder body = builder_over(room, sizeof room);

    hello_body(ask, &body);
    builder_u8(builder, RECORD_HANDSHAKE);
    builder_u16(builder, VERSION_1_0); /* as RFC 6347 section 4.2.1 wishes of the first one */
    builder_u16(builder, 0);           /* epoch, and six bytes of sequence number */
    builder_u16(builder, 0);
    builder_u32(builder, 0);
    builder_u16(builder, (uint16_t) (HANDSHAKE_HEAD_SIZE + body.length));
    builder_u8(builder, CLIENT_HELLO);
    builder_u24(builder, (uint32_t) body.length);
    builder_u16(builder, 0); /* message 0, */
    builder_u24(builder, 0); /* one fragment */
    builder_u24(builder, (uint32_t) body.length);
    builder_put(builder, body.start, body.length);
}

static bool is_version(uint16_t version)
{
    return version == VERSION_1_0 || version == VERSION_1_2;
}

static bool dtls_read(const struct wire_udp_ask *ask, const void *data, size_t length,
                      char detail[WIRE_UDP_DETAIL_SIZE])
{
    struct reader reader = reader_over(data, length);
    uint8_t type = reader_u8(&reader);
    uint16_t version = reader_u16(&reader);
    uint16_t epoch = reader_u16(&reader);
    struct reader body;
    uint8_t first;

    (void) ask;
    (void) reader_take(&reader, 6);
    body = reader_sub(&reader, reader_u16(&reader));
    first = reader_u8(&body);
    if (!reader_ok(&reader) || !reader_ok(&body) || !is_version(version) || epoch != 0) {
        return false;
    }
    if (type == RECORD_ALERT && reader_left(&body) == ALERT_SIZE - 1 && first >= 1 && first <= 2) {
        unsigned description = reader_u8(&body);

        (void) snprintf(detail, WIRE_UDP_DETAIL_SIZE, "alert %u", description);
        return description <= DESCRIPTION_LAST;
    }
    if (type != RECORD_HANDSHAKE || reader_left(&body) < HANDSHAKE_HEAD_SIZE + 1 ||
        (first != HELLO_VERIFY_REQUEST && first != SERVER_HELLO)) {
        return false;
    }
    (void) reader_take(&body, HANDSHAKE_HEAD_SIZE - 1);
    (void) snprintf(detail, WIRE_UDP_DETAIL_SIZE, "%s",
                    first == SERVER_HELLO ? "ServerHello" : "HelloVerifyRequest");
    return is_version(reader_u16(&body)) && reader_ok(&body);
}

const struct wire_udp_hello wire_dtls_hello = {
    .protocol = "dtls", .ports = { 5684 }, .write = dtls_write, .read = dtls_read
};
