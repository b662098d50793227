#include "support/fixture.h"
#include "support/peer.h"
#include "support/probe_run.h"
#include "talk.h"

#include <poll.h>
#include <sys/mman.h>

extern const struct probe probe_tls_weaknesses;

#define QUICK "{\"timeout_ms\":500,\"quiet_ms\":20}"

/* What a recorded server says at once, and what it said after the question. */
static uint8_t recorded[8192];
static size_t recorded_length;
static size_t flight_length;

/* Bounds the flight by its ServerHelloDone. */
static void record_load(const char *name)
{
    static const uint8_t done[] = { 22, 3, 3, 0, 4, 14, 0, 0, 0 };
    const uint8_t *at;

    recorded_length = fixture(name, recorded, sizeof recorded);
    at = memmem(recorded, recorded_length, done, sizeof done);
    cr_assert_not_null(at);
    flight_length = (size_t) (at - recorded) + sizeof done;
}

static bool heard_from(int fd, uint8_t *first)
{
    uint8_t room[4096];
    ssize_t got = read(fd, room, sizeof room);

    *first = room[0];
    return got > 0;
}

static void say(int fd, const void *data, size_t length)
{
    (void) send(fd, data, length, MSG_NOSIGNAL);
}

static void serve_recorded(int fd)
{
    uint8_t first;

    if (heard_from(fd, &first)) {
        say(fd, recorded, flight_length);
        if (heard_from(fd, &first)) {
            say(fd, recorded + flight_length, recorded_length - flight_length);
        }
    }
}

/* The alert of the record only after a ChangeCipherSpec; else unexpected_message. */
static void serve_ccs_taken(int fd)
{
    static const uint8_t unexpected[] = { 21, 3, 3, 0, 2, 2, 10 };
    uint8_t first;

    if (heard_from(fd, &first)) {
        say(fd, recorded, flight_length);
        if (heard_from(fd, &first) && first == TLS_CONTENT_CHANGE_CIPHER_SPEC) {
            say(fd, recorded + flight_length, recorded_length - flight_length);
        } else {
            say(fd, unexpected, sizeof unexpected);
        }
    }
}

/* Is there a TLS 1.3 in supported_versions (RFC 8446 section 4.2.1)? */
static bool offers_13(int fd)
{
    static const uint8_t versions[] = { 0, 43, 0, 3, 2, 3, 4 };
    uint8_t room[4096];
    ssize_t got = read(fd, room, sizeof room);

    return got > 0 && memmem(room, (size_t) got, versions, sizeof versions) != NULL;
}

/* A HelloRetryRequest (RFC 8446 section 4.1.4), and handshake_failure for older clients. */
static void serve_only_13(int fd)
{
    static const uint8_t failure[] = { 21, 3, 3, 0, 2, 2, 40 };

    if (offers_13(fd)) {
        say(fd, recorded, recorded_length);
    } else {
        say(fd, failure, sizeof failure);
    }
}

static void serve_refusal(int fd)
{
    static const uint8_t failure[] = { 21, 3, 3, 0, 2, 2, 40 };
    uint8_t first;

    if (heard_from(fd, &first)) {
        say(fd, failure, sizeof failure);
    }
}

static void serve_banner(int fd)
{
    say(fd, "220 ready\r\n", 11);
    (void) poll(NULL, 0, 50);
}

static void serve_nothing(int fd)
{
    uint8_t first;

    while (heard_from(fd, &first)) {
    }
}

/* The same empty handshake message without end. */
static void serve_endless(int fd)
{
    static const uint8_t request[] = { 22, 3, 3, 0, 4, 0, 0, 0, 0 };

    while (send(fd, request, sizeof request, MSG_NOSIGNAL) > 0) {
    }
}

static unsigned *connections_seen;

/* Takes the first three connections: the hello, the wait for a greeting, and the heartbeat. */
static void serve_until_asked(int fd)
{
    if (__atomic_add_fetch(connections_seen, 1, __ATOMIC_SEQ_CST) <= 3) {
        serve_recorded(fd);
    }
}

