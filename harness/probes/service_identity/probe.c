/* service_identity - which protocol the service on a port speaks, whatever the port.
 *
 * usage: hoshitori probe service_identity --target 192.0.2.1 --param ports=all
 *        hoshitori probe service_identity --target 192.0.2.1:2323
 * sample: {"services":[{"detail":"2 option requests ECHO SGA; login:","port":2323,
 *          "protocol":"telnet","tls":false}],"telnet_ports":[2323],"unknown":[], ...} */
#include "probe/probe.h"

#include "base/clock.h"
#include "channel/http.h"
#include "channel/mqtt.h"
#include "channel/tcp_scan.h"
#include "identify.h"
#include "probe/disclosure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct param params[] = {
    { .name = "ports",
      .type = FACT_TEXT,
      .help = "\"subject\": the port of the service in question; \"all\", or numbers and ranges "
              "such as 22,80,8000-8100, of which those that are open are asked.",
      .fallback = "\"subject\"" },
    { .name = "timeout_ms",
      .type = FACT_INT,
      .help = "Longest wait for the answer to one hello.",
      .fallback = "1000",
      .minimum = 100,
      .maximum = 30000 },
    { .name = "listen_ms",
      .type = FACT_INT,
      .help = "How long a service may take to speak first before it is spoken to.",
      .fallback = "300",
      .minimum = 20,
      .maximum = 30000 },
    { .name = "parallel",
      .type = FACT_INT,
      .help = "Ports that are asked at the same time, one connection each.",
      .fallback = "32",
      .minimum = 1,
      .maximum = 128 },
    { .name = "in_flight",
      .type = FACT_INT,
      .help = "While looking for open ports: connection attempts under way at the same time.",
      .fallback = "256",
      .minimum = 1,
      .maximum = TCP_IN_FLIGHT_MAX },
    { .name = "connections_per_second",
      .type = FACT_INT,
      .help = "While looking for open ports: attempts per second; 0: bounded by in_flight alone.",
      .fallback = "0",
      .minimum = 0,
      .maximum = 1000000 },
    PARAM_END,
};

static const struct fact service_columns[] = {
    { .name = "port", .type = FACT_INT, .help = "TCP port." },
    { .name = "protocol",
      .type = FACT_TEXT,
      .help = "ssh, telnet, http, rtsp, mqtt, ftp, smtp, pop3, imap, vnc, modbus; https or mqtts "
              "when the "
              "application was seen inside TLS, else tls." },
    { .name = "tls", .type = FACT_BOOL, .help = "It answered a TLS ClientHello in TLS." },
    { .name = "detail", .type = FACT_TEXT, .help = "The evidence in a few words." },
    FACT_END,
};

static const struct fact says_columns[] = {
    { .name = "port", .type = FACT_INT, .help = "TCP port." },
    { .name = "detail", .type = FACT_TEXT, .help = "The first bytes that came; may be empty." },
    FACT_END,
};

static const struct fact facts[] = {
    { .name = "services",
      .type = FACT_ROWS,
      .help = "What spoke a protocol that we know, by port.",
      .columns = service_columns },
    { .name = "open", .type = FACT_INTS, .help = "Ports that accepted a connection." },
    { .name = "unknown",
      .type = FACT_INTS,
      .help = "Open ports that spoke none of the protocols that we know." },
    { .name = "unknown_says",
      .type = FACT_ROWS,
      .help = "What the unknown ones said.",
      .columns = says_columns },
    { .name = "telnet_ports",
      .type = FACT_INTS,
      .help = "Ports that negotiate telnet options (RFC 854) or ask for a login in clear text." },
    { .name = "non_telnet_ports",
      .type = FACT_INTS,
      .help = "Ports that were identified as something else." },
    { .name = "protocols", .type = FACT_TEXTS, .help = "Every protocol seen, once, sorted." },
    { .name = "contradicts",
      .type = FACT_INTS,
      .help = "Ports that spoke another protocol than the profile declares for them; left out "
              "without a profile." },
    DISCLOSURE_FACTS,
    { .name = "complete",
      .type = FACT_BOOL,
      .help = "Every port in question was either asked to the end or does not accept "
              "connections; no deadline cut in." },
    FACT_END,
};

/* What is being asked about, from scan to facts. */
struct work {
    struct probe_call *call;
    struct identify_port *ports;
    size_t count;
    bool complete;
};

static void work_done(struct work *work)
{
    free(work->ports);
}

static void progress(void *context, unsigned done, unsigned total)
{
    probe_progress(context, done, total);
}

/* Which ports to ask: the subject's own, or those of the list that are open. */
static enum status ports_choose(struct work *work, struct error *reterr)
{
    static struct tcp_port_set wanted;
    static struct tcp_scan_result scanned;
    struct probe_call *call = work->call;
    const char *ports = probe_param_text(call, "ports");
    const struct tcp_scan_ask ask = {
        .host = call->host,
        .ports = &wanted,
        .first = call->port,
        .in_flight = (unsigned) probe_param_int(call, "in_flight"),
        .connections_per_second = (unsigned) probe_param_int(call, "connections_per_second"),
        .timeout_ms = (unsigned) probe_param_int(call, "timeout_ms"),
        .retries = 2,
        .deadline_ms = call->deadline_ms - 1000,
    };

