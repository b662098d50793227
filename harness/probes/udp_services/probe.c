/* udp_services - which UDP ports of an address answer, and in which protocol.
 *
 * usage: hoshitori probe udp_services --target 192.0.2.1 [--param ports=usual,18400-18500]
 * sample: {"closed_count":16,"closed_seen":true,"open":[161],"services":[{"detail":"v2c, community
 *          public: Linux box","port":161,"protocol":"snmp"}],"silent":[], ...} */
#include "probe/probe.h"

#include "base/text.h"
#include "probe/disclosure.h"
#include "wishes.h"

#include <stdlib.h>
#include <string.h>

static const struct param params[] = {
    { .name = "ports",
      .type = FACT_TEXT,
      .help =
          "\"usual\": each protocol on its own usual ports; \"all\", or numbers and ranges such "
          "as 161,5683-5684: every protocol on each; or \"usual,\" and a list; \"subject\": every "
          "protocol on the port of the service in question alone.",
      .fallback = "\"usual\"" },
    { .name = "declared",
      .type = FACT_BOOL,
      .help = "The profile's UDP ports are asked as well, by every protocol.",
      .fallback = "true" },
    { .name = "datagrams_per_second",
      .type = FACT_INT,
      .help = "Datagrams per second, at most; 0: bounded by 128 ports at a time alone.",
      .fallback = "500",
      .minimum = 0,
      .maximum = 1000000 },
    { .name = "timeout_ms",
      .type = FACT_INT,
      .help = "How long a port is listened to after the last datagram of a round.",
      .fallback = "1000",
      .minimum = 50,
      .maximum = 10000 },
    { .name = "retries",
      .type = FACT_INT,
      .help = "How often a silent port is asked everything again.",
      .fallback = "2",
      .minimum = 0,
      .maximum = 5 },
    { .name = "patience_s",
      .type = FACT_INT,
      .help =
          "A device that limits how often it says \"closed\" (RFC 1812 section 4.3.2.8) is asked "
          "about its silent ports again, one every 1.1 s, for so long.",
      .fallback = "30",
      .minimum = 0,
      .maximum = 300 },
    PARAM_END,
};

static const struct fact service_columns[] = {
    { .name = "port", .type = FACT_INT, .help = "UDP port." },
    { .name = "protocol",
      .type = FACT_TEXT,
      .help = "dns, mdns, dhcp, tftp, ntp, snmp, ssdp, coap, dtls, ike, sip, rtsp, bacnet "
              "or ws-discovery." },
    { .name = "detail", .type = FACT_TEXT, .help = "The evidence in a few words." },
    FACT_END,
};

static const struct fact says_columns[] = {
    { .name = "port", .type = FACT_INT, .help = "UDP port." },
    { .name = "detail", .type = FACT_TEXT, .help = "The first bytes that came." },
    FACT_END,
};

static const struct fact facts[] = {
    { .name = "open", .type = FACT_INTS, .help = "Ports that answered, ascending." },
    { .name = "services",
      .type = FACT_ROWS,
      .help = "What answered in a protocol that we know, by port.",
      .columns = service_columns },
    { .name = "protocols", .type = FACT_TEXTS, .help = "Every protocol seen, once, sorted." },
    { .name = "snmp_public_ports",
      .type = FACT_INTS,
      .help = "Ports whose SNMP agent answered a request of the community \"public\"." },
    { .name = "unknown", .type = FACT_INTS, .help = "Open ports whose answer we do not know." },
    { .name = "unknown_says",
      .type = FACT_ROWS,
      .help = "What the unknown ones said.",
      .columns = says_columns },
    { .name = "silent",
      .type = FACT_INTS,
      .help = "Ports from which nothing came, asked again and again: open or filtered." },
    { .name = "closed_count",
      .type = FACT_INT,
      .help = "Ports that the device itself called closed by ICMP port unreachable." },
    { .name = "unreachable_count",
      .type = FACT_INT,
      .help = "Ports for which came another ICMP error, or one of somebody on the way." },
    { .name = "asked",
      .type = FACT_INT,
      .help = "Ports that were asked, the controls not counted." },
    { .name = "datagrams", .type = FACT_INT, .help = "Datagrams that were sent." },
    { .name = "closed_seen",
      .type = FACT_BOOL,
      .help =
          "At least one port, of those asked or of three random ones, was called closed: closed "
          "ports of this device say so, here." },
    { .name = "path_seen",
      .type = FACT_BOOL,
      .help = "Anything at all came back from the device: an answer, or that a port is closed." },
    { .name = "amplification_percent",
      .type = FACT_INT,
      .help = "Bytes of the largest answer for 100 bytes asked; left out when nothing is open." },
    { .name = "contradicts",
      .type = FACT_INTS,
      .help = "Ports that spoke another protocol than the profile declares for them; left out "
              "without a profile." },
    DISCLOSURE_FACTS,
    { .name = "complete",
      .type = FACT_BOOL,
      .help = "Every port is open, closed, silent or unreachable; no deadline cut in." },
    FACT_END,
};

