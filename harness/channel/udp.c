#include "channel/udp.h"

#include "channel/tcp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/* After what it takes its types from. */
#include <linux/errqueue.h>

enum { CONTROL_ROOM = 512, FOREIGN_MAX = 64, OPEN_TRIES = 8 };

static uint16_t port_of(const struct sockaddr_storage *address)
{
    struct sockaddr_in6 six = { .sin6_port = 0 };
    struct sockaddr_in four = { .sin_port = 0 };

    memcpy(&six, address, sizeof six);
    memcpy(&four, address, sizeof four);
    return ntohs(address->ss_family == AF_INET6 ? six.sin6_port : four.sin_port);
}

/* A socket with a port of the kernel's choice, which tells about ICMP errors. */
static enum status socket_make(struct udp *udp, struct error *reterr)
{
    bool six = udp->device.ss_family == AF_INET6;
    struct sockaddr_storage ours = { .ss_family = udp->device.ss_family };
    socklen_t length = udp->device_length;
    int on = 1;

    udp->fd = socket(udp->device.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (udp->fd >= 0 &&
        setsockopt(udp->fd, six ? IPPROTO_IPV6 : IPPROTO_IP, six ? IPV6_RECVERR : IP_RECVERR, &on,
                   sizeof on) == 0 &&
        bind(udp->fd, (struct sockaddr *) &ours, length) == 0 &&
        getsockname(udp->fd, (struct sockaddr *) &ours, &length) == 0) {
        udp->own_port = port_of(&ours);
        return STATUS_OK;
    }
    on = errno;
    udp_done(udp);
    return fail(reterr, on == EMFILE || on == ENFILE || on == EADDRINUSE ? STATUS_LIMIT : STATUS_IO,
                "no socket for datagrams: %s", strerror(on));
}

enum status udp_open(struct udp *udp, const char *host, uint16_t port, struct error *reterr)
{
    *udp = (struct udp){ .fd = -1 };
    TRY(tcp_address(host, port, &udp->device, &udp->device_length, reterr));
    /* On our own machine a socket of that port would answer itself. */
    for (int i = 0; i < OPEN_TRIES; i++) {
        TRY(socket_make(udp, reterr));
        if (udp->own_port != port) {
            return STATUS_OK;
        }
        udp_done(udp);
    }
    return fail(reterr, STATUS_LIMIT, "no local port but %u itself", (unsigned) port);
}

void udp_done(struct udp *udp)
{
    if (udp->fd >= 0) {
        (void) close(udp->fd);
        udp->fd = -1;
    }
}

static bool is_no_route(int code)
{
    return code == EHOSTUNREACH || code == ENETUNREACH || code == EHOSTDOWN || code == ENETDOWN ||
           code == EADDRNOTAVAIL || code == EACCES || code == EPERM;
}

enum status udp_send(struct udp *udp, const void *data, size_t length, enum udp_event *ret_event,
                     struct error *reterr)
{
    int tries = 0;

    *ret_event = UDP_NOTHING;
    /* An ICMP error that waits for us is told here first; the queue still has it. */
    while (sendto(udp->fd, data, length, MSG_NOSIGNAL, (const struct sockaddr *) &udp->device,
                  udp->device_length) < 0) {
        int code = errno;

        if (code == EAGAIN || code == ENOBUFS || code == ENOMEM) {
            return fail(reterr, STATUS_LIMIT, "no datagram can be sent for now: %s",
                        strerror(code));
        }
        if ((code == ECONNREFUSED || code == EINTR || is_no_route(code)) && tries++ == 0) {
            continue;
        }
        if (code == ECONNREFUSED || is_no_route(code)) {
            *ret_event = code == ECONNREFUSED ? UDP_NOTHING : UDP_UNREACHABLE;
            return STATUS_OK;
        }
        return fail(reterr, STATUS_IO, "sending a datagram: %s", strerror(code));
    }
    return STATUS_OK;
}

enum status udp_send_back(struct udp *udp, const void *data, size_t length,
                          enum udp_event *ret_event, struct error *reterr)
{
    struct udp back = *udp; /* borrows the socket */

