#include "channel/tcp.h"

#include "base/clock.h"
#include "support/peer.h"

#include <poll.h>
#include <string.h>

static struct error error;

static void open_to(struct tcp *tcp, uint16_t port, struct transcript *transcript,
                    enum tcp_event wanted)
{
    enum tcp_event event = TCP_CLOSED;

    cr_assert_eq(
        tcp_open(tcp, "127.0.0.1", port, clock_monotonic_ms() + 2000, transcript, &event, &error),
        STATUS_OK, "%s", error.message);
    cr_assert_eq(event, wanted, "%s", tcp_event_word(event));
}

static enum tcp_event receive(struct tcp *tcp, struct bytes *into, int wait_ms)
{
    enum tcp_event event = TCP_OK;

    cr_assert_eq(tcp_receive(tcp, into, clock_monotonic_ms() + wait_ms, &event, &error), STATUS_OK,
                 "%s", error.message);
    return event;
}

static void serve_echo(int fd)
{
    char room[256];
    ssize_t got;

    while ((got = read(fd, room, sizeof room)) > 0) {
        (void) !write(fd, room, (size_t) got);
    }
}

static void serve_silence(int fd)
{
    (void) poll(NULL, 0, 20000);
    (void) close(fd);
}

static void serve_reset(int fd)
{
    const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

    (void) setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    (void) close(fd);
}

Test(tcp, says_hears_and_sees_the_end)
{
    struct transcript transcript = transcript_start(4096);
    DEFER(bytes_done) struct bytes answer = bytes_bounded(64);
    DEFER(tcp_done) struct tcp tcp = { .fd = -1 };
    enum tcp_event event;
    uint16_t port;
    pid_t peer = peer_start(serve_echo, &port);

    open_to(&tcp, port, &transcript, TCP_OK);
    cr_assert_eq(tcp_send(&tcp, "hello", 5, clock_monotonic_ms() + 1000, &event, &error),
                 STATUS_OK);
    cr_expect_eq(event, TCP_OK);
    while (answer.length < 5) {
        cr_assert_eq(receive(&tcp, &answer, 2000), TCP_OK);
    }
    cr_expect_arr_eq(answer.data, "hello", 5);
    (void) shutdown(tcp.fd, SHUT_WR);
    cr_expect_eq(receive(&tcp, &answer, 2000), TCP_CLOSED);
    cr_expect_eq(transcript.sent, 5);
    cr_expect_eq(transcript.received, 5);
    peer_stop(peer);
    transcript_done(&transcript);
}

Test(tcp, a_secret_stays_out_of_the_transcript)
{
    struct transcript transcript = transcript_start(4096);
    DEFER(tcp_done) struct tcp tcp = { .fd = -1 };
    enum tcp_event event;
    uint16_t port;
    pid_t peer = peer_start(serve_silence, &port);
    char *text;

    open_to(&tcp, port, &transcript, TCP_OK);
    cr_assert_eq(tcp_send_secret(&tcp, "hunter2", 7, "password", clock_monotonic_ms() + 1000,
                                 &event, &error),
                 STATUS_OK);
    text = json_dumps(transcript.events, 0);
    cr_assert_not_null(text);
    cr_expect_null(strstr(text, "aHVudGVyMg"), "the password in base64");
    cr_expect_not_null(strstr(text, "withheld"));
    free(text);
    peer_stop(peer);
    transcript_done(&transcript);
}

Test(tcp, nobody_listens)
{
    DEFER(tcp_done) struct tcp tcp = { .fd = -1 };
    uint16_t port;
    int listener = peer_listen(1, &port);

    (void) close(listener);
    open_to(&tcp, port, NULL, TCP_REFUSED);
    cr_expect_eq(tcp.fd, -1);
}

Test(tcp, silence_ends_at_the_deadline)
{
    DEFER(bytes_done) struct bytes answer = bytes_bounded(64);
    DEFER(tcp_done) struct tcp tcp = { .fd = -1 };
    uint16_t port;
    pid_t peer = peer_start(serve_silence, &port);
    int64_t begun;

    open_to(&tcp, port, NULL, TCP_OK);
    begun = clock_monotonic_ms();
    cr_expect_eq(receive(&tcp, &answer, 150), TCP_TIMEOUT);
    cr_expect_geq(clock_monotonic_ms() - begun, 140);
    cr_expect_lt(clock_monotonic_ms() - begun, 2000);
    peer_stop(peer);
}

Test(tcp, a_reset_is_told_from_a_farewell)
{
    DEFER(bytes_done) struct bytes answer = bytes_bounded(64);
    DEFER(tcp_done) struct tcp tcp = { .fd = -1 };
    enum tcp_event event = TCP_OK;
    uint16_t port;
    pid_t peer = peer_start(serve_reset, &port);

    cr_assert_eq(
        tcp_open(&tcp, "127.0.0.1", port, clock_monotonic_ms() + 2000, NULL, &event, &error),
        STATUS_OK);
    if (event == TCP_OK) {
        event = receive(&tcp, &answer, 2000);
    }
    cr_expect_eq(event, TCP_RESET);
    peer_stop(peer);
}

Test(tcp, a_full_buffer_is_a_limit)
{
    DEFER(bytes_done) struct bytes answer = bytes_bounded(3);
    DEFER(tcp_done) struct tcp tcp = { .fd = -1 };
    enum tcp_event event;
    uint16_t port;
    pid_t peer = peer_start(serve_echo, &port);

    open_to(&tcp, port, NULL, TCP_OK);
    cr_assert_eq(tcp_send(&tcp, "hello", 5, clock_monotonic_ms() + 1000, &event, &error),
                 STATUS_OK);
    while (answer.length < 3) {
        cr_assert_eq(receive(&tcp, &answer, 2000), TCP_OK);
    }
    cr_expect_eq(tcp_receive(&tcp, &answer, clock_monotonic_ms() + 100, &event, &error),
                 STATUS_LIMIT);
    peer_stop(peer);
}

/* A client whose own port is the one it asks for meets itself. */
Test(tcp, meeting_itself_is_not_open)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    cr_assert_geq(fd, 0);
    cr_assert_eq(bind(fd, (struct sockaddr *) &address, sizeof address), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *) &address, &length), 0);
    cr_assert_eq(connect(fd, (struct sockaddr *) &address, sizeof address), 0);
    cr_expect_eq(tcp_begun_result(fd), TCP_REFUSED);
    (void) close(fd);
}

Test(tcp, addresses)
{
    static const char *const good[] = { "127.0.0.1", "::1", "fe80::1%lo", "fe80::1%1" };
    static const char *const bad[] = { "", "localhost", "127.1", "::1%no-such-zone", "1:2", "%lo" };
    struct sockaddr_storage address;
    socklen_t length;

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        cr_expect_eq(tcp_address(good[i], 80, &address, &length, &error), STATUS_OK, "%s", good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_expect_eq(tcp_address(bad[i], 80, &address, &length, &error), STATUS_BAD_INPUT, "%s",
                     bad[i]);
    }
}
