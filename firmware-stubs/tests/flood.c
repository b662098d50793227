/* stub-flood - an impolite crowd, for tests/robust.sh.
 *
 *   stub-flood garbage PORT...   bytes that no protocol expects, and good beginnings cut short
 *   stub-flood scan PORT...      thousands of connections opened and dropped, as fast as it goes
 *   stub-flood hold PORT...      600 connections that say nothing, until killed (20 s at most)
 *
 * Loopback only.  Exit code 1 when a connection that should stand does not. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { GARBAGE_ROUNDS = 60, SCAN_ROUNDS = 3000, HELD = 600, HOLD_S = 20 };

#define BYTES(text)                                                                                \
    {                                                                                              \
        text, sizeof text - 1                                                                      \
    }

static const struct {
    const char *data;
    size_t length;
} BEGINNINGS[] = {
    BYTES("GET / HTTP/1.1\r\nHost: x\r\n"),
    BYTES("POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Length: 4096\r\n\r\n{\"user\":"),
    BYTES("POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n"),
    BYTES("GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n"),
    BYTES("GET /\r\n\r\n"),
    BYTES("OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\nDESCRIBE rtsp://x/live RTSP/1.0\r\nCSeq: 2\r\n"
          "Authorization: Digest username=\"a\", nonce=, uri=\", response\r\n\r\n"),
    BYTES("\xff\xfa\x18\x00xterm"),
    BYTES("\xff\xff\xff\xfb\xff"),
    BYTES("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    BYTES("\x16\x03\x01\xff\xff"),
    BYTES("\r\n\r\n\r\n"),
    BYTES("admin\r\nadmin\r\nid\r\n"),
};

enum { BEGINNING_COUNT = sizeof BEGINNINGS / sizeof *BEGINNINGS };

static uint32_t state = 0x2545f491;

static uint32_t next_random(void)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

static int dial(uint16_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *) &address, sizeof address) != 0) {
        fprintf(stderr, "stub-flood: port %u does not take a connection\n", port);
        exit(1);
    }
    return fd;
}

/* Reset rather than closed: leaves no TIME-WAIT behind on the test machine. */
static void drop(int fd)
{
    struct linger linger = { .l_onoff = 1, .l_linger = 0 };

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    close(fd);
}

static void garbage(uint16_t port)
{
    char bytes[20000];

    for (int round = 0; round < GARBAGE_ROUNDS; round++) {
        int fd = dial(port);
        size_t length = next_random() % sizeof bytes;
        for (size_t i = 0; i < length; i++) {
            bytes[i] = (char) next_random();
        }
        /* A third is pure noise, a third begins well, a third begins well and goes on in noise. */
        if (round % 3 != 0) {
            size_t which = (size_t) round / 3 % BEGINNING_COUNT;
            memcpy(bytes, BEGINNINGS[which].data, BEGINNINGS[which].length);
            length = round % 3 == 1 ? BEGINNINGS[which].length : sizeof bytes;
        }
        (void) !send(fd, bytes, length, MSG_NOSIGNAL);
        if (round % 2 == 0) {
            shutdown(fd, SHUT_WR);
        }
        (void) !recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
        drop(fd);
    }
}

static void hold(char **ports, int count)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < HELD + 64) {
        limit.rlim_cur = HELD + 64 < limit.rlim_max ? HELD + 64 : limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    for (int i = 0; i < HELD; i++) {
        dial((uint16_t) strtoul(ports[i % count], NULL, 10));
    }
    printf("held %d\n", HELD);
    fflush(stdout);
    sleep(HOLD_S);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        return 64;
    }
    if (strcmp(argv[1], "hold") == 0) {
        hold(argv + 2, argc - 2);
        return 0;
    }
    bool scan = strcmp(argv[1], "scan") == 0;
    for (int i = 2; i < argc; i++) {
        uint16_t port = (uint16_t) strtoul(argv[i], NULL, 10);
        for (int round = 0; scan && round < SCAN_ROUNDS; round++) {
            drop(dial(port));
        }
        if (!scan) {
            garbage(port);
        }
    }
    return 0;
}
