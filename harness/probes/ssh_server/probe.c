#include "methods.h"
#include "report.h"

#include "base/clock.h"
#include "base/text.h"

#include <stdlib.h>

static const char *const look_choices[] = { "algorithms", "host_keys", "dh_groups",
                                            "authentication", NULL };

static const struct param params[] = {
    { .name = "look_at",
      .type = FACT_TEXTS,
      .help = "Beyond the algorithms, which cost one connection: host_keys (one connection for "
              "each host key algorithm), dh_groups (at most four for each group exchange), and "
              "authentication (two, each of which the device may count as a failed log-in).",
      .fallback = "[\"algorithms\",\"host_keys\",\"dh_groups\"]",
      .choices = look_choices },
    { .name = "user",
      .type = FACT_TEXT,
      .help = "An ordinary account that the device most likely does not have, for authentication.",
      .fallback = "\"hoshitori\"" },
    { .name = "timeout_ms",
      .type = FACT_INT,
      .help = "How long one connection may take, in milliseconds.",
      .fallback = "6000",
      .minimum = 100,
      .maximum = 30000 },
    PARAM_END,
};

static const struct fact key_columns[] = {
    { .name = "algorithm", .type = FACT_TEXT, .help = "That was asked for, as in RFC 4253." },
    { .name = "type", .type = FACT_TEXT, .help = "That the key itself names." },
    { .name = "kind", .type = FACT_TEXT, .help = "RSA, EC, DSA, Ed25519, Ed448 or other." },
    { .name = "bits", .type = FACT_INT, .help = "Counted in the key; 0 when unknown." },
    { .name = "strength_bits",
      .type = FACT_INT,
      .help = "Security strength by NIST SP 800-57 part 1 rev. 5 table 2; 0 when below the table "
              "or unknown." },
    { .name = "fingerprint", .type = FACT_TEXT, .help = "SHA-256, as OpenSSH prints it." },
    { .name = "signature",
      .type = FACT_TEXT,
      .help = "What the server signed with; ssh-rsa and ssh-dss are SHA-1 (RFC 8332, RFC 4253)." },
    { .name = "is_certificate", .type = FACT_BOOL, .help = "OpenSSH's; the key is within it." },
    FACT_END,
};

static const struct fact group_columns[] = {
    { .name = "method", .type = FACT_TEXT, .help = "The key exchange (RFC 4419)." },
    { .name = "minimum", .type = FACT_INT, .help = "Asked for, in bits." },
    { .name = "preferred", .type = FACT_INT, .help = "Asked for, in bits." },
    { .name = "maximum", .type = FACT_INT, .help = "Asked for, in bits." },
    { .name = "bits", .type = FACT_INT, .help = "Of the prime that the server gave." },
    FACT_END,
};

static const struct fact refused_columns[] = {
    { .name = "method", .type = FACT_TEXT, .help = "The key exchange (RFC 4419)." },
    { .name = "minimum", .type = FACT_INT, .help = "Asked for, in bits." },
    { .name = "preferred", .type = FACT_INT, .help = "Asked for, in bits." },
    { .name = "maximum", .type = FACT_INT, .help = "Asked for, in bits." },
    FACT_END,
};