static void put_row(json_t *rows, unsigned port, const char *protocol, const char *detail)
{
    json_t *row = json_pack("{s:i, s:s}", "port", (int) port, "detail", detail);

    if (row == NULL ||
        (protocol != NULL && json_object_set_new(row, "protocol", json_string(protocol)) != 0)) {
        abort();
    }
    probe_list_add(rows, row);
}

static json_t *ports_in_state(const struct udp_sweep *sweep, enum udp_port_state state)
{
    json_t *ports = json_array();

    for (unsigned port = 1; port < UDP_PORT_COUNT; port++) {
        const struct udp_port *at = &sweep->port[port];

        if (at->wish != UDP_WISH_NONE && at->state == state &&
            (at->wish != UDP_WISH_CONTROL || state == UDP_PORT_OPEN)) {
            probe_list_add(ports, json_integer((json_int_t) port));
        }
    }
    return ports;
}

static int word_order(const void *a, const void *b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/* Each protocol once, sorted. */
static json_t *protocols_seen(const struct udp_sweep *sweep)
{
    enum { PROTOCOLS_MAX = 64 };
    const char *words[PROTOCOLS_MAX];
    json_t *list = json_array();
    size_t count = 0;

    for (size_t i = 0; wire_udp_hellos[i] != NULL && count < PROTOCOLS_MAX; i++) {
        for (unsigned port = 1; port < UDP_PORT_COUNT; port++) {
            if (sweep->port[port].hello == wire_udp_hellos[i]) {
                words[count++] = wire_udp_hellos[i]->protocol;
                break;
            }
        }
    }
    qsort(words, count, sizeof *words, word_order);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || strcmp(words[i - 1], words[i]) != 0) {
            probe_list_add_text(list, words[i]);
        }
    }
    return list;
}

static void open_report(struct probe_call *call, const struct udp_sweep *sweep)
{
    json_t *services = json_array();
    json_t *snmp_public = json_array();
    json_t *unknown = json_array();
    json_t *unknown_says = json_array();
    unsigned amplification = 0;

    for (unsigned i = 1; i < UDP_PORT_COUNT; i++) {
        const struct udp_port *port = &sweep->port[i];

        if (port->state != UDP_PORT_OPEN) {
            continue;
        }
        if (port->amplification_percent > amplification) {
            amplification = port->amplification_percent;
        }
        if (port->hello == NULL) {
            probe_list_add(unknown, json_integer((json_int_t) i));
            put_row(unknown_says, i, NULL, port->says);
            continue;
        }
        put_row(services, i, port->hello->protocol, port->says);
        if (port->hello == &wire_snmp_v1_hello || port->hello == &wire_snmp_v2c_hello) {
            probe_list_add(snmp_public, json_integer((json_int_t) i));
        }
    }
    if (sweep->counts[UDP_PORT_OPEN] > 0) {
        probe_fact_int(call, "amplification_percent", amplification);
    }
    probe_fact_json(call, "services", services);
    probe_fact_json(call, "snmp_public_ports", snmp_public);
    probe_fact_json(call, "unknown", unknown);
    probe_fact_json(call, "unknown_says", unknown_says);
    probe_fact_json(call, "protocols", protocols_seen(sweep));
}

/* At whatever address: what the profile says of a port holds for all of them. */
static void contradictions_report(struct probe_call *call, const struct udp_sweep *sweep,
                                  const struct profile *profile)
{
    json_t *ports = json_array();

    for (size_t i = 0; i < profile->service_count; i++) {
        const struct service *service = &profile->services[i];
        const struct udp_port *port = &sweep->port[service->port];
        const char *declared = strcmp(service->protocol, "coaps") == 0 ? "dtls" : service->protocol;

        if (service->transport == TRANSPORT_UDP && port->hello != NULL &&
            strcmp(port->hello->protocol, declared) != 0) {
            probe_list_add(ports, json_integer((json_int_t) service->port));
        }
    }
    probe_fact_json(call, "contradicts", ports);
}

