/* modbus.h - Read Device Identification over Modbus/TCP (MODBUS Application Protocol V1.1b3
 * section 6.21, MODBUS Messaging on TCP/IP Implementation Guide V1.0b section 3.1.3).  It reads
 * names and changes nothing. */
#pragma once

#include "base/bytes.h"

enum wire_modbus_answer {
    WIRE_MODBUS_SHORT,
    WIRE_MODBUS_NOT,
    WIRE_MODBUS_NAMES,    /* detail: vendor, product and revision, as far as they were told */
    WIRE_MODBUS_EXCEPTION /* it does not know the question, in Modbus */
};

enum { WIRE_MODBUS_DETAIL_SIZE = 96 };

void wire_modbus_ask(struct builder *builder);
enum wire_modbus_answer wire_modbus_read(const void *data, size_t length,
                                         char detail[WIRE_MODBUS_DETAIL_SIZE]);
