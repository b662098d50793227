/* mqtt_peer.h - what brokers made in a test share: packets in and out of a socket.  They run
 * in peer.h's children, and end with their connection. */
#pragma once

#include "peer.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum mqtt_packet_type {
    MQTT_PACKET_CONNECT = 0x10,
    MQTT_PACKET_PUBLISH = 0x32, /* quality of service 1 */
    MQTT_PACKET_SUBSCRIBE = 0x82
};

enum {
    MQTT_LEVEL_AT = 6,
    MQTT_FLAGS_AT = 7,
    MQTT_BODY_MAX = 128
}; /* in CONNECT, behind its name */

struct mqtt_packet {
    uint8_t type;
    uint8_t body[MQTT_BODY_MAX];
    size_t length;
};

__attribute__((unused)) static void mqtt_put(int fd, const void *data, size_t length)
{
    if (write(fd, data, length) != (ssize_t) length) {
        _exit(1);
    }
}

/* Every packet of these tests is shorter than 128 bytes: one byte of length. */
__attribute__((unused)) static bool mqtt_get(int fd, struct mqtt_packet *packet)
{
    uint8_t head[2];

    if (recv(fd, head, sizeof head, MSG_WAITALL) != (ssize_t) sizeof head || head[1] >= 0x80) {
        return false;
    }
    packet->type = head[0];
    packet->length = head[1];
    return packet->length == 0 ||
           recv(fd, packet->body, packet->length, MSG_WAITALL) == (ssize_t) packet->length;
}

/* The next text of a CONNECT's payload, which begins behind its fixed part (and, in version 5,
 * its empty properties). */
__attribute__((unused)) static bool mqtt_text(const struct mqtt_packet *packet, size_t *at,
                                              char *room, size_t size)
{
    size_t length;

    if (*at + 2 > packet->length) {
        return false;
    }
    length = (size_t) (packet->body[*at] << 8 | packet->body[*at + 1]);
    if (length >= size || *at + 2 + length > packet->length) {
        return false;
    }
    memcpy(room, packet->body + *at + 2, length);
    room[length] = '\0';
    *at += 2 + length;
    return true;
}

/* Whether a CONNECT carries this name and password; both NULL: neither of them. */
__attribute__((unused)) static bool mqtt_carries(const struct mqtt_packet *connect,
                                                 const char *user, const char *password)
{
    size_t at = MQTT_LEVEL_AT + 4 + (connect->body[MQTT_LEVEL_AT] == 5 ? 1 : 0);
    uint8_t flags = connect->body[MQTT_FLAGS_AT];
    char name[64];
    char given[64];

    if ((flags & 0xc0) != 0xc0) {
        return user == NULL && (flags & 0xc0) == 0;
    }
    return user != NULL && mqtt_text(connect, &at, name, sizeof name) &&
           mqtt_text(connect, &at, name, sizeof name) &&
           mqtt_text(connect, &at, given, sizeof given) && strcmp(name, user) == 0 &&
           strcmp(given, password) == 0;
}
