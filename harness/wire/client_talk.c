#include "wire/client_talk.h"

#include "base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { PATH_SHOWN_MAX = 80, METHOD_MAX = 16, MQTT_CONNECT = 0x10 };

enum { COAP_VERSION_MASK = 0xc0, COAP_VERSION_1 = 0x40, COAP_TOKEN_MAX = 8, DTLS_MAJOR = 0xfe };

bool wire_client_talk_is_tls(const void *data, size_t length)
{
    const uint8_t *at = data;

    if (length == 0) {
        return false;
    }
    if (at[0] >= 20 && at[0] <= 23) {
        return length < 2 || at[1] == 3;
    }
    return length >= 3 && (at[0] & 0x80) != 0 && at[2] == 1;
}

/* METHOD SP target SP HTTP/...: of the target, what stands after the host and before what is
 * asked of it (RFC 9112 section 3.2). */
static bool http_read(const char *data, size_t length, char room[CLIENT_TALK_SIZE])
{
    const char *end = memchr(data, '\n', length);
    const char *space;
    const char *target;
    const char *stop;
    char shown[PATH_SHOWN_MAX + 1];
    size_t method = 0;

    length = end != NULL ? (size_t) (end - data) : length;
    while (method < length && data[method] >= 'A' && data[method] <= 'Z') {
        method++;
    }
    if (method == 0 || method > METHOD_MAX || method == length || data[method] != ' ') {
        return false;
    }
    target = data + method + 1;
    length -= method + 1;
    space = memchr(target, ' ', length);
    if (space == NULL || memmem(space, length - (size_t) (space - target), " HTTP/", 6) != space) {
        return false;
    }
    length = (size_t) (space - target);
    stop = memmem(target, length, "://", 3);
    if (stop != NULL) {
        size_t before = (size_t) (stop + 3 - target);
        const char *slash = memchr(target + before, '/', length - before);

        length = slash != NULL ? length - (size_t) (slash - target) : 0;
        target = slash != NULL ? slash : target;
    }
    for (size_t i = 0; i < length; i++) {
        if (target[i] == '?' || target[i] == '#' || target[i] == ';' || target[i] == '@') {
            length = i;
        }
    }
    length = length < PATH_SHOWN_MAX ? length : PATH_SHOWN_MAX;
    text_printable(length > 0 ? target : "/", length > 0 ? length : 1, shown, sizeof shown);
    (void) snprintf(room, CLIENT_TALK_SIZE, "http %.*s %s", (int) method, data, shown);
    return true;
}

/* MQTT 3.1.1 section 3.1: the fixed header, then the protocol's name. */
static bool mqtt_read(const uint8_t *data, size_t length, char room[CLIENT_TALK_SIZE])
{
    size_t at = 1;

    if (length < 2 || data[0] != MQTT_CONNECT) {
        return false;
    }
    while (at < length && at < 5 && (data[at] & 0x80) != 0) {
        at++;
    }
    at++;
    if ((at + 6 <= length && memcmp(data + at, "\0\4MQTT", 6) == 0) ||
        (at + 8 <= length && memcmp(data + at, "\0\6MQIsdp", 8) == 0)) {
        (void) snprintf(room, CLIENT_TALK_SIZE, "mqtt CONNECT");
        return true;
    }
    return false;
}

void wire_client_talk(const void *data, size_t length, char room[CLIENT_TALK_SIZE])
{
    room[0] = '\0';
    if (length >= 6 && memcmp(data, "PRI * ", 6) == 0) {
        (void) snprintf(room, CLIENT_TALK_SIZE, "http/2");
    } else if (length > 0 && !http_read(data, length, room) && !mqtt_read(data, length, room)) {
        (void) snprintf(room, CLIENT_TALK_SIZE, "%s",
                        wire_client_talk_is_tls(data, length) ? "tls" : "other");
    }
}

bool wire_client_talk_is_dtls(const void *data, size_t length)
{
    const uint8_t *at = data;

    return length >= 2 && at[0] >= 20 && at[0] <= 26 && at[1] == DTLS_MAJOR;
}

/* Requests alone (RFC 7252 section 12.1.1, RFC 8132 section 4): with what begins a response, other
 * protocols begin as well. */
static bool coap_read(const uint8_t *data, size_t length, char room[CLIENT_TALK_SIZE])
{
    static const char *const codes[] = { "",        " GET",   " POST",  " PUT",
                                         " DELETE", " FETCH", " PATCH", " iPATCH" };

    if (length < 4 || (data[0] & COAP_VERSION_MASK) != COAP_VERSION_1 ||
        (data[0] & 0x0f) > COAP_TOKEN_MAX || data[1] >= sizeof codes / sizeof codes[0]) {
        return false;
    }
    (void) snprintf(room, CLIENT_TALK_SIZE, "coap%s", codes[data[1]]);
    return true;
}

void wire_client_talk_datagram(const void *data, size_t length, char room[CLIENT_TALK_SIZE])
{
    if (wire_client_talk_is_dtls(data, length)) {
        (void) snprintf(room, CLIENT_TALK_SIZE, "dtls");
    } else if (!coap_read(data, length, room)) {
        wire_client_talk(data, length, room);
    }
}
