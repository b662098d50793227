#include "channel/udp.h"

#include "base/clock.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

static int listener(const char *address, uint16_t port, uint16_t *ret_port)
{
    struct sockaddr_in six_or_four = { .sin_family = AF_INET, .sin_port = htons(port) };
    socklen_t length = sizeof six_or_four;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    cr_assert_eq(inet_pton(AF_INET, address, &six_or_four.sin_addr), 1);
    cr_assert_eq(bind(fd, (struct sockaddr *) &six_or_four, sizeof six_or_four), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *) &six_or_four, &length), 0);
    *ret_port = ntohs(six_or_four.sin_port);
    return fd;
}

static enum udp_event next(struct udp *udp, char room[64], size_t *ret_length)
{
    struct pollfd polled = { .fd = udp->fd, .events = POLLIN };
    enum udp_event event = UDP_NOTHING;
    int64_t until = clock_monotonic_ms() + 1000;

    do {
        (void) poll(&polled, 1, clock_left_ms(until) < 200 ? clock_left_ms(until) : 200);
        cr_assert_eq(udp_take(udp, room, 64, ret_length, &event, NULL), STATUS_OK);
    } while (event == UDP_NOTHING && clock_left_ms(until) > 0);
    return event;
}

static void send_to(struct udp *udp)
{
    enum udp_event event = UDP_NOTHING;

    cr_assert_eq(udp_send(udp, "ask", 3, &event, NULL), STATUS_OK);
    cr_assert_eq(event, UDP_NOTHING);
}

static void expect_closed(const char *host)
{
    DEFER(udp_done) struct udp udp = { .fd = -1 };
    char room[64];
    size_t length = 0;
    uint16_t port;
    int fd = listener("127.0.0.1", 0, &port);

    (void) close(fd);
    cr_assert_eq(udp_open(&udp, host, port, NULL), STATUS_OK);
    send_to(&udp);
    cr_expect_eq(next(&udp, room, &length), UDP_CLOSED, "%s", host);
}

Test(udp, a_closed_port_says_so)
{
    expect_closed("127.0.0.1");
    expect_closed("::1");
}

Test(udp, an_answer_may_come_from_another_port_but_not_from_another_host)
{
    DEFER(udp_done) struct udp udp = { .fd = -1 };
    struct sockaddr_in asker = { 0 };
    socklen_t asker_length = sizeof asker;
    char room[64];
    size_t length = 0;
    uint16_t port;
    uint16_t ignored;
    int asked = listener("127.0.0.1", 0, &port);
    int elsewhere = listener("127.0.0.1", 0, &ignored);
    int stranger = listener("127.0.0.2", 0, &ignored);

    cr_assert_eq(udp_open(&udp, "127.0.0.1", port, NULL), STATUS_OK);
    send_to(&udp);
    cr_assert_eq(recvfrom(asked, room, sizeof room, 0, (struct sockaddr *) &asker, &asker_length),
                 3);
    cr_assert_eq(sendto(stranger, "no", 2, 0, (struct sockaddr *) &asker, asker_length), 2);
    cr_expect_eq(next(&udp, room, &length), UDP_NOTHING);
    cr_assert_eq(sendto(stranger, "no", 2, 0, (struct sockaddr *) &asker, asker_length), 2);
    cr_assert_eq(sendto(elsewhere, "yes", 3, 0, (struct sockaddr *) &asker, asker_length), 3);
    cr_expect_eq(next(&udp, room, &length), UDP_ANSWER);
    cr_expect_eq(length, 3);
    cr_expect_eq(memcmp(room, "yes", 3), 0);
    (void) close(asked);
    (void) close(elsewhere);
    (void) close(stranger);
}

Test(udp, our_own_address_towards_the_device)
{
    DEFER(udp_done) struct udp four = { .fd = -1 };
    DEFER(udp_done) struct udp six = { .fd = -1 };
    uint8_t address[4];

    cr_assert_eq(udp_open(&four, "127.0.0.1", 9, NULL), STATUS_OK);
    udp_own_ipv4(&four, address);
    cr_expect_eq(memcmp(address, "\x7f\0\0\x01", 4), 0);
    cr_assert_eq(udp_open(&six, "::1", 9, NULL), STATUS_OK);
    udp_own_ipv4(&six, address);
    cr_expect_eq(memcmp(address, "\0\0\0\0", 4), 0);
}

Test(udp, a_name_is_no_address)
{
    struct udp udp;

    cr_expect_eq(udp_open(&udp, "localhost", 9, NULL), STATUS_BAD_INPUT);
    cr_expect_eq(udp.fd, -1);
}
