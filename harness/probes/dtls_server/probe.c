#include "probe/probe.h"

#include "facts.h"
#include "network.h"
#include "probe/tls_setup.h"

static const struct param params[] = {
    { .name = "server_name",
      .type = FACT_TEXT,
      .help = "The name to send as SNI (RFC 6066 section 3) unless it is an address, and to look "
              "for in the certificate." },
    { .name = "timeout_ms",
      .type = FACT_INT,
      .help = "How long a hello may stay unanswered, in milliseconds; it is sent again after a "
              "quarter and after three (RFC 6347 section 4.2.4.1).",
      .fallback = "4000",
      .minimum = 100,
      .maximum = 30000 },
    PARAM_END,
};

static const struct fact facts[] = {
    { .name = "speaks_dtls",
      .type = FACT_BOOL,
      .help = "The service answered a ClientHello with records of DTLS. False: with other bytes. "
              "Left out when it stayed silent." },
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
      .help = "Accepted key exchange groups (DTLS 1.3, and ECDHE of the best older version)." },
    { .name = "dh_bits",
      .type = FACT_INT,
      .help = "The shortest prime of a DHE suite up to DTLS 1.2; left out without DHE." },
    { .name = "signature_algorithms",
      .type = FACT_TEXTS,
      .help = "What the server signs its DTLS 1.2 key exchange with." },
    { .name = "compression", .type = FACT_TEXTS, .help = "Compression methods chosen (RFC 3749)." },
    { .name = "renegotiation",
      .type = FACT_BOOL,
      .help = "Every answer up to DTLS 1.2 carried renegotiation_info (RFC 5746); true for DTLS "
              "1.3 alone." },
    { .name = "extended_master_secret",
      .type = FACT_BOOL,
      .help = "Every answer up to DTLS 1.2 agreed to it (RFC 7627); true for DTLS 1.3 alone." },
    { .name = "fallback_scsv",
      .type = FACT_BOOL,
      .help = "A fallback below the best version is refused (RFC 7507); left out where only one "
              "version is accepted." },
    { .name = "connection_id",
      .type = FACT_BOOL,
      .help = "Any answer of DTLS 1.2 agreed to connection identifiers (RFC 9146)." },
    { .name = "cookie_demanded",
      .type = FACT_BOOL,
      .help = "No accepted hello was answered before a cookie was asked for (RFC 6347 section "
              "4.2.1, RFC 9147 section 5.1)." },
    { .name = "cookie_verified",
      .type = FACT_BOOL,
      .help = "A hello with a cookie that the server never gave was met by a request for another "
              "one; false: it was answered. Left out when neither happened." },
    { .name = "amplification_percent",
      .type = FACT_INT,
      .help = "Bytes of datagrams that came for 100 bytes of a hello, before any cookie was shown, "
              "for the worst of the hellos that were accepted; what the server repeats later is "
              "not counted, and ECDSA signatures count as their longest." },
    { .name = "psk_identity_hint",
      .type = FACT_TEXT,
      .help = "The first one that came with a pre-shared-key suite (RFC 4279); left out without." },
    { .name = "certificates",
      .type = FACT_ROWS,
      .help = "The chains that the server sent, leaf first; empty when all suites are known and "
              "none uses certificates.",
      .columns = tls_server_certificate_columns },
    { .name = "hostname_match",
      .type = FACT_BOOL,
      .help = "Each chain's leaf names server_name in its subjectAltName (RFC 9525 section 6.3)." },
    { .name = "undetermined",
      .type = FACT_TEXTS,
      .help = "What could not be found out, and why; facts that rest on it are left out." },
    { .name = "handshakes", .type = FACT_INT, .help = "How many were begun." },
    { .name = "datagrams",
      .type = FACT_INT,
      .help = "How many were sent, without those that were repeated for want of an answer." },
    { .name = "bytes", .type = FACT_INT, .help = "How many they held." },
    FACT_END,
};

static enum status survey_and_report(struct probe_call *call, struct survey *survey,
                                     struct error *reterr)
{
    const struct limits *limits = tls_server_setup_limits(call);
    struct network network = { .host = call->host,
                               .port = call->port,
                               .timeout_ms = probe_param_int(call, "timeout_ms"),
                               .repeat_ms = probe_param_int(call, "timeout_ms") / 4,
                               .deadline_ms = tls_server_setup_ends_ms(call),
                               .transcript = call->transcript };
    struct dialer dialer = { .context = &network,
                             .dial = dtls_server_network_dial,
                             .seed = call->seed };
    const char *name = tls_server_setup_name(call);

    if (limits != NULL) {
        network.pace.per_second = limits->connections_per_second;
    }
    dtls_server_survey_start(survey, &dialer, name);
    TRY(tls_server_survey_run(survey, NULL, 0, reterr));
    return dtls_server_report(call, survey, network.datagrams, network.bytes, reterr);
}

static enum status dtls_server_run(struct probe_call *call, struct error *reterr)
{
    return tls_server_setup_run(call, survey_and_report, reterr);
}

const struct probe probe_dtls_server = {
    .decl = { .name = "dtls_server",
              .summary = { .ja = "DTLSサーバーの版、暗号スイート、鍵交換、証明書、クッキーを調べる",
                           .en = "Finds out a DTLS server's versions, suites, groups, certificates "
                                 "and use of cookies" },
              .params = params,
              .facts = facts,
              .needs = PROBE_NEEDS_SERVICE,
              .deadline_ms = 180000 },
    .run = dtls_server_run,
};
