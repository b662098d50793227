#include "channel/door.h"

#include "base/clock.h"
#include "base/text.h"
#include "wire/dns_message.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BACKLOG = 64, LOW_PORTS_END = 1024 };

/* IPv4 too, as ::ffff:a.b.c.d; where the kernel has no IPv6, IPv4 alone. */
static int socket_any(int type, uint16_t port, struct sockaddr_storage *address, socklen_t *length)
{
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *) address;
    struct sockaddr_in *in4 = (struct sockaddr_in *) address;
    const int off = 0;
    int fd = socket(AF_INET6, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    memset(address, 0, sizeof *address);
    if (fd >= 0 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == 0) {
        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons(port);
        *length = sizeof *in6;
        return fd;
    }
    if (fd >= 0) {
        (void) close(fd);
    }
    in4->sin_family = AF_INET;
    in4->sin_port = htons(port);
    *length = sizeof *in4;
    return socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* shared: there is a socket of ours at this port already. */
static enum status port_open(int type, uint16_t port, bool shared, int *ret_fd,
                             struct error *reterr)
{
    struct sockaddr_storage address;
    socklen_t length = 0;
    const int on = 1;
    int fd;
    int code;

    if (port == 0) {
        return STATUS_OK;
    }
    fd = socket_any(type, port, &address, &length);
    if (fd < 0) {
        return fail(reterr, STATUS_IO, "no socket: %s", strerror(errno));
    }
    if (type == SOCK_STREAM || shared) {
        (void) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    }
    if (bind(fd, (struct sockaddr *) &address, length) == 0 &&
        (type != SOCK_STREAM || listen(fd, BACKLOG) == 0)) {
        /* Of UDP only now, so that another program at this port has been noticed (socket(7)). */
        (void) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        *ret_fd = fd;
        return STATUS_OK;
    }
    code = errno;
    (void) close(fd);
    if (code == EACCES && port < LOW_PORTS_END) {
        return fail(reterr, STATUS_IO,
                    "port %u cannot be listened on: a probe has no privileges; translate it to a "
                    "higher one (listen: in the profile), or set "
                    "net.ipv4.ip_unprivileged_port_start",
                    (unsigned) port);
    }
    return fail(reterr, STATUS_IO, "port %u cannot be listened on: %s", (unsigned) port,
                strerror(code));
}

enum status door_open(struct door *door, const struct door_plan *plan,
                      struct transcript *transcript, struct error *reterr)
{
    const int type = plan->datagrams ? SOCK_DGRAM : SOCK_STREAM;

    *door =
        (struct door){ .plan = *plan, .transcript = transcript, .tls = -1, .clear = -1, .dns = -1 };
    TRY(port_open(type, plan->tls_port, false, &door->tls, reterr));
    TRY(port_open(type, plan->clear_port, false, &door->clear, reterr));
    if (plan->dns_port == 0) {
        return STATUS_OK;
    }
    if (inet_pton(AF_INET, plan->own_address, door->own) == 1) {
        door->own_length = 4;
    } else if (inet_pton(AF_INET6, plan->own_address, door->own) == 1) {
        door->own_length = 16;
    } else {
        return fail(reterr, STATUS_BAD_INPUT, "'%s' cannot be an answer for a name",
                    plan->own_address);
    }
    return port_open(SOCK_DGRAM, plan->dns_port, false, &door->dns, reterr);
}

void door_done(struct door *door)
{
    int *fds[] = { &door->tls, &door->clear, &door->dns };

    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++) {
        if (*fds[i] >= 0) {
            (void) close(*fds[i]);
            *fds[i] = -1;
        }
    }
}

/* IPv4 as IPv6 writes it, so that both compare. */
static bool address_16(const char *text, uint8_t ret_address[16])
{
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
    char plain[INET6_ADDRSTRLEN];
    size_t length = strcspn(text, "%");

    if (length >= sizeof plain) {
        return false;
    }
    memcpy(plain, text, length);
    plain[length] = '\0';
    memcpy(ret_address, mapped, sizeof mapped);
    return inet_pton(AF_INET, plain, ret_address + sizeof mapped) == 1 ||
           inet_pton(AF_INET6, plain, ret_address) == 1;
}

static bool is_device(struct door *door, const struct sockaddr_storage *from, char *text,
                      size_t size)
{
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *) from;
    const struct sockaddr_in *in4 = (const struct sockaddr_in *) from;
    uint8_t theirs[16];

    text[0] = '\0';
    if (from->ss_family == AF_INET6) {
        (void) inet_ntop(AF_INET6, &in6->sin6_addr, text, (socklen_t) size);
    } else {
        (void) inet_ntop(AF_INET, &in4->sin_addr, text, (socklen_t) size);
    }
    if (address_16(text, theirs)) {
        for (size_t i = 0; i < door->plan.device_count; i++) {
            uint8_t device[16];

            if (address_16(door->plan.devices[i], device) &&
                memcmp(device, theirs, sizeof device) == 0) {
                return true;
            }
        }
    }
    door->strangers++;
    return false;
}

static void name_keep(struct door *door, const char *name)
{
    for (size_t i = 0; i < door->other_name_count; i++) {
        if (strcmp(door->other_names[i], name) == 0) {
            return;
        }
    }
    if (door->other_name_count < DOOR_NAMES_MAX) {
        (void) snprintf(door->other_names[door->other_name_count++], DOOR_NAME_SIZE, "%s", name);
    }
}

static enum dns_reply name_answer(struct door *door, const struct dns_question *question)
{
    uint16_t wanted = door->own_length == 4 ? DNS_TYPE_A : DNS_TYPE_AAAA;