static void connections_count(void)
{
    connections_seen = mmap(NULL, sizeof *connections_seen, PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cr_assert_neq(connections_seen, MAP_FAILED);
}

/* After the hello, the greeting, the heartbeat and a hello, the early ChangeCipherSpec is answered
 * by an end without alert, and the next connection is turned away. */
static void serve_once_after_ccs(int fd)
{
    enum { EARLY = 5 };
    unsigned count = __atomic_add_fetch(connections_seen, 1, __ATOMIC_SEQ_CST);
    uint8_t first;

    if (count == EARLY && heard_from(fd, &first)) {
        say(fd, recorded, flight_length);
        (void) heard_from(fd, &first);
    } else if (count != EARLY + 1) {
        serve_recorded(fd);
    }
}

/* After the same, and the two of the ChangeCipherSpec, the hello with static RSA alone is cut off,
 * once. */
static void serve_but_once(int fd)
{
    enum { STATIC_RSA = 7 };

    if (__atomic_add_fetch(connections_seen, 1, __ATOMIC_SEQ_CST) != STATIC_RSA) {
        serve_recorded(fd);
    }
}

static struct probe_run run_against(void (*serve)(int fd))
{
    uint16_t port = 0;
    pid_t peer = peer_start(serve, &port);
    struct probe_run run = probe_run(&probe_tls_weaknesses, NULL, "127.0.0.1", port, QUICK, 20000);

    peer_stop(peer);
    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    return run;
}

/* true, false, or -1 for left out. */
static int truth(const struct probe_run *run, const char *name)
{
    const json_t *value = json_object_get(run->facts, name);

    return value == NULL ? -1 : json_is_true(value);
}

static const char *why(const struct probe_run *run, const char *rows, const char *what)
{
    size_t index;
    const json_t *row;

    json_array_foreach(json_object_get(run->facts, rows), index, row)
    {
        if (strcmp(json_string_value(json_object_get(row, "what")), what) == 0) {
            return json_string_value(json_object_get(row, "why"));
        }
    }
    return "";
}

Test(tls_weaknesses, heartbleed_is_seen_and_nothing_of_it_is_kept)
{
    struct probe_run run;
    char *text;

    record_load("stub_heartbleed.bin");
    run = run_against(serve_recorded);
    cr_assert_eq(truth(&run, "heartbleed"), 1);
    cr_assert_eq(truth(&run, "heartbeat_offered"), 1);
    cr_assert_eq(json_integer_value(json_object_get(run.facts, "heartbleed_bytes")), 64);
    text = json_dumps(run.transcript.events, 0);
    cr_assert_not_null(strstr(text, "withheld"));
    /* The leak of this recording is all M: "MMMM" in base64. */
    for (size_t i = 0; i < json_array_size(run.transcript.events); i++) {
        const json_t *event = json_array_get(run.transcript.events, i);
        const char *bytes = json_string_value(json_object_get(event, "bytes"));

        cr_assert(bytes == NULL || json_integer_value(json_object_get(event, "conn")) != 3 ||
                  strstr(bytes, "TU1NTU1N") == NULL);
    }
    free(text);
    probe_run_done(&run);
}

Test(tls_weaknesses, refusals_of_openssl)
{
    struct probe_run run;

    record_load("openssl_rsa_heartbeat_refused.bin");
    run = run_against(serve_recorded);
    cr_assert_eq(truth(&run, "heartbleed"), 0);
    cr_assert_eq(truth(&run, "heartbeat_offered"), 0);
    cr_assert_eq(truth(&run, "ccs_injection"), 0);
    /* No handshake completes against a recording: nothing that needs one is claimed. */
    cr_assert_eq(truth(&run, "robot"), -1);
    cr_assert_not_null(strstr(why(&run, "undetermined", "robot"), "alert unexpected_message"));
    cr_assert_eq(truth(&run, "poodle_tls"), -1);
    cr_assert_eq(truth(&run, "ticketbleed"), -1);
    cr_assert_eq(truth(&run, "renegotiation_legacy"), -1);
    cr_assert_str_eq(json_string_value(json_object_get(run.facts, "stopped_after")), "");
    probe_run_done(&run);
}

Test(tls_weaknesses, refusals_of_gnutls_after_an_ecdhe_flight)
{
    struct probe_run run;

    record_load("gnutls_ecdhe_early_ccs_refused.bin");
    run = run_against(serve_recorded);
    cr_assert_eq(truth(&run, "ccs_injection"), 0);
    cr_assert_str_eq(json_string_value(json_object_get(run.facts, "version")), "TLSv1.2");
    probe_run_done(&run);
}

Test(tls_weaknesses, an_early_ccs_that_is_taken)
{
    struct probe_run run;

    record_load("stub_early_ccs_taken.bin");
    run = run_against(serve_ccs_taken);
    cr_assert_eq(truth(&run, "ccs_injection"), 1);
    probe_run_done(&run);
}

Test(tls_weaknesses, one_alert_for_everything_shows_nothing)
{
    struct probe_run run;

    record_load("stub_early_ccs_taken.bin");
    run = run_against(serve_recorded);
    cr_assert_eq(truth(&run, "ccs_injection"), -1);
    cr_assert_not_null(strstr(why(&run, "undetermined", "ccs_injection"), "answered alike"));
    probe_run_done(&run);
}

Test(tls_weaknesses, tls_13_alone_gives_no_occasion)
{
    struct probe_run run;

    recorded_length = fixture("nginx_13_retry.bin", recorded, sizeof recorded);
    run = run_against(serve_only_13);
    cr_assert_eq(truth(&run, "speaks_tls"), 1);
    cr_assert_eq(truth(&run, "heartbleed"), -1);
    cr_assert_eq(json_array_size(json_object_get(run.facts, "not_applicable")), 9);
    cr_assert_eq(json_array_size(json_object_get(run.facts, "undetermined")), 0);
    probe_run_done(&run);
}

Test(tls_weaknesses, a_server_that_refuses_everything_is_open)
{
    struct probe_run run = run_against(serve_refusal);

    cr_assert_eq(truth(&run, "speaks_tls"), 1);
    cr_assert_eq(json_array_size(json_object_get(run.facts, "not_applicable")), 0);
    cr_assert_str_eq(why(&run, "undetermined", "robot"),
                     "no hello up to TLS 1.2 was accepted: alert handshake_failure");
    probe_run_done(&run);
}

Test(tls_weaknesses, who_does_not_speak_tls_has_no_facts)
{
    void (*const others[])(int) = { serve_banner, serve_nothing, serve_endless };

    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct probe_run run = run_against(others[i]);

        cr_assert_eq(truth(&run, "speaks_tls"), -1, "%zu", i);
        cr_assert_eq(json_array_size(json_object_get(run.facts, "undetermined")), 9, "%zu", i);
        cr_assert_eq(truth(&run, "heartbleed"), -1, "%zu", i);
        probe_run_done(&run);
    }
}

