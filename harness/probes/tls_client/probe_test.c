/* The probe against devices that live in a child: what it makes of what they do. */
#include "stage.h"

#include "channel/tls_client.h"
#include "support/peer.h"
#include "support/probe_run.h"
#include "wire/tls_hello.h"

extern const struct probe probe_tls_client;

static struct client client;

/* A device: calls, again and again, until the test ends. */
static pid_t device_start(void (*call)(void))
{
    pid_t child = fork();

    cr_assert_geq(child, 0);
    if (child == 0) {
        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void) alarm(60);
        (void) signal(SIGPIPE, SIG_IGN);
        for (;;) {
            call();
            (void) usleep(20000);
        }
    }
    return child;
}

static struct probe_run observed(void (*call)(void), const char *shown)
{
    static const char *const devices[] = { "127.0.0.1" };
    static struct profile profile = {
        .addresses = devices, .address_count = 1, .clients = &client, .client_count = 1
    };
    const struct subject subject = { .profile = &profile, .client = &client };
    char params[256];
    struct probe_run run;
    pid_t device;

    client = (struct client){ .id = "home",
                              .host = "home.example.test",
                              .protocol = "https",
                              .listen = peer_free_port(),
                              .clear_port = 80,
                              .clear_listen = peer_free_port(),
                              .within_s = 2 };
    device = device_start(call);
    (void) snprintf(params, sizeof params,
                    "{\"presentations\":[%s],\"watch_ms\":50,\"talk_ms\":400,\"object_ms\":150}",
                    shown);
    run = probe_run(&probe_tls_client, &subject, "127.0.0.1", 0, params, 30000);
    peer_stop(device);
    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    return run;
}

static bool names(const struct probe_run *run, const char *fact, const char *name)
{
    const json_t *list = json_object_get(run->facts, fact);
    size_t index;
    const json_t *value;

    json_array_foreach(list, index, value)
    {
        if (strcmp(json_string_value(value), name) == 0) {
            return true;
        }
    }
    return false;
}

/* Completes any handshake, says nothing and leaves: some compare the name so late. */
static void leave_after_the_handshake(void)
{
    const struct tls_client_ask ask = { .host = "127.0.0.1",
                                        .port = client.listen,
                                        .server_name = client.host,
                                        .deadline_ms = clock_monotonic_ms() + 2000 };
    DEFER(transcript_done) struct transcript transcript = transcript_start(4096);
    DEFER(tls_client_answer_done) struct tls_client_answer answer = { 0 };
    struct error error = { .status = STATUS_OK };

    (void) !tls_client_visit(&ask, &transcript, &answer, &error);
}

Test(tls_client, leaving_without_a_word_is_a_refusal)
{
    DEFER(probe_run_done)
    struct probe_run run = observed(leave_after_the_handshake, "\"self_signed\",\"wrong_host\"");

    cr_expect(json_is_true(json_object_get(run.facts, "called")));
    cr_expect(names(&run, "refused", "self_signed"));
    cr_expect(names(&run, "refused", "wrong_host"));
    cr_expect_null(json_object_get(run.facts, "valid_accepted"), "there is no test authority");
    cr_expect_str_eq(json_string_value(json_object_get(run.facts, "hello_server_name")),
                     "home.example.test");
}

static void talk_in_clear(void)
{
    static const char said[] = "GET /x?password=SECRET HTTP/1.1\r\n\r\n";
    int fd = peer_call(client.listen);
    char room[256];

    (void) !send(fd, said, sizeof said - 1, MSG_NOSIGNAL);
    (void) !recv(fd, room, sizeof room, 0);
    (void) close(fd);
}

Test(tls_client, clear_text_on_the_port_for_tls_is_named_and_not_kept)
{
    DEFER(probe_run_done) struct probe_run run = observed(talk_in_clear, "\"plain\"");
    char *facts = json_dumps(run.facts, 0);
    char *said = json_dumps(run.transcript.events, 0);

    cr_expect(names(&run, "in_clear", "plain"));
    cr_expect(json_is_false(json_object_get(run.facts, "called")));
    cr_expect(strstr(facts, "http GET /x") != NULL);
    cr_expect_null(strstr(facts, "SECRET"));
    cr_expect_null(strstr(said, "SECRET"));
    cr_expect_null(strstr(said, "U0VDUkVU"), "nor in base64");
    free(facts);
    free(said);
}

/* Says a recorded hello, and then what the test wants after this many records of ours. */
static void hello_and(const void *next, size_t length, unsigned flights)
{
    uint8_t hello[1024];
    uint8_t room[8192];
    FILE *file = fopen(FIXTURES "curl_hello.bin", "rbe");
    size_t size = fread(hello, 1, sizeof hello, file);
    int fd = peer_call(client.listen);

    (void) fclose(file);
    (void) !send(fd, hello, size, MSG_NOSIGNAL);
    for (unsigned i = 0; i < flights; i++) {
        (void) !recv(fd, room, sizeof room, 0);
    }
    (void) !send(fd, next, length, MSG_NOSIGNAL);
    (void) !recv(fd, room, sizeof room, 0);
    (void) close(fd);
}

static void go_on(void)
{
    hello_and("\x16\x03\x01\x00\x05\x10\x00\x00\x01\x00", 10, 2);
}

static void object_to_the_version(void)
{
    hello_and("\x15\x03\x01\x00\x02\x02\x46", 7, 1);
}

static void object_to_the_chain(void)
{
    hello_and("\x15\x03\x01\x00\x02\x02\x30", 7, 2);
}

