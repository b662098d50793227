#include "channel/tcp_scan.h"

#include "base/clock.h"
#include "channel/tcp.h"
#include "support/peer.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/resource.h>

static struct error error;
static struct tcp_port_set set;
static struct tcp_scan_result result;

static struct tcp_scan_ask ask_for(const char *ports)
{
    cr_assert_eq(tcp_port_set_read(ports, &set, &error), STATUS_OK, "%s", error.message);
    return (struct tcp_scan_ask){
        .host = "127.0.0.1",
        .ports = &set,
        .in_flight = 100,
        .timeout_ms = 400,
        .retries = 2,
        .deadline_ms = clock_monotonic_ms() + 20000,
    };
}

static void scan(const struct tcp_scan_ask *ask)
{
    cr_assert_eq(tcp_scan(ask, &result, &error), STATUS_OK, "%s", error.message);
}

static void serve_reset(int fd)
{
    const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

    (void) setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    (void) close(fd);
}

Test(tcp_scan, lists_are_read)
{
    static const struct {
        const char *text;
        unsigned count;
    } good[] = { { "all", 65535 },        { "1", 1 },         { "65535", 1 },
                 { "1-1024,8443", 1025 }, { "5-7,6-8,7", 4 }, { "1-65535", 65535 } };
    static const char *const bad[] = { "",      "0",   "65536", "5-4",         "1,",
                                       ",1",    "1-",  "1--2",  "a",           "1;2",
                                       " 1",    "1 ",  "-1",    "99999999999", "all,1",
                                       "1,all", "0-5", "1-2-3", "+1" };

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        cr_expect_eq(tcp_port_set_read(good[i].text, &set, &error), STATUS_OK, "%s", good[i].text);
        cr_expect_eq(set.count, good[i].count, "%s", good[i].text);
        cr_expect(!set.wanted[0]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_expect_eq(tcp_port_set_read(bad[i], &set, &error), STATUS_BAD_INPUT, "'%s'", bad[i]);
    }
}

Test(tcp_scan, finds_what_is_open_among_all_ports)
{
    uint16_t ports[20];
    uint16_t closed;
    struct tcp_scan_ask ask = ask_for("all");
    int gone = peer_listen(1, &closed);

    for (size_t i = 0; i < 20; i++) {
        (void) peer_listen(16, &ports[i]);
    }
    (void) close(gone);
    scan(&ask);
    cr_expect(result.complete);
    cr_expect_eq(result.open + result.closed + result.filtered + result.unreachable, 65535);
    for (size_t i = 0; i < 20; i++) {
        cr_expect_eq(result.state[ports[i]], TCP_PORT_OPEN, "%u", (unsigned) ports[i]);
    }
    cr_expect_eq(result.state[closed], TCP_PORT_CLOSED);
    cr_expect_geq(result.open, 20);
}

Test(tcp_scan, a_reset_after_the_handshake_is_open)
{
    uint16_t port;
    pid_t peer = peer_start(serve_reset, &port);

    for (int i = 0; i < 20; i++) {
        struct tcp_scan_ask ask = ask_for("1-20");

        set.wanted[port] = true;
        set.count++;
        scan(&ask);
        cr_assert_eq(result.state[port], TCP_PORT_OPEN);
        cr_assert_eq(result.open + result.closed, 21);
    }
    peer_stop(peer);
}

/* A listener whose queue is full drops what comes: silence, as behind a firewall. */
Test(tcp_scan, silence_is_filtered_and_was_asked_again)
{
    uint16_t port;
    struct tcp_scan_ask ask = ask_for("1-10");
    int fillers[8];

    (void) peer_listen(0, &port);
    for (size_t i = 0; i < 8; i++) {
        enum tcp_event event;

        cr_assert_eq(tcp_begin("127.0.0.1", port, &fillers[i], &event, &error), STATUS_OK);
    }
    set.wanted[port] = true;
    set.count++;
    scan(&ask);
    cr_expect_eq(result.state[port], TCP_PORT_FILTERED);
    cr_expect_eq(result.filtered, 1);
    cr_expect_geq(result.retries, 1);
    cr_expect_leq(result.retries, 2);
    cr_expect(result.complete);
}

Test(tcp_scan, running_out_of_descriptors_is_not_the_devices_fault)
{
    const struct rlimit few = { .rlim_cur = 64, .rlim_max = 64 };
    uint16_t port;
    struct tcp_scan_ask ask = ask_for("1-5000");

    (void) peer_listen(16, &port);
    set.wanted[port] = true;
    set.count++;
    ask.in_flight = 1000;
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
    while (dup(0) >= 0) {
    }
    (void) close(50);
    (void) close(51);
    (void) close(52);
    scan(&ask);
    cr_expect_eq(result.state[port], TCP_PORT_OPEN);
    cr_expect_eq(result.open + result.closed, 5001);
    cr_expect(result.complete);
    cr_expect_gt(result.backed_off, 0);
}

Test(tcp_scan, no_descriptor_at_all_is_an_unfinished_scan)
{
    const struct rlimit few = { .rlim_cur = 64, .rlim_max = 64 };
    struct tcp_scan_ask ask = ask_for("1-50");

    ask.deadline_ms = clock_monotonic_ms() + 300;
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
    while (dup(0) >= 0) {
    }
    scan(&ask);
    cr_expect(!result.complete);
    cr_expect_eq(result.closed, 0);
    cr_expect_eq(result.filtered, 0);
}

Test(tcp_scan, the_rate_is_kept)
{
    struct tcp_scan_ask ask = ask_for("1-200");
    int64_t begun = clock_monotonic_ms();

    ask.connections_per_second = 400;
    scan(&ask);
    cr_expect(result.complete);
    cr_expect_geq(clock_monotonic_ms() - begun, 450);
}

Test(tcp_scan, the_deadline_leaves_the_scan_incomplete)
{
    struct tcp_scan_ask ask = ask_for("all");
    int64_t begun = clock_monotonic_ms();

    ask.connections_per_second = 1000;
    ask.deadline_ms = begun + 200;
    scan(&ask);
    cr_expect(!result.complete);
    cr_expect_lt(clock_monotonic_ms() - begun, 2000);
    cr_expect_gt(result.closed + result.open, 0);
}

static unsigned reported;
static unsigned reported_total;

static void note_progress(void *context, unsigned done, unsigned total)
{
    (void) context;
    reported = done;
    reported_total = total;
}

Test(tcp_scan, progress_comes_to_its_end)
{
    struct tcp_scan_ask ask = ask_for("1-2000");

    ask.progress = note_progress;
    scan(&ask);
    cr_expect_geq(reported, 1980);
    cr_expect_eq(reported_total, 2000);
}

Test(tcp_scan, version_6)
{
    struct sockaddr_in6 address = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    socklen_t length = sizeof address;
    struct tcp_scan_ask ask = ask_for("1-50");
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    uint16_t port;

    if (fd < 0 || bind(fd, (struct sockaddr *) &address, sizeof address) != 0) {
        cr_skip_test("no IPv6 on loopback");
    }
    cr_assert_eq(listen(fd, 5), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *) &address, &length), 0);
    port = ntohs(address.sin6_port);
    set.wanted[port] = true;
    set.count++;
    ask.host = "::1";
    scan(&ask);
    cr_expect_eq(result.state[port], TCP_PORT_OPEN);
    cr_expect_eq(result.open + result.closed, 51);
}

Test(tcp_scan, a_name_is_not_an_address)
{
    struct tcp_scan_ask ask = ask_for("1");

    ask.host = "localhost";
    cr_expect_eq(tcp_scan(&ask, &result, &error), STATUS_BAD_INPUT);
}
