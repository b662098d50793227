#include "probe/probe.h"

#include "enforced.h"
#include "network.h"
#include "probe/tls_findings.h"
#include "probe/tls_report.h"
#include "probe/tls_setup.h"
#include "tickets.h"

#include <string.h>

static const char *const starttls_choices[] = { "auto", "none", "smtp", "imap", "pop3",
                                                "ftp",  "ldap", "xmpp", NULL };

static const struct param params[] = {
    { .name = "server_name",
      .type = FACT_TEXT,
      .help = "The name to send as SNI (RFC 6066 section 3) unless it is an address, and to look "
              "for in the certificate." },
    { .name = "timeout_ms",
      .type = FACT_INT,
      .help = "How long one handshake may take, in milliseconds.",
      .fallback = "3000",
      .minimum = 100,
      .maximum = 30000 },
    { .name = "connections",
      .type = FACT_INT,
      .help = "How many connections at once; a fragile device gets one.",
      .fallback = "6",
      .minimum = 1,
      .maximum = NETWORK_CONNECTIONS_MAX },
    { .name = "alpn",
      .type = FACT_TEXTS,
      .help = "Application protocols to offer (RFC 7301).",
      .fallback = "[\"h2\",\"http/1.1\",\"mqtt\"]" },
    { .name = "starttls",
      .type = FACT_TEXT,
      .help = "The protocol in which TLS begins on request: SMTP (RFC 3207), IMAP (RFC 9051 "
              "section 6.2.1), POP3 (RFC 2595), FTP (RFC 4217), LDAP (RFC 4511 section 4.14), XMPP "
              "(RFC 6120 section 5). auto: the service's own, if it is one of these.",
      .fallback = "\"auto\"",
      .choices = starttls_choices },
    PARAM_END,
};

