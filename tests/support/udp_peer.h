/* udp_peer.h - a process on loopback that answers datagrams as a test wishes. */
#pragma once

#include <criterion/criterion.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* One datagram that came. */
struct udp_peer {
    int fd;
    int elsewhere; /* a socket of another port */
    struct sockaddr_in from;
    unsigned count; /* 1 for the first */
    const uint8_t *data;
    size_t length;
};

__attribute__((unused)) static int udp_peer_bound(uint16_t *ret_port)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    cr_assert_eq(bind(fd, (struct sockaddr *) &address, sizeof address), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *) &address, &length), 0);
    *ret_port = ntohs(address.sin_port);
    return fd;
}

/* A port at which nobody listens. */
__attribute__((unused)) static uint16_t udp_peer_nobody(void)
{
    uint16_t port;

    (void) close(udp_peer_bound(&port));
    return port;
}

__attribute__((unused)) static void udp_peer_say(const struct udp_peer *at, bool elsewhere,
                                                 const void *data, size_t length)
{
    (void) sendto(elsewhere ? at->elsewhere : at->fd, data, length, 0,
                  (const struct sockaddr *) &at->from, sizeof at->from);
}

/* The peer's process; it dies with the test. */
__attribute__((unused)) static pid_t udp_peer_begin(void (*answer)(void *, const struct udp_peer *),
                                                    void *context, uint16_t *ret_port)
{
    uint16_t unused;
    struct udp_peer at = { .fd = udp_peer_bound(ret_port), .elsewhere = udp_peer_bound(&unused) };
    pid_t child = fork();

    cr_assert_geq(child, 0);
    if (child == 0) {
        uint8_t room[4096];

        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void) alarm(60);
        at.data = room;
        for (;;) {
            socklen_t size = sizeof at.from;
            ssize_t got =
                recvfrom(at.fd, room, sizeof room, 0, (struct sockaddr *) &at.from, &size);

            if (got < 0) {
                _exit(0);
            }
            at.length = (size_t) got;
            at.count++;
            answer(context, &at);
        }
    }
    (void) close(at.fd);
    (void) close(at.elsewhere);
    return child;
}

__attribute__((unused)) static void udp_peer_end(pid_t child)
{
    (void) kill(child, SIGKILL);
    (void) waitpid(child, NULL, 0);
}
