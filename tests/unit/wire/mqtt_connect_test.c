#include "wire/mqtt_connect.h"

#include <criterion/criterion.h>
#include <string.h>

Test(mqtt_connect, builds_version_311)
{
    static const uint8_t wanted[] = "\x10\x0e\x00\x04MQTT\x04\x02\x00\x0a\x00\x02id";
    uint8_t room[WIRE_MQTT_CONNECT_MAX];
    struct builder builder = builder_over(room, sizeof room);

    wire_mqtt_connect_build(WIRE_MQTT_LEVEL_311, "id", 10, &builder);
    cr_assert(!builder.overflow);
    cr_assert_eq(builder.length, sizeof wanted - 1);
    cr_expect_arr_eq(room, wanted, sizeof wanted - 1);
}

Test(mqtt_connect, builds_version_5)
{
    static const uint8_t wanted[] = "\x10\x0d\x00\x04MQTT\x05\x02\x00\x0a\x00\x00\x00";
    uint8_t room[WIRE_MQTT_CONNECT_MAX];
    struct builder builder = builder_over(room, sizeof room);

    wire_mqtt_connect_build(WIRE_MQTT_LEVEL_5, "", 10, &builder);
    cr_assert_eq(builder.length, sizeof wanted - 1);
    cr_expect_arr_eq(room, wanted, sizeof wanted - 1);
}

Test(mqtt_connect, reads_a_connack)
{
    static const struct {
        const char *bytes;
        size_t length;
        enum wire_mqtt_read read;
        uint8_t code;
        bool is_5;
    } cases[] = {
        { "\x20\x02\x00\x00", 4, WIRE_MQTT_CONNACK, 0, false },
        { "\x20\x02\x01\x00", 4, WIRE_MQTT_CONNACK, 0, false },
        { "\x20\x02\x00\x05", 4, WIRE_MQTT_CONNACK, 5, false },
        { "\x20\x03\x00\x87\x00", 5, WIRE_MQTT_CONNACK, 0x87, true },
        { "\x20\x06\x00\x00\x03\x22\x00\x0a", 8, WIRE_MQTT_CONNACK, 0, true },
        { "", 0, WIRE_MQTT_SHORT, 0, false },
        { "\x20", 1, WIRE_MQTT_SHORT, 0, false },
        { "\x20\x02\x00", 3, WIRE_MQTT_SHORT, 0, false },
        { "\x20\x06\x00\x00\x03\x22\x00", 7, WIRE_MQTT_SHORT, 0, true },
        { "\x20\x02\x02\x00", 4, WIRE_MQTT_NOT, 0, false },         /* a reserved flag */
        { "\x20\x02\x00\x06", 4, WIRE_MQTT_NOT, 0, false },         /* no such code */
        { "\x20\x02\x01\x05", 4, WIRE_MQTT_NOT, 0, false },         /* refused, yet resumed */
        { "\x20\x01\x00", 3, WIRE_MQTT_NOT, 0, false },             /* too short by its own word */
        { "\x20\xff\xff\xff\xff\x01", 6, WIRE_MQTT_NOT, 0, false }, /* length of five bytes */
        { "\x20\x04\x00\x00\x07\x01", 6, WIRE_MQTT_NOT, 0, false }, /* properties overrun */
        { "\x30\x02\x00\x00", 4, WIRE_MQTT_NOT, 0, false },         /* PUBLISH */
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wire_mqtt_connack connack;

        cr_expect_eq(wire_mqtt_connack_read(cases[i].bytes, cases[i].length, &connack),
                     cases[i].read, "case %zu", i);
        if (cases[i].read == WIRE_MQTT_CONNACK) {
            cr_expect_eq(connack.code, cases[i].code, "case %zu", i);
            cr_expect_eq(connack.is_5, cases[i].is_5, "case %zu", i);
            cr_expect(connack.reason[0] != '\0', "case %zu", i);
        }
    }
}
