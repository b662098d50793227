#include "wire/ftp.h"

#include <string.h>

static bool is_digit(uint8_t octet)
{
    return octet >= '0' && octet <= '9';
}

/* The code at the start of a line; 0: there is none. */
static unsigned code_at(const uint8_t *line, size_t length)
{
    unsigned code;

    if (length < 3 || !is_digit(line[0]) || !is_digit(line[1]) || !is_digit(line[2])) {
        return 0;
    }
    code = (unsigned) (line[0] - '0') * 100 + (unsigned) (line[1] - '0') * 10 +
           (unsigned) (line[2] - '0');
    return code >= 100 && code <= 599 ? code : 0;
}

enum wire_ftp_word wire_ftp_reply_read(const void *data, size_t length,
                                       struct wire_ftp_reply *ret_reply)
{
    const uint8_t *all = data;
    unsigned wanted = 0; /* the code that ends a reply of several lines */

    for (size_t at = 0; at < length;) {
        const uint8_t *line = all + at;
        const uint8_t *end = memchr(line, '\n', length - at);
        size_t left = length - at;
        size_t size = end != NULL ? (size_t) (end - line) + 1 : left;
        unsigned code = code_at(line, size);
        uint8_t mark = size > 3 ? line[3] : 0;

        if (wanted == 0 && left >= 3 && code == 0) {
            return WIRE_FTP_FOREIGN;
        }
        if (end == NULL) {
            return WIRE_FTP_MORE;
        }
        if (code != 0 && mark != '-' && (wanted == 0 || code == wanted)) {
            *ret_reply = (struct wire_ftp_reply){
                .code = code,
                .length = at + size,
                .text = at + (mark == ' ' ? 4 : 3),
            };
            return WIRE_FTP_WHOLE;
        }
        if (wanted == 0) {
            wanted = code;
        }
        at += size;
    }
    return WIRE_FTP_MORE;
}

/* Reads a number of at most 65535 and steps over it. */
static bool number_take(const uint8_t **at, const uint8_t *end, uint32_t most, uint32_t *ret_value)
{
    const uint8_t *start = *at;
    uint32_t value = 0;

    while (*at < end && is_digit(**at) && *at - start < 5) {
        value = value * 10 + (uint32_t) (**at - '0');
        (*at)++;
    }
    *ret_value = value;
    return *at > start && value <= most;
}

/* "(|||6446|)" with any delimiter (RFC 2428 section 3). */
static uint16_t extended_port(const uint8_t *at, const uint8_t *end)
{
    uint32_t port = 0;
    uint8_t mark;

    if (end - at < 6) {
        return 0;
    }
    mark = at[1];
    if (at[2] != mark || at[3] != mark || is_digit(mark)) {
        return 0;
    }
    at += 4;
    return number_take(&at, end, 65535, &port) && at < end && *at == mark ? (uint16_t) port : 0;
}

/* h1,h2,h3,h4,p1,p2, with or without brackets. */
static uint16_t passive_port(const uint8_t *at, const uint8_t *end)
{
    uint32_t field[6];

    for (size_t i = 0; i < 6; i++) {
        if (i > 0 && (at >= end || *at++ != ',')) {
            return 0;
        }
        if (!number_take(&at, end, 255, &field[i])) {
            return 0;
        }
    }
    return (uint16_t) (field[4] << 8 | field[5]);
}

uint16_t wire_ftp_data_port(const void *data, const struct wire_ftp_reply *reply)
{
    const uint8_t *at = (const uint8_t *) data + reply->text;
    const uint8_t *end = (const uint8_t *) data + reply->length;

    if (reply->code == 229) {
        at = at < end ? memchr(at, '(', (size_t) (end - at)) : NULL;
        return at != NULL ? extended_port(at, end) : 0;
    }
    if (reply->code != 227) {
        return 0;
    }
    for (; at < end; at++) {
        if (is_digit(*at)) {
            return passive_port(at, end);
        }
    }
    return 0;
}
