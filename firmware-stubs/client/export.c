/* The defect export-suites: a second attempt with a suite that no library has any more, so by hand
 * (RFC 2246 sections 7.4 and A.5).  It ends with the client's part of the key exchange. */
#include "client/client.h"

#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

enum {
    SUITE_HIGH = 0, /* TLS_RSA_EXPORT_WITH_RC4_40_MD5 is 0x0003 */
    SUITE_LOW = 3,
    RECORD_HEADER = 5,
    MESSAGE_HEADER = 4,
    HANDSHAKE = 22,
    SERVER_HELLO = 2,
    SERVER_HELLO_DONE = 14,
    KEY_LENGTH = 64, /* of 512 bits */
    ANSWER_MAX = 16384
};

static bool all_received(int fd, uint8_t *room, size_t length)
{
    while (length > 0) {
        ssize_t got = recv(fd, room, length, 0);
        if (got <= 0) {
            return false;
        }
        room += got;
        length -= (size_t) got;
    }
    return true;
}

static bool hello_sent(int fd)
{
    uint8_t hello[] = { HANDSHAKE, 3,        1, 0, 45,         1,         0, 0, 41, 3,
                        1,         [43] = 0, 0, 2, SUITE_HIGH, SUITE_LOW, 1, 0, 0,  0 };
    const size_t length = 5 + 45;

    return getrandom(hello + 11, 32, 0) == 32 &&
           send(fd, hello, length, MSG_NOSIGNAL) == (ssize_t) length;
}

/* Of a ServerHello, the suite (behind version, random and session id). */
static bool is_export(const uint8_t *hello, size_t length)
{
    size_t at = MESSAGE_HEADER + 34 < length ? MESSAGE_HEADER + 35 + (size_t) hello[38] : length;

    return at + 1 < length && hello[at] == SUITE_HIGH && hello[at + 1] == SUITE_LOW;
}

/* Reads to ServerHelloDone, one message in each record. */
static bool agreed(int fd)
{
    static uint8_t room[ANSWER_MAX];
    uint8_t header[RECORD_HEADER];
    bool picked = false;

    while (all_received(fd, header, sizeof header)) {
        size_t length = (size_t) (header[3] << 8 | header[4]);
        if (header[0] != HANDSHAKE || length < MESSAGE_HEADER || length > sizeof room ||
            !all_received(fd, room, length)) {
            return false;
        }
        if (room[0] == SERVER_HELLO) {
            picked = is_export(room, length);
        }
        if (!picked || room[0] == SERVER_HELLO_DONE) {
            return picked;
        }
    }
    return false;
}

void client_export_call(int fd)
{
    static const uint8_t illegal_parameter[] = { 21, 3, 1, 0, 2, 2, 47 };
    uint8_t key[RECORD_HEADER + MESSAGE_HEADER + 2 + KEY_LENGTH] = {
        HANDSHAKE, 3, 1, 0, MESSAGE_HEADER + 2 + KEY_LENGTH, 16, 0, 0, 2 + KEY_LENGTH, 0, KEY_LENGTH
    };
    uint8_t room[64];

    if (!hello_sent(fd)) {
        return;
    }
    if (!agreed(fd)) {
        (void) !send(fd, illegal_parameter, sizeof illegal_parameter, MSG_NOSIGNAL);
        return;
    }
    if (getrandom(key + sizeof key - KEY_LENGTH, KEY_LENGTH, 0) == KEY_LENGTH &&
        send(fd, key, sizeof key, MSG_NOSIGNAL) == (ssize_t) sizeof key) {
        (void) !recv(fd, room, sizeof room, 0);
    }
}
