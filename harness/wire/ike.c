/* RFC 7296 section 1.2: the first message of IKE_SA_INIT.  A responder answers with its own, or
 * with a notification that the proposal or the group does not please it; either repeats our SPI. */
#include "wire/udp_hello.h"

#include <stdio.h>
#include <string.h>

enum {
    SPI_SIZE = 8,
    PAYLOAD_NONE = 0,
    PAYLOAD_SA = 33,
    PAYLOAD_KE = 34,
    PAYLOAD_NONCE = 40,
    PAYLOAD_NOTIFY = 41,
    VERSION_2_0 = 0x20,
    EXCHANGE_SA_INIT = 34,
    EXCHANGE_INFORMATIONAL_1 = 5, /* of version 1: RFC 2408 section 3.1 */
    FLAG_INITIATOR = 0x08,
    FLAG_RESPONSE = 0x20,
    HEADER_SIZE = 28,
    PROTOCOL_IKE = 1,
    GROUP_MODP_2048 = 14,
    MODP_2048_SIZE = 256,
    ATTRIBUTE_KEY_LENGTH = 0x800e,
    NON_ESP_MARKER_SIZE = 4,
    MORE_FOLLOW = 3
};

struct transform {
    uint8_t type;
    uint16_t id;
    uint16_t key_bits; /* 0: no attribute */
};

static const struct transform transforms[] = {
    { 1, 12, 256 },
    { 1, 12, 128 },
    { 1, 3, 0 }, /* AES-CBC, 3DES */
    { 2, 5, 0 },
    { 2, 2, 0 }, /* PRF HMAC-SHA2-256, HMAC-SHA1 */
    { 3, 12, 0 },
    { 3, 2, 0 }, /* HMAC-SHA2-256-128, HMAC-SHA1-96 */
    { 4, GROUP_MODP_2048, 0 },
    { 4, 19, 0 },
    { 4, 31, 0 },
    { 4, 2, 0 },
};

static void proposal_write(struct builder *builder)
{
    size_t count = sizeof transforms / sizeof *transforms;
    size_t start = builder->length;
    size_t length;

    builder_u8(builder, PAYLOAD_NONE); /* the last proposal */
    builder_u8(builder, 0);
    length = builder_open(builder, 2);
    builder_u8(builder, 1);
    builder_u8(builder, PROTOCOL_IKE);
    builder_u8(builder, 0); /* no SPI yet */
    builder_u8(builder, (uint8_t) count);
    for (size_t i = 0; i < count; i++) {
        builder_u8(builder, i + 1 < count ? MORE_FOLLOW : 0);
        builder_u8(builder, 0);
        builder_u16(builder, transforms[i].key_bits > 0 ? 12 : 8);
        builder_u8(builder, transforms[i].type);
        builder_u8(builder, 0);
        builder_u16(builder, transforms[i].id);
        if (transforms[i].key_bits > 0) {
            builder_u16(builder, ATTRIBUTE_KEY_LENGTH);
            builder_u16(builder, transforms[i].key_bits);
        }
    }
    /* IKE counts a header in its length. */
    builder->start[length] = (uint8_t) ((builder->length - start) >> 8);
    builder->start[length + 1] = (uint8_t) (builder->length - start);
}

static void payload_head(struct builder *builder, uint8_t next, size_t content)
{
    builder_u8(builder, next);
    builder_u8(builder, 0);
    builder_u16(builder, (uint16_t) (4 + content));
}