    work->complete = true;
    if (strcmp(ports, "subject") == 0) {
        if (call->port == 0) {
            return fail(reterr, STATUS_USAGE, "no port: give one, or the parameter 'ports'");
        }
        work->ports = calloc(1, sizeof *work->ports);
        if (work->ports == NULL) {
            abort();
        }
        work->ports[work->count++].port = call->port;
        return STATUS_OK;
    }
    TRY(tcp_port_set_read(ports, &wanted, reterr));
    TRY(tcp_scan(&ask, &scanned, reterr));
    work->complete = scanned.complete;
    work->ports = calloc(scanned.open + 1, sizeof *work->ports);
    if (work->ports == NULL) {
        abort();
    }
    for (unsigned port = 1; port < TCP_PORT_COUNT; port++) {
        if (scanned.state[port] == TCP_PORT_OPEN) {
            work->ports[work->count++] =
                (struct identify_port){ .port = (uint16_t) port, .accepted = true };
        }
    }
    transcript_note(call->transcript, 0,
                    "looked for open ports: %u asked, %u open, %u closed, %u filtered, %u "
                    "unreachable, %u attempts",
                    wanted.count, scanned.open, scanned.closed, scanned.filtered,
                    scanned.unreachable, scanned.attempts);
    return STATUS_OK;
}

static void seen_inside(struct identify_port *port, enum wire_protocol protocol, const char *what)
{
    size_t used = strlen(port->ident.detail);

    port->ident.protocol = protocol;
    (void) snprintf(port->ident.detail + used, sizeof port->ident.detail - used, ", %s inside",
                    what);
}

/* MQTT inside TLS.  Only a code of the 3.1.1 table counts: another protocol's greeting may
 * begin with the byte of a CONNACK ("* OK" does). */
static enum status look_for_mqtt(const struct work *work, struct identify_port *port,
                                 struct error *reterr)
{
    char client_id[24];
    const struct mqtt_ask ask = {
        .host = work->call->host,
        .port = port->port,
        .tls = true,
        .version = MQTT_VERSION_311,
        .client_id = client_id,
        .deadline_ms = clock_monotonic_ms() + probe_param_int(work->call, "timeout_ms"),
    };
    DEFER(mqtt_freep) struct mqtt *mqtt = NULL;
    struct mqtt_answer answer;

    if (ask.deadline_ms > work->call->deadline_ms || strchr(ask.host, '%') != NULL) {
        return STATUS_OK;
    }
    (void) snprintf(client_id, sizeof client_id, "hoshitori-%u", (unsigned) port->port);
    TRY(mqtt_open(&ask, work->call->transcript, &mqtt, &answer, reterr));
    if (answer.event == MQTT_ANSWERED && mqtt_code_is_known(ask.version, answer.code)) {
        seen_inside(port, WIRE_PROTOCOL_MQTTS, "MQTT");
    }
    return STATUS_OK;
}

/* A server that named no application in its hello may still show one: a plain GET inside
 * TLS, or an MQTT CONNECT.  What cannot be seen stays "tls". */
static enum status look_inside_tls(const struct work *work, struct identify_port *port,
                                   struct error *reterr)
{
    const struct http_target target = { .host = work->call->host, .port = port->port, .tls = true };
    const struct http_ask ask = {
        .method = "GET",
        .path = "/",
        .answer_is_secret = true, /* whose page it is matters, not what stands on it */
        .deadline_ms = clock_monotonic_ms() + probe_param_int(work->call, "timeout_ms"),
    };
    DEFER(http_client_done) struct http_client *client = NULL;
    DEFER(http_answer_done) struct http_answer answer = { 0 };

    if (ask.deadline_ms > work->call->deadline_ms) {
        return STATUS_OK;
    }
    TRY(http_client_new(&target, work->call->transcript, &client, reterr));
    TRY(http_client_ask(client, &ask, &answer, reterr));
    if (answer.event == HTTP_ANSWERED && answer.status > 0) {
        seen_inside(port, WIRE_PROTOCOL_HTTPS, "HTTP");
        return STATUS_OK;
    }
    return look_for_mqtt(work, port, reterr);
}

static json_t *service_row(const struct identify_port *port)
{
    return json_pack("{s:i, s:s, s:b, s:s}", "port", (int) port->port, "protocol",
                     wire_protocol_word(port->ident.protocol), "tls", (int) port->ident.tls,
                     "detail", port->ident.detail);
}

static json_t *protocols_of(const struct work *work)
{
    json_t *words = json_array();
    json_t *seen = json_object();
    const char *word;
    json_t *value;

    if (words == NULL || seen == NULL) {
        abort();
    }
    for (size_t i = 0; i < work->count; i++) {
        if (work->ports[i].end == IDENTIFY_KNOWN &&
            json_object_set_new(seen, wire_protocol_word(work->ports[i].ident.protocol),
                                json_true()) != 0) {
            abort();
        }
    }
    /* The table's order is not the alphabet's: sorted by insertion. */
    json_object_foreach(seen, word, value)
    {
        size_t at = 0;

        while (at < json_array_size(words) &&
               strcmp(json_string_value(json_array_get(words, at)), word) < 0) {
            at++;
        }
        if (json_array_insert_new(words, at, json_string(word)) != 0) {
            abort();
        }
    }
    json_decref(seen);
    return words;
}

