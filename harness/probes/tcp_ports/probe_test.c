#include "support/fixture.h"
#include "support/peer.h"
#include "support/run_facts.h"

#include "channel/tcp_scan.h"

extern const struct probe probe_tcp_ports;

Test(tcp_ports, every_port_has_its_class)
{
    uint16_t ports[5];
    struct probe_run run;
    json_int_t last = 0;
    size_t index;
    json_t *value;

    for (size_t i = 0; i < 5; i++) {
        (void) peer_listen(16, &ports[i]);
    }
    run = probe_run(&probe_tcp_ports, NULL, "127.0.0.1", 0, "{}", 60000);
    cr_assert_eq(run.status, STATUS_OK, "%s", run.error.message);
    for (size_t i = 0; i < 5; i++) {
        cr_expect(lists_port(&run, "open", ports[i]));
    }
    json_array_foreach(json_object_get(run.facts, "open"), index, value)
    {
        cr_expect_gt(json_integer_value(value), last);
        last = json_integer_value(value);
    }
    cr_expect_eq(number(&run, "scanned"), 65535);
    cr_expect_eq((long long) json_array_size(json_object_get(run.facts, "open")) +
                     number(&run, "closed_count") + number(&run, "filtered_count") +
                     number(&run, "unreachable_count"),
                 65535);
    cr_expect(json_is_true(json_object_get(run.facts, "complete")));
    cr_expect_eq(json_array_size(run.transcript.events), 1, "one note, not a line a port");
    probe_run_done(&run);
}

Test(tcp_ports, the_declared_port_alone)
{
    uint16_t port;
    char params[64];
    struct probe_run run;

    (void) peer_listen(16, &port);
    (void) snprintf(params, sizeof params, "{\"ports\":\"%u\"}", (unsigned) port);
    run = probe_run(&probe_tcp_ports, NULL, "127.0.0.1", port, params, 5000);
    cr_assert_eq(run.status, STATUS_OK);
    cr_expect(lists_port(&run, "open", port));
    cr_expect_eq(number(&run, "scanned"), 1);
    cr_expect_eq(number(&run, "closed_count"), 0);
    probe_run_done(&run);
}

Test(tcp_ports, a_deadline_is_said)
{
    struct probe_run run =
        probe_run(&probe_tcp_ports, NULL, "127.0.0.1", 0, "{\"connections_per_second\":1000}", 800);

    cr_assert_eq(run.status, STATUS_OK);
    cr_expect(!json_is_true(json_object_get(run.facts, "complete")));
    cr_expect_lt(number(&run, "closed_count"), 65535);
    probe_run_done(&run);
}

static void expect_list(const char *line, void *wanted)
{
    static struct tcp_port_set set;

    cr_expect_eq(tcp_port_set_read(line, &set, NULL), *(const enum status *) wanted, "'%s'", line);
}

Test(tcp_ports, lists_of_ports)
{
    fixture_lines("lists-good.txt", expect_list, &(enum status){ STATUS_OK }, 5);
    fixture_lines("lists-bad.txt", expect_list, &(enum status){ STATUS_BAD_INPUT }, 5);
}

Test(tcp_ports, nonsense_is_refused)
{
    struct probe_run run =
        probe_run(&probe_tcp_ports, NULL, "127.0.0.1", 0, "{\"ports\":\"22;80\"}", 1000);

    cr_expect_eq(run.status, STATUS_BAD_INPUT);
    cr_expect_eq(json_object_size(run.facts), 0);
    probe_run_done(&run);
}
