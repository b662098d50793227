/* tcp_ports - which TCP ports of an address accept connections.
 *
 * usage: hoshitori probe tcp_ports --target 192.0.2.1 [--param ports=1-1024,8443]
 * sample: {"closed_count":65533,"complete":true,"filtered_count":0,"open":[80,8883], ...} */
#include "probe/probe.h"

#include "base/clock.h"
#include "channel/tcp_scan.h"

#include <stdlib.h>

/* Measured on loopback, all ports: 64 to 128 in flight take 0.6 s, 256 0.7-0.8 s, 1000
 * 0.9 s; behind a firewall that drops everything the time is in proportion to 1/n, and
 * with 256 still 80 s.  See README.md. */
#define IN_FLIGHT "256"

static const struct param params[] = {
    { .name = "ports",
      .type = FACT_TEXT,
      .help = "\"all\", or numbers and ranges such as 22,80,8000-8100.",
      .fallback = "\"all\"" },
    { .name = "in_flight",
      .type = FACT_INT,
      .help = "Connection attempts under way at the same time, at most.",
      .fallback = IN_FLIGHT,
      .minimum = 1,
      .maximum = TCP_IN_FLIGHT_MAX },
    { .name = "connections_per_second",
      .type = FACT_INT,
      .help = "Connection attempts per second, at most; 0: bounded by in_flight alone.",
      .fallback = "0",
      .minimum = 0,
      .maximum = 1000000 },
    { .name = "timeout_ms",
      .type = FACT_INT,
      .help = "Longest wait for one answer; shorter once the device's own pace is known.",
      .fallback = "1000",
      .minimum = 50,
      .maximum = 30000 },
    { .name = "retries",
      .type = FACT_INT,
      .help = "How often a silent port is asked again, at most; the last ones only when "
              "asking again has brought an answer before.",
      .fallback = "2",
      .minimum = 0,
      .maximum = 5 },
    PARAM_END,
};

static const struct fact facts[] = {
    { .name = "open", .type = FACT_INTS, .help = "Ports that accepted a connection, ascending." },
    { .name = "closed_count",
      .type = FACT_INT,
      .help = "Ports that answered with a reset (RFC 9293 section 3.10.7.1)." },
    { .name = "filtered_count",
      .type = FACT_INT,
      .help = "Ports that did not answer at all, asked again as often as was worth while." },
    { .name = "unreachable_count",
      .type = FACT_INT,
      .help = "Ports for which the network answered that the host cannot be reached (ICMP)." },
    { .name = "scanned", .type = FACT_INT, .help = "Ports that were asked for." },
    { .name = "retries", .type = FACT_INT, .help = "Attempts beyond the first one of a port." },
    { .name = "complete",
      .type = FACT_BOOL,
      .help = "Every port is open, closed, filtered or unreachable; no deadline cut in." },
    FACT_END,
};

static json_t *ports_in_state(const struct tcp_scan_result *result, enum tcp_port_state state)
{
    json_t *ports = json_array();

    for (unsigned port = 1; port < TCP_PORT_COUNT; port++) {
        if (result->state[port] == state &&
            json_array_append_new(ports, json_integer((json_int_t) port)) != 0) {
            abort();
        }
    }
    return ports;
}

static void progress(void *context, unsigned done, unsigned total)
{
    probe_progress(context, done, total);
}

static enum status run(struct probe_call *call, struct error *reterr)
{
    static struct tcp_port_set ports;
    static struct tcp_scan_result result;
    const struct tcp_scan_ask ask = {
        .host = call->host,
        .ports = &ports,
        .first = call->port,
        .in_flight = (unsigned) probe_param_int(call, "in_flight"),
        .connections_per_second = (unsigned) probe_param_int(call, "connections_per_second"),
        .timeout_ms = (unsigned) probe_param_int(call, "timeout_ms"),
        .retries = (unsigned) probe_param_int(call, "retries"),
        .deadline_ms = call->deadline_ms - 500, /* time to write down what is known */
        .progress = progress,
        .progress_context = call,
    };

    TRY(tcp_port_set_read(probe_param_text(call, "ports"), &ports, reterr));
    TRY(tcp_scan(&ask, &result, reterr));
    probe_fact_json(call, "open", ports_in_state(&result, TCP_PORT_OPEN));
    probe_fact_int(call, "closed_count", result.closed);
    probe_fact_int(call, "filtered_count", result.filtered);
    probe_fact_int(call, "unreachable_count", result.unreachable);
    probe_fact_int(call, "scanned", ports.count);
    probe_fact_int(call, "retries", result.retries);
    probe_fact_bool(call, "complete", result.complete);
    transcript_note(call->transcript, 0,
                    "%u connection attempts to %u ports of %s: %u open, %u closed, %u filtered, "
                    "%u unreachable; our own resources ran out %u times",
                    result.attempts, ports.count, call->host, result.open, result.closed,
                    result.filtered, result.unreachable, result.backed_off);
    return STATUS_OK;
}

const struct probe probe_tcp_ports = {
    .decl = {
        .name = "tcp_ports",
        .summary = { .en = "Which TCP ports accept connections",
                     .ja = "接続を受け付けるTCPポートの一覧" },
        .params = params,
        .facts = facts,
        .needs = PROBE_NEEDS_ADDRESS,
        .deadline_ms = 600000,
    },
    .run = run,
};
