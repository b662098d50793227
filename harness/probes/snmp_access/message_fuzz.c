#include "wire/snmp_message.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was read must be written as the same thing, and what is read of it must agree. */
static void again(const struct wire_snmp_pdu *pdu)
{
    uint8_t room[2 * WIRE_SNMP_MESSAGE_MAX];
    struct builder builder = builder_over(room, sizeof room);
    struct wire_snmp_pdu other;

    wire_snmp_write(&builder, WIRE_SNMP_V2C, "c", 1, pdu);
    if (builder.overflow) {
        return;
    }
    if (!wire_snmp_read(room, builder.length, &other) || other.id != pdu->id ||
        other.kind != pdu->kind || other.name.length != pdu->name.length ||
        (pdu->name.length > 0 &&
         (other.tag != pdu->tag || other.value_length != pdu->value_length))) {
        abort();
    }
    if (wire_snmp_oid_before(&pdu->name, &other.name) ||
        !wire_snmp_oid_within(&pdu->name, &other.name)) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wire_snmp_pdu pdu;
    struct wire_snmp_usm usm;
    struct wire_snmp_oid oid;
    const uint8_t *scoped = NULL;
    size_t length = 0;
    unsigned version = 0;
    char text[300];

    if (wire_snmp_read(data, size, &pdu)) {
        if (!wire_snmp_version(data, size, &version) || version > WIRE_SNMP_V2C) {
            abort();
        }
        again(&pdu);
    }
    if (wire_snmp_v3_read(data, size, &usm, &scoped, &length)) {
        if (usm.tag_place + usm.tag_length > size || scoped < data ||
            (size_t) (scoped - data) + length > size) {
            abort();
        }
        (void) wire_snmp_scoped_read(scoped, length, &pdu);
    }
    if (size < sizeof text) {
        memcpy(text, data, size);
        text[size] = '\0';
        if (wire_snmp_oid_parse(text, &oid) && oid.length == 0) {
            abort();
        }
    }
    return 0;
}
