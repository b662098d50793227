/* peer.h - small TCP servers for tests, on loopback ports of the kernel's choice.  Each
 * runs in a child that ends with the test (or after a minute). */
#pragma once

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* A listening socket; backlog 0 and no accept() make a port that soon falls silent. */
__attribute__((unused)) static int peer_listen(int backlog, uint16_t *ret_port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    cr_assert_geq(fd, 0);
    cr_assert_eq(bind(fd, (struct sockaddr *) &address, sizeof address), 0);
    cr_assert_eq(listen(fd, backlog), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *) &address, &length), 0);
    *ret_port = ntohs(address.sin_port);
    return fd;
}

/* serve(fd) is called for each connection, in a process of its own, and closes it by
 * returning. */
__attribute__((unused)) static pid_t peer_start(void (*serve)(int fd), uint16_t *ret_port)
{
    int listener = peer_listen(64, ret_port);
    pid_t child = fork();

    cr_assert_geq(child, 0);
    if (child > 0) {
        (void) close(listener);
        return child;
    }
    (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void) alarm(60);
    (void) signal(SIGCHLD, SIG_IGN);
    (void) signal(SIGPIPE, SIG_IGN);
    for (;;) {
        int fd = accept(listener, NULL, NULL);

        if (fd >= 0 && fork() == 0) {
            (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
            (void) alarm(60);
            serve(fd);
            _exit(0);
        }
        (void) close(fd);
    }
}

__attribute__((unused)) static void peer_stop(pid_t child)
{
    (void) kill(child, SIGKILL);
}

/* A port that nobody uses just now. */
__attribute__((unused)) static uint16_t peer_free_port(void)
{
    uint16_t port = 0;

    (void) close(peer_listen(1, &port));
    return port;
}

/* A connection to a port of this machine; -1: none. */
__attribute__((unused)) static int peer_call(uint16_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (connect(fd, (struct sockaddr *) &address, sizeof address) == 0) {
        return fd;
    }
    (void) close(fd);
    return -1;
}