static const struct fact facts[] = {
    { .name = "speaks_ssh",
      .type = FACT_BOOL,
      .help = "An SSH identification came. Never false: a server that turns us away may say "
              "anything; undetermined tells what it said." },
    { .name = "identification", .type = FACT_TEXT, .help = "The line (RFC 4253 section 4.2)." },
    { .name = "protocol",
      .type = FACT_TEXT,
      .help = "2.0, or 1.99 of a server that speaks SSH 1 as well (RFC 4253 section 5.1)." },
    { .name = "software", .type = FACT_TEXT, .help = "Of the identification." },
    { .name = "comments", .type = FACT_TEXT, .help = "Of the identification; may be empty." },
    { .name = "lines_before", .type = FACT_INT, .help = "Lines before the identification." },
    { .name = "kexinit_complete",
      .type = FACT_BOOL,
      .help = "The server's KEXINIT came and could be read to its last byte. Every fact about "
              "algorithms is left out unless so." },
    { .name = "kex",
      .type = FACT_TEXTS,
      .help = "Key exchanges offered, in the server's order, without the markers." },
    { .name = "kex_markers",
      .type = FACT_TEXTS,
      .help = "Names in that list that are no key exchange: ext-info-s, strict key exchange, "
              "kexguess2." },
    { .name = "post_quantum",
      .type = FACT_TEXTS,
      .help = "Those of kex that are hybrids with a post-quantum method." },
    { .name = "strict_kex",
      .type = FACT_BOOL,
      .help = "kex-strict-s-v00@openssh.com is offered (OpenSSH PROTOCOL section 1.9)." },
    { .name = "ext_info", .type = FACT_BOOL, .help = "ext-info-s is offered (RFC 8308)." },
    { .name = "first_kex_packet_follows",
      .type = FACT_BOOL,
      .help = "The server guesses a key exchange (RFC 4253 section 7)." },
    { .name = "host_key_algorithms", .type = FACT_TEXTS, .help = "In the server's order." },
    { .name = "ciphers",
      .type = FACT_TEXTS,
      .help = "Offered in either direction, to the server first." },
    { .name = "macs", .type = FACT_TEXTS, .help = "Offered in either direction." },
    { .name = "compression", .type = FACT_TEXTS, .help = "Offered in either direction." },
    { .name = "languages", .type = FACT_TEXTS, .help = "Offered in either direction." },
    { .name = "by_direction",
      .type = FACT_TEXT_GROUPS,
      .help = "The same four for each direction: ciphers_to_server, ciphers_to_client, ..." },
    { .name = "directions_differ",
      .type = FACT_TEXTS,
      .help = "Those of the four whose two lists are not the same." },
    { .name = "prefix_truncation",
      .type = FACT_TEXTS,
      .help = "What CVE-2023-48795 needs, while strict key exchange is not offered: "
              "chacha20-poly1305, or a CBC cipher together with an encrypt-then-MAC in the same "
              "direction. Empty when strict key exchange is offered." },
    { .name = "lists_changed",
      .type = FACT_BOOL,
      .help = "A later connection of this run was offered other algorithms than the first." },
    { .name = "host_keys",
      .type = FACT_ROWS,
      .help = "The key that the server answered with, for each host key algorithm.",
      .columns = key_columns },
    { .name = "host_keys_complete",
      .type = FACT_BOOL,
      .help = "A key came for each host key algorithm, of which there is one at least." },
    { .name = "dh_groups",
      .type = FACT_ROWS,
      .help = "Groups that the server gave (RFC 4419): to a client who is content with 1024 bits "
              "and takes up to 8192; then to one who takes 1024, 1536 or 2048 alone, up to the "
              "first that is given.",
      .columns = group_columns },
    { .name = "dh_groups_refused",
      .type = FACT_ROWS,
      .help = "Requests for a group upon which the server ended the connection.",
      .columns = refused_columns },
    { .name = "dh_groups_complete",
      .type = FACT_BOOL,
      .help = "Each request was met by a group or by an end; also true without such a method." },
    { .name = "auth_methods",
      .type = FACT_TEXT_GROUPS,
      .help = "Methods that the server named when asked to log in without any (RFC 4252 section "
              "5.2), for the accounts ordinary and root. That root is not let in at all shows here "
              "only where the server names other methods, or none, for it." },
    { .name = "auth_without_credentials",
      .type = FACT_TEXTS,
      .help = "Those of the two accounts that were logged in without credentials, proven by the "
              "answer to a request for a session channel." },
    { .name = "auth_complete", .type = FACT_BOOL, .help = "Both accounts were clearly answered." },
    { .name = "auth_attempts",
      .type = FACT_INT,
      .help = "Requests to log in that were sent; a device may count each as a failure." },
    { .name = "auth_banner",
      .type = FACT_TEXT,
      .help = "Shown before a log-in (RFC 4252 section 5.4), cut; left out when there is none." },
    { .name = "connections", .type = FACT_INT, .help = "How many were made." },
    { .name = "undetermined",
      .type = FACT_TEXTS,
      .help = "What could not be found out, and why; left out when there is nothing." },
    FACT_END,
};

static bool looks_at(const struct probe_call *call, const char *what)
{
    size_t index;
    const json_t *value;

    json_array_foreach(probe_param_list(call, "look_at"), index, value)
    {
        if (text_equal(json_string_value(value), what)) {
            return true;
        }
    }
    return false;
}

static void report_rest(struct probe_call *call, const struct survey *survey, int64_t began_ms)
{
    json_t *list;

    probe_fact_int(call, "connections", survey->connections);
    transcript_note(call->transcript, 0, "%u connections, %llu bytes sent, %llu received, %lld ms",
                    survey->connections, (unsigned long long) call->transcript->sent,
                    (unsigned long long) call->transcript->received,
                    (long long) (clock_monotonic_ms() - began_ms));
    if (survey->undetermined_count == 0) {
        return;
    }
    list = json_array();
    for (size_t i = 0; i < survey->undetermined_count; i++) {
        if (json_array_append_new(list, json_string(survey->undetermined[i])) != 0) {
            abort();
        }
    }
    probe_fact_json(call, "undetermined", list);
}

/* When to stop asking, so that there is time left to report. */
static int64_t asking_ends_ms(const struct probe_call *call)
{
    enum { REPORT_MS = 1000 };

    return clock_left_ms(call->deadline_ms) > 5 * REPORT_MS ? call->deadline_ms - REPORT_MS
                                                            : call->deadline_ms;
}

static enum status ssh_server_run(struct probe_call *call, struct error *reterr)
{
    int64_t began_ms = clock_monotonic_ms();
    struct survey *survey = calloc(1, sizeof *survey);
    struct network network = ssh_server_network(call->host, call->port, call->transcript);
    struct dialer dialer = ssh_server_dialer(&network);
    enum status status;

    if (survey == NULL) {
        abort();
    }
    network.timeout_ms = probe_param_int(call, "timeout_ms");
    network.deadline_ms = asking_ends_ms(call);
    if (call->subject != NULL && call->subject->profile != NULL) {
        network.per_second = call->subject->profile->limits.connections_per_second;
    }
    ssh_server_survey_start(survey, &dialer, call->seed);
    survey->wants_keys = looks_at(call, "host_keys");
    survey->wants_groups = looks_at(call, "dh_groups");
    status = ssh_server_survey_run(survey, reterr);
    if (status == STATUS_OK) {
        status = ssh_server_report(call, survey, reterr);
    }
    if (status == STATUS_OK && survey->talk.has_kexinit && looks_at(call, "authentication")) {
        status = ssh_server_methods(call, survey, reterr);
    }
    if (status == STATUS_OK) {
        report_rest(call, survey, began_ms);
    }
    ssh_server_survey_done(survey);
    free(survey);
    return status;
}

const struct probe probe_ssh_server = {
    .decl = { .name = "ssh_server",
              .summary = { .ja = "SSHサーバーの鍵交換、暗号、ホスト鍵を調べる",
                           .en = "Finds out an SSH server's key exchanges, ciphers and host keys" },
              .params = params,
              .facts = facts,
              .needs = PROBE_NEEDS_SERVICE,
              .deadline_ms = 120000 },
    .run = ssh_server_run,
};
