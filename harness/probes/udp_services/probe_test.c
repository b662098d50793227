#include "support/peer.h"
#include "support/probe_run.h"

#include "wishes.h"

extern const struct probe probe_udp_services;

/* A UDP socket in a child that ends with the test.  answer: what it says to each datagram, NULL:
 * nothing; elsewhere: from another port. */
static pid_t udp_peer(const char *answer, bool elsewhere, uint16_t *ret_port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int other = elsewhere ? socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0) : fd;
    pid_t child;

    cr_assert_eq(bind(fd, (struct sockaddr *) &address, sizeof address), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *) &address, &length), 0);
    *ret_port = ntohs(address.sin_port);
    child = fork();
    cr_assert_geq(child, 0);
    if (child == 0) {
        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void) alarm(60);
        for (;;) {
            char room[2048];
            struct sockaddr_in from;
            socklen_t from_length = sizeof from;

            if (recvfrom(fd, room, sizeof room, 0, (struct sockaddr *) &from, &from_length) >= 0 &&
                answer != NULL) {
                (void) sendto(other, answer, strlen(answer), 0, (struct sockaddr *) &from,
                              from_length);
            }
        }
    }
    (void) close(fd);
    if (elsewhere) {
        (void) close(other);
    }
    return child;
}

static struct probe_run run_on(const char *ports, int deadline_ms)
{
    char params[128];

    (void) snprintf(params, sizeof params, "{\"ports\":\"%s\",\"timeout_ms\":100,\"retries\":1}",
                    ports);
    return probe_run(&probe_udp_services, NULL, "127.0.0.1", 0, params, deadline_ms);
}

static long long count(const struct probe_run *run, const char *fact)
{
    return json_integer_value(json_object_get(run->facts, fact));
}

static bool lists(const struct probe_run *run, const char *fact, uint16_t port)
{
    size_t index;
    json_t *value;

    json_array_foreach(json_object_get(run->facts, fact), index, value)
    {
        if (json_integer_value(value) == port) {
            return true;
        }
    }
    return false;
}

Test(udp_services, open_silent_and_closed_are_kept_apart)
{
    uint16_t talking;
    uint16_t elsewhere;
    uint16_t silent;
    uint16_t closed;
    char ports[64];
    struct probe_run run;
    pid_t gone = udp_peer(NULL, false, &closed);

    (void) udp_peer("what?\x01", false, &talking);
    (void) udp_peer("from another port", true, &elsewhere);
    (void) udp_peer(NULL, false, &silent);
    peer_stop(gone);
    (void) snprintf(ports, sizeof ports, "%u,%u,%u,%u", (unsigned) talking, (unsigned) elsewhere,
                    (unsigned) silent, (unsigned) closed);
    run = run_on(ports, 20000);
    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_expect(lists(&run, "open", talking) && lists(&run, "open", elsewhere));
    cr_expect(lists(&run, "unknown", talking) && lists(&run, "unknown", elsewhere));
    cr_expect(lists(&run, "silent", silent));
    cr_expect_eq(json_array_size(json_object_get(run.facts, "open")), 2);
    cr_expect_eq(json_array_size(json_object_get(run.facts, "silent")), 1);
    cr_expect_eq(json_array_size(json_object_get(run.facts, "services")), 0);
    cr_expect_eq(count(&run, "closed_count"), 1);
    cr_expect_eq(count(&run, "asked"), 4);
    cr_expect(json_is_true(json_object_get(run.facts, "closed_seen")));
    cr_expect(json_is_true(json_object_get(run.facts, "complete")));
    probe_run_done(&run);
}

Test(udp_services, an_answer_that_repeats_nothing_identifies_nothing)
{
    static const char forged[] = "SIP/2.0 200 OK\r\nCall-ID: 1\r\n\r\n";
    uint16_t port;
    char ports[16];
    struct probe_run run;

    (void) udp_peer(forged, false, &port);
    (void) snprintf(ports, sizeof ports, "%u", (unsigned) port);
    run = run_on(ports, 20000);
    cr_expect(lists(&run, "unknown", port));
    cr_expect_eq(json_array_size(json_object_get(run.facts, "protocols")), 0);
    probe_run_done(&run);
}

