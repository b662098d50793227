#include "channel/door.h"

#include "base/clock.h"
#include "support/peer.h"

#include <string.h>

static enum door_event next(struct door *door, struct tcp *tcp)
{
    struct error error = { .status = STATUS_OK };
    enum door_event event = DOOR_TIMEOUT;

    cr_assert_eq(door_wait(door, -1, clock_monotonic_ms() + 300, tcp, &event, &error), STATUS_OK,
                 "%s", error.message);
    return event;
}

Test(door, calls_come_in_by_the_port_they_were_made_to)
{
    static const char *const devices[] = { "192.0.2.1", "127.0.0.1" };
    struct door_plan plan = { .devices = devices,
                              .device_count = 2,
                              .tls_port = peer_free_port(),
                              .clear_port = peer_free_port() };
    DEFER(transcript_done) struct transcript transcript = transcript_start(4096);
    DEFER(door_done) struct door door;
    DEFER(tcp_done) struct tcp first = { .fd = -1 };
    DEFER(tcp_done) struct tcp second = { .fd = -1 };
    struct error error = { .status = STATUS_OK };
    int clear;
    int tls;

    cr_assert_eq(door_open(&door, &plan, &transcript, &error), STATUS_OK, "%s", error.message);
    clear = peer_call(plan.clear_port);
    cr_expect_eq(next(&door, &first), DOOR_CLEAR);
    tls = peer_call(plan.tls_port);
    cr_expect_eq(next(&door, &second), DOOR_TLS);
    cr_expect(first.fd >= 0 && second.fd >= 0 && first.connection != second.connection);
    (void) close(clear);
    (void) close(tls);
}

Test(door, a_port_that_is_taken_is_our_own_fault)
{
    struct door_plan plan = { .device_count = 0 };
    DEFER(transcript_done) struct transcript transcript = transcript_start(4096);
    DEFER(door_done) struct door door;
    struct error error = { .status = STATUS_OK };
    int fd = peer_listen(1, &plan.tls_port);

    cr_expect_eq(door_open(&door, &plan, &transcript, &error), STATUS_IO);
    cr_expect(strstr(error.message, "cannot be listened on") != NULL);
    (void) close(fd);
}

