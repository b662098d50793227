#include "wire/modbus.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

enum {
    TRANSACTION = 0x4873, /* what an answer repeats */
    UNIT_DIRECT = 0xff,   /* the device itself, no gateway's slave */
    FUNCTION = 0x2b,
    FUNCTION_EXCEPTION = 0xab,
    INTERFACE_IDENTIFICATION = 0x0e,
    READ_BASIC = 1,
    PDU_MAX = 254, /* with the unit */
    ANSWER_MIN = 8,
    EXCEPTION_MAX = 0x0b,
    OBJECTS_MAX = 8
};

void wire_modbus_ask(struct builder *builder)
{
    builder_u16(builder, TRANSACTION);
    builder_u16(builder, 0);
    builder_u16(builder, 5);
    builder_u8(builder, UNIT_DIRECT);
    builder_u8(builder, FUNCTION);
    builder_u8(builder, INTERFACE_IDENTIFICATION);
    builder_u8(builder, READ_BASIC);
    builder_u8(builder, 0);
}

/* Number and texts of the objects, one after another. */
static void names_read(struct reader *pdu, char detail[WIRE_MODBUS_DETAIL_SIZE])
{
    unsigned count;
    size_t used = 0;

    (void) reader_take(pdu, 4); /* code, conformity level, whether more follows, the next object */
    count = reader_u8(pdu);
    for (unsigned i = 0; i < count && i < OBJECTS_MAX && used + 2 < WIRE_MODBUS_DETAIL_SIZE; i++) {
        struct reader name;

        (void) reader_u8(pdu);
        name = reader_sub(pdu, reader_u8(pdu));
        if (!reader_ok(pdu)) {
            return;
        }
        if (used > 0) {
            detail[used++] = ' ';
        }
        text_printable(name.at, reader_left(&name), detail + used, WIRE_MODBUS_DETAIL_SIZE - used);
        used += strlen(detail + used);
    }
}

enum wire_modbus_answer wire_modbus_read(const void *data, size_t length,
                                         char detail[WIRE_MODBUS_DETAIL_SIZE])
{
    struct reader reader = reader_over(data, length);
    uint16_t transaction = reader_u16(&reader);
    uint16_t protocol = reader_u16(&reader);
    uint16_t left = reader_u16(&reader);
    struct reader pdu;
    uint8_t function;

    detail[0] = '\0';
    if (!reader_ok(&reader)) {
        return WIRE_MODBUS_SHORT;
    }
    if (transaction != TRANSACTION || protocol != 0 || left < 3 || left > PDU_MAX) {
        return WIRE_MODBUS_NOT;
    }
    pdu = reader_sub(&reader, left);
    if (!reader_ok(&reader)) {
        return WIRE_MODBUS_SHORT;
    }
    (void) reader_u8(&pdu);
    function = reader_u8(&pdu);
    if (function == FUNCTION_EXCEPTION && left == 3) {
        uint8_t code = reader_u8(&pdu);

        (void) snprintf(detail, WIRE_MODBUS_DETAIL_SIZE, "exception %u", (unsigned) code);
        return code >= 1 && code <= EXCEPTION_MAX ? WIRE_MODBUS_EXCEPTION : WIRE_MODBUS_NOT;
    }
    if (function != FUNCTION || left < ANSWER_MIN || reader_u8(&pdu) != INTERFACE_IDENTIFICATION) {
        return WIRE_MODBUS_NOT;
    }
    names_read(&pdu, detail);
    return WIRE_MODBUS_NAMES;
}