Test(udp_services, an_unrelated_protocol_is_identified_on_any_port)
{
    uint16_t port;
    char ports[16];
    struct probe_run run;
    const json_t *row;

    (void) udp_peer("HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\nUSN: uuid:1\r\nSERVER: cam\r\n\r\n",
                    false, &port);
    (void) snprintf(ports, sizeof ports, "%u", (unsigned) port);
    run = run_on(ports, 20000);
    row = json_array_get(json_object_get(run.facts, "services"), 0);
    cr_assert_not_null(row);
    cr_expect_str_eq(json_string_value(json_object_get(row, "protocol")), "ssdp");
    cr_expect_str_eq(json_string_value(json_object_get(row, "detail")), "cam");
    cr_expect_eq(count(&run, "amplification_percent") > 50, true);
    cr_expect_gt(json_array_size(run.transcript.events), 2, "what an open port said is kept");
    probe_run_done(&run);
}

Test(udp_services, a_deadline_is_said)
{
    uint16_t port;
    char ports[16];
    struct probe_run run;

    (void) udp_peer(NULL, false, &port);
    (void) snprintf(ports, sizeof ports, "%u", (unsigned) port);
    run = run_on(ports, 600);
    cr_assert_eq(run.status, STATUS_OK);
    cr_expect(!json_is_true(json_object_get(run.facts, "complete")));
    cr_expect(!lists(&run, "silent", port), "what was not waited for is not silent");
    probe_run_done(&run);
}

Test(udp_services, the_declared_ports_are_asked_too)
{
    struct service services[] = { { .id = "a", .transport = TRANSPORT_UDP, .protocol = "coap" } };
    struct profile profile = { .services = services, .service_count = 1 };
    struct subject subject = { .profile = &profile, .address = "127.0.0.1" };
    struct probe_run run;

    (void) udp_peer("?", false, &services[0].port);
    run =
        probe_run(&probe_udp_services, &subject, "127.0.0.1", 0,
                  "{\"ports\":\"usual\",\"timeout_ms\":100,\"retries\":0,\"patience_s\":0}", 20000);
    cr_expect(lists(&run, "open", services[0].port));
    probe_run_done(&run);
    run = probe_run(&probe_udp_services, &subject, "127.0.0.1", 0,
                    "{\"ports\":\"usual\",\"timeout_ms\":100,\"retries\":0,\"patience_s\":0,"
                    "\"declared\":false}",
                    20000);
    cr_expect(!lists(&run, "open", services[0].port));
    probe_run_done(&run);
}

Test(udp_services, the_subject_s_port_alone_is_asked)
{
    struct service services[] = { { .id = "a", .transport = TRANSPORT_UDP, .protocol = "coap" } };
    struct profile profile = { .services = services, .service_count = 1 };
    struct subject subject = { .profile = &profile, .address = "127.0.0.1" };
    uint16_t asked;
    struct probe_run run;

    (void) udp_peer("?", false, &services[0].port);
    (void) udp_peer("?", false, &asked);
    run = probe_run(&probe_udp_services, &subject, "127.0.0.1", asked,
                    "{\"ports\":\"subject\",\"timeout_ms\":100,\"retries\":0,\"patience_s\":0}",
                    20000);
    cr_expect(lists(&run, "open", asked));
    cr_expect(!lists(&run, "open", services[0].port));
    probe_run_done(&run);
    run =
        probe_run(&probe_udp_services, &subject, "127.0.0.1", 0, "{\"ports\":\"subject\"}", 20000);
    cr_expect_eq(run.status, STATUS_USAGE);
    probe_run_done(&run);
}

static void expect_lists(const char *name, enum status wanted)
{
    static struct udp_sweep sweep;
    char path[512];
    char line[128];
    unsigned lines = 0;
    FILE *file;

    (void) snprintf(path, sizeof path, "%s%s", FIXTURES, name);
    file = fopen(path, "re");
    cr_assert_not_null(file, "%s", path);
    while (fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        memset(&sweep, 0, sizeof sweep);
        cr_expect_eq(wishes_read(line, &sweep, NULL), wanted, "'%s'", line);
        lines++;
    }
    (void) fclose(file);
    cr_expect_gt(lines, 5);
}

Test(udp_services, lists_of_ports)
{
    static struct udp_sweep sweep;

    expect_lists("lists-good.txt", STATUS_OK);
    expect_lists("lists-bad.txt", STATUS_BAD_INPUT);
    memset(&sweep, 0, sizeof sweep);
    cr_assert_eq(wishes_read("usual,5353,40000", &sweep, NULL), STATUS_OK);
    cr_expect_eq(sweep.port[161].wish, UDP_WISH_USUAL);
    cr_expect_eq(sweep.port[5353].wish, UDP_WISH_EVERY);
    cr_expect_eq(sweep.port[40000].wish, UDP_WISH_EVERY);
    cr_expect_eq(sweep.port[162].wish, UDP_WISH_NONE);
}
