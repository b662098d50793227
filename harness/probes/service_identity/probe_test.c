#include "support/peer.h"
#include "support/probe_run.h"

#include <poll.h>

extern const struct probe probe_service_identity;

static void say(int fd, const char *text)
{
    (void) !write(fd, text, strlen(text));
}

static void serve_login(int fd)
{
    char room[64];

    (void) !write(fd, "\xff\xfd\x18\xff\xfb\x01\r\nhc100 login: ", 21);
    (void) !read(fd, room, sizeof room);
}

static void serve_ssh(int fd)
{
    say(fd, "SSH-2.0-test_1\r\n");
    (void) poll(NULL, 0, 5000);
}

/* The greeting comes in single bytes, but it comes to its end. */
static void serve_slow_ssh(int fd)
{
    for (const char *at = "SSH-2.0-slow\r\n"; *at != '\0'; at++) {
        (void) !write(fd, at, 1);
        (void) poll(NULL, 0, 10);
    }
    (void) poll(NULL, 0, 5000);
}

static void serve_http(int fd)
{
    char room[2048];
    ssize_t got = read(fd, room, sizeof room);

    if (got > 3 && memcmp(room, "GET", 3) == 0) {
        say(fd, "HTTP/1.0 200 OK\r\nServer: tiny\r\n\r\nhello");
    }
}

static void serve_mqtt_5_only(int fd)
{
    char room[256];
    ssize_t got = read(fd, room, sizeof room);

    if (got > 9 && room[0] == 0x10 && room[8] == 5) {
        (void) !write(fd, "\x20\x03\x00\x00\x00", 5);
        (void) !read(fd, room, sizeof room);
    }
}

static void serve_debug(int fd)
{
    char room[256];

    say(fd, "debug 1.0\r\n> ");
    while (read(fd, room, sizeof room) > 0) {
        say(fd, "?\r\n> ");
    }
}

static void serve_silence(int fd)
{
    char room[256];

    while (read(fd, room, sizeof room) > 0) {
    }
}

static void serve_drips(int fd)
{
    while (write(fd, "x", 1) == 1) {
        (void) poll(NULL, 0, 30);
    }
}