Test(tls_weaknesses, a_server_that_goes_away_is_told_and_nothing_is_absent)
{
    struct probe_run run;

    connections_count();
    record_load("openssl_rsa_heartbeat_refused.bin");
    run = run_against(serve_until_asked);
    cr_assert_str_eq(json_string_value(json_object_get(run.facts, "stopped_after")), "heartbleed");
    cr_assert_eq(truth(&run, "heartbleed"), -1);
    cr_assert_eq(truth(&run, "ccs_injection"), -1);
    cr_assert_eq(json_array_size(json_object_get(run.facts, "undetermined")), 9);
    probe_run_done(&run);
}

Test(tls_weaknesses, a_second_question_that_was_not_asked_shows_nothing)
{
    struct probe_run run;

    connections_count();
    record_load("openssl_ecdhe_early_ccs_refused.bin");
    run = run_against(serve_once_after_ccs);
    cr_assert_eq(truth(&run, "ccs_injection"), -1);
    cr_assert_not_null(strstr(why(&run, "undetermined", "ccs_injection"), "no second question"));
    probe_run_done(&run);
}

Test(tls_weaknesses, one_connection_cut_off_is_no_refusal_of_static_rsa)
{
    struct probe_run run;

    connections_count();
    record_load("openssl_rsa_heartbeat_refused.bin");
    run = run_against(serve_but_once);
    cr_assert_str_eq(why(&run, "not_applicable", "robot"), "");
    cr_assert_str_neq(why(&run, "undetermined", "robot"), "");
    probe_run_done(&run);
}

Test(tls_weaknesses, nobody_there_is_unreachable)
{
    uint16_t port = 0;
    struct probe_run run;
    int listener = peer_listen(1, &port);

    (void) close(listener);
    run = probe_run(&probe_tls_weaknesses, NULL, "127.0.0.1", port, QUICK, 5000);
    cr_assert_eq(run.status, STATUS_UNREACHABLE);
    probe_run_done(&run);
}

/* A server's messages as a client reads them, from the recording alone. */
Test(tls_weaknesses, a_flight_is_read_wherever_it_is_cut)
{
    struct bench bench = { .seed = 1 };
    uint16_t suites[TALK_SUITES_MAX];
    struct tls_hello hello = talk_hello_of(&bench, suites, talk_suites(SUITES_ALL, suites));

    record_load("gnutls_ecdhe_early_ccs_refused.bin");
    for (size_t cut = 0; cut <= flight_length; cut += cut + 40 < flight_length ? 37 : 1) {
        DEFER(talk_done) struct talk talk = TALK_CLOSED;
        bool whole = false;

        talk_begin(&talk, &bench);
        cr_assert_eq(talk_hello(&talk, &hello, NULL), STATUS_OK);
        cr_assert_eq(bytes_append(&talk.stream, recorded, cut, NULL), STATUS_OK);
        cr_assert_eq(talk_flight(&talk, &whole, NULL), STATUS_OK);
        cr_assert_eq(whole, cut == flight_length);
        if (!whole) {
            cr_assert_eq(talk.heard, HEARD_CLOSED);
            continue;
        }
        cr_assert_eq(talk.cipher->suite, 0xc02f);
        cr_assert_gt(talk.certificate.length, 500);
        cr_assert_eq(talk_key_exchange(&talk, &whole, NULL), STATUS_OK);
        cr_assert(whole);
    }
}
