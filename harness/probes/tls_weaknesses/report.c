#include "report.h"

#include <stdarg.h>
#include <stdio.h>

static const struct fact reason_columns[] = {
    { .name = "what", .type = FACT_TEXT, .help = "Name of the fact." },
    { .name = "why", .type = FACT_TEXT, .help = "What was met instead." },
    FACT_END,
};

static const struct fact robot_columns[] = {
    { .name = "flow",
      .type = FACT_TEXT,
      .help = "with Finished, or without: whether ChangeCipherSpec and a Finished followed." },
    { .name = "block", .type = FACT_TEXT, .help = "What was encrypted to the server's key." },
    { .name = "reaction", .type = FACT_TEXT, .help = "How the server took it." },
    FACT_END,
};

static const struct fact record_columns[] = {
    { .name = "record", .type = FACT_TEXT, .help = "What was right or wrong with it." },
    { .name = "reaction", .type = FACT_TEXT, .help = "How the server took it." },
    FACT_END,
};

const struct fact weaknesses_facts[] = {
    { .name = "speaks_tls",
      .type = FACT_BOOL,
      .help = "The service answered a ClientHello up to TLS 1.2 by a hello or an alert." },
    { .name = "version",
      .type = FACT_TEXT,
      .help = "What it chose; left out when it refuses TLS 1.2 and older." },
    { .name = "heartbeat_offered",
      .type = FACT_BOOL,
      .help = "It agreed to heartbeats (RFC 6520)." },
    { .name = "heartbleed",
      .type = FACT_BOOL,
      .help = "A heartbeat request that says to carry more than it does was answered by more bytes "
              "than were sent (CVE-2014-0160)." },
    { .name = "heartbleed_bytes",
      .type = FACT_INT,
      .help = "How many more, without padding; 64 were asked for, and none is kept." },
    { .name = "ccs_injection",
      .type = FACT_BOOL,
      .help = "A ChangeCipherSpec before the key exchange was taken (CVE-2014-0224)." },
    { .name = "robot",
      .type = FACT_TEXT,
      .help = "Whether right and wrong RSA key exchanges can be told apart (Bleichenbacher): none, "
              "weak (only whole right secrets) or strong." },
    { .name = "robot_reactions",
      .type = FACT_ROWS,
      .help = "The reactions of the first of three rounds; one round where all are alike.",
      .columns = robot_columns },
    { .name = "poodle_tls",
      .type = FACT_BOOL,
      .help = "A CBC record of right MAC and wrong padding was taken (CVE-2014-8730)." },
    { .name = "mac_unchecked",
      .type = FACT_BOOL,
      .help = "A CBC record of wrong MAC and right padding was taken." },
    { .name = "cbc_oracle",
      .type = FACT_BOOL,
      .help = "Wrong padding, wrong MAC and padding longer than the record are answered "
              "differently, in three rounds alike." },
    { .name = "cbc_reactions",
      .type = FACT_ROWS,
      .help = "How records of application data were answered.",
      .columns = record_columns },
    { .name = "ticketbleed",
      .type = FACT_BOOL,
      .help = "A session id of one byte, sent with a ticket, came back longer (CVE-2016-9244)." },
    { .name = "renegotiation_legacy",
      .type = FACT_BOOL,
      .help = "A renegotiation without renegotiation_info was begun (RFC 5746, CVE-2009-3555)." },
    { .name = "renegotiation_client",
      .type = FACT_BOOL,
      .help = "A renegotiation that the client asked for by RFC 5746 was begun." },
    { .name = "not_applicable",
      .type = FACT_ROWS,
      .help = "What the server gives no occasion for.",
      .columns = reason_columns },
    { .name = "undetermined",
      .type = FACT_ROWS,
      .help = "What could not be found out; these facts are left out.",
      .columns = reason_columns },
    { .name = "stopped_after",
      .type = FACT_TEXT,
      .help = "The question after which the server no longer answered a hello; empty: none." },
    { .name = "connections", .type = FACT_INT, .help = "How many were made." },
    FACT_END,
};