static const struct fact facts[] = {
    { .name = "speaks_tls",
      .type = FACT_BOOL,
      .help = "The service answered a ClientHello with TLS records. False: each hello was met by "
              "other bytes, a close or a reset. Left out when it stayed silent." },
    { .name = "starttls",
      .type = FACT_TEXT,
      .help =
          "How the request to begin TLS ended, the best of all connections: accepted, refused, "
          "turned away (by the greeting), garbled, closed, silent. Left out where TLS begins at "
          "once." },
    { .name = "starttls_answer",
      .type = FACT_TEXT,
      .help = "The server's last line in clear, for the same connection." },
    { .name = "starttls_clear_after",
      .type = FACT_BOOL,
      .help = "Bytes came in clear after a go-ahead, in one piece with it: a client that reads on "
              "would take them for what the server says under TLS." },
    { .name = "starttls_enforced",
      .type = FACT_BOOL,
      .help = "True: before TLS the server offers no log-in, or refuses one and says that TLS is "
              "why. False: a log-in in clear is offered or begun. Asked with a made-up name, or by "
              "what the server lists. Left out when the answers say neither." },
    { .name = "versions",
      .type = FACT_TEXTS,
      .help = "Accepted protocol versions, oldest first. Left out unless each version was either "
              "accepted or properly refused and the server still answered at the end." },
    { .name = "suites",
      .type = FACT_TEXT_GROUPS,
      .help = "Accepted cipher suites by version, IANA names, in the server's order of preference; "
              "sorted where it follows the client. Left out unless complete." },
    { .name = "suites_seen",
      .type = FACT_TEXTS,
      .help = "Suites that were accepted, sorted, where the list of them could not be completed; "
              "left out where 'suites' is there." },
    { .name = "server_preference",
      .type = FACT_BOOL,
      .help = "The server's own order of suites decides in every version that offers a choice." },
    { .name = "preference",
      .type = FACT_ROWS,
      .help = "The same by version.",
      .columns = tls_server_preference_columns },
    { .name = "groups",
      .type = FACT_TEXTS,
      .help = "Accepted key exchange groups (TLS 1.3, and ECDHE of the best older version)." },
    { .name = "dh_bits",
      .type = FACT_INT,
      .help = "The shortest prime of a DHE suite up to TLS 1.2; left out without DHE." },
    { .name = "dh_prime",
      .type = FACT_TEXT,
      .help =
          "Where that prime is from if many servers share it: RFC 2409, RFC 3526, RFC 5114, RFC "
          "7919 or a server's own default; otherwise own." },
    { .name = "weaknesses",
      .type = FACT_TEXTS,
      .help =
          "What was seen, by these rules: anonymous; crime (compression); drown_precondition "
          "(SSL 2.0 with an RSA key that a later version uses too); export; freak (RSA export); "
          "logjam (DHE export, or a prime of at most 1024 bits); null; poodle (CBC in SSL 3.0); "
          "rc4; sweet32 (blocks of 64 bits). One is enough to be listed; none, only if all suites "
          "are known, and with DHE a prime." },
    { .name = "tolerance",
      .type = FACT_ROWS,
      .help =
          "How hellos were met that differ from an accepted one in a single thing that a server "
          "has to bear. Left out unless all are known.",
      .columns = tls_server_tolerance_columns },
    { .name = "intolerant", .type = FACT_TEXTS, .help = "Those that were not answered." },
    { .name = "signature_algorithms",
      .type = FACT_TEXTS,
      .help = "What the server signs its TLS 1.2 key exchange with (RFC 8446 section 4.2.3)." },
    { .name = "signature_algorithms_13",
      .type = FACT_TEXTS,
      .help = "The same for the handshake of TLS 1.3 (CertificateVerify)." },
    { .name = "compression", .type = FACT_TEXTS, .help = "Compression methods chosen (RFC 3749)." },
    { .name = "renegotiation",
      .type = FACT_BOOL,
      .help = "Every answer of TLS 1.0 to 1.2 carried renegotiation_info (RFC 5746); true for TLS "
              "1.3 alone, which has no renegotiation." },
    { .name = "extended_master_secret",
      .type = FACT_BOOL,
      .help = "Every answer of TLS 1.0 to 1.2 agreed to it (RFC 7627); true for TLS 1.3 alone." },
    { .name = "fallback_scsv",
      .type = FACT_BOOL,
      .help = "A fallback below the best version is refused (RFC 7507); left out where only one "
              "version is accepted." },
    { .name = "session_tickets",
      .type = FACT_BOOL,
      .help = "A version up to TLS 1.2 agreed to session tickets (RFC 5077), or a client that "
              "completed a handshake was given one." },
    { .name = "ticket_lifetime_s",
      .type = FACT_INT,
      .help =
          "The hint that came with it, in seconds; left out where it is 0, which says nothing." },
    { .name = "resumption",
      .type = FACT_BOOL,
      .help = "A client that came back with its session was let in without a certificate, in the "
              "best of TLS 1.2 and 1.3." },
    { .name = "alpn", .type = FACT_TEXTS, .help = "Protocols chosen out of those offered." },
    { .name = "certificates",
      .type = FACT_ROWS,
      .help = "The chains that the server sent, leaf first.",
      .columns = tls_server_certificate_columns },
    { .name = "certificates_complete",
      .type = FACT_BOOL,
      .help = "Each kind of key was asked for, no question stayed open, and what TLS 1.3 encrypts "
              "could be opened: there is no other chain for this name, or for none." },
    { .name = "hostname_match",
      .type = FACT_BOOL,
      .help =
          "The leaf of each chain that came for server_name names it in its subjectAltName (RFC "
          "9525 section 6.3)." },
    { .name = "address_match",
      .type = FACT_BOOL,
      .help = "The leaf of each chain that came without a server name names the address that was "
              "asked in its subjectAltName (RFC 9525 section 6.5)." },
    { .name = "ocsp_staple",
      .type = FACT_TEXT,
      .help = "What the stapled OCSP responses say of the server's certificates, the worst of all "
              "chains: good, absent, unknown, no answer, malformed, revoked. Not verified." },
    { .name = "undetermined",
      .type = FACT_TEXTS,
      .help = "What could not be found out, and why; facts that rest on it are left out." },
    { .name = "handshakes", .type = FACT_INT, .help = "How many were begun." },
    { .name = "bytes_sent",
      .type = FACT_INT,
      .help = "Over TCP in all hellos, and before them with starttls." },
    FACT_END,
};

