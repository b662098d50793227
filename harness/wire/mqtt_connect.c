#include "wire/mqtt_connect.h"

#include <string.h>

enum {
    TYPE_CONNECT = 0x10,
    TYPE_CONNACK = 0x20,
    CLEAN_START = 0x02,
    REFUSED_BY_5 = 0x80,
    CONNACK_LENGTH_MAX = 1 << 16 /* no broker has more to say in its properties */
};

const uint8_t wire_mqtt_disconnect[2] = { 0xe0, 0x00 };

void wire_mqtt_connect_build(uint8_t level, const char *client_id, uint16_t keep_alive_s,
                             struct builder *builder)
{
    size_t length;

    builder_u8(builder, TYPE_CONNECT);
    /* Below 128 the variable length is one byte (3.1.1 section 2.2.3). */
    length = builder_open(builder, 1);
    builder_u16(builder, 4);
    builder_put(builder, "MQTT", 4);
    builder_u8(builder, level);
    builder_u8(builder, CLEAN_START);
    builder_u16(builder, keep_alive_s);
    if (level >= WIRE_MQTT_LEVEL_5) {
        builder_u8(builder, 0); /* no properties */
    }
    builder_u16(builder, (uint16_t) strlen(client_id));
    builder_put(builder, client_id, strlen(client_id));
    builder_close(builder, length, 1);
}

struct reason {
    uint8_t code;
    const char *text;
};

/* 3.1.1 table 3.1 below 0x80, 5.0 table 3-1 from there on. */
static const struct reason reasons[] = {
    { 0x00, "accepted" },
    { 0x01, "unacceptable protocol version" },
    { 0x02, "identifier rejected" },
    { 0x03, "server unavailable" },
    { 0x04, "bad user name or password" },
    { 0x05, "not authorized" },
    { 0x80, "unspecified error" },
    { 0x81, "malformed packet" },
    { 0x82, "protocol error" },
    { 0x83, "implementation specific error" },
    { 0x84, "unsupported protocol version" },
    { 0x85, "client identifier not valid" },
    { 0x86, "bad user name or password" },
    { 0x87, "not authorized" },
    { 0x88, "server unavailable" },
    { 0x89, "server busy" },
    { 0x8a, "banned" },
    { 0x8c, "bad authentication method" },
    { 0x90, "topic name invalid" },
    { 0x95, "packet too large" },
    { 0x97, "quota exceeded" },
    { 0x99, "payload format invalid" },
    { 0x9a, "retain not supported" },
    { 0x9b, "QoS not supported" },
    { 0x9c, "use another server" },
    { 0x9d, "server moved" },
    { 0x9f, "connection rate exceeded" },
};

static const char *reason_find(uint8_t code)
{
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        if (reasons[i].code == code) {
            return reasons[i].text;
        }
    }
    return NULL;
}

/* Up to four bytes, low group first (5.0 section 1.5.5); false when malformed. */
static bool length_read(struct reader *reader, uint32_t *ret_length)
{
    *ret_length = 0;
    for (unsigned shift = 0; shift < 28; shift += 7) {
        uint8_t octet = reader_u8(reader);

        *ret_length |= (uint32_t) (octet & 0x7f) << shift;
        if ((octet & 0x80) == 0) {
            return true;
        }
    }
    return false;
}

enum wire_mqtt_read wire_mqtt_connack_read(const void *data, size_t length,
                                           struct wire_mqtt_connack *ret_connack)
{
    struct reader reader = reader_over(data, length);
    struct reader body;
    uint32_t body_length = 0;
    uint32_t properties = 0;
    uint8_t flags;

    *ret_connack = (struct wire_mqtt_connack){ .reason = "" };
    if (length > 0 && reader_u8(&reader) != TYPE_CONNACK) {
        return WIRE_MQTT_NOT;
    }
    if (!length_read(&reader, &body_length) ||
        (reader_ok(&reader) && (body_length < 2 || body_length > CONNACK_LENGTH_MAX))) {
        return WIRE_MQTT_NOT;
    }
    flags = reader_u8(&reader);
    ret_connack->code = reader_u8(&reader);
    if (!reader_ok(&reader)) {
        return WIRE_MQTT_SHORT;
    }
    ret_connack->session_present = flags == 1;
    ret_connack->reason = reason_find(ret_connack->code);
    /* 3.2.2.1: bits 7-1 are reserved and zero; a refusal cannot resume a session. */
    if (flags > 1 || ret_connack->reason == NULL || (flags == 1 && ret_connack->code != 0)) {
        ret_connack->reason = "";
        return WIRE_MQTT_NOT;
    }
    if (body_length == 2) {
        /* Some brokers cut a version 5 refusal short; the code tells all the same. */
        ret_connack->is_5 = ret_connack->code >= REFUSED_BY_5;
        return WIRE_MQTT_CONNACK;
    }
    body = reader_sub(&reader, body_length - 2);
    if (!reader_ok(&reader)) {
        return WIRE_MQTT_SHORT;
    }
    if (!length_read(&body, &properties) || !reader_ok(&body) || properties != reader_left(&body)) {
        return WIRE_MQTT_NOT;
    }
    ret_connack->is_5 = true;
    return WIRE_MQTT_CONNACK;
}