static void serve_flood(int fd)
{
    static const char text[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    while (write(fd, text, sizeof text - 1) > 0) {
    }
}

static void serve_reset(int fd)
{
    const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

    (void) setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    (void) close(fd);
}

static void serve_farewell(int fd)
{
    (void) close(fd);
}

static struct probe_run identify(uint16_t port)
{
    struct probe_run run = probe_run(&probe_service_identity, NULL, "127.0.0.1", port,
                                     "{\"timeout_ms\":200,\"listen_ms\":80}", 20000);

    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    return run;
}

static bool holds_port(const struct probe_run *run, const char *fact, uint16_t port)
{
    const json_t *list = json_object_get(run->facts, fact);
    size_t index;
    json_t *value;

    json_array_foreach(list, index, value)
    {
        if (json_integer_value(value) == port) {
            return true;
        }
    }
    return false;
}

static void expect_known(void (*serve)(int fd), const char *protocol, const char *detail)
{
    uint16_t port;
    pid_t peer = peer_start(serve, &port);
    struct probe_run run = identify(port);
    const json_t *row = json_array_get(json_object_get(run.facts, "services"), 0);

    cr_assert_not_null(row, "%s", protocol);
    cr_expect_str_eq(json_string_value(json_object_get(row, "protocol")), protocol);
    cr_expect_not_null(strstr(json_string_value(json_object_get(row, "detail")), detail), "%s",
                       json_string_value(json_object_get(row, "detail")));
    cr_expect_eq(json_integer_value(json_object_get(row, "port")), port);
    cr_expect(json_is_true(json_object_get(run.facts, "complete")));
    cr_expect_eq(holds_port(&run, "telnet_ports", port), strcmp(protocol, "telnet") == 0);
    cr_expect_eq(holds_port(&run, "non_telnet_ports", port), strcmp(protocol, "telnet") != 0);
    cr_expect(holds_port(&run, "open", port));
    cr_expect(!holds_port(&run, "unknown", port));
    probe_run_done(&run);
    peer_stop(peer);
}

/* Ends in time, and as data: an open port of which nothing is known. */
static void expect_unknown(void (*serve)(int fd), const char *first_words)
{
    uint16_t port;
    pid_t peer = peer_start(serve, &port);
    int64_t begun = clock_monotonic_ms();
    struct probe_run run = identify(port);
    const json_t *row = json_array_get(json_object_get(run.facts, "unknown_says"), 0);

    cr_expect_lt(clock_monotonic_ms() - begun, 5000);
    cr_expect(holds_port(&run, "open", port));
    cr_expect(holds_port(&run, "unknown", port));
    cr_expect(!holds_port(&run, "telnet_ports", port));
    cr_expect(!holds_port(&run, "non_telnet_ports", port));
    cr_expect(json_is_true(json_object_get(run.facts, "complete")));
    cr_assert_not_null(row);
    cr_expect_eq(strncmp(json_string_value(json_object_get(row, "detail")), first_words,
                         strlen(first_words)),
                 0);
    cr_expect_leq(run.transcript.connections, 6);
    probe_run_done(&run);
    peer_stop(peer);
}

Test(service_identity, a_login_is_telnet)
{
    expect_known(serve_login, "telnet", "login:");
}

Test(service_identity, a_greeting_settles_it)
{
    expect_known(serve_ssh, "ssh", "SSH-2.0-test_1");
    expect_known(serve_slow_ssh, "ssh", "SSH-2.0-slow");
}

Test(service_identity, one_that_waits_for_a_request)
{
    expect_known(serve_http, "http", "tiny");
}

Test(service_identity, a_broker_of_version_5_alone)
{
    expect_known(serve_mqtt_5_only, "mqtt", "MQTT 5.0");
}

Test(service_identity, a_debug_console_is_unknown_and_not_telnet)
{
    expect_unknown(serve_debug, "debug 1.0");
}

Test(service_identity, silence)
{
    expect_unknown(serve_silence, "");
}

Test(service_identity, a_drip_without_end)
{
    expect_unknown(serve_drips, "x");
}

Test(service_identity, a_flood_without_end)
{
    expect_unknown(serve_flood, "aaaa");
}

Test(service_identity, resets)
{
    expect_unknown(serve_reset, "");
}

Test(service_identity, closes_at_once)
{
    expect_unknown(serve_farewell, "");
}

Test(service_identity, nobody_there)
{
    uint16_t port;
    int listener = peer_listen(1, &port);
    struct probe_run run;

    (void) close(listener);
    run = identify(port);
    cr_expect(!holds_port(&run, "open", port));
    cr_expect_eq(json_array_size(json_object_get(run.facts, "services")), 0);
    cr_expect_eq(json_array_size(json_object_get(run.facts, "unknown")), 0);
    cr_expect(json_is_true(json_object_get(run.facts, "complete")));
    probe_run_done(&run);
}

Test(service_identity, many_side_by_side)
{
    static void (*const serves[])(int) = { serve_login,       serve_ssh,   serve_http,
                                           serve_mqtt_5_only, serve_debug, serve_silence };
    enum { KINDS = sizeof serves / sizeof serves[0], EACH = 3 };
    pid_t peers[KINDS * EACH];
    char params[256] = "{\"timeout_ms\":300,\"listen_ms\":100,\"ports\":\"";
    struct probe_run run;
    int64_t begun;

    for (size_t i = 0; i < KINDS * EACH; i++) {
        uint16_t port;
        size_t used;

        peers[i] = peer_start(serves[i % KINDS], &port);
        used = strlen(params);
        (void) snprintf(params + used, sizeof params - used, "%s%u%s", i > 0 ? "," : "",
                        (unsigned) port, i + 1 == KINDS * EACH ? "\"}" : "");
    }
    begun = clock_monotonic_ms();
    run = probe_run(&probe_service_identity, NULL, "127.0.0.1", 0, params, 20000);
    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_expect_lt(clock_monotonic_ms() - begun, 6000);
    cr_expect_eq(json_array_size(json_object_get(run.facts, "services")), 4 * EACH);
    cr_expect_eq(json_array_size(json_object_get(run.facts, "unknown")), 2 * EACH);
    cr_expect_eq(json_array_size(json_object_get(run.facts, "telnet_ports")), EACH);
    cr_expect_eq(json_array_size(json_object_get(run.facts, "protocols")), 4);
    probe_run_done(&run);
    for (size_t i = 0; i < KINDS * EACH; i++) {
        peer_stop(peers[i]);
    }
}

Test(service_identity, the_deadline_is_said)
{
    uint16_t port;
    pid_t peer = peer_start(serve_silence, &port);
    struct probe_run run =
        probe_run(&probe_service_identity, NULL, "127.0.0.1", port, "{\"timeout_ms\":5000}", 900);

    cr_assert_eq(run.status, STATUS_OK);
    cr_expect(!json_is_true(json_object_get(run.facts, "complete")));
    cr_expect(!holds_port(&run, "unknown", port));
    probe_run_done(&run);
    peer_stop(peer);
}

Test(service_identity, no_port_is_a_usage_error)
{
    struct probe_run run = probe_run(&probe_service_identity, NULL, "127.0.0.1", 0, "{}", 1000);

    cr_expect_eq(run.status, STATUS_USAGE);
    probe_run_done(&run);
}
