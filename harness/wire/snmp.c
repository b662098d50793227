/* SNMP: a GET of sysDescr.0 for the community "public" (v1: RFC 1157, v2c: RFC 1901 and 3416), and
 * the discovery of an engine by v3 (RFC 3414 section 4), which needs no name of a user. */
#include "wire/udp_hello.h"

#include "base/text.h"
#include "wire/snmp_ber.h"

#include <stdio.h>
#include <string.h>

enum {
    PDU_GET = 0xa0,
    PDU_RESPONSE = 0xa2,
    VERSION_1 = 0,
    VERSION_2C = 1,
    VERSION_3 = 3,
    FLAG_REPORTABLE = 4,
    SECURITY_USM = 3,
    MESSAGE_SIZE_MAX = 1472,
    ENGINE_ID_MAX = 32 /* RFC 3411 section 5 */
};

static void integer_put(struct builder *builder, uint32_t value, size_t width)
{
    builder_u8(builder, BER_INTEGER);
    builder_u8(builder, (uint8_t) width);
    for (size_t i = width; i-- > 0;) {
        builder_u8(builder, (uint8_t) (value >> (8 * i)));
    }
}

/* Four bytes whatever the nonce: neither negative nor with a leading zero. */
static uint32_t request_id(const struct wire_udp_ask *ask)
{
    return (wire_udp_nonce_u32(ask) & 0x3fffffffU) | 0x40000000U;
}

static size_t element_open(struct builder *builder, uint8_t tag)
{
    builder_u8(builder, tag);
    return builder_open(builder, 1); /* no message here exceeds the short form */
}

static void octets_put(struct builder *builder, const void *data, size_t length)
{
    builder_u8(builder, BER_OCTETS);
    builder_u8(builder, (uint8_t) length);
    builder_put(builder, data, length);
}

static void get_write(const struct wire_udp_ask *ask, struct builder *builder, uint8_t version)
{
    static const uint8_t sys_descr[] = { BER_OBJECT, 8, 0x2b, 6, 1, 2, 1, 1, 1, 0, BER_NULL, 0 };
    size_t message = element_open(builder, BER_SEQUENCE);
    size_t pdu;
    size_t list;
    size_t binding;

    integer_put(builder, version, 1);
    octets_put(builder, "public", 6);
    pdu = element_open(builder, PDU_GET);
    integer_put(builder, request_id(ask), 4);
    integer_put(builder, 0, 1);
    integer_put(builder, 0, 1);
    list = element_open(builder, BER_SEQUENCE);
    binding = element_open(builder, BER_SEQUENCE);
    builder_put(builder, sys_descr, sizeof sys_descr);
    builder_close(builder, binding, 1);
    builder_close(builder, list, 1);
    builder_close(builder, pdu, 1);
    builder_close(builder, message, 1);
}

static void v3_write(const struct wire_udp_ask *ask, struct builder *builder)
{
    static const uint8_t flags = FLAG_REPORTABLE;
    size_t message = element_open(builder, BER_SEQUENCE);
    size_t part;
    size_t inner;

    integer_put(builder, VERSION_3, 1);
    part = element_open(builder, BER_SEQUENCE);
    integer_put(builder, request_id(ask), 4);
    integer_put(builder, MESSAGE_SIZE_MAX, 2);
    octets_put(builder, &flags, 1);
    integer_put(builder, SECURITY_USM, 1);
    builder_close(builder, part, 1);
    part = element_open(builder, BER_OCTETS);
    inner = element_open(builder, BER_SEQUENCE);
    octets_put(builder, NULL, 0); /* the engine that we ask for */
    integer_put(builder, 0, 1);
    integer_put(builder, 0, 1);
    octets_put(builder, NULL, 0);
    octets_put(builder, NULL, 0);
    octets_put(builder, NULL, 0);
    builder_close(builder, inner, 1);
    builder_close(builder, part, 1);
    part = element_open(builder, BER_SEQUENCE);
    octets_put(builder, NULL, 0);
    octets_put(builder, NULL, 0);
    inner = element_open(builder, PDU_GET);
    integer_put(builder, request_id(ask), 4);
    integer_put(builder, 0, 1);
    integer_put(builder, 0, 1);
    builder_close(builder, element_open(builder, BER_SEQUENCE), 1);
    builder_close(builder, inner, 1);
    builder_close(builder, part, 1);
    builder_close(builder, message, 1);
}

