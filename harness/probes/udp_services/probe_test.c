#include "support/fixture.h"
#include "support/peer.h"
#include "support/run_facts.h"
#include "support/udp_peer.h"

#include "wishes.h"

extern const struct probe probe_udp_services;

struct talk {
    const char *answer; /* to each datagram; NULL: nothing */
    bool elsewhere;     /* from another port */
};

static void talk_answer(void *context, const struct udp_peer *at)
{
    const struct talk *talk = context;

    if (talk->answer != NULL) {
        udp_peer_say(at, talk->elsewhere, talk->answer, strlen(talk->answer));
    }
}

static pid_t peer_talking(const char *answer, bool elsewhere, uint16_t *ret_port)
{
    struct talk talk = { .answer = answer, .elsewhere = elsewhere };

    return udp_peer_begin(talk_answer, &talk, ret_port);
}

static struct probe_run run_on(const char *ports, int deadline_ms)
{
    char params[128];

    (void) snprintf(params, sizeof params, "{\"ports\":\"%s\",\"timeout_ms\":100,\"retries\":1}",
                    ports);
    return probe_run(&probe_udp_services, NULL, "127.0.0.1", 0, params, deadline_ms);
}

Test(udp_services, open_silent_and_closed_are_kept_apart)
{
    uint16_t talking;
    uint16_t elsewhere;
    uint16_t silent;
    uint16_t closed;
    char ports[64];
    struct probe_run run;
    pid_t gone = peer_talking(NULL, false, &closed);

    (void) peer_talking("what?\x01", false, &talking);
    (void) peer_talking("from another port", true, &elsewhere);
    (void) peer_talking(NULL, false, &silent);
    peer_stop(gone);
    (void) snprintf(ports, sizeof ports, "%u,%u,%u,%u", (unsigned) talking, (unsigned) elsewhere,
                    (unsigned) silent, (unsigned) closed);
    run = run_on(ports, 20000);
    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    cr_expect(lists_port(&run, "open", talking) && lists_port(&run, "open", elsewhere));
    cr_expect(lists_port(&run, "unknown", talking) && lists_port(&run, "unknown", elsewhere));
    cr_expect(lists_port(&run, "silent", silent));
    cr_expect_eq(json_array_size(json_object_get(run.facts, "open")), 2);
    cr_expect_eq(json_array_size(json_object_get(run.facts, "silent")), 1);
    cr_expect_eq(json_array_size(json_object_get(run.facts, "services")), 0);
    cr_expect_eq(number(&run, "closed_count"), 1);
    cr_expect_eq(number(&run, "asked"), 4);
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

    (void) peer_talking(forged, false, &port);
    (void) snprintf(ports, sizeof ports, "%u", (unsigned) port);
    run = run_on(ports, 20000);
    cr_expect(lists_port(&run, "unknown", port));
    cr_expect_eq(json_array_size(json_object_get(run.facts, "protocols")), 0);
    probe_run_done(&run);
}

Test(udp_services, an_unrelated_protocol_is_identified_on_any_port)
{
    uint16_t port;
    char ports[16];
    struct probe_run run;
    const json_t *row;

    (void) peer_talking(
        "HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\nUSN: uuid:1\r\nSERVER: cam\r\n\r\n", false,
        &port);
    (void) snprintf(ports, sizeof ports, "%u", (unsigned) port);
    run = run_on(ports, 20000);
    row = json_array_get(json_object_get(run.facts, "services"), 0);
    cr_assert_not_null(row);
    cr_expect_str_eq(json_string_value(json_object_get(row, "protocol")), "ssdp");
    cr_expect_str_eq(json_string_value(json_object_get(row, "detail")), "cam");
    cr_expect_eq(number(&run, "amplification_percent") > 50, true);
    cr_expect_gt(json_array_size(run.transcript.events), 2, "what an open port said is kept");
    probe_run_done(&run);
}

Test(udp_services, a_deadline_is_said)
{
    uint16_t port;
    char ports[16];
    struct probe_run run;

    (void) peer_talking(NULL, false, &port);
    (void) snprintf(ports, sizeof ports, "%u", (unsigned) port);
    run = run_on(ports, 600);
    cr_assert_eq(run.status, STATUS_OK);
    cr_expect(!json_is_true(json_object_get(run.facts, "complete")));
    cr_expect(!lists_port(&run, "silent", port), "what was not waited for is not silent");
    probe_run_done(&run);
}

Test(udp_services, the_declared_ports_are_asked_too)
{
    struct service services[] = { { .id = "a", .transport = TRANSPORT_UDP, .protocol = "coap" } };
    struct profile profile = { .services = services, .service_count = 1 };
    struct subject subject = { .profile = &profile, .address = "127.0.0.1" };
    struct probe_run run;

    (void) peer_talking("?", false, &services[0].port);
    run =
        probe_run(&probe_udp_services, &subject, "127.0.0.1", 0,
                  "{\"ports\":\"usual\",\"timeout_ms\":100,\"retries\":0,\"patience_s\":0}", 20000);
    cr_expect(lists_port(&run, "open", services[0].port));
    probe_run_done(&run);
    run = probe_run(&probe_udp_services, &subject, "127.0.0.1", 0,
                    "{\"ports\":\"usual\",\"timeout_ms\":100,\"retries\":0,\"patience_s\":0,"
                    "\"declared\":false}",
                    20000);
    cr_expect(!lists_port(&run, "open", services[0].port));
    probe_run_done(&run);
}

Test(udp_services, the_subject_s_port_alone_is_asked)
{
    struct service services[] = { { .id = "a", .transport = TRANSPORT_UDP, .protocol = "coap" } };
    struct profile profile = { .services = services, .service_count = 1 };
    struct subject subject = { .profile = &profile, .address = "127.0.0.1" };
    uint16_t asked;
    struct probe_run run;

    (void) peer_talking("?", false, &services[0].port);
    (void) peer_talking("?", false, &asked);
    run = probe_run(&probe_udp_services, &subject, "127.0.0.1", asked,
                    "{\"ports\":\"subject\",\"timeout_ms\":100,\"retries\":0,\"patience_s\":0}",
                    20000);
    cr_expect(lists_port(&run, "open", asked));
    cr_expect(!lists_port(&run, "open", services[0].port));
    probe_run_done(&run);
    run =
        probe_run(&probe_udp_services, &subject, "127.0.0.1", 0, "{\"ports\":\"subject\"}", 20000);
    cr_expect_eq(run.status, STATUS_USAGE);
    probe_run_done(&run);
}

static void expect_list(const char *line, void *wanted)
{
    static struct udp_sweep sweep;

    memset(&sweep, 0, sizeof sweep);
    cr_expect_eq(wishes_read(line, &sweep, NULL), *(const enum status *) wanted, "'%s'", line);
}

Test(udp_services, lists_of_ports)
{
    static struct udp_sweep sweep;

    fixture_lines("lists-good.txt", expect_list, &(enum status){ STATUS_OK }, 5);
    fixture_lines("lists-bad.txt", expect_list, &(enum status){ STATUS_BAD_INPUT }, 5);
    memset(&sweep, 0, sizeof sweep);
    cr_assert_eq(wishes_read("usual,5353,40000", &sweep, NULL), STATUS_OK);
    cr_expect_eq(sweep.port[161].wish, UDP_WISH_USUAL);
    cr_expect_eq(sweep.port[5353].wish, UDP_WISH_EVERY);
    cr_expect_eq(sweep.port[40000].wish, UDP_WISH_EVERY);
    cr_expect_eq(sweep.port[162].wish, UDP_WISH_NONE);
}