static size_t ask(struct door *door, const char *name, uint16_t type, uint8_t *room, size_t size)
{
    struct sockaddr_in server = { .sin_family = AF_INET,
                                  .sin_port = htons(door->plan.dns_port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    uint8_t question[300] = { 0, 1, 1, 0, 0, 1 };
    size_t length = 12;
    struct tcp tcp = { .fd = -1 };
    ssize_t got;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    for (const char *at = name; *at != '\0';) {
        size_t label = strcspn(at, ".");

        question[length++] = (uint8_t) label;
        memcpy(question + length, at, label);
        length += label;
        at += label + (at[label] == '.');
    }
    question[length + 2] = (uint8_t) type;
    question[length + 4] = 1;
    length += 5;
    cr_assert_eq(sendto(fd, question, length, 0, (struct sockaddr *) &server, sizeof server),
                 (ssize_t) length);
    cr_expect_eq(next(door, &tcp), DOOR_TIMEOUT);
    got = recv(fd, room, size, MSG_DONTWAIT);
    (void) close(fd);
    return got > 0 ? (size_t) got : 0;
}

Test(door, declared_names_are_answered_and_others_are_not_there)
{
    static const char *const devices[] = { "127.0.0.1" };
    static const char *const hosts[] = { "Cloud.example.test" };
    struct door_plan plan = { .devices = devices,
                              .device_count = 1,
                              .hosts = hosts,
                              .host_count = 1,
                              .tls_port = peer_free_port(),
                              .dns_port = peer_free_port(),
                              .own_address = "192.0.2.9" };
    DEFER(transcript_done) struct transcript transcript = transcript_start(4096);
    DEFER(door_done) struct door door;
    struct error error = { .status = STATUS_OK };
    uint8_t answer[512];
    size_t length;

    cr_assert_eq(door_open(&door, &plan, &transcript, &error), STATUS_OK, "%s", error.message);
    length = ask(&door, "cloud.example.test", 1, answer, sizeof answer);
    cr_assert_gt(length, 16);
    cr_expect_arr_eq(answer + length - 4, "\xc0\x00\x02\x09", 4);
    length = ask(&door, "cloud.example.test", 28, answer, sizeof answer);
    cr_assert_gt(length, 12);
    cr_expect_eq(answer[7], 0, "the name is there, without an IPv6 address");
    cr_expect_eq(answer[3] & 0x0f, 0);
    length = ask(&door, "time.example.test", 1, answer, sizeof answer);
    cr_assert_gt(length, 12);
    cr_expect_eq(answer[3] & 0x0f, 3);
    cr_expect_eq(door.questions, 2);
    cr_expect_eq(door.other_name_count, 1);
    cr_expect_str_eq(door.other_names[0], "time.example.test");
}

static int datagram_call(uint16_t port, const char *said)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    cr_assert_eq(connect(fd, (struct sockaddr *) &to, sizeof to), 0);
    cr_assert_eq(send(fd, said, strlen(said), 0), (ssize_t) strlen(said));
    return fd;
}

Test(door, a_call_over_udp_is_all_that_comes_from_one_port)
{
    static const char *const devices[] = { "127.0.0.1" };
    struct door_plan plan = { .devices = devices,
                              .device_count = 1,
                              .datagrams = true,
                              .tls_port = peer_free_port(),
                              .clear_port = peer_free_port() };
    DEFER(transcript_done) struct transcript transcript = transcript_start(4096);
    DEFER(door_done) struct door door;
    DEFER(tcp_done) struct tcp first = { .fd = -1 };
    DEFER(tcp_done) struct tcp second = { .fd = -1 };
    DEFER(bytes_done) struct bytes heard = bytes_bounded(64);
    struct error error = { .status = STATUS_OK };
    enum tcp_event event = TCP_OK;
    char room[8] = "";
    int one;
    int other;

    cr_assert_eq(door_open(&door, &plan, &transcript, &error), STATUS_OK, "%s", error.message);
    one = datagram_call(plan.tls_port, "one");
    cr_expect_eq(next(&door, &first), DOOR_TLS);
    cr_expect_eq(door.first_length, 3);
    cr_expect_arr_eq(door.first, "one", 3);
    other = datagram_call(plan.tls_port, "other");
    cr_expect_eq(next(&door, &second), DOOR_TLS);
    cr_expect_arr_eq(door.first, "other", 5);

    cr_assert_eq(send(one, "more", 4, 0), 4);
    cr_assert_eq(tcp_receive(&first, &heard, clock_monotonic_ms() + 1000, &event, &error),
                 STATUS_OK);
    cr_expect_eq(heard.length, 4);
    cr_assert_eq(tcp_send(&second, "yes", 3, clock_monotonic_ms() + 1000, &event, &error),
                 STATUS_OK);
    cr_expect_eq(recv(other, room, sizeof room, 0), 3);
    cr_expect_eq(recv(one, room, sizeof room, MSG_DONTWAIT), -1);
    (void) close(one);
    (void) close(other);
}

static void expect_stranger(bool datagrams)
{
    static const char *const devices[] = { "192.0.2.1" };
    struct door_plan plan = {
        .devices = devices, .device_count = 1, .datagrams = datagrams, .tls_port = peer_free_port()
    };
    DEFER(transcript_done) struct transcript transcript = transcript_start(4096);
    DEFER(door_done) struct door door;
    struct tcp tcp = { .fd = -1 };
    struct error error = { .status = STATUS_OK };
    int fd;

    cr_assert_eq(door_open(&door, &plan, &transcript, &error), STATUS_OK, "%s", error.message);
    fd = datagrams ? datagram_call(plan.tls_port, "stranger") : peer_call(plan.tls_port);
    cr_expect_eq(next(&door, &tcp), DOOR_TIMEOUT);
    cr_expect_eq(door.strangers, 1);
    cr_expect_eq(tcp.fd, -1);
    (void) close(fd);
}

Test(door, strangers_are_counted_and_not_let_in)
{
    expect_stranger(false);
    expect_stranger(true);
}

Test(door, a_port_over_udp_that_is_taken_is_our_own_fault)
{
    static const char *const devices[] = { "127.0.0.1" };
    struct door_plan plan = {
        .devices = devices, .device_count = 1, .datagrams = true, .tls_port = peer_free_port()
    };
    DEFER(transcript_done) struct transcript transcript = transcript_start(4096);
    DEFER(door_done) struct door door;
    DEFER(door_done) struct door again;
    struct error error = { .status = STATUS_OK };

    cr_assert_eq(door_open(&door, &plan, &transcript, &error), STATUS_OK, "%s", error.message);
    cr_expect_eq(door_open(&again, &plan, &transcript, &error), STATUS_IO);
}
