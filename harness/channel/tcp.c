#include "channel/tcp.h"

#include "base/clock.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { RECEIVE_CHUNK = 16384, BACK_OFF_MS = 20 };

const char *tcp_event_word(enum tcp_event event)
{
    static const char *const words[] = {
        [TCP_OK] = "ok",         [TCP_REFUSED] = "refused", [TCP_TIMEOUT] = "timeout",
        [TCP_CLOSED] = "closed", [TCP_RESET] = "reset",     [TCP_NO_ROUTE] = "no_route",
    };

    return words[event];
}

/* fe80::1%eth0: the zone is the interface's name or number (RFC 4007 section 11). */
static bool read_ipv6(const char *host, struct sockaddr_in6 *in6)
{
    char plain[INET6_ADDRSTRLEN];
    const char *zone = strchr(host, '%');
    size_t length = zone != NULL ? (size_t) (zone - host) : strlen(host);

    if (length >= sizeof plain) {
        return false;
    }
    memcpy(plain, host, length);
    plain[length] = '\0';
    if (inet_pton(AF_INET6, plain, &in6->sin6_addr) != 1) {
        return false;
    }
    if (zone != NULL) {
        unsigned long long number = 0;

        in6->sin6_scope_id = if_nametoindex(zone + 1);
        if (in6->sin6_scope_id == 0) {
            if (text_to_unsigned(zone + 1, UINT32_MAX, &number) != STATUS_OK) {
                return false;
            }
            in6->sin6_scope_id = (uint32_t) number;
        }
    }
    return true;
}

enum status tcp_address(const char *host, uint16_t port, struct sockaddr_storage *ret_address,
                        socklen_t *ret_length, struct error *reterr)
{
    struct sockaddr_in *in4 = (struct sockaddr_in *) ret_address;
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *) ret_address;

    memset(ret_address, 0, sizeof *ret_address);
    if (inet_pton(AF_INET, host, &in4->sin_addr) == 1) {
        in4->sin_family = AF_INET;
        in4->sin_port = htons(port);
        *ret_length = sizeof *in4;
        return STATUS_OK;
    }
    if (read_ipv6(host, in6)) {
        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons(port);
        *ret_length = sizeof *in6;
        return STATUS_OK;
    }
    return fail(reterr, STATUS_BAD_INPUT, "'%s' is not a numeric address", host);
}

bool tcp_event_from_errno(int code, enum tcp_event *ret_event)
{
    switch (code) {
    case 0:
        *ret_event = TCP_OK;
        return true;
    case ECONNREFUSED:
        *ret_event = TCP_REFUSED;
        return true;
    case ECONNRESET:
        *ret_event = TCP_RESET;
        return true;
    case EPIPE:
        *ret_event = TCP_CLOSED;
        return true;
    case ETIMEDOUT:
        *ret_event = TCP_TIMEOUT;
        return true;
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EHOSTDOWN:
    case ENETDOWN:
    case ENONET:
    case ENOPROTOOPT: /* ICMP protocol unreachable */
    case EPROTO:      /* ICMPv6 parameter problem */
        *ret_event = TCP_NO_ROUTE;
        return true;
    default:
        return false;
    }
}

enum status tcp_begin(const char *host, uint16_t port, int *ret_fd, enum tcp_event *ret_event,
                      struct error *reterr)
{
    struct sockaddr_storage address;
    socklen_t length = 0;

    *ret_fd = -1;
    TRY(tcp_address(host, port, &address, &length, reterr));
    return tcp_begin_at(&address, length, ret_fd, ret_event, reterr);
}

enum status tcp_begin_at(const struct sockaddr_storage *address, socklen_t length, int *ret_fd,
                         enum tcp_event *ret_event, struct error *reterr)
{
    const int on = 1;
    int code;
    int fd = socket(address->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    *ret_fd = -1;
    *ret_event = TCP_OK;
    if (fd < 0) {
        enum status status =
            errno == EMFILE || errno == ENFILE || errno == ENOBUFS ? STATUS_LIMIT : STATUS_IO;

        return fail(reterr, status, "no socket: %s", strerror(errno));
    }
    (void) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(fd, (const struct sockaddr *) address, length) == 0 || errno == EINPROGRESS) {
        *ret_fd = fd;
        return STATUS_OK;
    }
    code = errno;
    (void) close(fd);
    if (tcp_event_from_errno(code, ret_event)) {
        return STATUS_OK;
    }
    /* No local port is free, or no memory for the route: it passes. */
    if (code == EADDRNOTAVAIL || code == EAGAIN || code == ENOBUFS || code == ENOMEM) {
        return fail(reterr, STATUS_LIMIT, "no connection can be begun: %s", strerror(code));
    }
    return fail(reterr, STATUS_IO, "connect: %s", strerror(code));
}

