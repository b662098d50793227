#include "support/peer.h"
#include "support/run_facts.h"

#include "probe/registry.h"

#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

extern const struct probe probe_malformed_input;

/* What the device's processes share: when it hangs, and until when. */
static volatile int64_t *hangs_until;

static void answer(int fd, const char *text)
{
    (void) !write(fd, text, strlen(text));
    (void) shutdown(fd, SHUT_WR);
    (void) close(fd);
}

/* Reads until the other side has nothing more to say for a moment. */
static size_t hear(int fd, char *room, size_t size)
{
    size_t length = 0;
    struct timeval moment = { .tv_usec = 5000 };
    ssize_t got = 0;

    (void) setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &moment, sizeof moment);
    while (length < size && (got = read(fd, room + length, size - length)) > 0) {
        length += (size_t) got;
    }
    return length;
}

static void serve_sound(int fd)
{
    char room[32768];

    (void) hear(fd, room, sizeof room);
    answer(fd, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

/* Dies of a long request, with all of its kind. */
static void serve_dying(int fd)
{
    char room[32768];

    if (hear(fd, room, sizeof room) > 8000) {
        (void) kill(getppid(), SIGKILL);
        _exit(1);
    }
    answer(fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

/* Says nothing for a while after a long request. */
static void serve_hanging(int fd)
{
    char room[32768];

    if (hear(fd, room, sizeof room) > 8000) {
        *hangs_until = clock_monotonic_ms() + 900;
    }
    if (clock_monotonic_ms() < *hangs_until) {
        return;
    }
    answer(fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

/* TLS to the eye, but nothing gets inside it. */
static void serve_handshake_failure(int fd)
{
    static const char alert[] = "\x15\x03\x03\x00\x02\x02\x28"; /* RFC 8446 section 6.2 */
    char room[32768];

    (void) hear(fd, room, sizeof room);
    (void) !write(fd, alert, sizeof alert - 1);
}

static const struct service service = { .id = "s", .protocol = "" };
static const struct subject subject = { .service = &service };

static struct probe_run run_until(void (*serve)(int fd), const char *params, int deadline_ms)
{
    struct probe_run run;
    uint16_t port = 0;
    pid_t peer;

    hangs_until =
        mmap(NULL, sizeof *hangs_until, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cr_assert_neq((void *) hangs_until, MAP_FAILED);
    peer = peer_start(serve, &port);
    run = probe_run(&probe_malformed_input, &subject, "127.0.0.1", port, params, deadline_ms);
    peer_stop(peer);
    (void) munmap((void *) hangs_until, sizeof *hangs_until);
    return run;
}

static struct probe_run run_against(void (*serve)(int fd), const char *params)
{
    return run_until(serve, params, 50000);
}

static bool truth(const struct probe_run *run, const char *name)
{
    json_t *value = json_object_get(run->facts, name);

    cr_assert(json_is_boolean(value), "no fact %s", name);
    return json_is_true(value);
}

Test(malformed_input, a_service_that_refuses_nonsense_outlives_it)
{
    struct probe_run run = run_against(serve_sound, "{\"protocol\":\"http\",\"damaged\":10}");

    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_expect(truth(&run, "answered_before"));
    cr_expect(truth(&run, "answered_after"));
    cr_expect(truth(&run, "complete"));
    cr_expect_eq(json_array_size(json_object_get(run.facts, "stops")), 0);
    cr_expect_eq(number(&run, "unsent_count"), 0);
    cr_expect_eq(number(&run, "sent_count") + number(&run, "left_out_count"),
                 number(&run, "planned_count"));
    probe_run_done(&run);
}

Test(malformed_input, the_message_that_kills_is_named_with_its_bytes)
{
    struct probe_run run =
        run_against(serve_dying, "{\"protocol\":\"http\",\"patience_ms\":300,\"recovery_ms\":300}");
    json_t *stop = json_array_get(json_object_get(run.facts, "stops"), 0);

    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_assert_eq(json_array_size(json_object_get(run.facts, "stops")), 1);
    cr_expect_str_eq(json_string_value(json_object_get(stop, "case")), "http/long-target");
    cr_expect_eq(strncmp(json_string_value(json_object_get(stop, "bytes")), "474554202f4141", 14),
                 0);
    cr_expect_eq(strlen(json_string_value(json_object_get(stop, "sha256"))), 64);
    cr_expect(json_is_false(json_object_get(stop, "recovered")));
    cr_expect_null(json_object_get(stop, "confirmed"), "it could not be tried again");
    cr_expect_not(truth(&run, "answered_after"));
    cr_expect_not(truth(&run, "complete"));
    probe_run_done(&run);
}

Test(malformed_input, a_stop_that_repeats_is_confirmed)
{
    struct probe_run run = run_against(serve_hanging, "{\"protocol\":\"http\",\"patience_ms\":300,"
                                                      "\"recovery_ms\":8000,"
                                                      "\"only\":\"http/long-header\"}");
    json_t *stop = json_array_get(json_object_get(run.facts, "stops"), 0);

    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_assert_eq(json_array_size(json_object_get(run.facts, "stops")), 1);
    cr_expect(json_is_true(json_object_get(stop, "recovered")));
    cr_expect(json_is_true(json_object_get(stop, "confirmed")));
    cr_expect(truth(&run, "answered_after"));
    probe_run_done(&run);
}

/* Takes its time for everything. */
static void serve_slowly(int fd)
{
    (void) usleep(700 * 1000);
    serve_sound(fd);
}

Test(malformed_input, a_question_that_our_time_cut_short_is_no_stop)
{
    struct probe_run run = run_until(serve_slowly, "{\"protocol\":\"http\"}", 5000);

    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_expect(truth(&run, "answered_before"));
    cr_expect_not(truth(&run, "complete"));
    cr_expect_gt(json_integer_value(json_object_get(run.facts, "sent_count")), 1);
    cr_expect_eq(json_array_size(json_object_get(run.facts, "stopped_by")), 0);
    cr_expect_null(json_object_get(run.facts, "answered_after"), "there was no time to ask");
    probe_run_done(&run);
}

/* The silence of a port where nobody was is no stop. */
Test(malformed_input, nobody_there_is_not_a_finding)
{
    struct probe_run run = probe_run(&probe_malformed_input, &subject, "127.0.0.1", 1,
                                     "{\"protocol\":\"http\",\"patience_ms\":200}", 20000);

    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_expect_not(truth(&run, "answered_before"));
    cr_expect_not(truth(&run, "complete"));
    cr_expect_eq(number(&run, "sent_count"), 0);
    cr_expect_eq(json_array_size(json_object_get(run.facts, "stops")), 0);
    probe_run_done(&run);
}

Test(malformed_input, what_finds_no_way_into_tls_was_not_tried)
{
    struct probe_run run =
        run_against(serve_handshake_failure, "{\"protocol\":\"mqtts\",\"damaged\":0}");

    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_expect(truth(&run, "answered_before"));
    cr_expect(truth(&run, "answered_after"));
    cr_expect_eq(json_array_size(json_object_get(run.facts, "stops")), 0);
    cr_expect_gt(number(&run, "sent_count"), 0, "at the records");
    cr_expect_gt(number(&run, "unsent_count"), 0, "inside");
    cr_expect_eq(number(&run, "sent_count") + number(&run, "unsent_count"),
                 number(&run, "planned_count"));
    cr_expect_not(truth(&run, "complete"));
    probe_run_done(&run);
}

Test(malformed_input, a_protocol_that_we_do_not_know_is_our_limit)
{
    struct probe_run run = probe_run(&probe_malformed_input, &subject, "127.0.0.1", 1,
                                     "{\"protocol\":\"carrier-pigeon\"}", 20000);

    cr_assert_eq(run.status, STATUS_UNSUPPORTED);
    probe_run_done(&run);
}