const char *weakness_name(enum weakness weakness)
{
    static const char *const names[WEAKNESS_COUNT] = {
        [WEAKNESS_HEARTBLEED] = "heartbleed",
        [WEAKNESS_CCS] = "ccs_injection",
        [WEAKNESS_ROBOT] = "robot",
        [WEAKNESS_POODLE] = "poodle_tls",
        [WEAKNESS_MAC] = "mac_unchecked",
        [WEAKNESS_CBC_ORACLE] = "cbc_oracle",
        [WEAKNESS_TICKETBLEED] = "ticketbleed",
        [WEAKNESS_RENEGOTIATION_LEGACY] = "renegotiation_legacy",
        [WEAKNESS_RENEGOTIATION_CLIENT] = "renegotiation_client",
    };

    return names[weakness];
}

void weakness_seen(struct weaknesses *all, enum weakness weakness, bool present)
{
    all->found[weakness].sight = present ? SIGHT_PRESENT : SIGHT_ABSENT;
}

void weakness_unknown(struct weaknesses *all, enum weakness weakness, const char *format, ...)
{
    struct finding *finding = &all->found[weakness];
    va_list args;

    va_start(args, format);
    finding->sight = SIGHT_UNKNOWN;
    (void) vsnprintf(finding->why, sizeof finding->why, format, args);
    va_end(args);
}

void weakness_does_not_apply(struct weaknesses *all, enum weakness weakness, const char *format,
                             ...)
{
    struct finding *finding = &all->found[weakness];
    va_list args;

    va_start(args, format);
    finding->sight = SIGHT_NOT_APPLICABLE;
    (void) vsnprintf(finding->why, sizeof finding->why, format, args);
    va_end(args);
}

static json_t *row_of(const char *first, const char *value, const char *second, const char *other)
{
    return json_pack("{s:s, s:s}", first, value, second, other);
}

static void report_findings(struct probe_call *call, const struct weaknesses *all)
{
    json_t *not_applicable = json_array();
    json_t *undetermined = json_array();

    for (unsigned i = 0; i < WEAKNESS_COUNT; i++) {
        const struct finding *finding = &all->found[i];
        bool present = finding->sight == SIGHT_PRESENT;

        if (finding->sight == SIGHT_UNKNOWN || finding->sight == SIGHT_NOT_APPLICABLE) {
            json_array_append_new(finding->sight == SIGHT_UNKNOWN ? undetermined : not_applicable,
                                  row_of("what", weakness_name(i), "why", finding->why));
        } else if (i == WEAKNESS_ROBOT) {
            probe_fact_text(call, "robot",
                            !present            ? "none"
                            : all->robot_strong ? "strong"
                                                : "weak");
        } else {
            probe_fact_bool(call, weakness_name(i), present);
        }
    }
    probe_fact_json(call, "not_applicable", not_applicable);
    probe_fact_json(call, "undetermined", undetermined);
}

static void report_reactions(struct probe_call *call, const struct weaknesses *all)
{
    json_t *robot = json_array();
    json_t *records = json_array();

    for (unsigned flow = 0; flow < ROBOT_FLOWS; flow++) {
        for (unsigned kind = 0; kind < TLS_BLOCK_COUNT; kind++) {
            if (all->robot[flow][kind][0] != '\0') {
                json_array_append_new(robot,
                                      json_pack("{s:s, s:s, s:s}", "flow",
                                                flow == ROBOT_FULL ? "with Finished" : "without",
                                                "block", wire_tls_block_word(kind), "reaction",
                                                all->robot[flow][kind]));
            }
        }
    }
    for (unsigned flaw = 0; flaw < TLS_RECORD_FLAW_COUNT; flaw++) {
        if (all->records[flaw][0] != '\0') {
            json_array_append_new(records, row_of("record", tls_record_flaw_word(flaw), "reaction",
                                                  all->records[flaw]));
        }
    }
    probe_fact_json(call, "robot_reactions", robot);
    probe_fact_json(call, "cbc_reactions", records);
}

void weaknesses_report(struct probe_call *call, const struct weaknesses *all)
{
    if (all->speaks_tls) {
        probe_fact_bool(call, "speaks_tls", true);
    }
    if (all->version != 0) {
        probe_fact_text(call, "version", wire_tls_version_name(all->version));
        report_reactions(call, all);
    }
    if (all->heartbeat_asked) {
        probe_fact_bool(call, "heartbeat_offered", all->heartbeat_offered);
    }
    report_findings(call, all);
    if (all->heartbeat_measured) {
        probe_fact_int(call, "heartbleed_bytes", (long long) all->heartbeat_excess);
    }
    probe_fact_text(call, "stopped_after", all->stopped_after);
    probe_fact_int(call, "connections", all->bench.connections);
}
