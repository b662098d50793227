/* A stub resolver of the kind that small devices have (RFC 1035 section 4.1): one question, one
 * name server, no cache. */
#include "client/client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { MESSAGE_MAX = 512, HEADER_LENGTH = 12, LABEL_MAX = 63 };

static size_t question_write(const char *host, uint8_t room[MESSAGE_MAX])
{
    static const uint8_t header[HEADER_LENGTH] = { 0x48, 0x54, 1, 0, 0, 1 };
    static const uint8_t tail[] = { 0, 0, 1, 0, 1 }; /* the root, type A, class IN */
    size_t used = HEADER_LENGTH;

    memcpy(room, header, sizeof header);
    while (*host != '\0') {
        size_t length = strcspn(host, ".");
        if (length == 0 || length > LABEL_MAX || used + length + 1 + sizeof tail > MESSAGE_MAX) {
            return 0;
        }
        room[used++] = (uint8_t) length;
        memcpy(room + used, host, length);
        used += length;
        host += length + (host[length] == '.');
    }
    memcpy(room + used, tail, sizeof tail);
    return used + sizeof tail;
}

/* The answer repeats the question; then comes a record with a pointer for its name. */
static bool answer_read(const uint8_t *message, size_t length, size_t question,
                        uint8_t ret_address[4])
{
    const uint8_t *record = message + question;

    if (length < question + 16 || (message[2] & 0x80) == 0 || (message[3] & 0x0f) != 0 ||
        message[7] == 0 || record[0] < 0xc0 || record[3] != 1 || record[11] != 4) {
        return false;
    }
    memcpy(ret_address, record + 12, 4);
    return true;
}

bool client_resolve(const char *resolver, const char *host, uint8_t ret_address[4])
{
    const struct timeval patience = { .tv_sec = 1 };
    struct sockaddr_in server = { .sin_family = AF_INET };
    uint8_t question[MESSAGE_MAX];
    uint8_t answer[MESSAGE_MAX];
    char address[64] = "";
    uint16_t ports[2] = { 0, 0 };
    size_t length = question_write(host, question);
    bool found = false;

    if (length == 0 || client_place_read(resolver, address, sizeof address, ports) != 1 ||
        inet_pton(AF_INET, address, &server.sin_addr) != 1) {
        return false;
    }
    server.sin_port = htons(ports[0]);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (fd >= 0 && connect(fd, (struct sockaddr *) &server, sizeof server) == 0 &&
        send(fd, question, length, 0) == (ssize_t) length) {
        ssize_t got = recv(fd, answer, sizeof answer, 0);
        found = got > 0 && answer_read(answer, (size_t) got, length, ret_address);
    }
    close(fd);
    return found;
}
