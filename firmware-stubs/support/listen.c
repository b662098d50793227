/* One listening socket, TCP or UDP. */
#include "support/files.h"
#include "support/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool address_read(const char *text, uint16_t port, struct sockaddr_storage *ret_address,
                         socklen_t *ret_length)
{
    struct sockaddr_in *four = (struct sockaddr_in *) ret_address;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *) ret_address;

    memset(ret_address, 0, sizeof *ret_address);
    if (inet_pton(AF_INET, text, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons(port);
        *ret_length = sizeof *four;
        return true;
    }
    if (inet_pton(AF_INET6, text, &six->sin6_addr) == 1) {
        six->sin6_family = AF_INET6;
        six->sin6_port = htons(port);
        *ret_length = sizeof *six;
        return true;
    }
    return complain("'%s' is no IP address", text);
}

static uint16_t port_of(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in four;
        struct sockaddr_in6 six;
    } address = { .six = { 0 } };
    socklen_t length = sizeof address;

    if (getsockname(fd, &address.any, &length) != 0) {
        return 0;
    }
    return ntohs(address.any.sa_family == AF_INET ? address.four.sin_port : address.six.sin6_port);
}

int socket_bind(const struct listening *listening, uint16_t *ret_port)
{
    struct sockaddr_storage address;
    socklen_t length = 0;
    int on = 1;
    bool datagrams = listening->protocol->datagram != NULL;
    int type = datagrams ? SOCK_DGRAM : SOCK_STREAM;

    if (!address_read(listening->address, listening->port, &address, &length)) {
        return -1;
    }
    int fd = socket(address.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || (!datagrams && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) ||
        bind(fd, (struct sockaddr *) &address, length) != 0) {
        complain("%s port %u: %s", listening->address, listening->port, strerror(errno));
        if (fd >= 0) {
            close(fd);
        }
        return -1;
    }
    *ret_port = port_of(fd);
    return fd;
}

int socket_listen(const struct listening *listening, uint16_t *ret_port)
{
    int fd = socket_bind(listening, ret_port);

    if (fd >= 0 && listening->protocol->datagram == NULL && listen(fd, SOMAXCONN) != 0) {
        complain("%s port %u: %s", listening->address, listening->port, strerror(errno));
        close(fd);
        return -1;
    }
    return fd;
}