static void facts_write(const struct work *work)
{
    struct probe_call *call = work->call;
    json_t *services = json_array();
    json_t *open = json_array();
    json_t *unknown = json_array();
    json_t *says = json_array();
    json_t *telnet = json_array();
    json_t *others = json_array();
    bool complete = work->complete;

    for (size_t i = 0; i < work->count; i++) {
        const struct identify_port *port = &work->ports[i];

        complete = complete && port->end != IDENTIFY_LOST;
        if (!port->accepted) {
            continue;
        }
        probe_list_add(open, json_integer(port->port));
        if (port->end == IDENTIFY_KNOWN) {
            probe_list_add(services, service_row(port));
            probe_list_add(port->ident.protocol == WIRE_PROTOCOL_TELNET ? telnet : others,
                           json_integer(port->port));
        } else if (port->end == IDENTIFY_UNKNOWN) {
            probe_list_add(unknown, json_integer(port->port));
            probe_list_add(says, json_pack("{s:i, s:s}", "port", (int) port->port, "detail",
                                           port->first_words));
        }
    }
    probe_fact_json(call, "services", services);
    probe_fact_json(call, "open", open);
    probe_fact_json(call, "unknown", unknown);
    probe_fact_json(call, "unknown_says", says);
    probe_fact_json(call, "telnet_ports", telnet);
    probe_fact_json(call, "non_telnet_ports", others);
    probe_fact_json(call, "protocols", protocols_of(work));
    probe_fact_bool(call, "complete", complete);
}

static const struct service *declared_at(const struct profile *profile, uint16_t port)
{
    for (size_t i = 0; i < profile->service_count; i++) {
        if (profile->services[i].transport == TRANSPORT_TCP && profile->services[i].port == port) {
            return &profile->services[i];
        }
    }
    return NULL;
}

/* At whatever address: what the profile says of a port holds for all of them. */
static void contradictions_write(const struct work *work, const struct profile *profile)
{
    json_t *ports = json_array();

    for (size_t i = 0; i < work->count; i++) {
        const struct identify_port *port = &work->ports[i];
        const struct service *service = declared_at(profile, port->port);

        if (service != NULL && port->end == IDENTIFY_KNOWN &&
            strcmp(service->protocol, wire_protocol_word(port->ident.protocol)) != 0) {
            probe_list_add(ports, json_integer(port->port));
        }
    }
    probe_fact_json(work->call, "contradicts", ports);
}

static enum status disclosures_write(const struct work *work, const struct profile *profile,
                                     struct error *reterr)
{
    DEFER(disclosure_done) struct disclosure disclosure = disclosure_start(profile);

    for (size_t i = 0; i < work->count; i++) {
        const struct identify_port *port = &work->ports[i];
        bool known = port->end == IDENTIFY_KNOWN;

        TRY(disclosure_add(&disclosure, port->port,
                           known ? wire_protocol_word(port->ident.protocol) : "unknown",
                           known ? port->ident.detail : port->first_words, reterr));
    }
    disclosure_report(work->call, &disclosure);
    if (profile != NULL) {
        contradictions_write(work, profile);
    }
    return STATUS_OK;
}

static enum status run(struct probe_call *call, struct error *reterr)
{
    DEFER(work_done) struct work work = { .call = call };
    const struct identify_ask ask = {
        .host = call->host,
        .parallel = (unsigned) probe_param_int(call, "parallel"),
        .listen_ms = (unsigned) probe_param_int(call, "listen_ms"),
        .timeout_ms = (unsigned) probe_param_int(call, "timeout_ms"),
        .seed = call->seed,
        .deadline_ms = call->deadline_ms - 500, /* time to write down what is known */
        .transcript = call->transcript,
        .progress = progress,
        .progress_context = call,
    };

    TRY(ports_choose(&work, reterr));
    TRY(identify_ports(&ask, work.ports, work.count, reterr));
    for (size_t i = 0; i < work.count; i++) {
        if (work.ports[i].end == IDENTIFY_KNOWN &&
            work.ports[i].ident.protocol == WIRE_PROTOCOL_TLS) {
            TRY(look_inside_tls(&work, &work.ports[i], reterr));
        }
    }
    facts_write(&work);
    return disclosures_write(&work, call->subject != NULL ? call->subject->profile : NULL, reterr);
}

const struct probe probe_service_identity = {
    .decl = {
        .name = "service_identity",
        .summary = { .en = "Which protocol a service speaks, on whatever port",
                     .ja = "ポート番号によらず、サービスが話すプロトコルを特定" },
        .params = params,
        .facts = facts,
        .needs = PROBE_NEEDS_ADDRESS,
        .deadline_ms = 600000,
    },
    .run = run,
};