static void ike_write(const struct wire_udp_ask *ask, struct builder *builder)
{
    uint8_t room[256];
    struct builder proposal = builder_over(room, sizeof room);

    proposal_write(&proposal);
    builder_put(builder, ask->nonce, SPI_SIZE);
    builder_u32(builder, 0); /* the responder's SPI */
    builder_u32(builder, 0);
    builder_u8(builder, PAYLOAD_SA);
    builder_u8(builder, VERSION_2_0);
    builder_u8(builder, EXCHANGE_SA_INIT);
    builder_u8(builder, FLAG_INITIATOR);
    builder_u32(builder, 0);
    builder_u32(builder, (uint32_t) (HEADER_SIZE + 4 + proposal.length + 4 + 4 + MODP_2048_SIZE +
                                     4 + 2 * WIRE_UDP_NONCE_SIZE));
    payload_head(builder, PAYLOAD_KE, proposal.length);
    builder_put(builder, proposal.start, proposal.length);
    payload_head(builder, PAYLOAD_NONCE, 4 + MODP_2048_SIZE);
    builder_u16(builder, GROUP_MODP_2048);
    builder_u16(builder, 0);
    /* No secret stands behind this public value: no key exchange is meant to follow. */
    for (size_t i = 0; i < MODP_2048_SIZE; i++) {
        builder_u8(builder, (uint8_t) ((ask->nonce[i % WIRE_UDP_NONCE_SIZE] ^ i) & 0x7f));
    }
    payload_head(builder, PAYLOAD_NONE, 2 * WIRE_UDP_NONCE_SIZE);
    builder_put(builder, ask->nonce, WIRE_UDP_NONCE_SIZE);
    builder_put(builder, ask->nonce, WIRE_UDP_NONCE_SIZE);
}

static bool ike_read(const struct wire_udp_ask *ask, const void *data, size_t length,
                     char detail[WIRE_UDP_DETAIL_SIZE])
{
    struct reader reader = reader_over(data, length);
    const uint8_t *spi = reader_take(&reader, SPI_SIZE);
    uint8_t next;
    uint8_t version;
    uint8_t exchange;
    uint8_t flags;
    uint32_t said_length;

    (void) reader_take(&reader, SPI_SIZE);
    next = reader_u8(&reader);
    version = reader_u8(&reader);
    exchange = reader_u8(&reader);
    flags = reader_u8(&reader);
    (void) reader_u32(&reader);
    said_length = reader_u32(&reader);
    if (!reader_ok(&reader) || spi == NULL || memcmp(spi, ask->nonce, SPI_SIZE) != 0 ||
        said_length != length) {
        return false;
    }
    /* A responder that knows version 1 alone says so in it. */
    if (!(version >> 4 == 2 && (flags & FLAG_RESPONSE) != 0) &&
        !(version >> 4 == 1 && exchange == EXCHANGE_INFORMATIONAL_1)) {
        return false;
    }
    (void) snprintf(detail, WIRE_UDP_DETAIL_SIZE, "version %u.%u", version >> 4, version & 0x0f);
    if (next == PAYLOAD_NOTIFY) {
        (void) reader_u32(&reader);
        (void) reader_u16(&reader);
        (void) snprintf(detail + strlen(detail), WIRE_UDP_DETAIL_SIZE - strlen(detail),
                        ", notification %u", (unsigned) reader_u16(&reader));
    }
    return true;
}

static void nat_write(const struct wire_udp_ask *ask, struct builder *builder)
{
    builder_u32(builder, 0);
    ike_write(ask, builder);
}

static bool nat_read(const struct wire_udp_ask *ask, const void *data, size_t length,
                     char detail[WIRE_UDP_DETAIL_SIZE])
{
    static const uint8_t marker[NON_ESP_MARKER_SIZE] = { 0 };

    return length > sizeof marker && memcmp(data, marker, sizeof marker) == 0 &&
           ike_read(ask, (const uint8_t *) data + sizeof marker, length - sizeof marker, detail);
}

const struct wire_udp_hello wire_ike_hello = {
    .protocol = "ike", .ports = { 500 }, .write = ike_write, .read = ike_read
};

const struct wire_udp_hello wire_ike_nat_hello = {
    .protocol = "ike", .what = "behind NAT", .ports = { 4500 }, .write = nat_write, .read = nat_read
};