enum { ALPN_MAX = 16 };

static size_t alpn_list(const struct probe_call *call, const char *list[ALPN_MAX + 1])
{
    const json_t *wanted = probe_param_list(call, "alpn");
    size_t count = 0;
    size_t index;
    const json_t *value;

    json_array_foreach(wanted, index, value)
    {
        size_t length = json_string_length(value);

        if (count < ALPN_MAX && length > 0 && length <= 255) {
            list[count++] = json_string_value(value);
        }
    }
    list[count] = NULL;
    return count;
}

static enum starttls_protocol starttls_of(const struct probe_call *call)
{
    const char *word = probe_param_text(call, "starttls");

    if (strcmp(word, "auto") == 0) {
        word = call->subject != NULL && call->subject->service != NULL
                   ? call->subject->service->protocol
                   : NULL;
    }
    return wire_starttls_find(word);
}

static void report_network(struct probe_call *call, const struct network *network)
{
    if (network->upgrade != UPGRADE_NONE) {
        probe_fact_text(call, "starttls", tls_server_upgrade_word(network->upgrade));
        probe_fact_text(call, "starttls_answer", network->upgrade_answer);
    }
    if (network->upgrade == UPGRADE_ACCEPTED) {
        probe_fact_bool(call, "starttls_clear_after", network->upgrade_surplus);
    }
    probe_fact_int(call, "bytes_sent", (long long) network->sent);
}

static enum status survey_and_report(struct probe_call *call, struct survey *survey,
                                     struct error *reterr)
{
    const struct limits *limits = tls_server_setup_limits(call);
    const char *name = tls_server_setup_name(call);
    struct network network = { .host = call->host,
                               .port = call->port,
                               .timeout_ms = probe_param_int(call, "timeout_ms"),
                               .deadline_ms = tls_server_setup_ends_ms(call),
                               .connections = (unsigned) probe_param_int(call, "connections"),
                               .transcript = call->transcript,
                               .starttls = starttls_of(call),
                               .server_name = name };
    struct dialer dialer = { .context = &network,
                             .dial = tls_server_network_dial,
                             .seed = call->seed };
    const char *alpn[ALPN_MAX + 1];
    size_t alpn_count = alpn_list(call, alpn);

    if (limits != NULL) {
        network.connections = limits->fragile ? 1 : network.connections;
        network.pace.per_second = limits->connections_per_second;
    }
    dialer.width = network.connections;
    tls_server_survey_start(survey, &dialer, name);
    TRY(tls_server_survey_run(survey, alpn, alpn_count, reterr));
    if (survey->asker.has_known_good) {
        TRY(tls_server_tickets(call, survey, &network, reterr));
    }
    TRY(tls_server_enforced(call, &network, reterr));
    report_network(call, &network);
    tls_server_report_findings(call, survey);
    return tls_server_report(call, survey, reterr);
}

static enum status tls_server_run(struct probe_call *call, struct error *reterr)
{
    return tls_server_setup_run(call, survey_and_report, reterr);
}

const struct probe probe_tls_server = {
    .decl = { .name = "tls_server",
              .summary = { .ja = "TLSサーバーの版、暗号スイート、鍵交換、証明書を調べる",
                           .en = "Finds out a TLS server's versions, suites, groups and "
                                 "certificates" },
              .params = params,
              .facts = facts,
              .needs = PROBE_NEEDS_SERVICE,
              .deadline_ms = 120000 },
    .run = tls_server_run,
};