static enum status disclosures_report(struct probe_call *call, const struct udp_sweep *sweep,
                                      const struct profile *profile, struct error *reterr)
{
    DEFER(disclosure_done) struct disclosure disclosure = disclosure_start(profile);

    for (unsigned i = 1; i < UDP_PORT_COUNT; i++) {
        const struct udp_port *port = &sweep->port[i];

        if (port->state == UDP_PORT_OPEN) {
            TRY(disclosure_add(&disclosure, (uint16_t) i,
                               port->hello != NULL ? port->hello->protocol : "unknown", port->says,
                               reterr));
        }
    }
    disclosure_report(call, &disclosure);
    if (profile != NULL) {
        contradictions_report(call, sweep, profile);
    }
    return STATUS_OK;
}

static void report(struct probe_call *call, const struct udp_sweep *sweep)
{
    bool closed_seen = sweep->counts[UDP_PORT_CLOSED] + sweep->controls_closed > 0;

    open_report(call, sweep);
    probe_fact_json(call, "open", ports_in_state(sweep, UDP_PORT_OPEN));
    probe_fact_json(call, "silent", ports_in_state(sweep, UDP_PORT_SILENT));
    probe_fact_int(call, "closed_count", sweep->counts[UDP_PORT_CLOSED]);
    probe_fact_int(call, "unreachable_count", sweep->counts[UDP_PORT_UNREACHABLE]);
    probe_fact_int(call, "asked", sweep->asked);
    probe_fact_int(call, "datagrams", sweep->datagrams);
    probe_fact_bool(call, "closed_seen", closed_seen);
    probe_fact_bool(call, "path_seen", closed_seen || sweep->counts[UDP_PORT_OPEN] > 0);
    probe_fact_bool(call, "complete", sweep->complete);
    transcript_note(call->transcript, 0,
                    "%u datagrams to %u ports of %s and to 3 controls: %u open, %u closed, %u "
                    "silent, %u unreachable; %u controls closed",
                    sweep->datagrams, sweep->asked, call->host, sweep->counts[UDP_PORT_OPEN],
                    sweep->counts[UDP_PORT_CLOSED], sweep->counts[UDP_PORT_SILENT],
                    sweep->counts[UDP_PORT_UNREACHABLE], sweep->controls_closed);
}

static void progress(void *context, unsigned done, unsigned total)
{
    probe_progress(context, done, total);
}

/* What the parameters name. */
static enum status wish(const struct probe_call *call, struct udp_sweep *sweep,
                        struct error *reterr)
{
    const struct profile *profile = call->subject != NULL ? call->subject->profile : NULL;
    const char *ports = probe_param_text(call, "ports");

    if (text_equal(ports, "subject")) {
        if (call->port == 0) {
            return fail(reterr, STATUS_USAGE, "no port: give one, or the parameter 'ports'");
        }
        wishes_add(sweep, call->port);
        return STATUS_OK;
    }
    TRY(wishes_read(ports, sweep, reterr));
    for (size_t i = 0;
         profile != NULL && probe_param_bool(call, "declared") && i < profile->service_count; i++) {
        if (profile->services[i].transport == TRANSPORT_UDP) {
            wishes_add(sweep, profile->services[i].port);
        }
    }
    return STATUS_OK;
}

static enum status run(struct probe_call *call, struct error *reterr)
{
    static struct udp_sweep sweep;
    const struct profile *profile = call->subject != NULL ? call->subject->profile : NULL;
    const struct udp_sweep_ask ask = {
        .host = call->host,
        .seed = call->seed,
        .datagrams_per_second = (unsigned) probe_param_int(call, "datagrams_per_second"),
        .timeout_ms = (unsigned) probe_param_int(call, "timeout_ms"),
        .retries = (unsigned) probe_param_int(call, "retries"),
        .patience_ms = (unsigned) probe_param_int(call, "patience_s") * 1000,
        .deadline_ms = call->deadline_ms - 500, /* time to write down what is known */
        .transcript = call->transcript,
        .progress = progress,
        .progress_context = call,
    };
    enum status status;

    memset(&sweep, 0, sizeof sweep);
    TRY(wish(call, &sweep, reterr));
    wishes_add_controls(&sweep, call->seed);
    status = udp_sweep_run(&ask, &sweep, reterr);
    if (status == STATUS_OK) {
        report(call, &sweep);
        status = disclosures_report(call, &sweep, profile, reterr);
    }
    udp_sweep_done(&sweep);
    return status;
}

const struct probe probe_udp_services = {
    .decl = {
        .name = "udp_services",
        .summary = { .en = "Which UDP ports answer, and in which protocol",
                     .ja = "応答するUDPポートとそのプロトコルの一覧" },
        .params = params,
        .facts = facts,
        .needs = PROBE_NEEDS_ADDRESS,
        .deadline_ms = 600000,
    },
    .run = run,
};
