/* mqtt_connect.h - MQTT's CONNECT packet without credentials, and the CONNACK that
 * answers it.
 *
 * Sources: MQTT 3.1.1 (OASIS, 2014) sections 3.1 and 3.2; MQTT 5.0 (OASIS, 2019)
 * sections 3.1 and 3.2. */
#pragma once

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WIRE_MQTT_LEVEL_311 = 4, WIRE_MQTT_LEVEL_5 = 5, WIRE_MQTT_CONNECT_MAX = 64 };

/* A clean session; client_id of at most 23 letters and digits, or "". */
void wire_mqtt_connect_build(uint8_t level, const char *client_id, uint16_t keep_alive_s,
                             struct builder *builder);

/* DISCONNECT is the same two bytes in both versions. */
extern const uint8_t wire_mqtt_disconnect[2];

struct wire_mqtt_connack {
    bool session_present;
    uint8_t code;       /* 0: accepted */
    bool is_5;          /* it has a property length, as only version 5 does */
    const char *reason; /* static; never NULL */
};

enum wire_mqtt_read { WIRE_MQTT_NOT, WIRE_MQTT_SHORT, WIRE_MQTT_CONNACK };

/* NOT: no CONNACK by its first bytes; SHORT: more has to come. */
enum wire_mqtt_read wire_mqtt_connack_read(const void *data, size_t length,
                                           struct wire_mqtt_connack *ret_connack);