    if (back.device.ss_family == AF_INET6) {
        struct sockaddr_in6 address;

        memcpy(&address, &back.device, sizeof address);
        address.sin6_port = htons(udp->from_port);
        memcpy(&back.device, &address, sizeof address);
    } else {
        struct sockaddr_in address;

        memcpy(&address, &back.device, sizeof address);
        address.sin_port = htons(udp->from_port);
        memcpy(&back.device, &address, sizeof address);
    }
    return udp_send(&back, data, length, ret_event, reterr);
}

static bool is_device(const struct udp *udp, const struct sockaddr_storage *other)
{
    if (other->ss_family != udp->device.ss_family) {
        return false;
    }
    if (other->ss_family == AF_INET) {
        return memcmp(&((const struct sockaddr_in *) other)->sin_addr,
                      &((const struct sockaddr_in *) &udp->device)->sin_addr,
                      sizeof(struct in_addr)) == 0;
    }
    return memcmp(&((const struct sockaddr_in6 *) other)->sin6_addr,
                  &((const struct sockaddr_in6 *) &udp->device)->sin6_addr,
                  sizeof(struct in6_addr)) == 0;
}

/* What the error queue's control message says: who told what. */
static bool error_read(const struct udp *udp, struct cmsghdr *control, enum udp_event *ret_event)
{
    struct sock_extended_err error;
    struct sockaddr_storage offender = { 0 };
    size_t room = control->cmsg_len - CMSG_LEN(0);
    bool from_icmp;

    if (!((control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_RECVERR) ||
          (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_RECVERR)) ||
        room < sizeof error) {
        return false;
    }
    memcpy(&error, CMSG_DATA(control), sizeof error);
    room -= sizeof error;
    memcpy(&offender, CMSG_DATA(control) + sizeof error,
           room < sizeof offender ? room : sizeof offender);
    from_icmp = error.ee_origin == SO_EE_ORIGIN_ICMP || error.ee_origin == SO_EE_ORIGIN_ICMP6;
    if (error.ee_errno == EMSGSIZE) {
        return false; /* a smaller MTU on the way: no word about the port */
    }
    *ret_event = from_icmp && error.ee_errno == ECONNREFUSED && is_device(udp, &offender)
                     ? UDP_CLOSED
                     : UDP_UNREACHABLE;
    return true;
}

/* The next error; false when there is none. */
static bool error_take(struct udp *udp, enum udp_event *ret_event)
{
    union {
        struct cmsghdr aligned;
        char room[CONTROL_ROOM];
    } control;
    char data[1];
    struct iovec piece = { .iov_base = data, .iov_len = sizeof data };
    struct msghdr message = {
        .msg_iov = &piece,
        .msg_iovlen = 1,
        .msg_control = control.room,
        .msg_controllen = sizeof control.room,
    };

    if (recvmsg(udp->fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) {
        return false;
    }
    for (struct cmsghdr *part = CMSG_FIRSTHDR(&message); part != NULL;
         part = CMSG_NXTHDR(&message, part)) {
        if (error_read(udp, part, ret_event)) {
            return true;
        }
    }
    return false;
}

enum status udp_take(struct udp *udp, void *room, size_t size, size_t *ret_length,
                     enum udp_event *ret_event, struct error *reterr)
{
    *ret_event = UDP_NOTHING;
    *ret_length = 0;
    /* Answers before errors: a port that has answered is open.  The loop passes over what others
     * send, and over an error that recvfrom told although the queue has it. */
    for (unsigned i = 0; i < FOREIGN_MAX; i++) {
        struct sockaddr_storage from = { 0 };
        socklen_t from_length = sizeof from;
        ssize_t got =
            recvfrom(udp->fd, room, size, MSG_DONTWAIT, (struct sockaddr *) &from, &from_length);

        if (got >= 0 && is_device(udp, &from)) {
            *ret_length = (size_t) got;
            udp->from_port = port_of(&from);
            *ret_event = UDP_ANSWER;
            return STATUS_OK;
        }
        if (got >= 0) {
            continue;
        }
        if (error_take(udp, ret_event)) {
            return STATUS_OK;
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return STATUS_OK;
        }
        if (errno == EBADF || errno == ENOTSOCK || errno == EFAULT) {
            return fail(reterr, STATUS_IO, "receiving a datagram: %s", strerror(errno));
        }
    }
    return STATUS_OK;
}

/* The address that the kernel gives us towards the device. */
static bool own_address(const struct udp *udp, struct sockaddr_storage *ret_ours)
{
    socklen_t length = sizeof *ret_ours;
    int fd = socket(udp->device.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool known;

    *ret_ours = (struct sockaddr_storage){ 0 };
    known = fd >= 0 &&
            connect(fd, (const struct sockaddr *) &udp->device, udp->device_length) == 0 &&
            getsockname(fd, (struct sockaddr *) ret_ours, &length) == 0;
    if (fd >= 0) {
        (void) close(fd);
    }
    return known;
}

void udp_own_ipv4(const struct udp *udp, uint8_t ret_address[4])
{
    struct sockaddr_storage ours = { .ss_family = AF_UNSPEC };

    memset(ret_address, 0, 4);
    if (udp->device.ss_family == AF_INET && own_address(udp, &ours)) {
        memcpy(ret_address, &((const struct sockaddr_in *) &ours)->sin_addr, 4);
    }
}

enum status udp_send_group(struct udp *udp, const char *group, uint16_t port, const void *data,
                           size_t length, enum udp_event *ret_event, struct error *reterr)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
    struct in_addr ours = { .s_addr = 0 };
    uint8_t address[4];

    *ret_event = UDP_UNREACHABLE;
    udp_own_ipv4(udp, address);
    memcpy(&ours, address, sizeof ours);
    if (ours.s_addr == 0) {
        return STATUS_OK;
    }
    /* The default TTL of a group is 1 (ip(7)), and stays. */
    if (inet_pton(AF_INET, group, &to.sin_addr) != 1 ||
        setsockopt(udp->fd, IPPROTO_IP, IP_MULTICAST_IF, &ours, sizeof ours) != 0) {
        return fail(reterr, STATUS_IO, "no way to a group: %s", strerror(errno));
    }
    if (sendto(udp->fd, data, length, MSG_NOSIGNAL, (const struct sockaddr *) &to, sizeof to) >=
        0) {
        *ret_event = UDP_NOTHING;
    } else if (!is_no_route(errno)) {
        return fail(reterr, STATUS_LIMIT, "no datagram can be sent for now: %s", strerror(errno));
    }
    return STATUS_OK;
}

bool udp_is_ourselves(const struct udp *udp)
{
    struct sockaddr_storage ours = { .ss_family = AF_UNSPEC };

    return own_address(udp, &ours) && is_device(udp, &ours);
}