/* An attempt towards a port of our own machine's ephemeral range can meet itself:
 * simultaneous open (RFC 9293 section 3.5) with one socket.  Nobody listens there. */
static bool is_own_echo(int fd)
{
    struct sockaddr_storage ours = { 0 };
    struct sockaddr_storage theirs = { 0 };
    socklen_t our_length = sizeof ours;
    socklen_t their_length = sizeof theirs;

    return getsockname(fd, (struct sockaddr *) &ours, &our_length) == 0 &&
           getpeername(fd, (struct sockaddr *) &theirs, &their_length) == 0 &&
           our_length == their_length && memcmp(&ours, &theirs, our_length) == 0;
}

enum tcp_event tcp_begun_result(int fd)
{
    enum tcp_event event = TCP_NO_ROUTE;
    socklen_t length = sizeof(int);
    int code = 0;

    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &length) != 0) {
        code = errno;
    }
    /* EACCES here is ICMPv6 "administratively prohibited" (RFC 4443 section 3.1). */
    (void) tcp_event_from_errno(code, &event);
    if (event == TCP_OK && is_own_echo(fd)) {
        return TCP_REFUSED;
    }
    return event;
}

/* 1 ready, 0 deadline, -1 with errno. */
static int wait_ready(int fd, short events, int64_t deadline_ms)
{
    struct pollfd waited = { .fd = fd, .events = events };
    int ready;

    do {
        ready = poll(&waited, 1, clock_left_ms(deadline_ms));
    } while (ready < 0 && errno == EINTR);
    return ready;
}

/* Waits for what passes by itself: a free local port or descriptor. */
static enum status begin_patiently(const char *host, uint16_t port, int64_t deadline_ms,
                                   int *ret_fd, enum tcp_event *ret_event, struct error *reterr)
{
    for (;;) {
        enum status status = tcp_begin(host, port, ret_fd, ret_event, reterr);

        if (status != STATUS_LIMIT || clock_left_ms(deadline_ms) == 0) {
            return status;
        }
        (void) poll(NULL, 0, BACK_OFF_MS);
    }
}

enum status tcp_open(struct tcp *tcp, const char *host, uint16_t port, int64_t deadline_ms,
                     struct transcript *transcript, enum tcp_event *ret_event, struct error *reterr)
{
    bool bare6 = strchr(host, ':') != NULL;
    char peer[128];
    int ready = 1;
    int fd = -1;

    *tcp = (struct tcp){ .fd = -1, .transcript = transcript };
    TRY(begin_patiently(host, port, deadline_ms, &fd, ret_event, reterr));
    (void) snprintf(peer, sizeof peer, "%s%s%s:%u/tcp", bare6 ? "[" : "", host, bare6 ? "]" : "",
                    (unsigned) port);
    tcp->connection = transcript_open(transcript, peer);
    if (fd >= 0) {
        ready = wait_ready(fd, POLLOUT, deadline_ms);
        if (ready < 0) {
            int code = errno;

            (void) close(fd);
            return fail(reterr, STATUS_IO, "poll: %s", strerror(code));
        }
        *ret_event = ready == 0 ? TCP_TIMEOUT : tcp_begun_result(fd);
    }
    if (*ret_event == TCP_OK) {
        tcp->fd = fd;
        return STATUS_OK;
    }
    if (fd >= 0) {
        (void) close(fd);
    }
    transcript_note(transcript, tcp->connection, "not connected: %s", tcp_event_word(*ret_event));
    return STATUS_OK;
}

void tcp_done(struct tcp *tcp)
{
    if (tcp->fd >= 0) {
        (void) close(tcp->fd);
        tcp->fd = -1;
    }
}