static bool get_read(const struct wire_udp_ask *ask, const void *data, size_t length,
                     uint32_t version, char detail[WIRE_UDP_DETAIL_SIZE])
{
    struct reader reader = reader_over(data, length);
    struct reader message = ber_read(&reader, BER_SEQUENCE);
    uint32_t answered = ber_read_integer(&message);
    struct reader community = ber_read(&message, BER_OCTETS);
    struct reader pdu = ber_read(&message, PDU_RESPONSE);
    uint32_t id = ber_read_integer(&pdu);
    uint32_t error = ber_read_integer(&pdu);
    struct reader list;
    struct reader binding;
    struct reader value;

    (void) ber_read_integer(&pdu);
    list = ber_read(&pdu, BER_SEQUENCE);
    if (!reader_ok(&reader) || !reader_ok(&message) || !reader_ok(&community) || !reader_ok(&pdu) ||
        answered != version || id != request_id(ask)) {
        return false;
    }
    (void) snprintf(detail, WIRE_UDP_DETAIL_SIZE,
                    "%s, community public: ", version == VERSION_1 ? "v1" : "v2c");
    binding = ber_read(&list, BER_SEQUENCE);
    (void) ber_read(&binding, BER_OBJECT);
    value = ber_read(&binding, BER_OCTETS);
    if (error == 0 && reader_ok(&list) && reader_ok(&binding)) {
        text_printable(value.at, reader_left(&value), detail + strlen(detail),
                       WIRE_UDP_DETAIL_SIZE - strlen(detail));
    } else {
        (void) snprintf(detail + strlen(detail), WIRE_UDP_DETAIL_SIZE - strlen(detail),
                        "no sysDescr");
    }
    return true;
}

static bool v3_read(const struct wire_udp_ask *ask, const void *data, size_t length,
                    char detail[WIRE_UDP_DETAIL_SIZE])
{
    char engine[2 * ENGINE_ID_MAX + 1] = "";
    struct reader reader = reader_over(data, length);
    struct reader message = ber_read(&reader, BER_SEQUENCE);
    uint32_t version = ber_read_integer(&message);
    struct reader header = ber_read(&message, BER_SEQUENCE);
    uint32_t id = ber_read_integer(&header);
    struct reader security = ber_read(&message, BER_OCTETS);
    struct reader parameters = ber_read(&security, BER_SEQUENCE);
    struct reader engine_id = ber_read(&parameters, BER_OCTETS);

    if (!reader_ok(&reader) || !reader_ok(&message) || !reader_ok(&header) ||
        !reader_ok(&security) || !reader_ok(&parameters) || version != VERSION_3 ||
        id != request_id(ask) || reader_left(&engine_id) == 0 ||
        reader_left(&engine_id) > ENGINE_ID_MAX) {
        return false;
    }
    text_hex(engine_id.at, reader_left(&engine_id), engine);
    (void) snprintf(detail, WIRE_UDP_DETAIL_SIZE, "v3, engine %s", engine);
    return true;
}

static void v1_write(const struct wire_udp_ask *ask, struct builder *builder)
{
    get_write(ask, builder, VERSION_1);
}

static bool v1_read(const struct wire_udp_ask *ask, const void *data, size_t length,
                    char detail[WIRE_UDP_DETAIL_SIZE])
{
    return get_read(ask, data, length, VERSION_1, detail);
}

static void v2c_write(const struct wire_udp_ask *ask, struct builder *builder)
{
    get_write(ask, builder, VERSION_2C);
}

static bool v2c_read(const struct wire_udp_ask *ask, const void *data, size_t length,
                     char detail[WIRE_UDP_DETAIL_SIZE])
{
    return get_read(ask, data, length, VERSION_2C, detail);
}

const struct wire_udp_hello wire_snmp_v1_hello = {
    .protocol = "snmp", .what = "v1", .ports = { 161 }, .write = v1_write, .read = v1_read
};

const struct wire_udp_hello wire_snmp_v2c_hello = {
    .protocol = "snmp", .what = "v2c", .ports = { 161 }, .write = v2c_write, .read = v2c_read
};

const struct wire_udp_hello wire_snmp_v3_hello = {
    .protocol = "snmp", .what = "v3 discovery", .ports = { 161 }, .write = v3_write, .read = v3_read
};