    for (size_t i = 0; i < door->plan.host_count; i++) {
        if (text_equal_nocase(door->plan.hosts[i], question->name)) {
            door->questions++;
            return question->internet && question->type == wanted ? DNS_REPLY_ADDRESS
                                                                  : DNS_REPLY_NO_DATA;
        }
    }
    name_keep(door, question->name);
    return DNS_REPLY_NO_NAME;
}

/* One question, if one is there.  An answer that cannot be sent is asked for again. */
static void dns_serve(struct door *door)
{
    struct sockaddr_storage from = { 0 };
    socklen_t from_length = sizeof from;
    uint8_t message[DNS_MESSAGE_MAX];
    uint8_t room[DNS_MESSAGE_MAX];
    struct builder answer = builder_over(room, sizeof room);
    struct dns_question question;
    char text[INET6_ADDRSTRLEN];
    ssize_t got =
        recvfrom(door->dns, message, sizeof message, 0, (struct sockaddr *) &from, &from_length);

    if (got <= 0 || !is_device(door, &from, text, sizeof text) ||
        !wire_dns_question_read(message, (size_t) got, &question)) {
        return;
    }
    if (wire_dns_reply_build(&question, name_answer(door, &question), door->own, door->own_length,
                             &answer)) {
        (void) sendto(door->dns, room, answer.length, MSG_NOSIGNAL, (struct sockaddr *) &from,
                      from_length);
    }
}

static void call_is(struct door *door, int listener, const char *from, int fd, struct tcp *ret_tcp)
{
    char peer[96];

    (void) snprintf(
        peer, sizeof peer, "from %s to port %u/%s", from,
        (unsigned) (listener == door->tls ? door->plan.tls_port : door->plan.clear_port),
        door->plan.datagrams ? "udp" : "tcp");
    ret_tcp->fd = fd;
    ret_tcp->connection = transcript_open(door->transcript, peer);
}

/* *ret_tcp->fd stays -1 when there was none of the device's. */
static enum status take_call(struct door *door, int listener, struct tcp *ret_tcp,
                             struct error *reterr)
{
    struct sockaddr_storage from = { 0 };
    socklen_t length = sizeof from;
    char text[INET6_ADDRSTRLEN];
    int fd = accept4(listener, (struct sockaddr *) &from, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);

    *ret_tcp = (struct tcp){ .fd = -1 };
    if (fd < 0) {
        return errno == EMFILE || errno == ENFILE
                   ? fail(reterr, STATUS_LIMIT, "accept: %s", strerror(errno))
                   : STATUS_OK; /* it left again, or the network says something about it */
    }
    if (!is_device(door, &from, text, sizeof text)) {
        transcript_note(door->transcript, 0, "a connection from %s was not taken", text);
        (void) close(fd);
        return STATUS_OK;
    }
    call_is(door, listener, text, fd, ret_tcp);
    return STATUS_OK;
}

/* The same of the next datagram. */
static enum status take_datagram(struct door *door, int listener, struct tcp *ret_tcp,
                                 struct error *reterr)
{
    const uint16_t port = listener == door->tls ? door->plan.tls_port : door->plan.clear_port;
    struct sockaddr_storage from = { 0 };
    socklen_t length = sizeof from;
    char text[INET6_ADDRSTRLEN];
    ssize_t got =
        recvfrom(listener, door->first, sizeof door->first, 0, (struct sockaddr *) &from, &length);
    int fd = -1;

    *ret_tcp = (struct tcp){ .fd = -1 };
    if (got <= 0) {
        return STATUS_OK; /* an error of an earlier answer, or a datagram without bytes */
    }
    if (!is_device(door, &from, text, sizeof text)) {
        transcript_note(door->transcript, 0, "a datagram from %s was not taken", text);
        return STATUS_OK;
    }
    TRY(port_open(SOCK_DGRAM, port, true, &fd, reterr));
    if (connect(fd, (struct sockaddr *) &from, length) != 0) {
        (void) close(fd);
        return STATUS_OK; /* what the network says about the device's address */
    }
    door->first_length = (size_t) got;
    call_is(door, listener, text, fd, ret_tcp);
    return STATUS_OK;
}

enum status door_wait(struct door *door, int fd, int64_t deadline_ms, struct tcp *ret_tcp,
                      enum door_event *ret_event, struct error *reterr)
{
    for (;;) {
        struct pollfd waited[] = {
            { .fd = door->dns, .events = POLLIN },
            { .fd = fd >= 0 ? fd : door->tls, .events = POLLIN },
            { .fd = fd >= 0 ? -1 : door->clear, .events = POLLIN },
        };
        int ready = poll(waited, 3, clock_left_ms(deadline_ms));

        if (ready < 0 && errno != EINTR) {
            return fail(reterr, STATUS_IO, "poll: %s", strerror(errno));
        }
        *ret_event = DOOR_TIMEOUT;
        if (ready > 0 && waited[0].revents != 0) {
            dns_serve(door);
        }
        if (ready > 0 && waited[1].revents != 0 && fd >= 0) {
            *ret_event = DOOR_READABLE;
            return STATUS_OK;
        }
        for (size_t i = 1; ready > 0 && fd < 0 && i <= 2; i++) {
            if (waited[i].revents != 0) {
                TRY(door->plan.datagrams ? take_datagram(door, waited[i].fd, ret_tcp, reterr)
                                         : take_call(door, waited[i].fd, ret_tcp, reterr));
                if (ret_tcp->fd >= 0) {
                    *ret_event = i == 1 ? DOOR_TLS : DOOR_CLEAR;
                    return STATUS_OK;
                }
            }
        }
        if (clock_left_ms(deadline_ms) == 0) {
            return STATUS_OK;
        }
    }
}