static void be_confused(void)
{
    hello_and("\x15\x03\x01\x00\x02\x02\x0a", 7, 2);
}

Test(tls_client, a_client_that_objects_to_the_version_alone_has_refused_it)
{
    DEFER(probe_run_done) struct probe_run on = observed(go_on, "\"tls10\"");
    DEFER(probe_run_done) struct probe_run version = observed(object_to_the_version, "\"tls10\"");
    DEFER(probe_run_done) struct probe_run chain = observed(object_to_the_chain, "\"tls11\"");
    DEFER(probe_run_done) struct probe_run confused = observed(be_confused, "\"null\"");

    cr_expect(names(&on, "accepted", "tls10"));
    cr_expect(names(&version, "refused", "tls10"));
    cr_expect(names(&chain, "accepted", "tls11"), "it had looked at the ServerHello by then");
    cr_expect(names(&confused, "unclear", "null"));
}

/* A hello of TLS 1.2. */
static int say_hello_and(const char *more, size_t length)
{
    static const uint16_t suites[] = { 0xc02f, 0x009c };
    static const uint16_t groups[] = { 0x0017 };
    static const uint16_t schemes[] = { 0x0401 };
    const struct tls_hello hello = { .version = TLS_VERSION_12,
                                     .suites = suites,
                                     .suite_count = 2,
                                     .groups = groups,
                                     .group_count = 1,
                                     .schemes = schemes,
                                     .scheme_count = 1,
                                     .server_name = client.host,
                                     .bare = true };
    uint8_t room[TLS_HELLO_LENGTH_MAX + 16];
    struct builder builder = builder_over(room, sizeof room);
    int fd = peer_call(client.listen);

    (void) wire_tls_hello_build(&hello, &builder);
    builder_put(&builder, more, length);
    (void) !send(fd, room, builder.length, MSG_NOSIGNAL);
    (void) usleep(100000);
    return fd;
}

static int say_hello(void)
{
    return say_hello_and("", 0);
}

/* Warnings for as long as anybody listens. */
static void warn_for_ever(void)
{
    static const char warning[] = "\x15\x03\x03\x00\x02\x01\x5a";
    char warnings[7 * 512];
    int fd = say_hello();

    for (size_t i = 0; i < sizeof warnings; i++) {
        warnings[i] = warning[i % 7];
    }
    while (send(fd, warnings, sizeof warnings, MSG_NOSIGNAL) > 0) {
    }
    (void) close(fd);
}

/* What was left of an alert. */
static void object_behind(int fd)
{
    (void) !send(fd, "\x02\x46", 2, MSG_NOSIGNAL);
    (void) usleep(50000); /* what lies unread makes the end a reset */
    (void) close(fd);
}

/* Some stacks write a record's header and its content one after the other. */
static void object_in_pieces(void)
{
    int fd = say_hello();

    (void) !send(fd, "\x15\x03\x03\x00\x02", 5, MSG_NOSIGNAL);
    (void) usleep(50000);
    object_behind(fd);
}

/* The first piece may come along with the hello, when we are slow to hear it. */
static void object_in_pieces_at_once(void)
{
    object_behind(say_hello_and("\x15\x03\x03\x00\x02", 5));
}

Test(tls_client, a_piece_of_an_alert_beside_the_hello_is_nothing_in_clear)
{
    DEFER(probe_run_done) struct probe_run run = observed(object_in_pieces_at_once, "\"plain\"");

    cr_expect_eq(json_array_size(json_object_get(run.facts, "in_clear")), 0);
    cr_expect(names(&run, "refused", "plain"));
}

Test(tls_client, an_alert_in_pieces_is_nothing_in_clear)
{
    DEFER(probe_run_done) struct probe_run run = observed(object_in_pieces, "\"plain\"");

    cr_expect_eq(json_array_size(json_object_get(run.facts, "in_clear")), 0);
    cr_expect(names(&run, "refused", "plain"));
}

Test(tls_client, who_warns_for_ever_is_not_heard_for_ever)
{
    enum { LONG_MS = 90000 }; /* far from what it takes, and far from for ever */
    int64_t begun_ms = clock_monotonic_ms();
    DEFER(probe_run_done)
    struct probe_run run = observed(warn_for_ever, "\"self_signed\",\"plain\"");

    cr_expect_lt(clock_monotonic_ms() - begun_ms, LONG_MS);
    cr_expect(names(&run, "unclear", "self_signed"));
    cr_expect(names(&run, "unclear", "plain"));
}

static void stay_silent(void)
{
    int fd = peer_call(client.listen);

    (void) usleep(600000);
    (void) close(fd);
}

Test(tls_client, a_connection_without_a_word_is_no_call)
{
    DEFER(probe_run_done) struct probe_run run = observed(stay_silent, "\"expired\"");

    cr_expect(json_is_false(json_object_get(run.facts, "called")));
    cr_expect(names(&run, "not_called", "expired"));
    cr_expect_eq(json_array_size(json_object_get(run.facts, "accepted")), 0);
}

Test(tls_client, a_test_authority_that_cannot_be_read_is_our_own_fault)
{
    static const char *const devices[] = { "127.0.0.1" };
    const struct profile profile = { .addresses = devices, .address_count = 1 };
    struct client other = { .id = "home", .host = "x", .protocol = "tls", .test_ca = "/nowhere" };
    const struct subject subject = { .profile = &profile, .client = &other };
    DEFER(probe_run_done)
    struct probe_run run = probe_run(&probe_tls_client, &subject, "127.0.0.1", 0, "{}", 1000);

    cr_expect_eq(run.status, STATUS_BAD_INPUT);
}