/* Sends all it can; *ret_sent says how much of it went. */
static enum status send_all(struct tcp *tcp, const uint8_t *data, size_t length,
                            int64_t deadline_ms, size_t *ret_sent, enum tcp_event *ret_event,
                            struct error *reterr)
{
    *ret_event = TCP_OK;
    *ret_sent = 0;
    while (*ret_sent < length) {
        ssize_t sent = send(tcp->fd, data + *ret_sent, length - *ret_sent, MSG_NOSIGNAL);

        if (sent >= 0) {
            *ret_sent += (size_t) sent;
            continue;
        }
        if (errno == EAGAIN) {
            int ready = wait_ready(tcp->fd, POLLOUT, deadline_ms);

            if (ready == 0) {
                *ret_event = TCP_TIMEOUT;
                return STATUS_OK;
            }
            if (ready > 0) {
                continue;
            }
        }
        if (errno == EINTR) {
            continue;
        }
        if (!tcp_event_from_errno(errno, ret_event)) {
            return fail(reterr, STATUS_IO, "send: %s", strerror(errno));
        }
        return STATUS_OK;
    }
    return STATUS_OK;
}

enum status tcp_send(struct tcp *tcp, const void *data, size_t length, int64_t deadline_ms,
                     enum tcp_event *ret_event, struct error *reterr)
{
    size_t sent = 0;

    assert(tcp->fd >= 0);
    TRY(send_all(tcp, data, length, deadline_ms, &sent, ret_event, reterr));
    transcript_sent(tcp->transcript, tcp->connection, data, sent);
    if (*ret_event != TCP_OK) {
        transcript_note(tcp->transcript, tcp->connection, "sending: %s",
                        tcp_event_word(*ret_event));
    }
    return STATUS_OK;
}

enum status tcp_send_secret(struct tcp *tcp, const void *data, size_t length, const char *what,
                            int64_t deadline_ms, enum tcp_event *ret_event, struct error *reterr)
{
    size_t sent = 0;

    assert(tcp->fd >= 0);
    TRY(send_all(tcp, data, length, deadline_ms, &sent, ret_event, reterr));
    transcript_look(tcp->transcript, tcp->connection, data, sent);
    transcript_withheld(tcp->transcript, tcp->connection, what, sent);
    if (*ret_event != TCP_OK) {
        transcript_note(tcp->transcript, tcp->connection, "sending: %s",
                        tcp_event_word(*ret_event));
    }
    return STATUS_OK;
}

enum status tcp_receive(struct tcp *tcp, struct bytes *into, int64_t deadline_ms,
                        enum tcp_event *ret_event, struct error *reterr)
{
    size_t wanted = into->limit - into->length;
    uint8_t *at = NULL;
    ssize_t got;

    assert(tcp->fd >= 0);
    if (wanted == 0) {
        return fail(reterr, STATUS_LIMIT, "the device sent more than %zu bytes", into->limit);
    }
    wanted = wanted < RECEIVE_CHUNK ? wanted : RECEIVE_CHUNK;
    TRY(bytes_reserve(into, wanted, &at, reterr));
    while ((got = recv(tcp->fd, at, wanted, 0)) < 0 && (errno == EAGAIN || errno == EINTR)) {
        int ready = errno == EINTR ? 1 : wait_ready(tcp->fd, POLLIN, deadline_ms);

        if (ready < 0) {
            return fail(reterr, STATUS_IO, "poll: %s", strerror(errno));
        }
        if (ready == 0) {
            *ret_event = TCP_TIMEOUT;
            transcript_note(tcp->transcript, tcp->connection, "no answer until the deadline");
            return STATUS_OK;
        }
    }
    if (got > 0) {
        const int on = 1;

        /* A device that writes in small pieces may wait for our acknowledgement (RFC 896). */
        (void) setsockopt(tcp->fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
        *ret_event = TCP_OK;
        bytes_commit(into, (size_t) got);
        transcript_received(tcp->transcript, tcp->connection, at, (size_t) got);
        return STATUS_OK;
    }
    *ret_event = TCP_CLOSED;
    if (got < 0 && !tcp_event_from_errno(errno, ret_event)) {
        return fail(reterr, STATUS_IO, "recv: %s", strerror(errno));
    }
    transcript_note(tcp->transcript, tcp->connection, "receiving: %s", tcp_event_word(*ret_event));
    return STATUS_OK;
}
